//! A role: who may assume it, what its sessions may do.

use names::{AccountId, Timestamp, UniqueId};
use serde::{Deserialize, Serialize};
use store::IndexRow;

use super::index::Index;
use super::{Entity, InlinePolicies, Kind, Tag, folded};
use crate::counter::Counter;

/// An IAM role.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Role {
    pub(crate) account: AccountId,
    pub(crate) id: UniqueId,
    pub(crate) name: String,
    pub(crate) path: String,
    pub(crate) created: Timestamp,
    #[serde(default)]
    pub(crate) description: Option<String>,
    /// Who may assume it.
    pub(crate) trust: Trust,
    /// Seconds that a session may last at most.
    pub(crate) max_session: i32,
    #[serde(default)]
    pub(crate) inline: InlinePolicies,
    /// ARNs of attached managed policies, in the order of attachment.
    #[serde(default)]
    pub(crate) attached: Vec<String>,
    /// The ARN of the managed policy that bounds its permissions.
    #[serde(default)]
    pub(crate) boundary: Option<String>,
    #[serde(default)]
    pub(crate) tags: Vec<Tag>,
}

/// A trust policy in stored form.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Trust {
    /// The document, in which users and roles of the same account stand by their unique ids.
    pub(crate) document: String,
    /// Users and roles of other accounts that the document names.
    #[serde(default)]
    pub(crate) foreign: Vec<ForeignPrincipal>,
}

/// A user or role of another account in a trust policy.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ForeignPrincipal {
    /// As it stands in the document.
    pub(crate) arn: String,
    /// Whom it named when the document was written, if there was anybody.
    pub(crate) id: Option<UniqueId>,
}

/// Roles that a service owns have this path, and are changed by that service alone.
pub(crate) const SERVICE_LINKED: &str = "/aws-service-role/";

impl Role {
    /// `arn:aws:iam::ACCOUNT:role/PATH/NAME`.
    pub(crate) fn arn(&self) -> String {
        crate::iam::arn::role(self.account, &self.path, &self.name)
    }

    /// Whether a service owns it.
    pub(crate) fn is_service_linked(&self) -> bool {
        self.path.starts_with(SERVICE_LINKED)
    }
}

impl Entity for Role {
    const KIND: Kind = Kind::Role;

    fn account(&self) -> AccountId {
        self.account
    }

    fn key(&self) -> String {
        folded(&self.name)
    }

    fn index_rows(&self) -> Vec<IndexRow> {
        let name = self.key();
        let mut rows = vec![
            Index::RoleByName.row(self.account, &[&name], b""),
            Index::RoleByPath.row(self.account, &[&self.path, &name], b""),
            Index::RoleById.row(self.account, &[self.id.as_str()], name.as_bytes()),
        ];
        rows.extend(Index::attachments(self.account, &self.attached, ("role", &name)));
        rows.extend(Index::boundary(self.account, self.boundary.as_deref(), ("role", &name)));
        rows
    }

    fn counts(&self) -> Vec<Counter> {
        let attachments = self.attached.iter().cloned().map(Counter::Attachments);
        let boundary = self.boundary.iter().cloned().map(Counter::Boundaries);
        [Counter::Roles].into_iter().chain(attachments).chain(boundary).collect()
    }
}
