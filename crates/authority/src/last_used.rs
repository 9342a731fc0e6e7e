//! When a key was last used, where and for what. Kept as a hint: gathered in memory, written with
//! other hints, never a write per call. A crash may lose the last minutes of it.
//!
//! Source: IAM API Reference, GetAccessKeyLastUsed.

use names::Timestamp;
use serde::{Deserialize, Serialize};

/// A use within this time of the one before is not noted anew, in milliseconds.
const GRAIN_MS: i64 = 60_000;

/// The last use of a key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LastUsed {
    pub(crate) at: Timestamp,
    pub(crate) service: String,
    pub(crate) region: String,
}

impl LastUsed {
    /// Whether a use at `now` is worth noting after this one.
    pub(crate) fn is_stale(&self, now: Timestamp, service: &str, region: &str) -> bool {
        let age = now.millis().saturating_sub(self.at.millis());
        age >= GRAIN_MS || self.service != service || self.region != region
    }
}

/// The hint's key.
pub(crate) fn key(access_key_id: &str) -> String {
    format!("last used {access_key_id}")
}
