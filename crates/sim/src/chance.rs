//! Chance from a seed: ids, secrets and nonces are the same in every run of a seed.

use std::sync::{Mutex, PoisonError};

use names::Chance;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

/// Bytes from a seeded generator.
#[derive(Debug)]
pub(crate) struct Seeded(Mutex<StdRng>);

impl Seeded {
    pub(crate) fn new(seed: u64) -> Self {
        Self(Mutex::new(StdRng::seed_from_u64(seed)))
    }
}

impl Chance for Seeded {
    fn fill(&self, buffer: &mut [u8]) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).fill_bytes(buffer);
    }
}
