//! The question: who asks to do what with which resource, and what else is known of it.
//!
//! Names and ARNs are taken as they are given; nothing is looked up or made of another.

use crate::context::Context;

/// What kind of principal asks. It decides which policies bind it.
///
/// Source: IAM User Guide, "AWS JSON policy elements: Principal" and "Policy evaluation logic".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PrincipalKind {
    /// An account's root user, or a session of it.
    Root,
    /// A user, with long-term keys or a session of its own.
    User,
    /// A session that a user or root began with `GetFederationToken`.
    FederatedUser,
    /// A session of a role.
    Role,
    /// A session of a role that belongs to a service.
    ServiceLinkedRole,
    /// A service that acts for itself.
    Service,
    /// Somebody whom an identity provider vouches for, while a role is being assumed.
    Federated,
    /// Nobody known.
    Anonymous,
}

impl PrincipalKind {
    /// Whether an account answers for it, so that it has identity policies and SCPs.
    pub(crate) const fn is_of_an_account(self) -> bool {
        !matches!(self, Self::Service | Self::Federated | Self::Anonymous)
    }
}

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Principal<'a> {
    /// What kind of principal it is.
    pub kind: PrincipalKind,
    /// The account's 12 digits; empty if there is none.
    pub account: &'a str,
    /// The ARN of the user, of root or of the *session*; a service's name; an identity provider's
    /// ARN or name; empty if anonymous, or if a role's session is not known.
    pub arn: &'a str,
    /// For a role's session the role's ARN with its path; for a federated user the ARN of the user
    /// or root who began the session.
    pub issuer: Option<&'a str>,
    /// The unique id (`AIDA…`, `AROA…`) by which stored policies name the user or role.
    pub id: Option<&'a str>,
}

impl Principal<'_> {
    /// Whether what it may do by itself is all that its account may do: root, and sessions that root
    /// began.
    pub(crate) fn acts_as_root(&self) -> bool {
        match self.kind {
            PrincipalKind::Root => true,
            PrincipalKind::FederatedUser => {
                self.issuer.is_some_and(|issuer| account_of_root(issuer).is_some())
            }
            _ => false,
        }
    }
}

/// The account whose root user the ARN names.
pub(crate) fn account_of_root(arn: &str) -> Option<&str> {
    let (partition, rest) = arn.strip_prefix("arn:")?.split_once(':')?;
    let account = rest.strip_prefix("iam::")?.strip_suffix(":root")?;
    (!partition.is_empty() && is_account(account)).then_some(account)
}

/// Whether the text is an account's id by its form.
pub(crate) fn is_account(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// A question.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// Who asks.
    pub principal: Principal<'a>,
    /// `iam:CreateUser`, …; compared without regard to case.
    pub action: &'a str,
    /// An ARN, or `*` for actions without a resource type.
    pub resource: &'a str,
    /// The account that owns the resource; `None`: the principal's own.
    pub resource_account: Option<&'a str>,
    /// The condition keys.
    pub context: &'a Context,
}

impl Request<'_> {
    /// Whether the resource belongs to another account than the principal.
    pub(crate) fn crosses_accounts(&self) -> bool {
        self.principal.kind.is_of_an_account()
            && self.resource_account.is_some_and(|owner| owner != self.principal.account)
    }
}
