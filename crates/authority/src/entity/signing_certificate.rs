//! An X.509 signing certificate of a user or of root. It holds no private key and judges none.

use names::{AccountId, Timestamp};
use serde::{Deserialize, Serialize};
use store::IndexRow;

use super::KeyStatus;
use super::index::Index;

/// A certificate that its holder signs requests with.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct SigningCertificate {
    /// SHA-1 of the DER form, as base32: the same certificate has the same id.
    pub(crate) id: String,
    /// As it was uploaded.
    pub(crate) body: String,
    pub(crate) status: KeyStatus,
    pub(crate) uploaded: Timestamp,
}

impl SigningCertificate {
    /// The row by which an account knows whose the certificate is; `holder` is the folded user
    /// name, or empty for root.
    pub(crate) fn row(&self, account: AccountId, holder: &str) -> IndexRow {
        Index::SigningCertificate.row(account, &[&self.id], holder.as_bytes())
    }
}
