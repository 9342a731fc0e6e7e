//! An OpenID Connect provider that an account trusts. It never speaks to the provider.

use names::{AccountId, Arn, Timestamp};
use serde::{Deserialize, Serialize};
use store::IndexRow;

use super::index::Index;
use super::{Entity, Kind, Tag};
use crate::counter::Counter;

/// An OpenID Connect provider.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct OidcProvider {
    pub(crate) account: AccountId,
    /// Without `https://`: what its ARN ends in, and what it is found by.
    pub(crate) url: String,
    /// Audiences that tokens may be for, in the order in which they were added.
    #[serde(default)]
    pub(crate) client_ids: Vec<String>,
    /// SHA-1 of certificates of the provider's host, in hexadecimal.
    #[serde(default)]
    pub(crate) thumbprints: Vec<String>,
    pub(crate) created: Timestamp,
    #[serde(default)]
    pub(crate) tags: Vec<Tag>,
}

impl OidcProvider {
    /// `arn:aws:iam::ACCOUNT:oidc-provider/HOST/PATH`.
    pub(crate) fn arn(&self) -> String {
        crate::iam::arn::at_root_path(self.account, "oidc-provider", &self.url)
    }

    /// The key of the provider with this ARN, if it is `account`'s.
    pub(crate) fn key_of(account: AccountId, arn: &str) -> Option<&str> {
        let arn = Arn::parse(arn).ok()?;
        let ours = arn.service == "iam" && arn.account.parse() == Ok(account);
        arn.resource.strip_prefix("oidc-provider/").filter(|_| ours)
    }
}

impl Entity for OidcProvider {
    const KIND: Kind = Kind::OidcProvider;

    fn account(&self) -> AccountId {
        self.account
    }

    fn key(&self) -> String {
        self.url.clone()
    }

    fn index_rows(&self) -> Vec<IndexRow> {
        vec![Index::OidcProvider.row(self.account, &[&self.url], b"")]
    }

    fn counts(&self) -> Vec<Counter> {
        vec![Counter::OidcProviders]
    }
}
