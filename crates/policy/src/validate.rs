//! The grammar at the moment of writing, in AWS's order and words. The first failure decides.
//!
//! Source: IAM User Guide, "Grammar of the IAM JSON policy language"; order and texts as recorded
//! of IAM. Whether a service or an action exists is not asked, as IAM doesn't.

mod form;
mod organization;
mod principal;
mod resource;
mod syntax;
mod trust;

use crate::document::Malformed;
use crate::json::Node;

/// What a policy is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PolicyKind {
    /// Attached to a user, group or role, or embedded in one.
    Identity,
    /// A permissions boundary: an identity policy by its grammar.
    Boundary,
    /// Passed when a session begins: an identity policy by its grammar.
    Session,
    /// Attached to a resource.
    Resource,
    /// A role's trust policy.
    Trust,
    /// A service control policy.
    Scp,
    /// A resource control policy.
    Rcp,
}

impl PolicyKind {
    /// The kind of this name, as the command line has it.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "identity" => Self::Identity,
            "boundary" => Self::Boundary,
            "session" => Self::Session,
            "resource" => Self::Resource,
            "trust" => Self::Trust,
            "scp" => Self::Scp,
            "rcp" => Self::Rcp,
            _ => return None,
        })
    }
}

/// The longest document that a request may carry, in characters.
const LENGTH_MAX: usize = 131_072;

/// Checks a document's grammar.
///
/// # Errors
/// [`Malformed`] with AWS's text.
pub fn validate(kind: PolicyKind, text: &str) -> Result<(), Malformed> {
    match kind {
        PolicyKind::Identity | PolicyKind::Boundary => check_identity(text, false),
        PolicyKind::Session => check_identity(text, true),
        PolicyKind::Resource => resource::check(text),
        PolicyKind::Trust => trust::check(text),
        PolicyKind::Scp => organization::check_scp(text),
        PolicyKind::Rcp => organization::check_rcp(text),
    }
}

fn check_identity(text: &str, tolerant: bool) -> Result<(), Malformed> {
    if text.chars().count() > LENGTH_MAX {
        return Err(Malformed::syntax());
    }
    let node = Node::parse(text).ok_or_else(Malformed::syntax)?;
    let statements = syntax::statements(&node).ok_or_else(Malformed::syntax)?;
    if node.get("Version").and_then(Node::text) != Some("2012-10-17") {
        return Err(Malformed::new("Policy document must be version 2012-10-17 or greater."));
    }
    form::check_legacy_parsing(&statements, tolerant)?;
    let resource_error = form::check_resources(&statements)?;
    if statements.iter().any(|s| s.get("Principal").or(s.get("NotPrincipal")).is_some()) {
        return Err(Malformed::new("Policy document should not specify a principal."));
    }
    form::check_sids(&statements)?;
    form::check_actions_present(&statements)?;
    resource_error.map_or(Ok(()), Err)?;
    form::check_actions(&statements)?;
    form::check_resources_present(&statements)
}

/// Reads a document where IAM tells what is no JSON from what is no policy.
fn read(text: &str) -> Result<Node, Malformed> {
    if text.chars().count() > LENGTH_MAX {
        return Err(Malformed::syntax());
    }
    Node::read(text).map_err(|error| {
        if error.is_data() {
            Malformed::syntax()
        } else {
            Malformed::new("This policy contains invalid Json")
        }
    })
}

fn statements_with_principals(node: &Node) -> Result<Vec<&Node>, Malformed> {
    let statements = syntax::statements(node).ok_or_else(Malformed::syntax)?;
    let readable = statements.iter().all(|statement| principal::is_readable(statement));
    if readable { Ok(statements) } else { Err(Malformed::syntax()) }
}

/// A document's size as quotas count it: characters that are not white space.
#[must_use]
pub fn quota_size(text: &str) -> usize {
    text.chars().filter(|c| !c.is_whitespace()).count()
}
