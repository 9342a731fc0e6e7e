//! A clock that stands still until it is moved, forwards or backwards.

use std::sync::atomic::{AtomicI64, Ordering};

use names::{Clock, Timestamp};

/// 2026-01-01T00:00:00Z, where every world begins, in milliseconds.
const BEGINNING: i64 = 1_767_225_600_000;

/// Milliseconds since the epoch.
#[derive(Debug)]
pub(crate) struct Hand(AtomicI64);

impl Default for Hand {
    fn default() -> Self {
        Self(AtomicI64::new(BEGINNING))
    }
}

impl Hand {
    pub(crate) fn move_by(&self, millis: i64) {
        self.0.fetch_add(millis, Ordering::SeqCst);
    }
}

impl Clock for Hand {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::SeqCst))
    }
}
