//! Simulations: what policies would decide. The same engine decides that decides on calls.
//!
//! A simulation knows what it is given, and nothing of the resources: their policies and tags, and
//! all condition keys but the caller's id, must be passed. What the service control policies of the
//! account say is part of it, what its resource control policies say is not, as with AWS.
//!
//! Source: IAM API Reference, SimulateCustomPolicy and SimulatePrincipalPolicy.

mod caller;
mod context_entries;
mod cost;
mod exclusion;
mod scenario;

use std::sync::Arc;

use api::Fault;
use api::iam::operations::{SimulateCustomPolicy, SimulatePrincipalPolicy};
use api::iam::shapes::{
    self, ContextEntry, EvaluationResult, OrderedOrganizationPolicyType,
    PolicyIdentifierPolicyType as Excluded,
};
use names::{AccountId, Arn};
use policy::{PolicyKind, PolicySet};

use super::faults;
use super::page::{self, Page};
use super::policy_source::{self, PolicySource};
use crate::credentials::{self, ControlSets, Gathering, OwnPolicy};
use crate::handle::{Asking, Asks, Granted, Handle};
use caller::SimulatedCaller;
use cost::{Asked, Bulk};
use exclusion::Exclusion;
use scenario::Scenario;

/// What the two inputs, which are types of their own, have in common.
macro_rules! inputs {
    ($input:ident) => {
        Inputs {
            boundaries: $input.permissions_boundary_policy_input_list.unwrap_or_default(),
            actions: $input.action_names,
            resources: $input.resource_arns.unwrap_or_default(),
            resource_policy: $input.resource_policy,
            resource_owner: $input.resource_owner,
            caller: $input.caller_arn,
            context: $input.context_entries.unwrap_or_default(),
            handling: $input.resource_handling_option,
        }
    };
}

impl Handle for SimulateCustomPolicy {
    fn asks(_: &Self::Input, _: &Asking<'_>) -> Result<Asks, Fault> {
        Ok(Asks::on_any())
    }

    fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        let page = Page::of(cx, input.marker.as_deref(), input.max_items)?;
        let inputs = inputs!(input);
        let levels = input.ordered_organization_policy_input_list.unwrap_or_default();
        let of_levels =
            levels.iter().filter_map(|at| at.service_control_policy_input_list.as_ref());
        let given = input.policy_input_list.iter().chain(of_levels.flatten());
        let bulk = Bulk::given(given.chain(inputs.documents()))?;
        let mut identity = Gathering::default();
        take(&mut identity, (PolicyKind::Identity, "PolicyInputList"), &input.policy_input_list)?;
        let caller = match &inputs.caller {
            Some(arn) => SimulatedCaller::named(arn)?,
            None if inputs.resource_policy.is_some() => {
                let message = "CallerArn is required if ResourcePolicy is specified.";
                return Err(faults::invalid_input(message));
            }
            None => SimulatedCaller::anyone(cx.account().to_string()),
        };
        let controls = Arc::new(controls(&levels)?);
        let sets = Sets { identity, boundary: None, controls, bulk };
        simulated(&page, inputs, caller, sets)
    }
}

impl Handle for SimulatePrincipalPolicy {
    fn asks(input: &Self::Input, at: &Asking<'_>) -> Result<Asks, Fault> {
        Ok(Asks::on(policy_source::target(at, &input.policy_source_arn)?))
    }

    fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        let page = Page::of(cx, input.marker.as_deref(), input.max_items)?;
        let source = PolicySource::find(cx, &input.policy_source_arn)?;
        let inputs = inputs!(input);
        let caller = inputs.caller.as_deref().unwrap_or(&input.policy_source_arn);
        let caller = SimulatedCaller::named(caller)?;
        let exclusion = Exclusion::read(input.policy_exclusion_list.unwrap_or_default())?;
        let given = input.policy_input_list.unwrap_or_default();
        let bulk = Bulk::given(given.iter().chain(inputs.documents()))?;
        let mut sets = sets_of(cx, &source, &exclusion)?;
        sets.bulk = sets.bulk.and(bulk);
        take(&mut sets.identity, (PolicyKind::Identity, "PolicyInputList"), &given)?;
        simulated(&page, inputs, caller, sets)
    }
}

/// What both simulations are given.
struct Inputs {
    boundaries: Vec<String>,
    actions: Vec<String>,
    resources: Vec<String>,
    resource_policy: Option<String>,
    resource_owner: Option<String>,
    caller: Option<String>,
    context: Vec<ContextEntry>,
    handling: Option<String>,
}

