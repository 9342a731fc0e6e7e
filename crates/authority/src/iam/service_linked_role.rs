//! Roles that a service owns: made and taken away on its behalf, changed by nobody else.
//!
//! Which services there are is not known here, so the role of each is named after its service, and
//! no permissions are made up for it: it holds none until a service of ours brings its own.
//!
//! Source: IAM User Guide, "Create a service-linked role".

use api::Fault;
use api::iam::operations::{
    CreateServiceLinkedRole, DeleteServiceLinkedRole, GetServiceLinkedRoleDeletionStatus,
};
use api::iam::shapes;
use names::{IdKind, mint_id, mint_uuid};

use super::holder::Holder as _;
use super::target::Target;
use super::{arn, faults, role, trust};
use crate::entity::{DeletionTasks, InlinePolicies, Role, SERVICE_LINKED, folded};
use crate::handle::{Asking, Asks, Granted, Handle};

/// Seconds; nobody assumes such a role but its service.
const MAX_SESSION: i32 = 3600;

/// What well-known services call their roles, where it is not their own name word by word.
///
/// Source: the AWS services' own guides, "Using service-linked roles".
const KNOWN: &[(&str, &str)] = &[
    ("access-analyzer", "AccessAnalyzer"),
    ("autoscaling", "AutoScaling"),
    ("backup", "Backup"),
    ("batch", "Batch"),
    ("cloudtrail", "CloudTrail"),
    ("config", "Config"),
    ("custom.rds", "RDSCustom"),
    ("dax", "DAX"),
    ("ecs", "ECS"),
    ("eks", "AmazonEKS"),
    ("eks-fargate", "AmazonEKSForFargate"),
    ("eks-nodegroup", "AmazonEKSNodegroup"),
    ("elasticache", "ElastiCache"),
    ("elasticfilesystem", "AmazonElasticFileSystem"),
    ("elasticloadbalancing", "ElasticLoadBalancing"),
    ("elasticmapreduce", "EMRCleanup"),
    ("globalaccelerator", "GlobalAccelerator"),
    ("guardduty", "AmazonGuardDuty"),
    ("inspector2", "AmazonInspector2"),
    ("kafka", "Kafka"),
    ("macie", "AmazonMacie"),
    ("mrk.kms", "KeyManagementServiceMultiRegionKeys"),
    ("opensearchservice", "AmazonOpenSearchService"),
    ("organizations", "Organizations"),
    ("rds", "RDS"),
    ("redshift", "Redshift"),
    ("replicator.lambda", "LambdaReplicator"),
    ("securityhub", "SecurityHub"),
    ("spot", "EC2Spot"),
    ("spotfleet", "EC2SpotFleet"),
    ("ssm", "AmazonSSM"),
    ("sso", "SSO"),
    ("support", "Support"),
    ("transitgateway", "VPCTransitGateway"),
    ("trustedadvisor", "TrustedAdvisor"),
];

/// The name of a service's role: `AWSServiceRoleFor` and what the service calls itself.
fn role_name(service: &str, suffix: Option<&str>) -> String {
    let own = service.split(".amazonaws.com").next().unwrap_or_default();
    let mut name = "AWSServiceRoleFor".to_owned();
    match KNOWN.iter().find(|(service, _)| *service == own) {
        Some((_, known)) => name.push_str(known),
        None => own.split(['.', '-']).for_each(|word| push_capitalized(&mut name, word)),
    }
    if let Some(suffix) = suffix {
        name.push('_');
        name.push_str(suffix);
    }
    name
}

fn push_capitalized(name: &mut String, word: &str) {
    let mut letters = word.chars();
    name.extend(letters.next().map(|first| first.to_ascii_uppercase()));
    name.push_str(letters.as_str());
}

fn is_service(name: &str) -> bool {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'.' || b == b'-';
    let own = name.strip_suffix(".amazonaws.com").filter(|own| !own.is_empty());
    own.is_some_and(|own| {
        own.bytes().all(plain) && own.starts_with(|c: char| c.is_ascii_lowercase())
    })
}

impl Handle for CreateServiceLinkedRole {
    fn asks(input: &Self::Input, at: &Asking<'_>) -> Result<Asks, Fault> {
        let path = format!("{SERVICE_LINKED}{}/", input.aws_service_name);
        let name = role_name(&input.aws_service_name, input.custom_suffix.as_deref());
        let made = Target::made(arn::role(at.account(), &path, &name));
        Ok(Asks::on(made).with("iam:AWSServiceName", &input.aws_service_name))
    }

    fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        let service = input.aws_service_name;
        if !is_service(&service) {
            let message = format!("{service} is not a valid AWS service name.");
            return Err(faults::invalid_input(message));
        }
        let name = role_name(&service, input.custom_suffix.as_deref());
        if name.len() > 64 {
            let message = format!("The role name {name} is longer than 64 characters.");
            return Err(faults::invalid_input(message));
        }
        if cx.get::<Role>(&folded(&name))?.is_some() {
            return Err(faults::invalid_input(format!(
                "Service role name {name} has been taken in this account, please try a different \
                 suffix."
            )));
        }
        let account = cx.account();
        let role = Role {
            account,
            id: mint_id(IdKind::Role, account, cx.chance()),
            path: format!("{SERVICE_LINKED}{service}/"),
            name,
            created: cx.now().whole_second(),
            description: input.description,
            trust: trust::of_service(&service),
            max_session: MAX_SESSION,
            inline: InlinePolicies::default(),
            attached: Vec::new(),
            boundary: None,
            tags: Vec::new(),
        };
        role::add(cx, &role)?;
        let shape = shapes::Role { max_session_duration: None, ..role::shape(cx.view(), &role)? };
        Ok(shapes::CreateServiceLinkedRoleResponse { role: Some(shape) })
    }
}

impl Handle for DeleteServiceLinkedRole {
    fn asks(input: &Self::Input, at: &Asking<'_>) -> Result<Asks, Fault> {
        Ok(Asks::on(Role::target(at, &input.role_name)?))
    }

    /// No service of ours uses such a role, so it is gone at once; the task only tells so.
    fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        let role = Role::named(cx, &input.role_name)?;
        if !role.is_service_linked() {
            return Err(faults::no_such_role(&input.role_name));
        }
        let service = role.path.trim_start_matches(SERVICE_LINKED).trim_end_matches('/');
        let uuid = mint_uuid(cx.chance());
        let id = format!("task{SERVICE_LINKED}{service}/{}/{uuid}", role.name);
        let done = cx.get::<DeletionTasks>(DeletionTasks::KEY)?;
        let mut done = done.unwrap_or_else(|| DeletionTasks::of(cx.account()));
        done.tasks.add(id.clone(), cx.now());
        cx.put(&done)?;
        role::remove(cx, &role);
        Ok(shapes::DeleteServiceLinkedRoleResponse { deletion_task_id: id })
    }
}

impl Handle for GetServiceLinkedRoleDeletionStatus {
    /// Asked of the role that the task is about; what is no task's id is about no role.
    fn asks(input: &Self::Input, at: &Asking<'_>) -> Result<Asks, Fault> {
        let role = input.deletion_task_id.strip_prefix("task/").and_then(|id| id.rsplit_once('/'));
        let arn = role.map(|(role, _)| arn::at_root_path(at.account(), "role", role));
        Ok(Asks::on(arn.map_or_else(Target::any, Target::made)))
    }

    fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        let id = input.deletion_task_id;
        if !id.starts_with("task/") || id.split('/').count() != 5 {
            let message = format!("The deletion task id {id} is not valid.");
            return Err(faults::invalid_input(message));
        }
        let done = cx.view().entity::<DeletionTasks>(cx.account(), DeletionTasks::KEY)?;
        let made = done.and_then(|done| done.tasks.made(&id, cx.now()));
        made.ok_or_else(|| faults::no_such_deletion_task(&id))?;
        Ok(shapes::GetServiceLinkedRoleDeletionStatusResponse {
            status: shapes::DeletionTaskStatusType::Succeeded,
            reason: None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_is_named_after_its_service() {
        assert_eq!(role_name("autoscaling.amazonaws.com", None), "AWSServiceRoleForAutoScaling");
        assert_eq!(role_name("wellformed.amazonaws.com", None), "AWSServiceRoleForWellformed");
        let custom = role_name("custom-resource.application-autoscaling.amazonaws.com", Some("x"));
        assert_eq!(custom, "AWSServiceRoleForCustomResourceApplicationAutoscaling_x");
        assert!(is_service("lex.amazonaws.com") && is_service("a.b-c.amazonaws.com"));
        for no in
            ["lex", "amazonaws.com", ".amazonaws.com", "Lex.amazonaws.com", "a_b.amazonaws.com"]
        {
            assert!(!is_service(no), "{no}");
        }
    }
}
