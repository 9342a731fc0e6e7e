//! What the authority keeps: one document per noun, and the rows by which documents are found.
//!
//! An [`Entity`] is the unit of consistency: it is read, changed and written whole, and two calls
//! that change one entity at once never both succeed on the same reading. Index rows and
//! counters are a pure function of the documents, so that `keywright check` can compute them anew and
//! compare. This
//! module never judges whether a change is allowed.

mod account;
mod controls;
mod deletion_task;
mod group;
mod home;
mod index;
mod instance_profile;
mod json;
mod last_accessed_job;
mod login_profile;
mod managed_policy;
mod mfa_device;
mod oidc_provider;
mod password_policy;
mod policies;
mod recent;
mod role;
mod saml_provider;
mod server_certificate;
mod service_credential;
mod signing_certificate;
mod ssh_public_key;
mod tag;
mod user;

use names::AccountId;
use serde::Serialize;
use serde::de::DeserializeOwned;
use store::{DocKey, Implied, IndexRow};

use crate::counter::Counter;

pub(crate) use account::{Account, OutboundFederation, Root};
pub(crate) use controls::{Control, Controls, Level};
pub(crate) use deletion_task::DeletionTasks;
pub(crate) use group::Group;
pub(crate) use home::Home;
pub(crate) use index::{Index, Owner, joined, nobody};
pub(crate) use instance_profile::InstanceProfile;
pub(crate) use json::to_json;
pub(crate) use last_accessed_job::{AccessingEntity, LastAccessedJob};
pub(crate) use login_profile::{LoginProfile, PasswordDigest, Recipe};
pub(crate) use managed_policy::{ManagedPolicy, PolicyVersion};
pub(crate) use mfa_device::{Assigned, HeldMfaDevice, MfaDevice, MfaHolder};
pub(crate) use oidc_provider::OidcProvider;
pub(crate) use password_policy::PasswordPolicy;
pub(crate) use policies::{InlinePolicies, InlinePolicy};
pub(crate) use recent::Recent;
pub(crate) use role::{ForeignPrincipal, Role, SERVICE_LINKED, Trust};
pub(crate) use saml_provider::{AssertionEncryption, SamlPrivateKey, SamlProvider};
pub(crate) use server_certificate::ServerCertificate;
pub(crate) use service_credential::{SecretDigest, ServiceCredential};
pub(crate) use signing_certificate::SigningCertificate;
pub(crate) use ssh_public_key::SshPublicKey;
pub(crate) use tag::{Tag, weight_of_tags};
pub(crate) use user::{AccessKey, KeyStatus, User};

/// Document kinds. The numbers are on disk and never change meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u16)]
pub(crate) enum Kind {
    Account = 1,
    User = 2,
    Group = 3,
    ManagedPolicy = 4,
    CredentialReport = 5,
    Role = 6,
    InstanceProfile = 7,
    Controls = 12,
    LastAccessedJob = 13,
    DeletionTask = 14,
    ServerCertificate = 9,
    OidcProvider = 10,
    SamlProvider = 11,
    OrganizationAccessReports = 19,
    MfaDevice = 8,
    /// A number apart, so that the nouns of services may go on counting.
    Home = 100,
}

/// A noun that is stored as one sealed document.
pub(crate) trait Entity: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// The document kind.
    const KIND: Kind;

    /// The account that owns it.
    fn account(&self) -> AccountId;

    /// Its key within kind and account: a lower-cased name, or an id.
    fn key(&self) -> String;

    /// The rows by which it is found; the same document gives the same rows.
    fn index_rows(&self) -> Vec<IndexRow>;

    /// The counters of its account that count it; the same document gives the same ones.
    fn counts(&self) -> Vec<Counter> {
        Vec::new()
    }
}

/// What the document `key` with this body implies; `None` if it can't be read.
///
/// `keywright check` compares it with what is there.
pub(crate) fn implied_by(key: &DocKey, body: &[u8]) -> Option<Implied> {
    fn of<E: Entity>(body: &[u8]) -> Option<Implied> {
        let entity: E = serde_json::from_slice(body).ok()?;
        let counts = entity.counts().iter().map(|counter| counter.key(entity.account())).collect();
        Some(Implied { rows: entity.index_rows(), counts })
    }
    match key.kind() {
        kind if kind == Kind::Account as u16 => of::<Account>(body),
        kind if kind == Kind::User as u16 => of::<User>(body),
        kind if kind == Kind::Group as u16 => of::<Group>(body),
        kind if kind == Kind::ManagedPolicy as u16 => of::<ManagedPolicy>(body),
        kind if kind == Kind::CredentialReport as u16 => Some(Implied::default()),
        kind if kind == Kind::Role as u16 => of::<Role>(body),
        kind if kind == Kind::Controls as u16 => Some(Implied::default()),
        kind if kind == Kind::LastAccessedJob as u16 => of::<LastAccessedJob>(body),
        kind if kind == Kind::DeletionTask as u16 => Some(Implied::default()),
        kind if kind == Kind::InstanceProfile as u16 => of::<InstanceProfile>(body),
        kind if kind == Kind::OrganizationAccessReports as u16 => Some(Implied::default()),
        kind if kind == Kind::ServerCertificate as u16 => of::<ServerCertificate>(body),
        kind if kind == Kind::OidcProvider as u16 => of::<OidcProvider>(body),
        kind if kind == Kind::SamlProvider as u16 => of::<SamlProvider>(body),
        kind if kind == Kind::MfaDevice as u16 => of::<MfaDevice>(body),
        kind if kind == Kind::Home as u16 => of::<Home>(body),
        _ => None,
    }
}

/// The store's key of the entity of kind `E` named `key` in `account`.
pub(crate) fn doc_key<E: Entity>(account: AccountId, key: &str) -> DocKey {
    DocKey::new(E::KIND as u16, account, key)
}

/// Names are unique without regard to case: this is the form in which they are compared.
///
/// Source: IAM User Guide, "IAM identifiers", section "Friendly names and paths".
pub(crate) fn folded(name: &str) -> String {
    name.to_ascii_lowercase()
}
