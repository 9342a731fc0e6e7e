//! Entities as JSON, in memory that is zeroed.
//!
//! A document may hold secret access keys. A buffer that grows leaves copies of them behind; this
//! one wipes what it grows out of. It never knows what it writes.

use std::io::Write;

use serde::Serialize;
use zeroize::Zeroizing;

/// Most documents are smaller.
const FIRST_CAPACITY: usize = 1024;

/// `value` as JSON.
///
/// # Errors
/// Those of its `Serialize`.
pub(crate) fn to_json(value: &impl Serialize) -> serde_json::Result<Zeroizing<Vec<u8>>> {
    let mut growing = Growing(Zeroizing::new(Vec::with_capacity(FIRST_CAPACITY)));
    serde_json::to_writer(&mut growing, value)?;
    Ok(growing.0)
}

/// Bytes that move to a larger place themselves, so that the smaller one is zeroed.
struct Growing(Zeroizing<Vec<u8>>);

impl Write for Growing {
    fn write(&mut self, more: &[u8]) -> std::io::Result<usize> {
        let needed = self.0.len() + more.len();
        if needed > self.0.capacity() {
            let mut larger = Vec::with_capacity(needed.max(self.0.capacity() * 2));
            larger.extend_from_slice(&self.0);
            self.0 = Zeroizing::new(larger);
        }
        self.0.extend_from_slice(more);
        Ok(more.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_what_serde_says_at_every_size() {
        for size in [0, 1, FIRST_CAPACITY - 2, FIRST_CAPACITY, 3 * FIRST_CAPACITY, 100_000] {
            let text = vec!["x\"y".repeat(size / 4), "z".repeat(size)];
            assert_eq!(*to_json(&text).unwrap(), serde_json::to_vec(&text).unwrap(), "{size}");
        }
    }
}
