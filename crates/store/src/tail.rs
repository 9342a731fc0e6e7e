//! Records that the index has not taken up yet.
//!
//! A record can be looked up as soon as its call was answered: until a full segment is indexed off
//! the write path, its attributes are held here. The tail is never longer than two segments.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use names::{AccountId, Timestamp};

use crate::record::Attribute;

/// Records in a segment of the index.
pub(crate) const SEGMENT: u64 = 4096;

/// A record's attributes, waiting for the index.
#[derive(Debug)]
pub(crate) struct Waiting {
    pub(crate) sequence: u64,
    pub(crate) account: AccountId,
    pub(crate) time: Timestamp,
    pub(crate) attributes: Vec<(Attribute, String)>,
}

/// Records that wait for the index, in the order of their sequence.
#[derive(Debug, Default)]
pub(crate) struct Tail(Mutex<VecDeque<Waiting>>);

impl Tail {
    pub(crate) fn push(&self, records: impl Iterator<Item = Waiting>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend(records);
    }

    /// Hands the oldest full segment to `index`, if there is one.
    pub(crate) fn full_segment<T>(&self, index: impl FnOnce(u64, &[Waiting]) -> T) -> Option<T> {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let segment = waiting.front()?.sequence / SEGMENT;
        let end = (segment + 1) * SEGMENT;
        if waiting.back().is_none_or(|last| last.sequence + 1 < end) {
            return None;
        }
        let count = waiting.iter().take_while(|record| record.sequence < end).count();
        waiting.make_contiguous();
        let (records, _) = waiting.as_slices();
        Some(index(segment, records.get(..count).unwrap_or_default()))
    }

    /// Lets go of what lies before `sequence`: the index has it.
    pub(crate) fn release(&self, sequence: u64) {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        while waiting.front().is_some_and(|record| record.sequence < sequence) {
            waiting.pop_front();
        }
    }

    /// Calls `visit` on waiting records, newest first, until it says to stop. Returns the number of
    /// the oldest that waits: the index has all before it.
    pub(crate) fn newest_first(&self, mut visit: impl FnMut(&Waiting) -> bool) -> Option<u64> {
        let waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = waiting.iter().rev().all(&mut visit);
        waiting.front().map(|record| record.sequence)
    }
}