/// The policies that bind the caller.
struct Sets {
    identity: Gathering,
    boundary: Option<PolicySet>,
    controls: Arc<ControlSets>,
    bulk: Bulk,
}

/// The policies of the source and of its account, but for those that are left out.
fn sets_of<O>(
    cx: &Granted<'_, O>,
    source: &PolicySource,
    exclusion: &Exclusion,
) -> Result<Sets, Fault> {
    let (mut identity, mut bulk) = (Gathering::default(), Bulk::default());
    let own = source.policies(cx.view())?.list;
    for policy in own.into_iter().filter(|policy| !exclusion.leaves_out(policy)) {
        bulk = bulk.and(policy.text.as_deref().map(Bulk::of).unwrap_or_default());
        identity.take(id_of(&policy), policy.arn, policy.text);
    }
    let arn = match source {
        PolicySource::User(user) => user.boundary.as_deref(),
        PolicySource::Role(role) => role.boundary.as_deref(),
        PolicySource::Group(_) => None,
    };
    let arn = arn.filter(|_| !exclusion.leaves_out_all(Excluded::PermissionBoundary));
    let mut bounding = Gathering::default();
    if let Some(arn) = arn {
        let found = credentials::managed(cx.view(), cx.account(), arn)?;
        bulk = bulk.and(found.text.as_deref().map(Bulk::of).unwrap_or_default());
        bounding.take(found.name, Some(arn.to_owned()), found.text);
    }
    let boundary = arn.map(|_| bounding.compile());
    let controls = match exclusion.leaves_out_all(Excluded::Scp) {
        true => Arc::default(),
        false => cx.authority().credentials.controls(cx.view(), cx.account())?,
    };
    Ok(Sets { identity, boundary, controls, bulk })
}

/// What answers call a policy: a managed one by its name, an embedded one by where it stands.
fn id_of(policy: &OwnPolicy) -> String {
    match policy.arn {
        Some(_) => policy.name.clone(),
        None => format!("{}_{}_{}", policy.kind, policy.holder, policy.name),
    }
}

/// Takes in documents that were given in the list of this name.
fn take(
    into: &mut Gathering,
    (kind, list): (PolicyKind, &str),
    documents: &[String],
) -> Result<(), Fault> {
    for (text, number) in documents.iter().zip(1..) {
        policy::validate(kind, text).map_err(|wrong| faults::invalid_input(wrong.message))?;
        into.add(format!("{list}.{number}"), None, text);
    }
    Ok(())
}

/// Service control policies that were given, level by level.
fn controls(levels: &[OrderedOrganizationPolicyType]) -> Result<ControlSets, Fault> {
    let mut sets = ControlSets::default();
    for level in levels {
        let mut gathering = Gathering::default();
        let documents = level.service_control_policy_input_list.as_deref().unwrap_or_default();
        let list = (PolicyKind::Scp, "ServiceControlPolicyInputList");
        take(&mut gathering, list, documents)?;
        sets.service.push(gathering.compile());
    }
    Ok(sets)
}

/// A page of results: one for each action on each resource, in the order in which they were given.
fn simulated(
    page: &Page,
    inputs: Inputs,
    caller: SimulatedCaller,
    sets: Sets,
) -> Result<shapes::SimulatePolicyResponse, Fault> {
    inputs.check()?;
    let work = sets.bulk.per_result(inputs.asked())?;
    let Inputs { actions, mut resources, .. } = inputs;
    let named_resources = !resources.is_empty() && resources != ["*"];
    if resources.is_empty() {
        resources.push("*".to_owned());
    }
    let scenario = Scenario {
        caller,
        identity: sets.identity.compile(),
        boundary: boundary(&inputs.boundaries)?.or(sets.boundary),
        resource_policy: resource_policy(inputs.resource_policy)?,
        controls: sets.controls,
        resource_owner: inputs.resource_owner.as_deref().map(owner).transpose()?,
        context: context_entries::context(&inputs.context)?,
        named_resources,
    };
    let result = |at: usize| {
        let action = actions.get(at / resources.len())?;
        let resource = resources.get(at % resources.len())?;
        Some(scenario.result(action, resource))
    };
    results(page, work, actions.len().saturating_mul(resources.len()), result)
}

