//! What an operator lets an account do at most: service and resource control policies, by level.
//!
//! In AWS an organization has levels, its root, its units and the account itself, and at each of
//! them a policy must allow. Here an operator names the levels of an account and attaches policies to
//! them. An account to which nothing was ever attached has no such document and is not controlled.

use names::AccountId;
use serde::{Deserialize, Serialize};
use store::IndexRow;

use super::{Entity, Kind};

/// The control policies of one account.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Controls {
    pub(crate) account: AccountId,
    /// In the order in which they were made.
    pub(crate) levels: Vec<Level>,
}

/// One level, with the policies attached to it.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Level {
    pub(crate) name: String,
    /// What principals of the account may do. At least one of them must allow.
    #[serde(default)]
    pub(crate) service: Vec<Control>,
    /// What may be done to resources of the account. They only deny.
    #[serde(default)]
    pub(crate) resource: Vec<Control>,
}

/// A control policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Control {
    pub(crate) name: String,
    pub(crate) document: String,
}

impl Controls {
    /// The key of an account's document: there is one at most.
    pub(crate) const KEY: &'static str = "controls";
}

impl Entity for Controls {
    const KIND: Kind = Kind::Controls;

    fn account(&self) -> AccountId {
        self.account
    }

    fn key(&self) -> String {
        Self::KEY.to_owned()
    }

    fn index_rows(&self) -> Vec<IndexRow> {
        Vec::new()
    }
}
