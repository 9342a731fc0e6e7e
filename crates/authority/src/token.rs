//! Session tokens: sealed, self-contained, and bound to their access key id.
//!
//! A token holds the session's secret, so nothing about a session is stored. It is revoked through
//! the user or role that it is a session of: deleted, sessions declared invalid before a moment, or
//! denied by policy.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use names::{AccountId, Secret, Timestamp, UniqueId};
use serde::{Deserialize, Serialize};
use vault::Vault;

use crate::entity::{self, Tag};

/// What a token seals.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Session {
    /// The account of whoever the session is of.
    pub(crate) account: AccountId,
    pub(crate) bearer: Bearer,
    pub(crate) secret: Secret<String>,
    pub(crate) issued: Timestamp,
    pub(crate) expires: Timestamp,
    /// When a second factor was shown, if one was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) mfa: Option<Timestamp>,
    /// Policies that the session's permissions are cut to.
    #[serde(default, skip_serializing_if = "SessionPolicies::is_empty")]
    pub(crate) policies: SessionPolicies,
    /// Tags passed when the session began, and those inherited from the session before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) tags: Vec<Tag>,
    /// Keys of those tags that go on to the next session.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) transitive: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) source_identity: Option<String>,
}

/// Whose permissions a session has, and under which name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Bearer {
    /// Root itself.
    Root,
    /// A user itself.
    User(UniqueId),
    /// Whoever assumed the role, under a name of their choice.
    Role { id: UniqueId, name: String },
    /// Somebody to whom a user lends a part of its permissions; without a user, root.
    Federated { user: Option<UniqueId>, name: String },
    /// Root of a member account, for one task.
    RootTask,
}

/// Policies passed when a session begins.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SessionPolicies {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) inline: Option<String>,
    /// Managed policies, read at each call in their version in force.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) arns: Vec<String>,
}

impl SessionPolicies {
    /// Whether none were passed.
    pub(crate) fn is_empty(&self) -> bool {
        self.inline.is_none() && self.arns.is_empty()
    }
}

/// Tokens of this form begin as AWS's do (`IQoJb3JpZ2luX2Vj`), so that tools that look at the
/// beginning are content. Twelve bytes are sixteen whole characters of base64.
const PREFIX: &[u8; 12] = b"\x21\x0a\x09origin_ec";

/// No token of ours is longer, in characters.
pub(crate) const LENGTH_MAX: usize = 8192;

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
