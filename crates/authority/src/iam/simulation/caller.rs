//! Whom a simulation takes for the caller: a user, group or role that need not exist.

use api::Fault;
use names::Arn;
use policy::{Principal, PrincipalKind};

use super::super::policy_source::{self, EntityKind};
use crate::entity::SERVICE_LINKED;

/// The simulated caller.
#[derive(Debug)]
pub(super) struct SimulatedCaller {
    kind: PrincipalKind,
    /// The account's id.
    account: String,
    /// Empty if nobody was named.
    arn: String,
}

impl SimulatedCaller {
    /// A user of this account of whom nothing is known.
    pub(super) fn anyone(account: String) -> Self {
        Self { kind: PrincipalKind::User, account, arn: String::new() }
    }

    /// Whoever has this ARN.
    ///
    /// # Errors
    /// InvalidInput if it is not that of a user, group or role.
    pub(super) fn named(arn: &str) -> Result<Self, Fault> {
        let (kind, _) = policy_source::parsed(arn)?;
        let account = Arn::parse(arn).map(|arn| arn.account.to_owned()).unwrap_or_default();
        let kind = match kind {
            EntityKind::User | EntityKind::Group => PrincipalKind::User,
            EntityKind::Role if arn.contains(&format!(":role{SERVICE_LINKED}")) => {
                PrincipalKind::ServiceLinkedRole
            }
            EntityKind::Role => PrincipalKind::Role,
        };
        Ok(Self { kind, account, arn: arn.to_owned() })
    }

    pub(super) fn account(&self) -> &str {
        &self.account
    }

    /// As policies are asked about it. Of a role no session is known.
    pub(super) fn principal(&self) -> Principal<'_> {
        let is_role = !matches!(self.kind, PrincipalKind::User);
        Principal {
            kind: self.kind,
            account: &self.account,
            arn: if is_role { "" } else { &self.arn },
            issuer: is_role.then_some(self.arn.as_str()),
            id: None,
        }
    }
}
