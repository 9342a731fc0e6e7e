//! The checks after syntax: form of values, actions and resources, each with its own text.

use std::collections::HashSet;

use crate::condition::is_network;
use crate::date;
use crate::document::Malformed;
use crate::json::Node;
use crate::operator::{Base, Operator};

fn legacy_parsing() -> Malformed {
    Malformed::new("The policy failed legacy parsing")
}

/// Effect's exact spelling; literals that can be read as what their operator compares, unless
/// `tolerant`.
pub(super) fn check_legacy_parsing(statements: &[&Node], tolerant: bool) -> Result<(), Malformed> {
    let pass = statements.iter().all(|statement| passes_legacy_parsing(statement, tolerant));
    if pass { Ok(()) } else { Err(legacy_parsing()) }
}

fn passes_legacy_parsing(statement: &Node, tolerant: bool) -> bool {
    let effect = statement.get("Effect").and_then(Node::text);
    matches!(effect, Some("Allow" | "Deny"))
        && (tolerant || statement.get("Condition").is_none_or(literals_can_be_read))
}

fn values(statement: &Node, name: &str) -> Vec<String> {
    statement.get(name).and_then(Node::texts).unwrap_or_default()
}

/// ARNs with all their colons, and a service.
fn is_whole(resource: &str) -> bool {
    let colons = resource.matches(':').count();
    resource == "*"
        || ((colons >= 5 || !resource.contains("::")) && resource.split(':').nth(2) != Some(""))
}

fn literals_can_be_read(condition: &Node) -> bool {
    condition.object().into_iter().flatten().all(|(name, keys)| {
        let readable: fn(&str) -> bool = match Operator::parse(name).map(|operator| operator.base) {
            Some(Base::Date(_)) => |text| date::parse(text).is_some(),
            Some(Base::Ip) => is_network,
            Some(Base::Arn) => is_arn_pattern,
            _ => return true,
        };
        keys.object().into_iter().flatten().all(|(_, values)| {
            values.scalars().is_some_and(|values| values.iter().all(|value| readable(value)))
        })
    })
}

/// Something that an ARN may match: with variables it is known only when it is asked.
fn is_arn_pattern(text: &str) -> bool {
    let parts = text.split(':').count();
    text.starts_with('*')
        || text.contains("${")
        || (text.starts_with("arn:") && (parts >= 6 || text.contains('*')))
}

/// Statement ids are letters and digits, and unique.
pub(super) fn check_sids(statements: &[&Node]) -> Result<(), Malformed> {
    let letters = |sid: &str| sid.bytes().all(|byte| byte.is_ascii_alphanumeric());
    check_each_sid(statements, letters)
}

/// Statement ids are unique, and any text.
pub(super) fn check_sids_unique(statements: &[&Node]) -> Result<(), Malformed> {
    check_each_sid(statements, |_| true)
}

/// Empty ids may come as often as they like.
fn check_each_sid(statements: &[&Node], is_good: impl Fn(&str) -> bool) -> Result<(), Malformed> {
    let mut seen = HashSet::new();
    let sids = statements.iter().filter_map(|statement| statement.get("Sid")?.text());
    for sid in sids.filter(|sid| !sid.is_empty()) {
        if !is_good(sid) {
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

/// Checks the actions of all statements, then the actions that are excepted.
pub(super) fn check_actions(statements: &[&Node]) -> Result<(), Malformed> {
    let lists = ["Action", "NotAction"]
        .into_iter()
        .flat_map(|name| statements.iter().map(move |statement| values(statement, name)));
    lists.flatten().try_for_each(|action| check_action(&action))
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
    if vendor.bytes().all(plain) {
        Ok(())
    } else {
        Err(Malformed::new(format!("Vendor {vendor} is not valid")))
    }
}

/// Looks at the resources of all statements, then at those that are excepted; at each list from its
/// greatest value down, as IAM does. The first resource whose form is wrong is no error yet: it is
/// one if nothing that IAM looks at before is wrong. From then on no ARN is counted for its colons.
pub(super) fn check_resources(statements: &[&Node]) -> Result<Option<Malformed>, Malformed> {
    let mut first = None;
    for (name, statement) in ["Resource", "NotResource"]
        .into_iter()
        .flat_map(|name| statements.iter().map(move |statement| (name, statement)))
    {
        let mut resources = values(statement, name);
        resources.sort_unstable_by(|a, b| b.cmp(a));
        let wrong = resources.iter().find_map(|resource| check_resource(resource).err());
        first = first.or(wrong);
        if first.is_none() && !resources.iter().all(|resource| is_whole(resource)) {
            return Err(legacy_parsing());
        }
    }
    Ok(first)
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
