//! A SAML provider that an account trusts. Its private keys never leave the sealed document.

use names::{AccountId, Arn, Secret, Timestamp};
use serde::{Deserialize, Serialize};
use store::IndexRow;

use super::index::Index;
use super::{Entity, Kind, Tag};
use crate::counter::Counter;

/// A SAML provider.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct SamlProvider {
    pub(crate) account: AccountId,
    pub(crate) name: String,
    /// What AWS calls the provider's UUID: capital letters and digits.
    pub(crate) id: String,
    /// The metadata document, as it was given.
    pub(crate) metadata: String,
    pub(crate) created: Timestamp,
    /// The document's `validUntil`, or a hundred years from when it was given.
    pub(crate) valid_until: Timestamp,
    #[serde(default)]
    pub(crate) encryption: Option<AssertionEncryption>,
    /// Oldest first. Never more than two.
    #[serde(default)]
    pub(crate) private_keys: Vec<SamlPrivateKey>,
    #[serde(default)]
    pub(crate) tags: Vec<Tag>,
}

/// Whether assertions must be encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum AssertionEncryption {
    Required,
    Allowed,
}

/// A key that decrypts assertions.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct SamlPrivateKey {
    pub(crate) id: String,
    /// As it was given, in PEM.
    pub(crate) pem: Secret<String>,
    pub(crate) added: Timestamp,
}

impl SamlProvider {
    /// `arn:aws:iam::ACCOUNT:saml-provider/NAME`.
    pub(crate) fn arn(&self) -> String {
        crate::iam::arn::at_root_path(self.account, "saml-provider", &self.name)
    }

    /// The key of the provider with this ARN, if it is `account`'s.
    pub(crate) fn key_of(account: AccountId, arn: &str) -> Option<&str> {
        let arn = Arn::parse(arn).ok()?;
        let ours = arn.service == "iam" && arn.account.parse() == Ok(account);
        arn.resource.strip_prefix("saml-provider/").filter(|_| ours)
    }
}

impl Entity for SamlProvider {
    const KIND: Kind = Kind::SamlProvider;

    fn account(&self) -> AccountId {
        self.account
    }

    fn key(&self) -> String {
        self.name.clone()
    }

    fn index_rows(&self) -> Vec<IndexRow> {
        vec![Index::SamlProvider.row(self.account, &[&self.name], b"")]
    }

    fn counts(&self) -> Vec<Counter> {
        vec![Counter::SamlProviders]
    }
}
