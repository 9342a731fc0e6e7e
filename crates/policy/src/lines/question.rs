//! One line of `policy eval`: who asks what, and under which policies.
//!
//! What a line gets wrong is an error of that line: a misspelt member is not taken for an absent
//! one, and what is not known never passes for an allow.

use super::asker::Asker;
use super::documents::Documents;
use super::members::{account_id, arn_part, members, only, text};
use crate::context::{Context, ContextValue};
use crate::decision::Decision;
use crate::evaluate::{ResourcePolicyKind, evaluate};
use crate::json::Node;
use crate::request::Request;
use crate::set::PolicySet;

/// A request with the policies that bear on it.
pub(super) struct Question {
    asker: Asker,
    action: String,
    resource: String,
    /// The account of the resource; `None`: the principal's.
    owner: Option<String>,
    context: Context,
    documents: Documents,
}

impl Question {
    /// Reads a line.
    pub(super) fn read(line: &str) -> Result<Self, String> {
        let line = Node::read(line).map_err(|error| format!("unreadable line: {error}"))?;
        only(&line, "the line", &["id", "request", "policies"])?;
        let request = line.present("request").ok_or("the line has no request")?;
        let known = ["principal", "action", "resource", "resource_account", "context"];
        only(request, "request", &known)?;
        let documents = line.present("policies").map(Documents::read).transpose()?;
        let context = request.present("context").map_or(Ok(Context::new()), context)?;
        let asker = match request.present("principal") {
            Some(node) => Asker::read(node, &context)?,
            None => Asker::unknown(),
        };
        let owner = account_id(request, "resource_account")?;
        if owner.is_some() && asker.account.is_empty() && asker.kind.is_of_an_account() {
            let text = "resource_account is given, but the principal's account is not";
            return Err(text.to_owned());
        }
        let action = text(request, "action")?.ok_or("request.action is missing")?;
        Ok(Self {
            asker,
            action: action.to_owned(),
            resource: text(request, "resource")?.unwrap_or("*").to_owned(),
            owner,
            context,
            documents: documents.unwrap_or_default(),
        })
    }

    pub(super) fn decide(&self) -> Decision {
        let request = Request {
            principal: self.asker.principal(),
            action: &self.action,
            resource: &self.resource,
            resource_account: self.owner.as_deref(),
            context: &self.context,
        };
        let silent = PolicySet::default();
        evaluate(&request, &self.documents.policies(self.resource_policy_kind(), &silent))
    }

    /// What the resource's policy is, by the action and the resource's ARN.
    fn resource_policy_kind(&self) -> ResourcePolicyKind {
        let action = self.action.to_ascii_lowercase();
        let (service, name) = action.split_once(':').unwrap_or_default();
        let assumes = name.starts_with("assumerole")
            || ["tagsession", "setsourceidentity", "setcontext"].contains(&name);
        let resource = arn_part(&self.resource, 5).unwrap_or_default();
        match (service, arn_part(&self.resource, 2).unwrap_or_default()) {
            ("kms", "kms") if resource.starts_with("key/") => ResourcePolicyKind::Key,
            ("sts", "iam") if assumes && resource.starts_with("role/") => ResourcePolicyKind::Trust,
            _ => ResourcePolicyKind::Plain,
        }
    }
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
