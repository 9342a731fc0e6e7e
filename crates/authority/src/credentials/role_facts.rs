//! What is asked of a role when it is assumed, and what its sessions are told of it.

use std::sync::Arc;

use names::{AccountId, UniqueId};
use policy::PolicySet;
use store::DocKey;

use super::gathering::Gathering;
use crate::entity::{Controls, Role, Tag, doc_key, folded, weight_of_tags};
use crate::iam::trust;

/// A role as its own document has it, with its trust policy compiled.
#[derive(Debug)]
pub(crate) struct RoleFacts {
    pub(crate) account: AccountId,
    pub(crate) id: UniqueId,
    pub(crate) name: String,
    pub(crate) arn: String,
    pub(crate) tags: Vec<Tag>,
    /// Seconds that a session may last at most.
    pub(crate) max_session: i32,
    pub(crate) is_service_linked: bool,
    pub(crate) trust: PolicySet,
}

impl RoleFacts {
    pub(super) fn of(role: &Role) -> Self {
        let mut gathering = Gathering::default();
        gathering.add(TRUST.to_owned(), None, &trust::evaluated(role));
        Self {
            account: role.account,
            id: role.id.clone(),
            name: role.name.clone(),
            arn: role.arn(),
            tags: role.tags.clone(),
            max_session: role.max_session,
            is_service_linked: role.is_service_linked(),
            trust: gathering.compile(),
        }
    }

    /// The documents that say who may assume it: its own, and the control policies of its account.
    pub(crate) fn documents(&self) -> Arc<[DocKey]> {
        let own = doc_key::<Role>(self.account, &folded(&self.name));
        [own, doc_key::<Controls>(self.account, Controls::KEY)].into()
    }

    /// Bytes of memory, about.
    pub(super) fn weight(&self) -> usize {
        size_of::<Self>() + 256 + self.trust.weight() + weight_of_tags(&self.tags)
    }

    /// What stands in for a role that is not there. It trusts nobody, so that whoever wants to
    /// assume it is refused as by one that trusts others, and cannot tell the two apart.
    pub(crate) fn absent(account: AccountId, arn: &str) -> Self {
        Self {
            account,
            id: UniqueId::from_text(""),
            name: String::new(),
            arn: arn.to_owned(),
            tags: Vec::new(),
            max_session: 0,
            is_service_linked: false,
            trust: PolicySet::default(),
        }
    }
}

/// What the trust policy of a role is called in explanations.
const TRUST: &str = "AssumeRolePolicyDocument";
