//! The grammar at the moment of writing, in AWS's order and words. The first failure decides.
//!
//! Source: IAM User Guide, "Grammar of the IAM JSON policy language"; order and texts as recorded
//! of IAM. Whether a service or an action exists is not asked, as IAM doesn't.

mod form;
mod syntax;

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

    /// Whether documents of this kind can be checked yet.
    pub(crate) const fn is_supported(self) -> bool {
        matches!(self, Self::Identity | Self::Boundary | Self::Session)
    }
}

/// The longest document that a request may carry, in characters.
const LENGTH_MAX: usize = 131_072;

/// Checks a document's grammar.
///
/// # Errors
/// [`Malformed`] with AWS's text. Kinds that are not built yet are refused by name.
pub fn validate(kind: PolicyKind, text: &str) -> Result<(), Malformed> {
    if !kind.is_supported() {
        return Err(Malformed::new("Policies of this kind are not supported yet."));
    }
    if text.chars().count() > LENGTH_MAX {
        return Err(Malformed::syntax());
    }
    let node = Node::parse(text).ok_or_else(Malformed::syntax)?;
    let statements = syntax::statements(&node).ok_or_else(Malformed::syntax)?;
    if node.get("Version").and_then(Node::text) != Some("2012-10-17") {
        return Err(Malformed::new("Policy document must be version 2012-10-17 or greater."));
    }
    let tolerant = kind == PolicyKind::Session;
    if !statements.iter().all(|statement| form::passes_legacy_parsing(statement, tolerant)) {
        return Err(form::legacy_parsing());
    }
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

/// A document's size as quotas count it: characters that are not white space.
#[must_use]
pub fn quota_size(text: &str) -> usize {
    text.chars().filter(|c| !c.is_whitespace()).count()
}
