//! A customer managed policy with its versions.

use names::{AccountId, Arn, Timestamp, UniqueId};
use serde::{Deserialize, Serialize};
use store::IndexRow;

use super::index::Index;
use super::{Entity, Kind, Tag, folded};
use crate::counter::Counter;

/// A customer managed policy.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ManagedPolicy {
    pub(crate) account: AccountId,
    pub(crate) id: UniqueId,
    pub(crate) name: String,
    pub(crate) path: String,
    #[serde(default)]
    pub(crate) description: Option<String>,
    pub(crate) created: Timestamp,
    pub(crate) updated: Timestamp,
    /// Oldest first. Never empty, never more than five.
    pub(crate) versions: Vec<PolicyVersion>,
    /// The number of the version in force.
    pub(crate) default_version: u32,
    /// The number that the next version gets: numbers are never used twice.
    pub(crate) next_version: u32,
    #[serde(default)]
    pub(crate) tags: Vec<Tag>,
}

/// One version of a managed policy.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct PolicyVersion {
    /// 1 for `v1`.
    pub(crate) number: u32,
    pub(crate) document: String,
    pub(crate) created: Timestamp,
}

impl PolicyVersion {
    /// `v1`, `v2`, …
    pub(crate) fn label(&self) -> String {
        format!("v{}", self.number)
    }
}

impl ManagedPolicy {
    /// `arn:aws:iam::ACCOUNT:policy/PATH/NAME`.
    pub(crate) fn arn(&self) -> String {
        crate::iam::arn::policy(self.account, &self.path, &self.name)
    }

    /// The key of the policy with this ARN, if it is `account`'s. The ARN's path is not looked at.
    pub(crate) fn key_of(account: AccountId, arn: &str) -> Option<String> {
        let arn = Arn::parse(arn).ok()?;
        let ours = arn.service == "iam" && arn.account.parse() == Ok(account);
        let path_and_name = arn.resource.strip_prefix("policy/").filter(|_| ours)?;
        path_and_name.rsplit('/').next().map(folded)
    }

    /// The version called `label` (`v1` …).
    pub(crate) fn version(&self, label: &str) -> Option<&PolicyVersion> {
        self.versions.iter().find(|version| version.label() == label)
    }

    /// The version in force.
    pub(crate) fn default(&self) -> Option<&PolicyVersion> {
        self.versions.iter().find(|version| version.number == self.default_version)
    }
}

impl Entity for ManagedPolicy {
    const KIND: Kind = Kind::ManagedPolicy;

    fn account(&self) -> AccountId {
        self.account
    }

    fn key(&self) -> String {
        folded(&self.name)
    }

    fn index_rows(&self) -> Vec<IndexRow> {
        let name = self.key();
        vec![
            Index::PolicyByName.row(self.account, &[&name], b""),
            Index::PolicyByPath.row(self.account, &[&self.path, &name], b""),
        ]
    }

    fn counts(&self) -> Vec<Counter> {
        vec![Counter::Policies]
    }
}
