//! The form of principals. Whether they exist is not asked here.
//!
//! Source: IAM User Guide, "AWS JSON policy elements: Principal".

use crate::document::Malformed;
use crate::json::Node;

/// Whether `Principal` and `NotPrincipal` have the types that they must, and are not both there.
pub(super) fn is_readable(statement: &Node) -> bool {
    let (plain, except) = (statement.get("Principal"), statement.get("NotPrincipal"));
    let readable = |node: &Node| node.text().is_some() || by_kind(node).is_some();
    !(plain.is_some() && except.is_some()) && plain.or(except).is_none_or(readable)
}

/// The values of an object by their kinds; `None` if it is none, or a kind is not known.
fn by_kind(node: &Node) -> Option<Vec<(&str, Vec<String>)>> {
    const KINDS: [&str; 4] = ["AWS", "Service", "Federated", "CanonicalUser"];
    let kinds = node.object()?.iter();
    kinds
        .map(|(kind, values)| {
            Some((kind.as_str(), values.texts()?)).filter(|_| KINDS.contains(&kind.as_str()))
        })
        .collect()
}

/// Where principals stand: what a role's trust policy may not say, another resource's may.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Trust,
    Resource,
}

/// Checks the values of an element that is readable.
pub(super) fn check(element: &Node, place: Place) -> Result<(), Malformed> {
    if let Some(text) = element.text() {
        let good = text == "*" && place == Place::Resource;
        return if good { Ok(()) } else { Err(invalid("AWS", text)) };
    }
    let kinds = by_kind(element).unwrap_or_default();
    if kinds.iter().all(|(_, values)| values.is_empty()) {
        return Err(missing());
    }
    for (kind, values) in kinds {
        let is_good: fn(&str) -> bool = match kind {
            "AWS" => is_aws,
            "Service" => is_service,
            "Federated" => is_federated,
            _ if place == Place::Resource => is_canonical,
            _ => |_| false,
        };
        if let Some(bad) = values.iter().find(|value| !is_good(value)) {
            return Err(invalid(kind, bad));
        }
    }
    Ok(())
}

pub(super) fn missing() -> Malformed {
    Malformed::new("Missing required field Principal")
}

fn invalid(kind: &str, value: &str) -> Malformed {
    let kind = kind.to_ascii_uppercase();
    Malformed::new(format!("Invalid principal in policy: \"{kind}\":\"{value}\""))
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn has_wildcard(text: &str) -> bool {
    text.contains(['*', '?'])
}

/// The account, type and name that an ARN of `service` names.
fn arn<'t>(text: &'t str, service: &str) -> Option<&'t str> {
    let mut parts = text.splitn(6, ':');
    let head = [parts.next()?, parts.next()?, parts.next()?, parts.next()?];
    let [
        "arn",
        "aws" | "aws-cn" | "aws-us-gov" | "aws-iso" | "aws-iso-b" | "aws-iso-e" | "aws-iso-f"
        | "aws-eusc",
        of,
        "",
    ] = head
    else {
        return None;
    };
    (of == service && is_account(parts.next()?)).then(|| parts.next()).flatten()
}

fn is_aws(value: &str) -> bool {
    if value == "*" || is_account(value) || is_unique_id(value) {
        return true;
    }
    if has_wildcard(value) {
        return false;
    }
    let named = |part: Option<&str>| part.is_some_and(|name| !name.is_empty());
    if let Some(entity) = arn(value, "iam") {
        let of = |kind: &str| named(entity.strip_prefix(kind)) && !entity.ends_with('/');
        return entity == "root" || of("user/") || of("role/");
    }
    let Some(session) = arn(value, "sts") else { return false };
    if let Some(role) = session.strip_prefix("assumed-role/") {
        return role.split('/').count() == 2 && role.split('/').all(|part| !part.is_empty());
    }
    named(session.strip_prefix("federated-user/"))
}

/// Users and roles as IAM itself writes them down.
fn is_unique_id(value: &str) -> bool {
    let rest = value.strip_prefix("AIDA").or(value.strip_prefix("AROA"));
    rest.is_some_and(|rest| {
        rest.len() >= 12 && rest.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
    })
}

fn is_service(value: &str) -> bool {
    let letter = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_');
    value.contains('.') && value.bytes().all(letter)
}

fn is_federated(value: &str) -> bool {
    const NAMES: [&str; 4] = [
        "cognito-identity.amazonaws.com",
        "www.amazon.com",
        "graph.facebook.com",
        "accounts.google.com",
    ];
    let provider = arn(value, "iam").filter(|_| !has_wildcard(value)).is_some_and(|entity| {
        let name = entity.strip_prefix("oidc-provider/").or(entity.strip_prefix("saml-provider/"));
        name.is_some_and(|name| !name.is_empty())
    });
    let cognito = value.starts_with("cognito-identity-") && is_service(value);
    provider || cognito || NAMES.contains(&value)
}

fn is_canonical(value: &str) -> bool {
    value.len() == 64 && value.bytes().all(|byte| byte.is_ascii_hexdigit())
}