/// As many results as a page may have and as may be paid for, and one at least.
fn results(
    page: &Page,
    work: usize,
    count: usize,
    result: impl Fn(usize) -> Option<EvaluationResult>,
) -> Result<shapes::SimulatePolicyResponse, Fault> {
    let affordable = (cost::WORK_MAX / work.max(1)).max(1);
    let found = page::of_count(&page.clone().sized(page.size().min(affordable)), count)?;
    let (mut results, mut length, mut marker) = (Vec::new(), 0, found.marker);
    for at in found.items {
        if length > cost::LENGTH_MAX {
            marker = Some(page.marker(at.to_string().as_bytes()));
            break;
        }
        let Some(result) = result(at) else { continue };
        length += cost::length(&result);
        results.push(result);
    }
    Ok(shapes::SimulatePolicyResponse {
        evaluation_results: Some(results),
        is_truncated: Some(marker.is_some()),
        marker,
    })
}

/// Scenarios of instances, which decide nothing.
const HANDLING: [&str; 6] = [
    "EC2-Classic-EBS",
    "EC2-Classic-InstanceStore",
    "EC2-VPC-EBS",
    "EC2-VPC-EBS-Subnet",
    "EC2-VPC-InstanceStore",
    "EC2-VPC-InstanceStore-Subnet",
];

impl Inputs {
    /// The policies among them.
    fn documents(&self) -> impl Iterator<Item = &String> {
        self.boundaries.iter().chain(&self.resource_policy)
    }

    fn asked(&self) -> Asked {
        let longest = |texts: &[String]| texts.iter().map(String::len).max().unwrap_or_default();
        let (context, longest_value) = context_entries::lengths(&self.context);
        let length = longest(&self.actions) + longest(&self.resources) + context;
        Asked { length, longest_value }
    }

    fn check(&self) -> Result<(), Fault> {
        if let Some(action) = self.actions.iter().find(|action| !is_action(action)) {
            return Err(faults::invalid_input(format!("Invalid Action: {action}")));
        }
        let is_resource = |text: &&String| *text != "*" && Arn::parse(text).is_err();
        if let Some(resource) = self.resources.iter().find(is_resource) {
            return Err(faults::invalid_input(format!("Invalid Resource Arn: {resource}")));
        }
        match &self.handling {
            Some(option) if !HANDLING.contains(&option.as_str()) => {
                let message = format!("Invalid ResourceHandlingOption: {option}");
                Err(faults::invalid_input(message))
            }
            _ => Ok(()),
        }
    }
}

/// A service and a name, without wildcards.
fn is_action(text: &str) -> bool {
    let parts = text.split_once(':');
    parts.is_some_and(|(service, name)| {
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        let is_name = |part: &str| !part.is_empty() && part.chars().all(plain);
        is_name(service) && is_name(name)
    })
}

/// There is one boundary at most, and it takes the place of the entity's.
fn boundary(documents: &[String]) -> Result<Option<PolicySet>, Fault> {
    if documents.is_empty() {
        return Ok(None);
    }
    if documents.len() > 1 {
        let message = "Only one permissions boundary policy can be specified.";
        return Err(faults::invalid_input(message));
    }
    let mut gathering = Gathering::default();
    let list = (PolicyKind::Boundary, "PermissionsBoundaryPolicyInputList");
    take(&mut gathering, list, documents)?;
    Ok(Some(gathering.compile()))
}

fn resource_policy(document: Option<String>) -> Result<Option<PolicySet>, Fault> {
    let Some(text) = document else { return Ok(None) };
    policy::validate(PolicyKind::Resource, &text)
        .map_err(|wrong| faults::invalid_input(wrong.message))?;
    let mut gathering = Gathering::default();
    gathering.add("ResourcePolicy".to_owned(), None, &text);
    Ok(Some(gathering.compile()))
}

/// The account's id, which is given as such or as the ARN of root.
fn owner(text: &str) -> Result<String, Fault> {
    let account = match Arn::parse(text) {
        Ok(arn) if arn.service == "iam" && arn.resource == "root" => arn.account,
        Ok(_) => "",
        Err(_) => text,
    };
    let valid = account.parse::<AccountId>().is_ok();
    let invalid = || faults::invalid_input(format!("Invalid ResourceOwner: {text}"));
    valid.then(|| account.to_owned()).ok_or_else(invalid)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_owner_is_an_account_by_id_or_by_root() {
        assert_eq!(owner("123456789012").ok().as_deref(), Some("123456789012"));
        assert_eq!(owner("arn:aws:iam::123456789012:root").ok().as_deref(), Some("123456789012"));
        for bad in ["12345", "arn:aws:iam::123456789012:user/root", "arn:aws:iam:::root"] {
            assert!(owner(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn an_action_is_a_service_and_a_name() {
        assert!(is_action("iam:CreateUser") && is_action("s3-object-lambda:Get"));
        for bad in ["iam", "iam:", ":x", "iam:*", "iam:Get?", "a:b:c"] {
            assert!(!is_action(bad), "{bad}");
        }
    }
}
