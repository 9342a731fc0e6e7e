//! Whose sessions are to end: what the operator wrote, and the role or user that it means.

use std::fmt;
use std::str::FromStr;

use names::{AccountId, Arn};
use serde_json::Value;

use crate::api_client::{ApiClient, CallError};
use crate::failure::Failure;
use crate::service::Service;

/// A role or a user: who can hold the policy that ends sessions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Holder {
    Role(String),
    User(String),
}

impl Holder {
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Role(name) | Self::User(name) => name,
        }
    }

    /// The operation that puts an inline policy, and its member for the name.
    pub(super) fn put_operation(&self) -> (&'static str, &'static str) {
        match self {
            Self::Role(_) => ("PutRolePolicy", "RoleName"),
            Self::User(_) => ("PutUserPolicy", "UserName"),
        }
    }
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Role(name) => write!(f, "role/{name}"),
            Self::User(name) => write!(f, "user/{name}"),
        }
    }
}

/// What the operator wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Whose {
    /// A role or a user, and the account if an ARN names it.
    Of(Holder, Option<AccountId>),
    /// A role's name, or a user's.
    Named(String),
    /// The id of a user's access key.
    Key(String),
    /// The id of temporary credentials.
    SessionKey(String),
}

impl FromStr for Whose {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Ok(arn) = Arn::parse(text) {
            let account = arn.account.parse().ok();
            return holder(arn.resource)
                .filter(|_| arn.service == "iam" && arn.region.is_empty() && account.is_some())
                .map(|holder| Self::Of(holder, account))
                .ok_or_else(|| "this is no ARN of a role or a user".to_owned());
        }
        if let Some(holder) = holder(text) {
            return Ok(Self::Of(holder, None));
        }
        if text.is_empty() || text.contains(['/', ':']) {
            return Err(
                "expected an ARN, role/NAME, user/NAME, a name or an access key id".to_owned()
            );
        }
        Ok(match text.get(..4).filter(|_| is_key_id(text)) {
            Some("AKIA") => Self::Key(text.to_owned()),
            Some("ASIA") => Self::SessionKey(text.to_owned()),
            _ => Self::Named(text.to_owned()),
        })
    }
}

fn is_key_id(text: &str) -> bool {
    (16..=128).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

/// The role or user of `role/PATH/NAME` or `user/PATH/NAME`; a path is no part of a name.
fn holder(resource: &str) -> Option<Holder> {
    let (kind, path_and_name) = resource.split_once('/')?;
    let name = path_and_name.rsplit('/').next().filter(|name| !name.is_empty())?.to_owned();
    match kind {
        "role" => Some(Holder::Role(name)),
        "user" => Some(Holder::User(name)),
        _ => None,
    }
}

/// The role or the user of this name, if it is but one of them.
pub(super) fn holder_named(client: &ApiClient, name: &str) -> Result<Holder, Failure> {
    let there = |operation, member| match client.query(Service::Iam, operation, &[(member, name)]) {
        Ok(_) => Ok(true),
        Err(error) if error.is_absence() => Ok(false),
        Err(error) => Err(unclear(error, name)),
    };
    match (there("GetRole", "RoleName")?, there("GetUser", "UserName")?) {
        (true, false) => Ok(Holder::Role(name.to_owned())),
        (false, true) => Ok(Holder::User(name.to_owned())),
        (true, true) => Err(Failure::new(format!("there are a role and a user named {name}"))
            .hint(format!("say role/{name} or user/{name}"))),
        (false, false) => Err(Failure::new(format!("there is no role and no user named {name}"))),
    }
}

/// What was refused is only to find out what the name means.
fn unclear(error: CallError, name: &str) -> Failure {
    let is_refusal = matches!(error, CallError::Refused { .. });
    let failure = Failure::from(error);
    if is_refusal && failure.hint.is_none() {
        return failure.hint(format!("with role/{name} or user/{name} it need not be looked up"));
    }
    failure
}

/// The user whose access key it is.
pub(super) fn holder_of_key(
    client: &ApiClient,
    id: &str,
    account: AccountId,
) -> Result<Holder, Failure> {
    let answer = client.query(Service::Iam, "GetAccessKeyLastUsed", &[("AccessKeyId", id)])?;
    match answer.get("UserName").and_then(Value::as_str) {
        Some(name) => Ok(Holder::User(name.to_owned())),
        None => Err(of_root(id, account)),
    }
}

/// No policy binds root.
pub(super) fn of_root(id: &str, account: AccountId) -> Failure {
    Failure::new(format!("{id} is of account {account}'s root, which no policy of IAM binds")).hint(
        format!(
            "stop the server and call `keywright account reset-root-key {account}`: it replaces \
             root's keys and ends root's sessions"
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_understood() {
        let role = |name: &str| Holder::Role(name.to_owned());
        let account = "123456789012".parse().ok();
        for (text, wanted) in [
            ("arn:aws:iam::123456789012:role/a/b/deploy", Whose::Of(role("deploy"), account)),
            ("role/deploy", Whose::Of(role("deploy"), None)),
            ("user/x/bob", Whose::Of(Holder::User("bob".to_owned()), None)),
            ("bob", Whose::Named("bob".to_owned())),
            ("AKIAbob", Whose::Named("AKIAbob".to_owned())),
            ("AKIARZPUZDIKEXAMPLE2", Whose::Key("AKIARZPUZDIKEXAMPLE2".to_owned())),
            ("ASIARZPUZDIKEXAMPLE2", Whose::SessionKey("ASIARZPUZDIKEXAMPLE2".to_owned())),
        ] {
            assert_eq!(text.parse(), Ok(wanted), "{text}");
        }
        for bad in [
            "",
            "role/",
            "group/x",
            "a/b",
            "arn:aws:iam::123456789012:group/x",
            "arn:aws:iam::12:role/x",
            "arn:aws:sts::123456789012:assumed-role/deploy/s",
        ] {
            assert!(bad.parse::<Whose>().is_err(), "{bad}");
        }
    }
}
