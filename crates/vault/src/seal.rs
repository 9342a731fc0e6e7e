//! Sealing: authenticated encryption bound to what is sealed and where it belongs.
//!
//! Each seal draws 28 random bytes. Sixteen of them derive a key for this one seal from the data
//! key (HMAC-SHA256), twelve are the nonce of AES-256-GCM. No key seals twice, so there is no bound
//! on how much one data key may seal, and a store restored from a backup cannot repeat a nonce
//! under the same key. What was opened is zeroed when it is let go of; what is sealed is encrypted
//! where it was copied to, so that no copy of it stays behind.

use std::collections::BTreeMap;
use std::sync::Arc;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::hmac;
use names::{Chance, Secret};
use zeroize::{Zeroize as _, Zeroizing};

use crate::root::RootKey;

/// Format of a seal: its first byte.
const FORMAT: u8 = 1;
const SALT_LEN: usize = 16;
/// Format, data key version, salt, nonce.
const HEADER_LEN: usize = 1 + 4 + SALT_LEN + NONCE_LEN;
const TAG_LEN: usize = 16;

/// A data key as it lies on disk: sealed by the root key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrappedKey {
    /// Which data key.
    pub version: u32,
    /// The key, sealed.
    pub sealed: Vec<u8>,
}

/// A seal is broken: another key, another place, or changed bytes. Which one is not told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the seal is broken: wrong key, wrong place or changed bytes")]
pub struct Unsealable;

/// The data keys, unwrapped, and the source of chance that seals need.
pub struct Vault {
    keys: BTreeMap<u32, hmac::Key>,
    current: u32,
    chance: Arc<dyn Chance>,
}

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Vault({} keys)", self.keys.len())
    }
}

impl Vault {
    /// A vault with one fresh data key, and that key wrapped by `root`.
    pub fn create(root: &RootKey, chance: Arc<dyn Chance>) -> (Self, WrappedKey) {
        let mut bytes = [0_u8; 32];
        chance.fill(&mut bytes);
        let bytes = Secret::new(bytes);
        let version = 1;
        let sealed =
            seal_with(&wrapping_key(root), 0, &wrapped_place(version), bytes.expose(), &*chance);
        let keys = BTreeMap::from([(version, data_key(bytes.expose()))]);
        (Self { keys, current: version, chance }, WrappedKey { version, sealed })
    }

    /// Unwraps data keys.
    ///
    /// # Errors
    /// [`Unsealable`] if `root` is not the key that wrapped them, or there is none.
    pub fn open(
        root: &RootKey,
        wrapped: &[WrappedKey],
        chance: Arc<dyn Chance>,
    ) -> Result<Self, Unsealable> {
        let wrapping = wrapping_key(root);
        let mut keys = BTreeMap::new();
        for key in wrapped {
            let place = wrapped_place(key.version);
            let bytes = open_with(&wrapping, &place, &key.sealed)?;
            keys.insert(key.version, data_key(&bytes));
        }
        let current = *keys.keys().next_back().ok_or(Unsealable)?;
        Ok(Self { keys, current, chance })
    }

    /// Seals `plain` to `place`: it opens only where the same place is named.
    #[must_use]
    pub fn seal(&self, place: &[u8], plain: &[u8]) -> Vec<u8> {
        match self.keys.get(&self.current) {
            Some(key) => seal_with(key, self.current, place, plain, &*self.chance),
            None => Vec::new(),
        }
    }

    /// Opens what [`Vault::seal`] made.
    ///
    /// # Errors
    /// [`Unsealable`], without saying why: what is wrong is nobody's hint.
    pub fn open_sealed(
        &self,
        place: &[u8],
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, Unsealable> {
        let version = sealed.get(1..5).and_then(|bytes| bytes.try_into().ok());
        let version = version.map(u32::from_be_bytes).ok_or(Unsealable)?;
        open_with(self.keys.get(&version).ok_or(Unsealable)?, place, sealed)
    }
}

fn data_key(bytes: &[u8]) -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA256, bytes)
}

fn wrapping_key(root: &RootKey) -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA256, root.bytes())
}

fn wrapped_place(version: u32) -> Vec<u8> {
    [b"keywright data key ".as_slice(), &version.to_be_bytes()].concat()
}

/// The key of one seal. `None` cannot happen: 32 bytes are what AES-256 takes.
fn seal_key(key: &hmac::Key, salt: &[u8]) -> Option<LessSafeKey> {
    let derived = hmac::sign(key, salt);
    UnboundKey::new(&AES_256_GCM, derived.as_ref()).ok().map(LessSafeKey::new)
}

