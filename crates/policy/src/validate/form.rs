//! The checks after syntax: form of values, actions and resources, each with its own text.

use std::collections::HashSet;

use crate::condition::is_network;
use crate::date;
use crate::document::Malformed;
use crate::json::Node;
use crate::operator::{Base, Operator};

/// Effect's exact spelling, dates and networks that can be read, ARNs with all their colons.
pub(super) fn passes_legacy_parsing(statement: &Node, tolerant: bool) -> bool {
    let effect = statement.get("Effect").and_then(Node::text);
    matches!(effect, Some("Allow" | "Deny"))
        && ["Resource", "NotResource"].iter().all(|name| whole_arns(statement, name))
        && (tolerant || statement.get("Condition").is_none_or(dates_and_networks_can_be_read))
}

fn values(statement: &Node, name: &str) -> Vec<String> {
    statement.get(name).and_then(Node::texts).unwrap_or_default()
}

fn whole_arns(statement: &Node, name: &str) -> bool {
    values(statement, name).iter().filter(|text| *text != "*").all(|text| {
        let colons = text.matches(':').count();
        (colons >= 5 || !text.contains("::")) && text.split(':').nth(2) != Some("")
    })
}

fn dates_and_networks_can_be_read(condition: &Node) -> bool {
    condition.object().into_iter().flatten().all(|(name, keys)| {
        let readable: fn(&str) -> bool = match Operator::parse(name).map(|operator| operator.base) {
            Some(Base::Date(_)) => is_date,
            Some(Base::Ip) => is_network,
            _ => return true,
        };
        keys.object().into_iter().flatten().all(|(_, values)| {
            values.scalars().is_some_and(|values| values.iter().all(|value| readable(value)))
        })
    })
}

/// Years beyond four digits are moments, too, where they are written out.
fn is_date(text: &str) -> bool {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if digits { text.parse::<i64>().is_ok() } else { date::parse(text).is_some() }
}

/// Statement ids are letters and digits, and unique, save empty ones.
pub(super) fn check_sids(statements: &[&Node]) -> Result<(), Malformed> {
    let mut seen = HashSet::new();
    let sids = statements.iter().filter_map(|statement| statement.get("Sid")?.text());
    for sid in sids.filter(|sid| !sid.is_empty()) {
        if !sid.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Err(Malformed::new(
                "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the \
                 regular expression [0-9A-Za-z]*",
            ));
        }
        if !seen.insert(sid) {
            let message = "Statement IDs (SID) in a single policy must be unique.";
            return Err(Malformed::new(message));
        }
    }
    Ok(())
}

fn names_any(statement: &Node, names: [&str; 2]) -> bool {
    names.iter().any(|name| !values(statement, name).is_empty())
}

pub(super) fn check_actions_present(statements: &[&Node]) -> Result<(), Malformed> {
    if statements.iter().all(|statement| names_any(statement, ["Action", "NotAction"])) {
        Ok(())
    } else {
        Err(Malformed::new("Policy statement must contain actions."))
    }
}

pub(super) fn check_resources_present(statements: &[&Node]) -> Result<(), Malformed> {
    if statements.iter().all(|statement| names_any(statement, ["Resource", "NotResource"])) {
        Ok(())
    } else {
        Err(Malformed::new("Policy statement must contain resources."))
    }
}

/// The values under `names`, each list from its greatest value down: so IAM looks at them.
fn descending<'a>(
    statements: &'a [&Node],
    names: [&'a str; 2],
) -> impl Iterator<Item = String> + 'a {
    statements.iter().flat_map(move |statement| {
        names.into_iter().flat_map(|name| {
            let mut values = values(statement, name);
            values.sort_unstable_by(|a, b| b.cmp(a));
            values
        })
    })
}

pub(super) fn check_actions(statements: &[&Node]) -> Result<(), Malformed> {
    descending(statements, ["Action", "NotAction"]).try_for_each(|action| check_action(&action))
}

