//! A user, with access keys, embedded policies, attachments, group memberships and tags.

use names::{AccountId, Secret, Timestamp, UniqueId};
use serde::{Deserialize, Serialize};
use store::IndexRow;

use super::index::{Index, Owner};
use super::{
    Entity, HeldMfaDevice, InlinePolicies, Kind, LoginProfile, ServiceCredential,
    SigningCertificate, SshPublicKey, Tag, folded,
};
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
    /// The ARN of the managed policy that bounds its permissions.
    #[serde(default)]
    pub(crate) boundary: Option<String>,
    #[serde(default)]
    pub(crate) tags: Vec<Tag>,
    /// Sessions issued before this moment are refused.
    #[serde(default)]
    pub(crate) sessions_valid_from: Option<Timestamp>,
    #[serde(default)]
    pub(crate) ssh_keys: Vec<SshPublicKey>,
    #[serde(default)]
    pub(crate) signing_certificates: Vec<SigningCertificate>,
    #[serde(default)]
    pub(crate) service_credentials: Vec<ServiceCredential>,
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
        rows.extend(Index::attachments(self.account, &self.attached, ("user", &name)));
        rows.extend(Index::boundary(self.account, self.boundary.as_deref(), ("user", &name)));
        rows.extend(self.signing_certificates.iter().map(|held| held.row(self.account, &name)));
        rows.extend(self.service_credentials.iter().map(|held| {
            Index::ServiceCredential.row(self.account, &[held.id.as_str()], name.as_bytes())
        }));
        rows
    }

    fn counts(&self) -> Vec<Counter> {
        let members = self.groups.iter().map(|group| Counter::Members(group.to_string()));
        let attachments = self.attached.iter().cloned().map(Counter::Attachments);
        let boundary = self.boundary.iter().cloned().map(Counter::Boundaries);
        [Counter::Users].into_iter().chain(members).chain(attachments).chain(boundary).collect()
    }
}
