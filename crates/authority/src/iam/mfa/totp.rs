//! One-time codes by the clock: six digits, a step of 30 seconds, HMAC-SHA1.
//!
//! Source: RFC 6238; RFC 4226, section 5.3, "Generating an HOTP Value".

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::hmac;
use data_encoding::BASE32;
use names::{Chance, Secret, Timestamp};
use zeroize::Zeroizing;

/// Seconds.
const STEP: i64 = 30;
/// Bytes: 64 characters of base32.
const SEED_LENGTH: usize = 40;
/// One more than the largest code.
const CODES: u32 = 1_000_000;

/// The step of the clock that a moment lies in.
pub(super) fn step_of(moment: Timestamp) -> i64 {
    moment.seconds().div_euclid(STEP)
}

/// A new seed, as base32.
pub(super) fn mint_seed(chance: &dyn Chance) -> Secret<String> {
    let mut bytes = Zeroizing::new([0; SEED_LENGTH]);
    chance.fill(&mut *bytes);
    Secret::new(BASE32.encode(&*bytes))
}

/// A seed, ready for use.
pub(super) struct Seed(hmac::Key);

impl Seed {
    /// `None` for what is not base32.
    pub(super) fn read(base32: &Secret<String>) -> Option<Self> {
        let bytes = Zeroizing::new(BASE32.decode(base32.expose().as_bytes()).ok()?);
        Some(Self(hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &bytes)))
    }

    /// The code of a step.
    pub(super) fn code(&self, step: i64) -> String {
        let digest = hmac::sign(&self.0, &step.to_be_bytes());
        let digest = digest.as_ref();
        let offset = usize::from(digest.last().copied().unwrap_or_default() & 0xf);
        let bytes = digest.get(offset..offset + 4).and_then(|bytes| bytes.try_into().ok());
        let number = u32::from_be_bytes(bytes.unwrap_or_default()) & 0x7fff_ffff;
        format!("{:06}", number % CODES)
    }

    /// Whether `code` is that of `step`.
    pub(super) fn is_code_of(&self, step: i64, code: &str) -> bool {
        verify_slices_are_equal(self.code(step).as_bytes(), code.as_bytes()).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct Ones;

    impl Chance for Ones {
        fn fill(&self, buffer: &mut [u8]) {
            buffer.fill(0xff);
        }
    }

    /// RFC 6238, appendix B, the column of SHA1, of which a device shows the last six digits.
    #[test]
    fn codes_are_those_of_the_rfc() {
        let seed = Secret::new(BASE32.encode(b"12345678901234567890"));
        let seed = Seed::read(&seed).unwrap();
        for (second, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            let step = step_of(Timestamp::from_seconds(second));
            assert_eq!(seed.code(step), code);
            assert!(seed.is_code_of(step, code) && !seed.is_code_of(step + 1, code));
        }
    }

    #[test]
    fn a_seed_is_64_characters_of_base32() {
        assert_eq!(mint_seed(&Ones).expose(), &"7".repeat(64));
        assert!(Seed::read(&Secret::new("0189".to_owned())).is_none());
    }
}
