//! Who calls. A [`Caller`] is made by the authenticate station alone.

use std::sync::Arc;

use names::AccountId;
use policy::PrincipalKind;

use crate::credentials::{Credential, Identity, LiveSession};
use crate::entity::Tag;
use crate::token::Bearer;

/// The proof that a request was signed by the holder of a key.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    credential: Arc<Credential>,
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

/// What kind of caller it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CallerKind {
    /// Root, by its key or a session of its own.
    Root,
    /// Root of a member account, for one task.
    RootTask,
    /// A user, by a key or a session of its own.
    User,
    /// A session of a role.
    Role,
    /// A session that a user or root lent out.
    Federated,
}

impl Caller {
    pub(crate) fn new(credential: Arc<Credential>, verified: Verified) -> Self {
        Self { credential, _verified: verified }
    }

    pub(crate) fn account(&self) -> AccountId {
        self.credential.account
    }

    /// The ARN by which the caller is known: of a session, if it is called something of its own.
    pub(crate) fn arn(&self) -> &str {
        self.session().map_or(&self.credential.arn, |session| &session.arn)
    }

    /// `aws:userid`, and the `UserId` of GetCallerIdentity.
    pub(crate) fn user_id(&self) -> &str {
        self.session().map_or(&self.credential.user_id, |session| &session.user_id)
    }

    pub(crate) fn kind(&self) -> CallerKind {
        let bearer = self.session().map(|session| &session.facts.bearer);
        match (&self.credential.identity, bearer) {
            (_, Some(Bearer::Federated { .. })) => CallerKind::Federated,
            (_, Some(Bearer::RootTask { .. })) => CallerKind::RootTask,
            (Identity::Root { .. }, _) => CallerKind::Root,
            (Identity::User(_), _) => CallerKind::User,
            (Identity::Role(_), _) => CallerKind::Role,
        }
    }

    /// The user's name; nobody but users has one.
    pub(crate) fn user_name(&self) -> Option<&str> {
        match &self.credential.identity {
            Identity::User(user) if self.kind() == CallerKind::User => Some(&user.name),
            _ => None,
        }
    }

    pub(crate) fn credential(&self) -> &Credential {
        &self.credential
    }

    pub(crate) fn session(&self) -> Option<&LiveSession> {
        self.credential.session.as_ref()
    }

    /// Root itself, or a session that may do a task of root's.
    pub(crate) fn is_root(&self) -> bool {
        matches!(self.kind(), CallerKind::Root | CallerKind::RootTask)
    }

    /// The tags by which policies know the caller: the session's over the principal's.
    pub(crate) fn tags(&self) -> &[Tag] {
        let session = self.session().and_then(|session| session.tags.as_deref());
        session.unwrap_or_else(|| self.credential.identity.tags())
    }

    /// `aws:PrincipalArn`: of a role's session the role, with its path.
    pub(crate) fn principal_arn(&self) -> &str {
        if self.kind() == CallerKind::Role { &self.credential.arn } else { self.arn() }
    }

    /// The caller as policies are asked about it.
    pub(crate) fn principal(&self) -> policy::Principal<'_> {
        let kind = match (&self.credential.identity, self.kind()) {
            (Identity::Role(role), _) if role.is_service_linked => PrincipalKind::ServiceLinkedRole,
            (_, CallerKind::Root | CallerKind::RootTask) => PrincipalKind::Root,
            (_, CallerKind::User) => PrincipalKind::User,
            (_, CallerKind::Role) => PrincipalKind::Role,
            (_, CallerKind::Federated) => PrincipalKind::FederatedUser,
        };
        let lent = matches!(self.kind(), CallerKind::Role | CallerKind::Federated);
        let has_id = !matches!(self.credential.identity, Identity::Root { .. });
        policy::Principal {
            kind,
            account: &self.credential.account_text,
            arn: self.arn(),
            issuer: lent.then_some(self.credential.arn.as_str()),
            id: has_id.then_some(self.credential.user_id.as_str()),
        }
    }

    /// The policies of the caller's own that bind it.
    pub(crate) fn policies(&self) -> policy::Policies<'_> {
        policy::Policies {
            identity: Some(&self.credential.policies),
            boundary: self.credential.boundary.as_ref(),
            session: self.session().and_then(|session| session.policies.as_ref()),
            scps: &self.credential.controls.service,
            ..policy::Policies::default()
        }
    }
}
