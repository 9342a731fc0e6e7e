//! STS: who am I, sessions of one's own, whose key is this.

mod access_key_info;
mod caller_identity;
mod session;

use api::sts::operations::{GetAccessKeyInfo, GetCallerIdentity, GetSessionToken};

use crate::operations::{Entry, entries};

/// The operations of STS that are built.
pub(crate) const OPERATIONS: &[Entry] =
    entries![GetAccessKeyInfo, GetCallerIdentity, GetSessionToken];
