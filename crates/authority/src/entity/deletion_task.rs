//! That a service-linked role was taken away: what its task's id is asked about later.

use names::AccountId;
use serde::{Deserialize, Serialize};
use store::IndexRow;

use super::{Entity, Kind};

/// The taking away of a service-linked role, which has succeeded.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct DeletionTask {
    pub(crate) account: AccountId,
    /// `task/aws-service-role/SERVICE/ROLE/UUID`.
    pub(crate) id: String,
    /// The ARN that the role had.
    pub(crate) role: String,
}

impl Entity for DeletionTask {
    const KIND: Kind = Kind::DeletionTask;

    fn account(&self) -> AccountId {
        self.account
    }

    fn key(&self) -> String {
        self.id.clone()
    }

    fn index_rows(&self) -> Vec<IndexRow> {
        Vec::new()
    }
}
