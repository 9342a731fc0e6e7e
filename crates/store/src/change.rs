//! What a call lays down to be changed: compare-and-set on documents, rows, counters.

use std::sync::Arc;

use names::AccountId;
use zeroize::Zeroizing;

use crate::key::{DocKey, IndexRow};

/// A counter's name.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CounterKey {
    /// The account that it counts in.
    pub account: AccountId,
    /// What it counts.
    pub name: String,
}

/// A step of a counter. Steps commute, so callers who count together don't conflict.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CounterStep {
    /// One more, as long as there are fewer than the limit by then.
    UpTo(u64),
    /// One more.
    Up,
    /// One less.
    Down,
    /// No step, but it must stand at zero.
    MustBeZero,
}

/// All changes of one call. They are made together or not at all.
#[derive(Debug, Default)]
pub struct ChangeSet {
    pub(crate) reads: Vec<(DocKey, Option<u64>)>,
    pub(crate) puts: Vec<(DocKey, Zeroizing<Vec<u8>>)>,
    pub(crate) deletes: Vec<DocKey>,
    pub(crate) row_puts: Vec<IndexRow>,
    pub(crate) row_deletes: Vec<IndexRow>,
    pub(crate) counters: Vec<(CounterKey, CounterStep)>,
    pub(crate) absent_rows: Vec<IndexRow>,
    pub(crate) basis: Vec<(u64, Arc<[DocKey]>)>,
}

impl ChangeSet {
    /// Nothing is changed, a record alone is kept.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// The change was based on `key` at `revision` (`None`: absent).
    pub fn was_read(&mut self, key: DocKey, revision: Option<u64>) {
        self.reads.push((key, revision));
    }

    /// The change was allowed because of `documents` as they were at `moment` (see
    /// [`Store::moment`](crate::Store::moment)): none of them may have changed by then. Nothing is
    /// read for it, and the documents need not be there.
    pub fn stands_on(&mut self, moment: u64, documents: Arc<[DocKey]>) {
        self.basis.push((moment, documents));
    }

    /// Writes the document `key`. Its body is zeroed when the change is made or refused.
    pub fn put(&mut self, key: DocKey, body: impl Into<Zeroizing<Vec<u8>>>) {
        self.puts.push((key, body.into()));
    }

    /// Removes the document `key`.
    pub fn delete(&mut self, key: DocKey) {
        self.deletes.push(key);
    }

    /// Writes an index row.
    pub fn put_row(&mut self, row: IndexRow) {
        self.row_puts.push(row);
    }

    /// Removes an index row.
    pub fn delete_row(&mut self, row: IndexRow) {
        self.row_deletes.push(row);
    }

    /// The row's key must be free by then.
    pub fn row_must_be_absent(&mut self, row: IndexRow) {
        self.absent_rows.push(row);
    }

    /// Moves a counter.
    pub fn count(&mut self, key: CounterKey, step: CounterStep) {
        self.counters.push((key, step));
    }

    /// Whether neither anything is written nor anything must still stand.
    #[must_use]
    pub fn asks_nothing(&self) -> bool {
        self.is_empty()
            && self.reads.is_empty()
            && self.absent_rows.is_empty()
            && self.basis.is_empty()
    }

    /// Whether nothing is written.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.puts.is_empty()
            && self.deletes.is_empty()
            && self.row_puts.is_empty()
            && self.row_deletes.is_empty()
            && self.counters.is_empty()
    }
}
