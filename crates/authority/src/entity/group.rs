//! A user group: policies that its members share. Who is a member, the users know.

use names::{AccountId, Timestamp, UniqueId};
use serde::{Deserialize, Serialize};
use store::IndexRow;

use super::index::Index;
use super::{Entity, InlinePolicies, Kind, folded};
use crate::counter::Counter;

/// An IAM user group.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Group {
    pub(crate) account: AccountId,
    pub(crate) id: UniqueId,
    pub(crate) name: String,
    pub(crate) path: String,
    pub(crate) created: Timestamp,
    #[serde(default)]
    pub(crate) inline: InlinePolicies,
    /// ARNs of attached managed policies, in the order of attachment.
    #[serde(default)]
    pub(crate) attached: Vec<String>,
}

impl Group {
    /// `arn:aws:iam::ACCOUNT:group/PATH/NAME`.
    pub(crate) fn arn(&self) -> String {
        crate::iam::arn::group(self.account, &self.path, &self.name)
    }
}

impl Entity for Group {
    const KIND: Kind = Kind::Group;

    fn account(&self) -> AccountId {
        self.account
    }

    fn key(&self) -> String {
        folded(&self.name)
    }

    fn index_rows(&self) -> Vec<IndexRow> {
        let name = self.key();
        let mut rows = vec![
            Index::GroupByName.row(self.account, &[&name], b""),
            Index::GroupByPath.row(self.account, &[&self.path, &name], b""),
            Index::GroupById.row(self.account, &[self.id.as_str()], name.as_bytes()),
        ];
        rows.extend(Index::attachments(self.account, &self.attached, ("group", &name)));
        rows
    }

    fn counts(&self) -> Vec<Counter> {
        let attachments = self.attached.iter().cloned().map(Counter::Attachments);
        [Counter::Groups].into_iter().chain(attachments).collect()
    }
}
