//! Records that the index has not taken up yet.
//!
//! A record can be looked up as soon as its call was answered: until a full segment is indexed off
//! the write path, its attributes are held here. The tail is never longer than two segments. Nothing
//! is computed from records while the lock is held that commits and look-ups wait for.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use names::{AccountId, Timestamp};

use crate::record::Attributes;

/// Records in a segment of the index.
pub(crate) const SEGMENT: u64 = 4096;

/// A record's attributes, waiting for the index.
#[derive(Debug)]
pub(crate) struct Waiting {
    pub(crate) sequence: u64,
    pub(crate) account: AccountId,
    pub(crate) time: Timestamp,
    pub(crate) attributes: Attributes,
}

/// Records that wait for the index, in the order of their sequence.
#[derive(Debug, Default)]
pub(crate) struct Tail(Mutex<Held>);

#[derive(Debug, Default)]
struct Held {
    /// The oldest full segment while the index takes it up: all of it lies before `waiting`.
    taken: Option<Arc<Vec<Waiting>>>,
    waiting: VecDeque<Waiting>,
}

impl Held {
    fn newest_first(&self) -> impl Iterator<Item = &Waiting> {
        let taken = self.taken.iter().flat_map(|records| records.iter().rev());
        self.waiting.iter().rev().chain(taken)
    }

    fn first(&self) -> Option<u64> {
        let taken = self.taken.as_ref().and_then(|records| records.first());
        taken.or_else(|| self.waiting.front()).map(|record| record.sequence)
    }
}

impl Tail {
    fn held(&self) -> MutexGuard<'_, Held> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn push(&self, records: impl Iterator<Item = Waiting>) {
        self.held().waiting.extend(records);
    }

    /// The oldest full segment and its number, if there is one. It can be looked up, and is handed
    /// out again, until it is released.
    pub(crate) fn full_segment(&self) -> Option<(u64, Arc<Vec<Waiting>>)> {
        let mut held = self.held();
        let segment = held.first()? / SEGMENT;
        if let Some(taken) = &held.taken {
            return Some((segment, Arc::clone(taken)));
        }
        let end = (segment + 1) * SEGMENT;
        if held.waiting.back().is_none_or(|last| last.sequence + 1 < end) {
            return None;
        }
        let count = held.waiting.partition_point(|record| record.sequence < end);
        let records = Arc::new(held.waiting.drain(..count).collect());
        held.taken = Some(Arc::clone(&records));
        Some((segment, records))
    }

    /// Lets go of what lies before `sequence`: the index has it.
    pub(crate) fn release(&self, sequence: u64) {
        let mut held = self.held();
        let is_before = |record: &Waiting| record.sequence < sequence;
        let taken = held.taken.take_if(|records| records.last().is_none_or(is_before));
        while held.waiting.front().is_some_and(is_before) {
            held.waiting.pop_front();
        }
        drop(held);
        // Thousands of texts are freed here, outside the lock.
        drop(taken);
    }

    /// Calls `visit` on waiting records, newest first, until it says to stop. Returns the sequence
    /// of the oldest one that waits: what lies before it, the index has.
    pub(crate) fn newest_first(&self, visit: impl FnMut(&Waiting) -> bool) -> Option<u64> {
        let held = self.held();
        let _ = held.newest_first().all(visit);
        held.first()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waiting(sequence: u64) -> Waiting {
        let time = Timestamp::from_millis(0);
        Waiting { sequence, account: AccountId::default(), time, attributes: Attributes::default() }
    }

    fn sequences(tail: &Tail) -> (Vec<u64>, Option<u64>) {
        let mut seen = Vec::new();
        let first = tail.newest_first(|record| {
            seen.push(record.sequence);
            true
        });
        (seen, first)
    }

    #[test]
    fn a_segment_that_is_being_indexed_is_still_seen_and_more_can_come() {
        let tail = Tail::default();
        tail.push((1..SEGMENT - 1).map(waiting));
        assert!(tail.full_segment().is_none());
        tail.push((SEGMENT - 1..SEGMENT + 2).map(waiting));
        let (segment, records) = tail.full_segment().unwrap();
        assert_eq!((segment, records.len() as u64), (0, SEGMENT - 1));
        tail.push((SEGMENT + 2..SEGMENT + 3).map(waiting));
        let all: Vec<u64> = (1..SEGMENT + 3).rev().collect();
        assert_eq!(sequences(&tail), (all, Some(1)));
        assert!(Arc::ptr_eq(&records, &tail.full_segment().unwrap().1), "it was not released");
        tail.release(SEGMENT);
        let rest = vec![SEGMENT + 2, SEGMENT + 1, SEGMENT];
        assert_eq!(sequences(&tail), (rest, Some(SEGMENT)));
        assert!(tail.full_segment().is_none());
        tail.release(SEGMENT + 9);
        assert_eq!(sequences(&tail), (vec![], None));
    }
}
