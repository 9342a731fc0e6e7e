//! Which account calls belong to that belong to no account: the one that was made first.

use names::AccountId;
use serde::{Deserialize, Serialize};
use store::IndexRow;

use super::index::nobody;
use super::{Entity, Kind};

/// The account in whose trail calls of no account stand. There is one such document in a store.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Home {
    pub(crate) account: AccountId,
}

impl Home {
    /// The key of the one document.
    pub(crate) const KEY: &'static str = "home";
}

impl Entity for Home {
    const KIND: Kind = Kind::Home;

    fn account(&self) -> AccountId {
        nobody()
    }

    fn key(&self) -> String {
        Self::KEY.to_owned()
    }

    fn index_rows(&self) -> Vec<IndexRow> {
        Vec::new()
    }
}
