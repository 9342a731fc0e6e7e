//! AWS's own managed policies: attachable, readable, never changed. They are data of the binary.

use std::sync::LazyLock;

use api::iam::shapes;
use names::{Timestamp, UniqueId};
use serde::Deserialize;

use super::document;
use super::managed::{Uses, clamped};

/// The path of policies that name what an AssumeRoot session may do.
pub(crate) const ROOT_TASKS: &str = "/root-task/";

/// A policy as its file in `managed-policies/` has it.
#[derive(Debug, Deserialize)]
pub(crate) struct AwsPolicy {
    pub(crate) name: String,
    pub(crate) path: String,
    pub(crate) arn: String,
    default_version: String,
    create_date: String,
    update_date: String,
    #[serde(default)]
    description: Option<String>,
    document: Box<serde_json::value::RawValue>,
}

impl AwsPolicy {
    /// The document as it is evaluated.
    pub(crate) fn text(&self) -> &str {
        self.document.get()
    }

    /// Policies of root tasks are for AssumeRoot alone.
    pub(crate) fn is_attachable(&self) -> bool {
        self.path != ROOT_TASKS
    }

    /// The policy as answers show it; lists leave the description out.
    pub(crate) fn shape(&self, uses: Uses, described: bool) -> shapes::Policy {
        shapes::Policy {
            policy_name: Some(self.name.clone()),
            policy_id: Some(self.id().to_string()),
            arn: Some(self.arn.clone()),
            path: Some(self.path.clone()),
            default_version_id: Some(self.default_version.clone()),
            attachment_count: Some(clamped(uses.attachments)),
            permissions_boundary_usage_count: Some(clamped(uses.boundaries)),
            is_attachable: Some(self.is_attachable()),
            description: self.description.clone().filter(|_| described),
            create_date: moment(&self.create_date),
            update_date: moment(&self.update_date),
            ..shapes::Policy::default()
        }
    }

    /// The version in force, which is the only one that is kept.
    pub(crate) fn version(&self) -> shapes::PolicyVersion {
        shapes::PolicyVersion {
            document: Some(document::encoded(self.text())),
            version_id: Some(self.default_version.clone()),
            is_default_version: Some(true),
            create_date: moment(&self.update_date),
        }
    }

    /// An id that is the same in every account and at every start: drawn from the name.
    fn id(&self) -> UniqueId {
        const DIGITS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
        let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, self.arn.as_bytes());
        let digits = hash.as_ref().iter().take(17);
        let digits = digits.filter_map(|byte| DIGITS.get(usize::from(byte & 31)));
        UniqueId::from_text(digits.fold("ANPA".to_owned(), |mut id, &digit| {
            id.push(char::from(digit));
            id
        }))
    }
}

fn moment(text: &str) -> Option<Timestamp> {
    Timestamp::parse_iso(text).ok()
}

/// The files, one policy each.
const FILES: &[&str] = &[
    include_str!("../../managed-policies/AWSBillingReadOnlyAccess.json"),
    include_str!("../../managed-policies/AWSCloudTrail_FullAccess.json"),
    include_str!("../../managed-policies/AWSCloudTrail_ReadOnlyAccess.json"),
    include_str!("../../managed-policies/AWSCompromisedKeyQuarantine.json"),
    include_str!("../../managed-policies/AWSCompromisedKeyQuarantineV2.json"),
    include_str!("../../managed-policies/AWSCompromisedKeyQuarantineV3.json"),
    include_str!("../../managed-policies/AWSDenyAll.json"),
    include_str!("../../managed-policies/AWSKeyManagementServicePowerUser.json"),
    include_str!("../../managed-policies/AdministratorAccess.json"),
    include_str!("../../managed-policies/Billing.json"),
    include_str!("../../managed-policies/IAMAccessAdvisorReadOnly.json"),
    include_str!("../../managed-policies/IAMAuditRootUserCredentials.json"),
    include_str!("../../managed-policies/IAMCreateRootUserPassword.json"),
    include_str!("../../managed-policies/IAMDeleteRootUserCredentials.json"),
    include_str!("../../managed-policies/IAMFullAccess.json"),
    include_str!("../../managed-policies/IAMReadOnlyAccess.json"),
    include_str!("../../managed-policies/IAMSelfManageServiceSpecificCredentials.json"),
    include_str!("../../managed-policies/IAMUserChangePassword.json"),
    include_str!("../../managed-policies/IAMUserSSHKeys.json"),
    include_str!("../../managed-policies/PowerUserAccess.json"),
    include_str!("../../managed-policies/ReadOnlyAccess.json"),
    include_str!("../../managed-policies/S3UnlockBucketPolicy.json"),
    include_str!("../../managed-policies/SQSUnlockQueuePolicy.json"),
    include_str!("../../managed-policies/SecretsManagerReadWrite.json"),
    include_str!("../../managed-policies/SecurityAudit.json"),
    include_str!("../../managed-policies/ViewOnlyAccess.json"),
];

/// Parsed when the first policy is asked for. A test keeps every file readable.
static ALL: LazyLock<Vec<AwsPolicy>> =
    LazyLock::new(|| FILES.iter().filter_map(|text| serde_json::from_str(text).ok()).collect());

/// All of them, sorted by name.
pub(crate) fn all() -> &'static [AwsPolicy] {
    &ALL
}

/// The one with this ARN, compared exactly.
pub(crate) fn find(arn: &str) -> Option<&'static AwsPolicy> {
    ALL.iter().find(|policy| policy.arn == arn)
}

/// The one of this name; a customer's policy may not be called the same.
pub(crate) fn named(name: &str) -> Option<&'static AwsPolicy> {
    ALL.iter().find(|policy| policy.name.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_is_a_policy_with_its_own_name() {
        assert_eq!(all().len(), FILES.len());
        assert!(all().is_sorted_by(|a, b| a.name < b.name));
        for aws in all() {
            assert_eq!(aws.arn, format!("arn:aws:iam::aws:policy{}{}", aws.path, aws.name));
            policy::Document::parse(aws.text()).unwrap();
            assert!(moment(&aws.create_date).is_some() && moment(&aws.update_date).is_some());
            assert_eq!(aws.id().as_str().len(), 21);
        }
    }
}
