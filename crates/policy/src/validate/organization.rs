//! Service and resource control policies. All that is wrong with one has the same text.
//!
//! Source: AWS Organizations User Guide, "SCP syntax" and "RCP syntax"; what a resource control
//! policy may say follows what was recorded of Organizations.

use super::{form, syntax};
use crate::document::Malformed;
use crate::json::Node;

/// The longest document, in characters.
const LENGTH_MAX: usize = 5120;

/// Services whose actions a resource control policy may name.
///
/// Source: AWS Organizations User Guide, "Services that support RCPs", September 2026.
const SERVICES: [&str; 62] = [
    "aoss",
    "appconfig",
    "appstream",
    "autoscaling",
    "autoscaling-plans",
    "budgets",
    "clouddirectory",
    "cloudfront",
    "cloudsearch",
    "cloudtrail-data",
    "codeartifact",
    "codebuild",
    "codecommit",
    "codepipeline",
    "cognito-identity",
    "cognito-idp",
    "comprehend",
    "comprehendmedical",
    "compute-optimizer",
    "cost-optimization-hub",
    "dax",
    "dsql",
    "dynamodb",
    "ecr",
    "ecr-public",
    "events",
    "firehose",
    "fis",
    "fms",
    "gamelift",
    "health",
    "inspector-scan",
    "kendra",
    "kinesisvideo",
    "kms",
    "logs",
    "memorydb",
    "networkmonitor",
    "notifications",
    "opensearch",
    "pca-connector-ad",
    "personalize",
    "polly",
    "pricing",
    "resource-groups",
    "rolesanywhere",
    "s3",
    "secretsmanager",
    "servicediscovery",
    "signin",
    "sqs",
    "sts",
    "support",
    "swf",
    "textract",
    "timestream-influxdb",
    "transcribe",
    "transfer",
    "translate",
    "wafv2",
    "workspaces",
    "xray",
];

fn unmet() -> Malformed {
    Malformed::new(
        "The provided policy document does not meet the requirements of the specified policy type.",
    )
}

pub(super) fn check_scp(text: &str) -> Result<(), Malformed> {
    check(text, |statement| statement.get("Principal").or(statement.get("NotPrincipal")).is_none())
}

pub(super) fn check_rcp(text: &str) -> Result<(), Malformed> {
    check(text, |statement| {
        let denies = statement.get("Effect").and_then(Node::text) == Some("Deny");
        let excepts = statement.get("NotAction").or(statement.get("NotPrincipal")).is_some();
        let actions = statement.get("Action").and_then(Node::texts).unwrap_or_default();
        let everyone = statement.get("Principal").is_some_and(names_everyone);
        denies && !excepts && everyone && actions.iter().all(|action| is_supported(action))
    })
}

fn check(text: &str, is_allowed: impl Fn(&Node) -> bool) -> Result<(), Malformed> {
    let fits = text.chars().count() <= LENGTH_MAX;
    let node = Some(text).filter(|_| fits).and_then(Node::parse).ok_or_else(unmet)?;
    let statements = syntax::statements(&node).ok_or_else(unmet)?;
    let formed = form::check_legacy_parsing(&statements, false)
        .and_then(|()| form::check_resources(&statements))
        .and_then(|resource_error| resource_error.map_or(Ok(()), Err))
        .and_then(|()| form::check_sids(&statements))
        .and_then(|()| form::check_actions_present(&statements))
        .and_then(|()| form::check_actions(&statements))
        .and_then(|()| form::check_resources_present(&statements));
    if formed.is_ok() && statements.iter().all(|statement| is_allowed(statement)) {
        Ok(())
    } else {
        Err(unmet())
    }
}

fn names_everyone(principal: &Node) -> bool {
    let named = match principal.object() {
        Some([(kind, value)]) if kind == "AWS" => value,
        Some(_) => return false,
        None => principal,
    };
    named.text() == Some("*")
}

fn is_supported(action: &str) -> bool {
    let service = action.split_once(':').map(|(service, _)| service.to_ascii_lowercase());
    service.is_some_and(|service| SERVICES.contains(&service.as_str()))
}
