//! An instance profile: the hull in which a role is handed to a machine. It holds one role at most.

use names::{AccountId, Timestamp, UniqueId};
use serde::{Deserialize, Serialize};
use store::IndexRow;

use super::index::Index;
use super::{Entity, Kind, Tag, folded};
use crate::counter::Counter;

/// An instance profile.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct InstanceProfile {
    pub(crate) account: AccountId,
    pub(crate) id: UniqueId,
    pub(crate) name: String,
    pub(crate) path: String,
    pub(crate) created: Timestamp,
    /// The id of the role in it.
    #[serde(default)]
    pub(crate) role: Option<UniqueId>,
    #[serde(default)]
    pub(crate) tags: Vec<Tag>,
}

impl InstanceProfile {
    /// `arn:aws:iam::ACCOUNT:instance-profile/PATH/NAME`.
    pub(crate) fn arn(&self) -> String {
        crate::iam::arn::instance_profile(self.account, &self.path, &self.name)
    }
}

impl Entity for InstanceProfile {
    const KIND: Kind = Kind::InstanceProfile;

    fn account(&self) -> AccountId {
        self.account
    }

    fn key(&self) -> String {
        folded(&self.name)
    }

    fn index_rows(&self) -> Vec<IndexRow> {
        let name = self.key();
        let mut rows = vec![
            Index::InstanceProfileByName.row(self.account, &[&name], b""),
            Index::InstanceProfileByPath.row(self.account, &[&self.path, &name], b""),
        ];
        rows.extend(
            self.role
                .iter()
                .map(|role| Index::ProfileOfRole.row(self.account, &[role.as_str(), &name], b"")),
        );
        rows
    }

    fn counts(&self) -> Vec<Counter> {
        let held = self.role.iter().map(|role| Counter::ProfilesOfRole(role.to_string()));
        [Counter::InstanceProfiles].into_iter().chain(held).collect()
    }
}
