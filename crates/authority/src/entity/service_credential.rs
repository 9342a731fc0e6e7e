//! A credential of a user for one service. What proves it is kept as a digest alone.

use aws_lc_rs::digest;
use data_encoding::BASE64;
use names::{Chance, Secret, Timestamp, UniqueId};
use serde::{Deserialize, Serialize};

use super::KeyStatus;

/// A user name and password, or an API key, that one service takes.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ServiceCredential {
    pub(crate) id: UniqueId,
    /// `codecommit.amazonaws.com`, …
    pub(crate) service: String,
    /// The service user name, or the alias of an API key.
    pub(crate) login: String,
    pub(crate) proof: SecretDigest,
    pub(crate) status: KeyStatus,
    pub(crate) created: Timestamp,
    #[serde(default)]
    pub(crate) expires: Option<Timestamp>,
}

/// SHA-256 of a salt and a secret.
///
/// A slow hash is for secrets that can be guessed. These are 256 random bits that people never
/// choose: no number of guesses finds one, and the salt keeps equal digests from telling anything.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct SecretDigest {
    salt: String,
    digest: String,
}

impl SecretDigest {
    /// The digest of `secret` with a fresh salt.
    pub(crate) fn of(secret: &Secret<String>, chance: &dyn Chance) -> Self {
        let mut salt = [0; 16];
        chance.fill(&mut salt);
        let mut context = digest::Context::new(&digest::SHA256);
        context.update(&salt);
        context.update(secret.expose().as_bytes());
        Self { salt: BASE64.encode(&salt), digest: BASE64.encode(context.finish().as_ref()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct Constant(u8);
    impl Chance for Constant {
        fn fill(&self, buffer: &mut [u8]) {
            buffer.fill(self.0);
        }
    }

    /// `printf '\7%.0s' {1..16}; printf swordfish` through `sha256sum`.
    #[test]
    fn a_digest_is_of_salt_and_secret_and_shows_neither() {
        let secret = Secret::new("swordfish".to_owned());
        let kept = SecretDigest::of(&secret, &Constant(7));
        let mut salted = vec![7; 16];
        salted.extend_from_slice(b"swordfish");
        let expected = BASE64.encode(digest::digest(&digest::SHA256, &salted).as_ref());
        assert_eq!(kept.digest, expected);
        assert_ne!(kept.digest, SecretDigest::of(&secret, &Constant(8)).digest);
        assert!(!serde_json::to_string(&kept).unwrap().contains("swordfish"));
    }
}
