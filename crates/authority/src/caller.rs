//! Who calls. A [`Caller`] is made by the authenticate station alone.

use std::sync::Arc;

use names::{AccountId, Timestamp};

use crate::credentials::{Credential, Identity};

/// The proof that a request was signed by the holder of a key.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    credential: Arc<Credential>,
    session: Option<SessionFacts>,
    _verified: Verified,
}

/// Made where a signature has been verified.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Verified(());

impl From<sigv4::Verified> for Verified {
    fn from(_: sigv4::Verified) -> Self {
        Self(())
    }
}

/// What is particular to a session.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SessionFacts {
    pub(crate) issued: Timestamp,
    pub(crate) mfa: bool,
}

impl Caller {
    pub(crate) fn new(
        credential: Arc<Credential>,
        session: Option<SessionFacts>,
        verified: Verified,
    ) -> Self {
        Self { credential, session, _verified: verified }
    }

    pub(crate) fn account(&self) -> AccountId {
        self.credential.account
    }

    pub(crate) fn arn(&self) -> &str {
        &self.credential.arn
    }

    /// The user's name; root has none.
    pub(crate) fn user_name(&self) -> Option<&str> {
        match &self.credential.identity {
            Identity::User(user) => Some(&user.name),
            Identity::Root { .. } => None,
        }
    }

    /// `aws:userid`, and the `UserId` of GetCallerIdentity.
    pub(crate) fn user_id(&self) -> &str {
        &self.credential.user_id
    }

    pub(crate) fn credential(&self) -> &Credential {
        &self.credential
    }

    pub(crate) fn session(&self) -> Option<SessionFacts> {
        self.session
    }

    pub(crate) fn is_root(&self) -> bool {
        matches!(self.credential.identity, Identity::Root { .. })
    }
}
