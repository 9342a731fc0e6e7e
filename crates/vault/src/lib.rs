//! Keys under keys: a root key wraps data keys, data keys seal. The only user of AEAD.
//!
//! The root key lives outside the data directory; this crate never reads or writes a file, and
//! never shows a key. See `docs/design/0001-sealing.md`.

mod root;
mod seal;

pub use root::{BadRootKey, RootKey};
pub use seal::{Unsealable, Vault, WrappedKey};
