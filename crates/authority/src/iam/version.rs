//! Versions of managed policies: at most five, one of them in force, numbers never used twice.

use api::iam::operations::{
    CreatePolicyVersion, DeletePolicyVersion, GetPolicyVersion, ListPolicyVersions,
    SetDefaultPolicyVersion,
};
use api::iam::{errors, shapes};
use api::{Empty, Fault};

use super::managed::{self, Managed};
use super::page::{self, Page};
use super::target::Target;
use super::{document, faults, quotas};
use crate::entity::PolicyVersion;
use crate::handle::{Asking, Asks, Granted, Handle};

impl Handle for CreatePolicyVersion {
    fn asks(input: &Self::Input, at: &Asking<'_>) -> Result<Asks, Fault> {
        Ok(Asks::on(Target::policy(at, &input.policy_arn)?))
    }

    fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        document::check_managed(&input.policy_document)?;
        let mut policy = managed::customer(cx, &input.policy_arn)?;
        if policy.versions.len() >= quotas::VERSIONS_PER_POLICY {
            return Err(Fault::new(
                &errors::LIMIT_EXCEEDED,
                "A managed policy can have up to 5 versions. Before you create a new version, you \
                 must delete an existing version.",
            ));
        }
        let created = cx.now().whole_second();
        let version =
            PolicyVersion { number: policy.next_version, document: input.policy_document, created };
        policy.next_version += 1;
        policy.updated = created;
        if input.set_as_default.unwrap_or(false) {
            policy.default_version = version.number;
        }
        let shape = shape(&version, version.number == policy.default_version);
        policy.versions.push(version);
        cx.put(&policy)?;
        Ok(shapes::CreatePolicyVersionResponse { policy_version: Some(shape) })
    }
}

impl Handle for GetPolicyVersion {
    fn asks(input: &Self::Input, at: &Asking<'_>) -> Result<Asks, Fault> {
        Ok(Asks::on(Target::policy(at, &input.policy_arn)?))
    }

    fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        let (arn, label) = (&input.policy_arn, &input.version_id);
        let missing = || faults::no_such_version(arn, label);
        let version = match Managed::find(cx, arn)?.ok_or_else(|| faults::no_such_policy(arn))? {
            Managed::Aws(policy) => {
                Some(policy.version()).filter(|version| version.version_id.as_ref() == Some(label))
            }
            Managed::Customer(policy) => policy.version(label).map(|version| {
                let document = Some(document::encoded(&version.document));
                let in_force = version.number == policy.default_version;
                shapes::PolicyVersion { document, ..shape(version, in_force) }
            }),
        };
        Ok(shapes::GetPolicyVersionResponse { policy_version: Some(version.ok_or_else(missing)?) })
    }
}

impl Handle for ListPolicyVersions {
    fn asks(input: &Self::Input, at: &Asking<'_>) -> Result<Asks, Fault> {
        Ok(Asks::on(Target::policy(at, &input.policy_arn)?))
    }

    /// Newest first, without documents.
    fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        let page = Page::of(cx, input.marker.as_deref(), input.max_items)?;
        let arn = &input.policy_arn;
        let all = match Managed::find(cx, arn)?.ok_or_else(|| faults::no_such_policy(arn))? {
            Managed::Aws(policy) => {
                vec![shapes::PolicyVersion { document: None, ..policy.version() }]
            }
            Managed::Customer(policy) => {
                let in_force = policy.default_version;
                let newest_first = policy.versions.iter().rev();
                newest_first.map(|version| shape(version, version.number == in_force)).collect()
            }
        };
        let found = page::of_slice(&page, &all)?;
        Ok(shapes::ListPolicyVersionsResponse {
            versions: Some(found.items),
            is_truncated: Some(found.marker.is_some()),
            marker: found.marker,
        })
    }
}

impl Handle for DeletePolicyVersion {
    fn asks(input: &Self::Input, at: &Asking<'_>) -> Result<Asks, Fault> {
        Ok(Asks::on(Target::policy(at, &input.policy_arn)?))
    }

    fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        let mut policy = managed::customer(cx, &input.policy_arn)?;
        let number = number_of(&policy.versions, &input.policy_arn, &input.version_id)?;
        if number == policy.default_version {
            let message = "Cannot delete the default version of a policy.";
            return Err(Fault::new(&errors::DELETE_CONFLICT, message));
        }
        policy.versions.retain(|version| version.number != number);
        policy.updated = cx.now().whole_second();
        cx.put(&policy)?;
        Ok(Empty)
    }
}

impl Handle for SetDefaultPolicyVersion {
    fn asks(input: &Self::Input, at: &Asking<'_>) -> Result<Asks, Fault> {
        Ok(Asks::on(Target::policy(at, &input.policy_arn)?))
    }

    fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        let mut policy = managed::customer(cx, &input.policy_arn)?;
        policy.default_version = number_of(&policy.versions, &input.policy_arn, &input.version_id)?;
        policy.updated = cx.now().whole_second();
        cx.put(&policy)?;
        Ok(Empty)
    }
}

fn number_of(versions: &[PolicyVersion], arn: &str, label: &str) -> Result<u32, Fault> {
    let found = versions.iter().find(|version| version.label() == label);
    found.map(|version| version.number).ok_or_else(|| faults::no_such_version(arn, label))
}

/// A version as lists show it: without its document.
pub(crate) fn shape(version: &PolicyVersion, in_force: bool) -> shapes::PolicyVersion {
    shapes::PolicyVersion {
        version_id: Some(version.label()),
        is_default_version: Some(in_force),
        create_date: Some(version.created),
        ..shapes::PolicyVersion::default()
    }
}
