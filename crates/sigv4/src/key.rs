//! Signing keys: derived from a secret for one day, region and service.
//!
//! Source: IAM User Guide, "Create a signed AWS API request", step 3. Keeping a key prepared saves
//! four HMACs a request; aws-lc zeroes its state when it is dropped.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::hmac;
use names::Secret;

use crate::hexadecimal;

/// A key that makes and checks signatures of one day, region and service.
#[derive(Clone)]
pub struct SigningKey(hmac::Key);

impl SigningKey {
    /// Derives the key from a secret access key.
    #[must_use]
    pub fn derive(secret: &Secret<String>, date: &str, region: &str, service: &str) -> Self {
        let mut first = Vec::with_capacity(4 + secret.expose().len());
        first.extend_from_slice(b"AWS4");
        first.extend_from_slice(secret.expose().as_bytes());
        let first = Secret::new(first);
        let mut key = hmac::Key::new(hmac::HMAC_SHA256, first.expose());
        for step in [date, region, service, "aws4_request"] {
            key = hmac::Key::new(hmac::HMAC_SHA256, hmac::sign(&key, step.as_bytes()).as_ref());
        }
        Self(key)
    }

    /// The signature of `text`, in lower-case hexadecimal digits.
    pub(crate) fn signature(&self, text: &[u8]) -> [u8; 64] {
        hexadecimal::digits(hmac::sign(&self.0, text).as_ref())
    }

    /// Whether `signature` is that of `text`. Compares in constant time.
    pub(crate) fn accepts(&self, text: &[u8], signature: &[u8]) -> bool {
        verify_slices_are_equal(&self.signature(text), signature).is_ok()
    }
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SigningKey(…)")
    }
}
