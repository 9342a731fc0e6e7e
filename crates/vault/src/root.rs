//! The root key, and the text in which its file holds it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use names::{Chance, Secret};

/// What a root key's text begins with: kind and version of the file.
const HEADER: &str = "keywright-root-key-v1:";

/// The key that wraps all others: 256 bits.
#[derive(Clone, Debug)]
pub struct RootKey(Secret<[u8; 32]>);

/// The text is not a root key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a root key: expected `keywright-root-key-v1:` and 32 bytes in base64")]
pub struct BadRootKey;

impl RootKey {
    /// A fresh key.
    pub fn generate(chance: &dyn Chance) -> Self {
        let mut bytes = [0_u8; 32];
        chance.fill(&mut bytes);
        Self(Secret::new(bytes))
    }

    /// Reads the text that [`RootKey::to_text`] writes; white space around it is ignored.
    ///
    /// # Errors
    /// [`BadRootKey`] for any other text.
    pub fn from_text(text: &str) -> Result<Self, BadRootKey> {
        let encoded = text.trim().strip_prefix(HEADER).ok_or(BadRootKey)?;
        let bytes = Secret::new(STANDARD.decode(encoded).map_err(|_| BadRootKey)?);
        let key = <[u8; 32]>::try_from(bytes.expose().as_slice()).map_err(|_| BadRootKey)?;
        Ok(Self(Secret::new(key)))
    }

    /// The key as its file holds it.
    #[must_use]
    pub fn to_text(&self) -> Secret<String> {
        Secret::new(format!("{HEADER}{}\n", STANDARD.encode(self.0.expose())))
    }

    pub(crate) fn bytes(&self) -> &[u8; 32] {
        self.0.expose()
    }
}
