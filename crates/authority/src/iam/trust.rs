//! Trust policies: who may assume a role.
//!
//! A user or role of the same account stands in the stored document by its unique id, as on AWS:
//! whoever is made anew under the name of a deleted one is not trusted. Documents are shown with
//! ARNs again, and with the bare id of whoever is gone. Principals of other accounts are pinned
//! beside the document and always shown as they were written, whether or not they exist: what is
//! in another account cannot be learnt by naming it (docs/design/0004-foreign-principals.md).

use std::convert::Infallible;

use api::iam::operations::UpdateAssumeRolePolicy;
use api::{Empty, Fault};
use names::{AccountId, Arn, UniqueId};

use super::holder::{Holder as _, to_change};
use super::{document, faults, quotas};
use crate::desk::View;
use crate::entity::{ForeignPrincipal, OidcProvider, Role, SamlProvider, Trust, User, folded};
use crate::handle::{Asking, Asks, Granted, Handle};

/// Checks a trust policy and brings it into stored form.
///
/// # Errors
/// MalformedPolicyDocument for its grammar or for a principal that does not exist, LimitExceeded
/// for its size.
pub(crate) fn stored(view: &View<'_>, account: AccountId, text: &str) -> Result<Trust, Fault> {
    if serde_json::from_str::<serde::de::IgnoredAny>(text).is_err() {
        return Err(faults::malformed_policy("This policy contains invalid Json"));
    }
    policy::validate(policy::PolicyKind::Trust, text)
        .map_err(|malformed| faults::malformed_policy(malformed.message))?;
    let mut foreign = Vec::new();
    let document = policy::map_principals(text, |kind, value| {
        resolved(view, account, (kind, value), &mut foreign)?
            .ok_or_else(|| invalid_principal(kind, value))
            .map(Some)
    })?;
    if !document::fits(text, quotas::TRUST_SIZE) {
        return Err(faults::over_quota("ACLSizePerRole", quotas::TRUST_SIZE));
    }
    Ok(Trust { document, foreign })
}

fn invalid_principal(kind: &str, value: &str) -> Fault {
    let kind = kind.to_ascii_uppercase();
    faults::malformed_policy(format!("Invalid principal in policy: \"{kind}\":\"{value}\""))
}

/// What is stored for a principal; `None` if there is no such principal.
fn resolved(
    view: &View<'_>,
    account: AccountId,
    (kind, value): (&str, &str),
    foreign: &mut Vec<ForeignPrincipal>,
) -> Result<Option<String>, Fault> {
    let as_written = || Some(value.to_owned());
    match kind {
        "AWS" if value == "*" => Ok(as_written()),
        "AWS" if value.parse::<AccountId>().is_ok() => {
            Ok(Some(format!("arn:aws:iam::{value}:root")))
        }
        "AWS" => aws_principal(view, account, value, foreign),
        "Service" => Ok(is_service(value).then(|| value.to_owned())),
        "Federated" => Ok(is_provider(view, account, value)?.then(|| value.to_owned())),
        _ => Ok(as_written()),
    }
}

fn aws_principal(
    view: &View<'_>,
    account: AccountId,
    value: &str,
    foreign: &mut Vec<ForeignPrincipal>,
) -> Result<Option<String>, Fault> {
    if is_bare_id(value) {
        let id = UniqueId::from_text(value);
        let is_there = if value.starts_with("AIDA") {
            view.user_by_id(account, &id)?.is_some()
        } else {
            view.role_by_id(account, &id)?.is_some()
        };
        return Ok(is_there.then(|| value.to_owned()));
    }
    let Ok(parsed) = Arn::parse(value) else { return Ok(None) };
    let Ok(owner) = parsed.account.parse::<AccountId>() else { return Ok(None) };
    let (kind, _) = parsed.resource.split_once('/').unwrap_or((parsed.resource, ""));
    match (parsed.service, kind) {
        ("iam", "root") => Ok(Some(value.to_owned())),
        ("iam", "user" | "role") => {
            let id = id_of(view, owner, kind, value)?;
            if owner == account {
                return Ok(id.map(|id| id.to_string()));
            }
            if !foreign.iter().any(|known| known.arn == value) {
                foreign.push(ForeignPrincipal { arn: value.to_owned(), id });
            }
            Ok(Some(value.to_owned()))
        }
        ("sts", "assumed-role") => {
            Ok((parsed.resource.split('/').count() == 3).then(|| value.to_owned()))
        }
        ("sts", "federated-user") => {
            Ok((parsed.resource.split('/').count() == 2).then(|| value.to_owned()))
        }
        _ => Ok(None),
    }
}

