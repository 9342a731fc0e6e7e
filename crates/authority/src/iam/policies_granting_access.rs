//! ListPoliciesGrantingServiceAccess: which policies of a user, group or role allow anything of a
//! service. Boundaries, denies and resources are left out of account.
//!
//! Source: IAM API Reference, ListPoliciesGrantingServiceAccess.

use api::Fault;
use api::iam::operations::ListPoliciesGrantingServiceAccess;
use api::iam::shapes::{self, PolicyOwnerEntityType};
use policy::Reach;

use super::page::{self, Page};
use super::policy_source::{self, PolicySource};
use crate::credentials::OwnPolicy;
use crate::handle::{Asking, Asks, Granted, Handle};

impl Handle for ListPoliciesGrantingServiceAccess {
    fn asks(input: &Self::Input, at: &Asking<'_>) -> Result<Asks, Fault> {
        Ok(Asks::on(policy_source::target(at, &input.arn)?))
    }

    fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        let page = Page::of(cx, input.marker.as_deref(), None)?;
        let source = PolicySource::find(cx, &input.arn)?;
        let policies = source.policies(cx.view())?.list;
        let granting: Vec<(OwnPolicy, Reach)> = policies
            .into_iter()
            .filter_map(|policy| {
                let reach = policy::reach(policy.text.as_ref().ok()?).ok()?;
                Some((policy, reach))
            })
            .collect();
        let found = page::of_slice(&page, &input.service_namespaces)?;
        let entry = |namespace: &String| shapes::ListPoliciesGrantingServiceAccessEntry {
            service_namespace: Some(namespace.clone()),
            policies: Some(granting_access(&granting, namespace)),
        };
        Ok(shapes::ListPoliciesGrantingServiceAccessResponse {
            policies_granting_service_access: found.items.iter().map(entry).collect(),
            is_truncated: Some(found.marker.is_some()),
            marker: found.marker,
        })
    }
}

/// Those that allow anything of the service. One that is attached to a user and to a group of theirs
/// comes once.
fn granting_access(
    policies: &[(OwnPolicy, Reach)],
    namespace: &str,
) -> Vec<shapes::PolicyGrantingServiceAccess> {
    let namespace = namespace.to_ascii_lowercase();
    let mut shown: Vec<shapes::PolicyGrantingServiceAccess> = Vec::new();
    for (policy, _) in policies.iter().filter(|(_, reach)| reach.includes(&namespace)) {
        let shape = shape(policy);
        if !shown.contains(&shape) {
            shown.push(shape);
        }
    }
    shown
}

/// Of an embedded policy it is told where it stands, of a managed one its ARN.
fn shape(policy: &OwnPolicy) -> shapes::PolicyGrantingServiceAccess {
    let embedded = policy.arn.is_none();
    let kind = match policy.kind {
        "user" => PolicyOwnerEntityType::User,
        "group" => PolicyOwnerEntityType::Group,
        _ => PolicyOwnerEntityType::Role,
    };
    shapes::PolicyGrantingServiceAccess {
        policy_name: policy.name.clone(),
        policy_type: match embedded {
            true => shapes::PolicyType::Inline,
            false => shapes::PolicyType::Managed,
        },
        policy_arn: policy.arn.clone(),
        entity_type: embedded.then_some(kind),
        entity_name: embedded.then(|| policy.holder.clone()),
    }
}
