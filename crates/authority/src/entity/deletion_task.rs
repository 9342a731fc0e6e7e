//! That service-linked roles were taken away: what the ids of such tasks are asked about later.

use names::AccountId;
use serde::{Deserialize, Serialize};
use store::IndexRow;

use super::recent::Recent;
use super::{Entity, Kind};

/// The taking away of an account's service-linked roles of late, which has always succeeded.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct DeletionTasks {
    account: AccountId,
    /// `task/aws-service-role/SERVICE/ROLE/UUID`.
    pub(crate) tasks: Recent,
}

impl DeletionTasks {
    /// No other document of its kind is called so: those of single tasks, which are not made any
    /// more, are called by the tasks' ids.
    pub(crate) const KEY: &'static str = "tasks";

    pub(crate) fn of(account: AccountId) -> Self {
        Self { account, tasks: Recent::default() }
    }
}

impl Entity for DeletionTasks {
    const KIND: Kind = Kind::DeletionTask;

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
