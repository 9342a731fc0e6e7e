//! STS: who am I, whose key is this, temporary credentials of every kind.

mod access_key_info;
mod assume_role;
mod assume_root;
mod authorization_message;
mod caller_identity;
mod federation_token;
mod issue;
mod scoped_credentials;
mod second_factor;
mod session;

use api::sts::operations::{
    AssumeRole, AssumeRoot, DecodeAuthorizationMessage, GetAccessKeyInfo, GetCallerIdentity,
    GetFederationToken, GetScopedCredentials, GetSessionToken,
};

use crate::operations::{Entry, entries};

/// The operations of STS that are built.
pub(crate) const OPERATIONS: &[Entry] = entries![
    AssumeRole,
    AssumeRoot,
    DecodeAuthorizationMessage,
    GetAccessKeyInfo,
    GetCallerIdentity,
    GetFederationToken,
    GetScopedCredentials,
    GetSessionToken,
];
