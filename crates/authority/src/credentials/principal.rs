//! Who signs: a user, a role or root, with all policies that bind them, compiled.
//!
//! Made once for all keys and sessions of one principal.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use api::Fault;
use names::AccountId;
use policy::PolicySet;
use store::DocKey;

use super::control_sets::ControlSets;
use super::gathering::Gathering;
use super::own_policies::OwnPolicies;
use super::role_facts::RoleFacts;
use crate::desk::View;
use crate::entity::{Account, Controls, Role, Tag, User, doc_key, weight_of_tags};
use crate::iam::arn;

/// Who owns a key.
#[derive(Debug)]
pub(crate) enum Identity {
    /// Records name root by the account's alias, if there is one.
    Root {
        alias: Option<String>,
    },
    User(UserFacts),
    Role(Arc<RoleFacts>),
}

impl Identity {
    /// Root has none.
    pub(crate) fn tags(&self) -> &[Tag] {
        match self {
            Self::Root { .. } => &[],
            Self::User(user) => &user.tags,
            Self::Role(role) => &role.tags,
        }
    }
}

/// What policies and records say of a user.
#[derive(Debug)]
pub(crate) struct UserFacts {
    pub(crate) name: String,
    pub(crate) tags: Vec<Tag>,
}

/// Who signs, as the documents `made_from` say.
#[derive(Debug)]
pub(crate) struct Principal {
    pub(crate) account: AccountId,
    pub(crate) account_text: String,
    /// The ARN of root, the user or the role.
    pub(crate) arn: String,
    /// The unique id of the user or role; the account's id for root.
    pub(crate) user_id: String,
    pub(crate) identity: Identity,
    pub(crate) policies: PolicySet,
    pub(crate) boundary: Option<PolicySet>,
    pub(crate) controls: Arc<ControlSets>,
    /// The principal's own document comes first.
    pub(super) made_from: Arc<[DocKey]>,
    /// The revision of the principal's own document.
    pub(super) revision: u64,
    /// Bytes of memory, roughly.
    pub(super) weight: usize,
    stale: AtomicBool,
}

/// A principal without policies takes about so many bytes.
const WEIGHT: usize = 1024;

/// The policies that bind a principal.
struct Bonds {
    policies: PolicySet,
    boundary: Option<PolicySet>,
    made_from: Vec<DocKey>,
}

impl Bonds {
    /// Takes the boundary, if there is one, to the identity policies.
    fn of(
        view: &View<'_>,
        account: AccountId,
        mut identity: Gathering,
        boundary: Option<&String>,
    ) -> Result<Self, Fault> {
        let mut made_from = std::mem::take(&mut identity.made_from);
        let mut bounding = None;
        if let Some(arn) = boundary {
            let mut gathering = Gathering::default();
            gathering.managed(view, account, std::slice::from_ref(arn))?;
            made_from.append(&mut gathering.made_from);
            bounding = Some(gathering.compile());
        }
        made_from.push(doc_key::<Controls>(account, Controls::KEY));
        Ok(Self { policies: identity.compile(), boundary: bounding, made_from })
    }
}

impl Principal {
    pub(super) fn root(revision: u64, account: &Account, controls: Arc<ControlSets>) -> Self {
        let own = doc_key::<Account>(account.id, Account::KEY);
        Self {
            account: account.id,
            account_text: account.id.to_string(),
            arn: arn::root(account.id),
            user_id: account.id.to_string(),
            identity: Identity::Root { alias: account.alias.clone() },
            policies: PolicySet::default(),
            boundary: None,
            controls,
            made_from: [own, doc_key::<Controls>(account.id, Controls::KEY)].into(),
            revision,
            weight: WEIGHT,
            stale: AtomicBool::new(false),
        }
    }

    pub(super) fn user(
        view: &View<'_>,
        revision: u64,
        user: &User,
        controls: Arc<ControlSets>,
    ) -> Result<Self, Fault> {
        let mut gathering = Gathering::default();
        gathering.own(OwnPolicies::of_user(view, user)?);
        let bonds = Bonds::of(view, user.account, gathering, user.boundary.as_ref())?;
        let facts = UserFacts { name: user.name.clone(), tags: user.tags.clone() };
        let named = (user.account, user.arn(), user.id.to_string());
        Ok(Self::bound(named, Identity::User(facts), bonds, revision, controls))
    }

    pub(super) fn role(
        view: &View<'_>,
        revision: u64,
        role: &Role,
        facts: Arc<RoleFacts>,
        controls: Arc<ControlSets>,
    ) -> Result<Self, Fault> {
        let mut gathering = Gathering::default();
        gathering.own(OwnPolicies::of_role(view, role)?);
        let bonds = Bonds::of(view, role.account, gathering, role.boundary.as_ref())?;
        let named = (role.account, role.arn(), role.id.to_string());
        Ok(Self::bound(named, Identity::Role(facts), bonds, revision, controls))
    }

    fn bound(
        (account, arn, user_id): (AccountId, String, String),
        identity: Identity,
        bonds: Bonds,
        revision: u64,
        controls: Arc<ControlSets>,
    ) -> Self {
        let weight = WEIGHT
            + bonds.policies.weight()
            + bonds.boundary.as_ref().map_or(0, PolicySet::weight)
            + weight_of_tags(identity.tags());
        Self {
            account,
            account_text: account.to_string(),
            arn,
            user_id,
            identity,
            policies: bonds.policies,
            boundary: bonds.boundary,
            controls,
            made_from: bonds.made_from.into(),
            revision,
            weight,
            stale: AtomicBool::new(false),
        }
    }

    /// Whether a document that it was made from has changed.
    pub(super) fn is_stale(&self) -> bool {
        self.stale.load(Ordering::Acquire)
    }

    pub(super) fn make_stale(&self) {
        self.stale.store(true, Ordering::Release);
    }
}
