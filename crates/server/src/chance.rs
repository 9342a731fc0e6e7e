//! The operating system's entropy, through aws-lc: the one real implementation of [`names::Chance`].

use names::Chance;

/// A cryptographically secure generator, seeded by the operating system.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemChance;

impl Chance for SystemChance {
    #[expect(clippy::disallowed_methods, reason = "this is where chance comes in")]
    fn fill(&self, buffer: &mut [u8]) {
        // Without entropy nothing that this process makes can be trusted.
        if aws_lc_rs::rand::fill(buffer).is_err() {
            std::process::abort();
        }
    }
}
