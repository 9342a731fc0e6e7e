//! A user, with access keys, embedded policies, attachments, group memberships and tags.

use names::{AccountId, Secret, Timestamp, UniqueId};
use serde::{Deserialize, Serialize};
use store::IndexRow;

use super::index::{Index, Owner};
use super::{Entity, HeldMfaDevice, InlinePolicies, Kind, LoginProfile, Tag, folded};
use crate::counter::Counter;

/// An IAM user.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct User {
    pub(crate) account: AccountId,
    pub(crate) id: UniqueId,
    pub(crate) name: String,
    pub(crate) path: String,
    pub(crate) created: Timestamp,
    #[serde(default)]
    pub(crate) keys: Vec<AccessKey>,
    #[serde(default)]
    pub(crate) inline: InlinePolicies,
    /// ARNs of attached managed policies, in the order of attachment.
    #[serde(default)]
    pub(crate) attached: Vec<String>,
    /// Ids of the groups that the user is in, in the order of joining.
    #[serde(default)]
    pub(crate) groups: Vec<UniqueId>,
    #[serde(default)]
    pub(crate) tags: Vec<Tag>,
    /// Sessions issued before this moment are refused.
    #[serde(default)]
    pub(crate) sessions_valid_from: Option<Timestamp>,
    /// The user's password. Most users have none: apart, it takes no room from them.
    #[serde(default)]
    pub(crate) login: Option<Box<LoginProfile>>,
    /// The user's MFA devices, in the order in which they were enabled.
    #[serde(default)]
    pub(crate) mfa: Vec<HeldMfaDevice>,
}

/// A long-term access key, of a user or of root.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct AccessKey {
    pub(crate) id: UniqueId,
    pub(crate) secret: Secret<String>,
    pub(crate) status: KeyStatus,
    pub(crate) created: Timestamp,
}

/// Whether a key may sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum KeyStatus {
    Active,
    Inactive,
}

impl User {
    /// `arn:aws:iam::ACCOUNT:user/PATH/NAME`.
    pub(crate) fn arn(&self) -> String {
        crate::iam::arn::user(self.account, &self.path, &self.name)
    }
}

impl Entity for User {
    const KIND: Kind = Kind::User;

    fn account(&self) -> AccountId {
        self.account
    }

    fn key(&self) -> String {
        folded(&self.name)
    }

    fn index_rows(&self) -> Vec<IndexRow> {
        let name = self.key();
        let mut rows = vec![
            Index::UserByName.row(self.account, &[&name], b""),
            Index::UserByPath.row(self.account, &[&self.path, &name], b""),
            Index::UserById.row(self.account, &[self.id.as_str()], name.as_bytes()),
        ];
        let owner = Owner::User(self.account, name.clone()).to_bytes();
        rows.extend(self.keys.iter().map(|key| Index::access_key(key.id.as_str(), &owner)));
        rows.extend(
            self.groups
                .iter()
                .map(|group| Index::GroupMember.row(self.account, &[group.as_str(), &name], b"")),
        );
        rows.extend(
            self.attached
                .iter()
                .map(|arn| Index::PolicyAttachment.row(self.account, &[arn, "user", &name], b"")),
        );
        rows
    }

    fn counts(&self) -> Vec<Counter> {
        let members = self.groups.iter().map(|group| Counter::Members(group.to_string()));
        let attachments = self.attached.iter().cloned().map(Counter::Attachments);
        [Counter::Users].into_iter().chain(members).chain(attachments).collect()
    }
}
