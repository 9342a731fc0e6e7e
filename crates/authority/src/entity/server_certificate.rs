//! A server certificate with its chain and private key. The key never leaves the sealed document.

use names::{AccountId, Secret, Timestamp, UniqueId};
use serde::{Deserialize, Serialize};
use store::IndexRow;

use super::index::Index;
use super::{Entity, Kind, Tag, folded};
use crate::counter::Counter;

/// A server certificate.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ServerCertificate {
    pub(crate) account: AccountId,
    pub(crate) id: UniqueId,
    pub(crate) name: String,
    pub(crate) path: String,
    /// As it was uploaded.
    pub(crate) body: String,
    /// As it was uploaded.
    #[serde(default)]
    pub(crate) chain: Option<String>,
    pub(crate) private_key: Secret<String>,
    pub(crate) uploaded: Timestamp,
    /// The certificate's "not after".
    pub(crate) expires: Timestamp,
    #[serde(default)]
    pub(crate) tags: Vec<Tag>,
}

impl ServerCertificate {
    /// `arn:aws:iam::ACCOUNT:server-certificate/PATH/NAME`.
    pub(crate) fn arn(&self) -> String {
        crate::iam::arn::server_certificate(self.account, &self.path, &self.name)
    }
}

impl Entity for ServerCertificate {
    const KIND: Kind = Kind::ServerCertificate;

    fn account(&self) -> AccountId {
        self.account
    }

    fn key(&self) -> String {
        folded(&self.name)
    }

    fn index_rows(&self) -> Vec<IndexRow> {
        let name = self.key();
        vec![
            Index::ServerCertificateByName.row(self.account, &[&name], b""),
            Index::ServerCertificateByPath.row(self.account, &[&self.path, &name], b""),
        ]
    }

    fn counts(&self) -> Vec<Counter> {
        vec![Counter::ServerCertificates]
    }
}