fn seal_with(
    key: &hmac::Key,
    version: u32,
    place: &[u8],
    plain: &[u8],
    chance: &dyn Chance,
) -> Vec<u8> {
    let mut random = [0_u8; SALT_LEN + NONCE_LEN];
    chance.fill(&mut random);
    let (salt, nonce) = random.split_at(SALT_LEN);
    let mut out = Vec::with_capacity(HEADER_LEN + plain.len() + TAG_LEN);
    out.push(FORMAT);
    out.extend_from_slice(&version.to_be_bytes());
    out.extend_from_slice(&random);
    out.extend_from_slice(plain);
    let (_, body) = out.split_at_mut(HEADER_LEN);
    let tag = seal_key(key, salt).zip(Nonce::try_assume_unique_for_key(nonce).ok()).and_then(
        |(key, nonce)| key.seal_in_place_separate_tag(nonce, Aad::from(place), body).ok(),
    );
    // AES-GCM fails for more than 64 GiB only. An empty seal never opens: the loss is seen at once.
    match tag {
        Some(tag) => out.extend_from_slice(tag.as_ref()),
        None => out.zeroize(),
    }
    out
}

fn open_with(
    key: &hmac::Key,
    place: &[u8],
    sealed: &[u8],
) -> Result<Zeroizing<Vec<u8>>, Unsealable> {
    if sealed.first() != Some(&FORMAT) || sealed.len() < HEADER_LEN + TAG_LEN {
        return Err(Unsealable);
    }
    let (header, body) = sealed.split_at(HEADER_LEN);
    let (salt, nonce) = header.split_at(5).1.split_at(SALT_LEN);
    let key = seal_key(key, salt).ok_or(Unsealable)?;
    let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| Unsealable)?;
    let mut body = Zeroizing::new(body.to_vec());
    let length =
        key.open_in_place(nonce, Aad::from(place), &mut body).map_err(|_| Unsealable)?.len();
    body.truncate(length);
    Ok(body)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU8, Ordering};

    use super::*;

    #[derive(Debug, Default)]
    struct Counting(AtomicU8);
    impl Chance for Counting {
        fn fill(&self, buffer: &mut [u8]) {
            buffer.fill_with(|| self.0.fetch_add(1, Ordering::Relaxed));
        }
    }

    fn vault() -> (Vault, WrappedKey, RootKey) {
        let chance = Arc::new(Counting::default());
        let root = RootKey::generate(&*chance);
        let (vault, wrapped) = Vault::create(&root, chance);
        (vault, wrapped, root)
    }

    #[test]
    fn opens_only_where_it_was_sealed_and_only_unchanged() {
        let (vault, ..) = vault();
        let sealed = vault.seal(b"user/bob@1", b"secret");
        assert_eq!(*vault.open_sealed(b"user/bob@1", &sealed).unwrap(), b"secret");
        assert_eq!(vault.open_sealed(b"user/bob@2", &sealed), Err(Unsealable));
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert_eq!(vault.open_sealed(b"user/bob@1", &changed), Err(Unsealable), "byte {at}");
            let cut = sealed.get(..at).unwrap_or_default();
            assert_eq!(vault.open_sealed(b"user/bob@1", cut), Err(Unsealable), "cut at {at}");
        }
    }

    #[test]
    fn one_text_never_seals_to_the_same_bytes() {
        let (vault, ..) = vault();
        assert_ne!(vault.seal(b"a", b"b"), vault.seal(b"a", b"b"));
    }

    #[test]
    fn only_the_root_key_that_wrapped_opens() {
        let (vault, wrapped, root) = vault();
        let sealed = vault.seal(b"a", b"b");
        let text = root.to_text();
        let again = RootKey::from_text(text.expose()).unwrap();
        let chance = Arc::new(Counting::default());
        let opened = Vault::open(&again, std::slice::from_ref(&wrapped), chance.clone()).unwrap();
        assert_eq!(*opened.open_sealed(b"a", &sealed).unwrap(), b"b");
        let other = RootKey::generate(&Counting(AtomicU8::new(9)));
        assert_eq!(Vault::open(&other, &[wrapped], chance).err(), Some(Unsealable));
        for bad in ["", "keywright-root-key-v1:", "keywright-root-key-v1:AAAA", "x"] {
            assert!(RootKey::from_text(bad).is_err(), "{bad}");
        }
    }
}
