//! An account: its alias and its root user.

use names::{AccountId, Timestamp};
use serde::{Deserialize, Serialize};
use store::IndexRow;

use super::index::{Index, Owner};
use super::{AccessKey, Entity, HeldMfaDevice, Kind, PasswordPolicy, SigningCertificate};
use crate::iam::quotas;

/// An account.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Account {
    pub(crate) id: AccountId,
    pub(crate) created: Timestamp,
    #[serde(default)]
    pub(crate) alias: Option<String>,
    pub(crate) root: Root,
    /// Users that the account may have, if an operator has set it.
    #[serde(default)]
    pub(crate) users_quota: Option<u64>,
    /// Roles that the account may have, if an operator has set it.
    #[serde(default)]
    pub(crate) roles_quota: Option<u64>,
    /// The account whose principals may do tasks of root's here, if an operator has named one.
    #[serde(default)]
    pub(crate) root_manager: Option<AccountId>,
    #[serde(default)]
    pub(crate) settings: AccountSettings,
    /// The rules for users' passwords, where the built-in ones don't hold.
    #[serde(default)]
    pub(crate) password_policy: Option<PasswordPolicy>,
}

/// What an account has switched on.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct AccountSettings {
    /// Whether the global STS endpoint is to issue tokens of version 2, which all regions take.
    #[serde(default)]
    pub(crate) global_tokens_of_version_2: bool,
    /// Set when the account first lets its principals obtain tokens for others' services.
    #[serde(default)]
    pub(crate) outbound_federation: Option<OutboundFederation>,
}

/// An account as an issuer of web identity tokens.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct OutboundFederation {
    /// The issuer's URL: it stays the account's when the feature is disabled.
    pub(crate) issuer: String,
    pub(crate) enabled: bool,
}

/// An account's root user: bound by no identity policy.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Root {
    #[serde(default)]
    pub(crate) keys: Vec<AccessKey>,
    /// Sessions issued before this moment are refused.
    #[serde(default)]
    pub(crate) sessions_valid_from: Option<Timestamp>,
    #[serde(default)]
    pub(crate) signing_certificates: Vec<SigningCertificate>,
    /// Root's MFA devices, in the order in which they were enabled.
    #[serde(default)]
    pub(crate) mfa: Vec<HeldMfaDevice>,
}

impl Account {
    /// The key of an account's own document: there is one in each account.
    pub(crate) const KEY: &'static str = "account";

    /// An account as it begins.
    pub(crate) fn new(id: AccountId, created: Timestamp, root: Root) -> Self {
        Self {
            id,
            created,
            alias: None,
            root,
            users_quota: None,
            roles_quota: None,
            root_manager: None,
            settings: AccountSettings::default(),
            password_policy: None,
        }
    }

    /// Users that the account may have.
    pub(crate) fn users_max(&self) -> u64 {
        self.users_quota.unwrap_or(quotas::USERS)
    }

    /// Roles that the account may have.
    pub(crate) fn roles_max(&self) -> u64 {
        self.roles_quota.unwrap_or(quotas::ROLES)
    }
}

impl Entity for Account {
    const KIND: Kind = Kind::Account;

    fn account(&self) -> AccountId {
        self.id
    }

    fn key(&self) -> String {
        Self::KEY.to_owned()
    }

    fn index_rows(&self) -> Vec<IndexRow> {
        let owner = Owner::Root(self.id).to_bytes();
        let number = self.id.to_string();
        let mut rows = vec![Index::account(&number)];
        rows.extend(self.root.keys.iter().map(|key| Index::access_key(key.id.as_str(), &owner)));
        rows.extend(self.root.signing_certificates.iter().map(|held| held.row(self.id, "")));
        rows.extend(self.alias.iter().map(|alias| Index::alias(alias, &number)));
        rows
    }
}
