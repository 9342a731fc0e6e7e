//! The operating system's entropy, through aws-lc: the one real implementation of [`names::Chance`].
//!
//! Each thread draws some hundred bytes ahead, since ids, salts and nonces take a few bytes each. A
//! byte is wiped as it is handed out.

use std::cell::RefCell;

use names::Chance;
use zeroize::Zeroizing;

/// Bytes that a thread draws ahead.
const AHEAD: usize = 1024;

/// A cryptographically secure generator, seeded by the operating system.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemChance;

impl Chance for SystemChance {
    fn fill(&self, buffer: &mut [u8]) {
        if buffer.len() > AHEAD / 4 {
            return draw(buffer);
        }
        DRAWN.with_borrow_mut(|drawn| drawn.hand_out(buffer));
    }
}

/// Bytes that were drawn; the first `left` of them were not handed out yet.
struct Drawn {
    bytes: Zeroizing<[u8; AHEAD]>,
    left: usize,
}

thread_local! {
    static DRAWN: RefCell<Drawn> =
        RefCell::new(Drawn { bytes: Zeroizing::new([0; AHEAD]), left: 0 });
}

impl Drawn {
    fn hand_out(&mut self, buffer: &mut [u8]) {
        if self.left < buffer.len() {
            draw(&mut *self.bytes);
            self.left = AHEAD;
        }
        let begin = self.left - buffer.len();
        if let Some(taken) = self.bytes.get_mut(begin..self.left) {
            buffer.copy_from_slice(taken);
            taken.fill(0);
        }
        self.left = begin;
    }
}

#[expect(clippy::disallowed_methods, reason = "this is where chance comes in")]
fn draw(buffer: &mut [u8]) {
    // Without entropy nothing that this process makes can be trusted.
    if aws_lc_rs::rand::fill(buffer).is_err() {
        std::process::abort();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_byte_is_handed_out_twice() {
        let mut seen = std::collections::HashSet::new();
        for length in (16..=256).cycle().take(2_000) {
            let mut bytes = vec![0; length];
            SystemChance.fill(&mut bytes);
            for part in bytes.chunks_exact(16) {
                assert!(seen.insert(part.to_vec()), "sixteen bytes came twice");
            }
        }
    }
}
