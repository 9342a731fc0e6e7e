//! Randomness as an argument. Nothing here draws entropy; the real source lives at the door.

/// Where random bytes come from.
///
/// The running server hands in the operating system's generator, simulation a seeded one.
pub trait Chance: Send + Sync + std::fmt::Debug {
    /// Fills `buffer` with random bytes.
    ///
    /// An implementation for production must be a cryptographically secure generator: ids, secret
    /// access keys and nonces are drawn from it.
    fn fill(&self, buffer: &mut [u8]);
}