fn check_action(action: &str) -> Result<(), Malformed> {
    let parts: Vec<&str> = action.split(':').collect();
    let vendor = match parts.as_slice() {
        ["*"] => return Ok(()),
        [_] => {
            return Err(Malformed::new(
                "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.",
            ));
        }
        [vendor, _] => *vendor,
        _ => return Err(Malformed::new("Actions/Condition can contain only one colon.")),
    };
    let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'.' || b == b'-';
    if vendor.bytes().all(plain) || vendor == "*" {
        Ok(())
    } else {
        Err(Malformed::new(format!("Vendor {vendor} is not valid")))
    }
}

pub(super) fn check_resources(statements: &[&Node]) -> Result<(), Malformed> {
    let names = ["Resource", "NotResource"];
    descending(statements, names).try_for_each(|resource| check_resource(&resource))
}

const PARTITIONS: [&str; 9] = [
    "*",
    "aws",
    "aws-cn",
    "aws-us-gov",
    "aws-iso",
    "aws-iso-b",
    "aws-iso-e",
    "aws-iso-f",
    "aws-eusc",
];

fn check_resource(resource: &str) -> Result<(), Malformed> {
    if resource == "*" {
        return Ok(());
    }
    let Some((_, rest)) = resource.split_once(':') else {
        let message = format!("Resource {resource} must be in ARN format or \"*\".");
        return Err(Malformed::new(message));
    };
    let (partition, rest) = rest.split_once(':').map_or((rest, None), |(p, r)| (p, Some(r)));
    if !PARTITIONS.contains(&partition) {
        let arn = completed(partition, rest.unwrap_or_default());
        let message = format!("Partition \"{partition}\" is not valid for resource \"{arn}\".");
        return Err(Malformed::new(message));
    }
    let (service, rest) = match rest.and_then(|rest| rest.split_once(':')) {
        Some((service, rest)) if !service.contains(['*', '?']) => (service, rest),
        _ => {
            return Err(Malformed::new(
                "Resource vendor must be fully qualified and cannot contain regexes.",
            ));
        }
    };
    check_location(resource, service, rest)
}

/// The ARN as the text shows it: absent parts are `*`.
fn completed(partition: &str, rest: &str) -> String {
    let parts: Vec<&str> = rest.splitn(4, ':').collect();
    let part =
        |at: usize| parts.get(at).copied().filter(|p| at > 0 || !p.is_empty() || parts.len() > 1);
    let parts: Vec<&str> = (0..4).map(|at| part(at).unwrap_or("*")).collect();
    format!("arn:{partition}:{}", parts.join(":"))
}

/// Rules of IAM's and S3's own ARNs.
fn check_location(resource: &str, service: &str, rest: &str) -> Result<(), Malformed> {
    let (region, rest) = rest.split_once(':').unwrap_or((rest, ""));
    let path = rest.split_once(':').map_or("", |(_, path)| path);
    match service {
        "iam" if !region.is_empty() => Err(Malformed::new(format!(
            "IAM resource {resource} cannot contain region information."
        ))),
        "s3" if !region.is_empty() && !path.starts_with("accesspoint/") => {
            Err(Malformed::new(format!("Resource {resource} can not contain region information.")))
        }
        "iam" if path != "*" && !IAM_PATHS.iter().any(|start| path.starts_with(start)) => {
            Err(Malformed::new(IAM_PATH_TEXT))
        }
        _ => Ok(()),
    }
}

const IAM_PATHS: [&str; 13] = [
    "user/",
    "federated-user/",
    "role/",
    "group/",
    "instance-profile/",
    "mfa/",
    "server-certificate/",
    "policy/",
    "sms-mfa/",
    "saml-provider/",
    "oidc-provider/",
    "report/",
    "access-report/",
];

const IAM_PATH_TEXT: &str = "IAM resource path must either be \"*\" or start with user/, \
    federated-user/, role/, group/, instance-profile/, mfa/, server-certificate/, policy/, \
    sms-mfa/, saml-provider/, oidc-provider/, report/, access-report/.";
