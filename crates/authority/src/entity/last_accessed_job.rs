//! A report on last accesses that was asked for: whom and which services it is about. What was
//! accessed, the trail knows.

use names::{AccountId, Timestamp};
use serde::{Deserialize, Serialize};
use store::IndexRow;

use super::index::Index;
use super::{Entity, Kind};

/// The asking for a report.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct LastAccessedJob {
    pub(crate) account: AccountId,
    /// A UUID.
    pub(crate) id: String,
    /// What came later is not part of the report.
    pub(crate) created: Timestamp,
    /// Whether actions are told apart.
    pub(crate) by_action: bool,
    /// Name spaces of the services that the policies in question reach, sorted.
    pub(crate) services: Vec<String>,
    /// Whose accesses are looked for.
    pub(crate) entities: Vec<AccessingEntity>,
}

/// A user or role whose permissions are used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct AccessingEntity {
    /// `AIDA…` or `AROA…`.
    pub(crate) id: String,
    pub(crate) arn: String,
    pub(crate) name: String,
    pub(crate) path: String,
}

impl Entity for LastAccessedJob {
    const KIND: Kind = Kind::LastAccessedJob;

    fn account(&self) -> AccountId {
        self.account
    }

    fn key(&self) -> String {
        self.id.clone()
    }

    fn index_rows(&self) -> Vec<IndexRow> {
        let created = format!("{:015}", self.created.millis());
        vec![Index::LastAccessedJob.row(self.account, &[&created, &self.id], b"")]
    }
}
