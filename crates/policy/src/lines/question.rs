//! One line of `policy eval`: who asks what, and whether that can be judged yet.
//!
//! What a line gets wrong is an error of that line: a misspelt member is not taken for an absent
//! one, and what is not evaluated yet never passes for an allow.

use crate::context::{Context, ContextValue};
use crate::decision::{Decision, Effect, Layer};
use crate::document::Document;
use crate::evaluate::{Policies, evaluate};
use crate::json::Node;
use crate::request::{Principal, PrincipalKind, Request};
use crate::set::{PolicySet, Source};

/// A request with the policies that bear on it.
pub(super) struct Question {
    principal: PrincipalKind,
    /// The account of the principal, where the line says it.
    account: Option<String>,
    action: String,
    resource: String,
    /// The account of the resource; `None`: the principal's.
    owner: Option<String>,
    context: Context,
    identity: PolicySet,
}

impl Question {
    /// Reads a line.
    pub(super) fn read(line: &str) -> Result<Self, String> {
        let line = Node::read(line).map_err(|error| format!("unreadable line: {error}"))?;
        only(&line, "the line", &["id", "request", "policies"])?;
        let request = line.present("request").ok_or("the line has no request")?;
        let known = ["principal", "action", "resource", "resource_account", "context"];
        only(request, "request", &known)?;
        let documents = line.present("policies").map_or(Ok(Vec::new()), documents)?;
        let (principal, account) = match request.present("principal") {
            Some(node) => asker(node)?,
            None => (PrincipalKind::User, None),
        };
        let action = text(request, "action")?.ok_or("request.action is missing")?;
        Ok(Self {
            principal,
            account,
            action: action.to_owned(),
            resource: text(request, "resource")?.unwrap_or("*").to_owned(),
            owner: account_id(request, "resource_account")?,
            context: request.present("context").map_or(Ok(Context::new()), context)?,
            identity: PolicySet::compile(documents),
        })
    }

    /// Decides, as far as identity policies alone can.
    pub(super) fn decide(&self) -> Result<Decision, String> {
        let request = Request {
            principal: Principal {
                kind: self.principal,
                account: self.account.as_deref().unwrap_or_default(),
                arn: "",
                issuer: None,
                id: None,
            },
            resource_account: None,
            action: &self.action,
            resource: &self.resource,
            context: &self.context,
        };
        let decision =
            evaluate(&request, &Policies { identity: Some(&self.identity), ..Policies::default() });
        if decision.effect == Effect::ExplicitDeny {
            return Ok(decision);
        }
        if self.crosses_accounts()? {
            // The other account must allow it, too, and no policy of its is given.
            return Ok(Decision {
                effect: Effect::ImplicitDeny,
                layer: Layer::Resource,
                because: Vec::new(),
            });
        }
        match self.own_policy() {
            Some(kind) => Err(format!("{kind} policies are not supported yet")),
            None => Ok(decision),
        }
    }

    fn crosses_accounts(&self) -> Result<bool, String> {
        match (&self.owner, &self.account) {
            (None, _) => Ok(false),
            (Some(owner), Some(account)) => Ok(owner != account),
            (Some(_), None) => {
                Err("resource_account is given, but the principal's account is not".to_owned())
            }
        }
    }

    /// The kind of policy without whose allow nobody may do this to the resource.
    fn own_policy(&self) -> Option<&'static str> {
        let action = self.action.to_ascii_lowercase();
        let (service, name) = action.split_once(':')?;
        let assumes = name.starts_with("assumerole")
            || ["tagsession", "setsourceidentity", "setcontext"].contains(&name);
        match (service, arn_part(&self.resource, 2)?, arn_part(&self.resource, 5)?) {
            ("kms", "kms", resource) if resource.starts_with("key/") => Some("key"),
            ("sts", "iam", resource) if assumes && resource.starts_with("role/") => Some("trust"),
            _ => None,
        }
    }
}

fn arn_part(arn: &str, at: usize) -> Option<&str> {
    arn.starts_with("arn:").then(|| arn.splitn(6, ':').nth(at)).flatten()
}

