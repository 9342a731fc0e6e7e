//! Session tokens: sealed, self-contained, and bound to their access key id.
//!
//! A token holds the session's secret, so nothing about a session is stored. It is revoked through
//! the user who issued it: deleted, sessions declared invalid before a moment, or denied by policy.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use names::{AccountId, Secret, Timestamp, UniqueId};
use serde::{Deserialize, Serialize};
use vault::Vault;

use crate::entity;

/// What a token seals.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Session {
    pub(crate) account: AccountId,
    /// The issuing user's id; `None` for root.
    pub(crate) user: Option<UniqueId>,
    pub(crate) secret: Secret<String>,
    pub(crate) issued: Timestamp,
    pub(crate) expires: Timestamp,
    pub(crate) mfa: bool,
}

/// Tokens of this form begin as AWS's do (`IQoJb3JpZ2luX2Vj`), so that tools that look at the
/// beginning are content. Twelve bytes are sixteen whole characters of base64.
const PREFIX: &[u8; 12] = b"\x21\x0a\x09origin_ec";

/// No token of ours is longer, in characters.
const LENGTH_MAX: usize = 4096;

fn place(access_key_id: &str) -> Vec<u8> {
    [b"session token ".as_slice(), access_key_id.as_bytes()].concat()
}

/// Seals `session` for this access key id.
pub(crate) fn seal(vault: &Vault, access_key_id: &str, session: &Session) -> Option<String> {
    let plain = entity::to_json(session).ok()?;
    let sealed = vault.seal(&place(access_key_id), &plain);
    Some(STANDARD.encode([PREFIX.as_slice(), &sealed].concat()))
}

/// Opens a token that came with this access key id; `None` for anything that is not ours.
pub(crate) fn open(vault: &Vault, access_key_id: &str, token: &str) -> Option<Session> {
    if token.len() > LENGTH_MAX {
        return None;
    }
    let bytes = STANDARD.decode(token).ok()?;
    let sealed = bytes.strip_prefix(PREFIX)?;
    let plain = vault.open_sealed(&place(access_key_id), sealed).ok()?;
    serde_json::from_slice(&plain).ok()
}
