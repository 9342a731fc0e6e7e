//! An SSH public key of a user. It holds no private key and judges none.

use names::{Timestamp, UniqueId};
use serde::{Deserialize, Serialize};

use super::KeyStatus;

/// An RSA public key by which a user signs in to CodeCommit.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct SshPublicKey {
    pub(crate) id: UniqueId,
    /// The key in SSH's wire form, as base64: comments are not kept.
    pub(crate) wire: String,
    pub(crate) status: KeyStatus,
    pub(crate) uploaded: Timestamp,
}