/// The node is an object without members other than those `known`.
fn only(node: &Node, what: &str, known: &[&str]) -> Result<(), String> {
    let unknown = members(node, what)?.iter().find(|(name, _)| !known.contains(&name.as_str()));
    unknown.map_or(Ok(()), |(name, _)| Err(format!("{what} has no member {name:?}")))
}

fn members<'n>(node: &'n Node, what: &str) -> Result<&'n [(String, Node)], String> {
    node.object().ok_or_else(|| format!("{what} must be a JSON object"))
}

fn text<'n>(node: &'n Node, name: &str) -> Result<Option<&'n str>, String> {
    let texts = node.present(name).map(|node| node.text().ok_or(()));
    texts.transpose().map_err(|()| format!("{name} must be a string"))
}

fn account_id(node: &Node, name: &str) -> Result<Option<String>, String> {
    let ids = node.present(name).map(|node| node.scalar().ok_or(()));
    ids.transpose().map_err(|()| format!("{name} must be an account's id"))
}

fn documents(policies: &Node) -> Result<Vec<(Source, Document)>, String> {
    let mut documents = Vec::new();
    for (kind, node) in members(policies, "policies")? {
        match (kind.as_str(), node) {
            (_, Node::Null) => {}
            ("identity", Node::List(list)) => documents = identity(list)?,
            ("identity", _) => return Err("policies.identity must be a list of documents".into()),
            (_, Node::List(list)) if list.is_empty() => {}
            (other, _) => return Err(format!("policies of kind {other} are not supported yet")),
        }
    }
    Ok(documents)
}

fn identity(list: &[Node]) -> Result<Vec<(Source, Document)>, String> {
    let read = |(at, node): (usize, &Node)| {
        // A document may also be given as a string that holds it.
        let document = match node.text() {
            Some(text) => Document::parse(text),
            None => Document::from_node(node),
        };
        let source = Source { name: format!("identity.{at}"), arn: None };
        let wrong = |error| format!("policies.identity[{at}]: {error}");
        document.map(|document| (source, document)).map_err(|malformed| wrong(malformed.message))
    };
    list.iter().enumerate().map(read).collect()
}

/// Who asks, and their account. Kinds of principals that are not evaluated yet are errors.
fn asker(node: &Node) -> Result<(PrincipalKind, Option<String>), String> {
    members(node, "request.principal")?;
    let arn = text(node, "arn")?.unwrap_or_default();
    let kind = text(node, "type")?.unwrap_or_default();
    let by_arn = arn_part(arn, 5).map(|part| part.split('/').next().unwrap_or_default());
    let by_type = match kind.to_ascii_lowercase().replace(['_', '-'], "").as_str() {
        "root" | "account" => Some("root"),
        "user" | "iamuser" => Some("user"),
        // AWS's own word for whoever an ARN names.
        "" | "aws" => None,
        _ => return Err(format!("principals of type {kind} are not supported yet")),
    };
    if by_type.is_some() && by_arn.is_some() && by_type != by_arn {
        return Err(format!("the principal's type is {kind}, but {arn} is none"));
    }
    let principal = match by_type.or(by_arn) {
        Some("root") => PrincipalKind::Root,
        Some("user") | None => PrincipalKind::User,
        Some(_) => return Err(format!("principals like {arn} are not supported yet")),
    };
    let account = account_id(node, "account")?.or(account_id(node, "account_id")?);
    let account = account.or_else(|| arn_part(arn, 4).map(str::to_owned));
    Ok((principal, account.filter(|account| !account.is_empty())))
}

fn context(node: &Node) -> Result<Context, String> {
    let mut context = Context::new();
    for (key, value) in members(node, "request.context")? {
        let bad = || format!("context key {key}: a value must be a string or a list of strings");
        let value = match value {
            Node::Null => continue,
            Node::List(_) => ContextValue::many(value.scalars().ok_or_else(bad)?),
            one => ContextValue::one(one.scalar().ok_or_else(bad)?),
        };
        context.set(key.clone(), value);
    }
    Ok(context)
}