fn is_bare_id(value: &str) -> bool {
    let alphanumeric = value.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    value.len() == 21 && alphanumeric && (value.starts_with("AIDA") || value.starts_with("AROA"))
}

/// The id of the user or role with exactly this ARN.
fn id_of(
    view: &View<'_>,
    account: AccountId,
    kind: &str,
    arn: &str,
) -> Result<Option<UniqueId>, Fault> {
    let Some(name) = arn.rsplit('/').next().map(folded) else { return Ok(None) };
    if kind == "user" {
        let user = view.entity::<User>(account, &name)?;
        return Ok(user.filter(|user| user.arn() == arn).map(|user| user.id));
    }
    let role = view.entity::<Role>(account, &name)?;
    Ok(role.filter(|role| role.arn() == arn).map(|role| role.id))
}

/// `ec2.amazonaws.com` and the like. Which services there are is not known here.
fn is_service(value: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'.' || byte == b'-';
    let name = value.strip_suffix(".amazonaws.com").or(value.strip_suffix(".amazonaws.com.cn"));
    name.is_some_and(|name| !name.is_empty() && name.bytes().all(plain))
}

const WELL_KNOWN_PROVIDERS: [&str; 4] = [
    "cognito-identity.amazonaws.com",
    "www.amazon.com",
    "graph.facebook.com",
    "accounts.google.com",
];

/// One that everybody knows, or a provider of the same account that exists.
fn is_provider(view: &View<'_>, account: AccountId, value: &str) -> Result<bool, Fault> {
    if WELL_KNOWN_PROVIDERS.contains(&value) {
        return Ok(true);
    }
    if let Some(key) = OidcProvider::key_of(account, value) {
        return Ok(view.entity::<OidcProvider>(account, key)?.is_some());
    }
    match SamlProvider::key_of(account, value) {
        Some(key) => Ok(view.entity::<SamlProvider>(account, key)?.is_some()),
        None => Ok(false),
    }
}

/// A role's trust policy as answers show it: ARNs stand for ids again.
pub(crate) fn shown(view: &View<'_>, role: &Role) -> Result<String, Fault> {
    policy::map_principals(&role.trust.document, |kind, value| {
        if kind != "AWS" || !is_bare_id(value) {
            return Ok(None);
        }
        let id = UniqueId::from_text(value);
        Ok(if value.starts_with("AIDA") {
            view.user_by_id(role.account, &id)?.map(|(_, user)| user.arn())
        } else {
            view.role_by_id(role.account, &id)?.map(|(_, role)| role.arn())
        })
    })
}

/// A role's trust policy as it is evaluated: principals of other accounts stand in it by their ids
/// too, if they existed when the document was written.
pub(crate) fn evaluated(role: &Role) -> String {
    let pinned = |_: &str, value: &str| {
        let found = role.trust.foreign.iter().find(|foreign| foreign.arn == value);
        Ok::<_, Infallible>(found.and_then(|foreign| foreign.id.as_ref()).map(UniqueId::to_string))
    };
    policy::map_principals(&role.trust.document, pinned).unwrap_or_else(|never| match never {})
}

/// The trust policy of a role that a service owns.
pub(crate) fn of_service(service: &str) -> Trust {
    let document = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"Service":"{service}"}},"Action":"sts:AssumeRole"}}]}}"#
    );
    Trust { document, foreign: Vec::new() }
}

impl Handle for UpdateAssumeRolePolicy {
    fn asks(input: &Self::Input, at: &Asking<'_>) -> Result<Asks, Fault> {
        Ok(Asks::on(Role::target(at, &input.role_name)?).with_boundary())
    }

    fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        let mut role: Role = to_change(cx, &input.role_name)?;
        role.trust = stored(cx.view(), cx.account(), &input.policy_document)?;
        cx.put(&role)?;
        Ok(Empty)
    }
}

/// The document percent-encoded, as answers carry it.
pub(crate) fn encoded(view: &View<'_>, role: &Role) -> Result<String, Fault> {
    Ok(document::encoded(&shown(view, role)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_and_services_are_told_by_their_form() {
        assert!(is_bare_id("AROAQNZGKIQY56JQ7WML2") && is_bare_id("AIDAQNZGKIQY56JQ7WML2"));
        for no in
            ["AROA", "AGPAQNZGKIQY56JQ7WML2", "arn:aws:iam::1:user/b", "AIDAqnzgkiqy56jq7wml2"]
        {
            assert!(!is_bare_id(no), "{no}");
        }
        assert!(is_service("ec2.amazonaws.com") && is_service("a.b-c.amazonaws.com.cn"));
        assert!(!is_service("ec2") && !is_service(".amazonaws.com") && !is_service("*"));
    }
}
