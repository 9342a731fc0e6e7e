//! What an operator lets an account do at most, and who may do tasks of its root.
//!
//! Control policies take effect when the server is started again: the store is open to one process.
//! Source: AWS Organizations User Guide, "Service control policies (SCPs)", "Resource control
//! policies (RCPs)", "Attaching and detaching organization policies".

use names::AccountId;
use policy::PolicyKind;

use super::{BootstrapError, commit, of_fault};
use crate::corridor::Authority;
use crate::desk::View;
use crate::entity::{Account, Control, Controls, Level};

/// AWS's own service control policy, attached to every level until it is detached.
const FULL_ACCESS: &str = "FullAWSAccess";
const FULL_ACCESS_DOCUMENT: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;

/// Policies that may be attached to a level, of each kind.
///
/// Source: AWS Organizations User Guide, "Quotas for AWS Organizations".
const POLICIES_PER_LEVEL: usize = 5;

/// Which control policy is meant.
#[derive(Debug, Clone)]
pub struct ControlPlace {
    /// The account that it controls.
    pub account: AccountId,
    /// Service or resource control policy.
    pub kind: ControlKind,
    /// The level that it is attached to: `account`, or a name of the operator's own.
    pub level: String,
    /// The policy's name, unique at its level.
    pub name: String,
}

/// The kinds of control policies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ControlKind {
    /// What principals of the account may do.
    Service,
    /// What may be done to resources of the account.
    Resource,
}

impl ControlKind {
    /// `scp` or `rcp`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Service => "scp",
            Self::Resource => "rcp",
        }
    }

    const fn grammar(self) -> PolicyKind {
        match self {
            Self::Service => PolicyKind::Scp,
            Self::Resource => PolicyKind::Rcp,
        }
    }

    fn of(self, level: &mut Level) -> &mut Vec<Control> {
        match self {
            Self::Service => &mut level.service,
            Self::Resource => &mut level.resource,
        }
    }
}

/// Attaches a control policy, in place of one of the same name.
///
/// # Errors
/// [`BootstrapError`]; nothing is changed then.
pub fn attach_control(
    authority: &Authority,
    place: &ControlPlace,
    document: String,
) -> Result<(), BootstrapError> {
    check_name(&place.level)?;
    check_name(&place.name)?;
    if place.name == FULL_ACCESS && document.trim() != FULL_ACCESS_DOCUMENT {
        return Err(BootstrapError::OwnOfAws);
    }
    policy::validate(place.kind.grammar(), &document)
        .map_err(|malformed| BootstrapError::BadPolicy(malformed.message))?;
    let (view, mut controls) = controls(authority, place.account)?;
    make_level(&mut controls, &place.level);
    let level = controls.levels.iter_mut().find(|level| level.name == place.level);
    let not_attached = || BootstrapError::NotAttached(place.name.clone());
    let policies = place.kind.of(level.ok_or_else(not_attached)?);
    policies.retain(|policy| policy.name != place.name);
    if policies.len() >= POLICIES_PER_LEVEL {
        return Err(BootstrapError::TooManyPolicies(POLICIES_PER_LEVEL));
    }
    policies.push(Control { name: place.name.clone(), document });
    commit(authority, view, &controls, (place.account, "AttachPolicy"))
}

/// Names of policies and levels stand in lists, one a line.
fn check_name(name: &str) -> Result<(), BootstrapError> {
    let plain = |c: char| c.is_ascii_alphanumeric() || " _+=,.@-/".contains(c);
    let fits = (1..=128).contains(&name.len()) && name.trim() == name && name.chars().all(plain);
    if fits { Ok(()) } else { Err(BootstrapError::BadName(name.to_owned())) }
}

/// Makes the level if there is none of this name. It begins with what AWS attaches.
fn make_level(controls: &mut Controls, name: &str) {
    if controls.levels.iter().any(|level| level.name == name) {
        return;
    }
    let document = FULL_ACCESS_DOCUMENT.to_owned();
    let full = Control { name: FULL_ACCESS.to_owned(), document };
    let level = Level { name: name.to_owned(), service: vec![full], resource: Vec::new() };
    controls.levels.push(level);
}

/// Detaches a control policy. A level that is left as it began is gone.
///
/// # Errors
/// [`BootstrapError`] if it is not attached, or is the last service control policy of its level.
pub fn detach_control(authority: &Authority, place: &ControlPlace) -> Result<(), BootstrapError> {
    let (view, mut controls) = controls(authority, place.account)?;
    let not_attached = || BootstrapError::NotAttached(place.name.clone());
    let mut levels = controls.levels.iter_mut();
    let level = levels.find(|level| level.name == place.level).ok_or_else(not_attached)?;
    let policies = place.kind.of(level);
    let at = policies.iter().position(|policy| policy.name == place.name);
    policies.remove(at.ok_or_else(not_attached)?);
    if level.service.is_empty() {
        return Err(BootstrapError::LastPolicy);
    }
    let is_plain = |level: &Level| {
        let full = |policy: &Control| policy.document == FULL_ACCESS_DOCUMENT;
        level.resource.is_empty() && level.service.iter().all(full)
    };
    controls.levels.retain(|level| !is_plain(level));
    commit(authority, view, &controls, (place.account, "DetachPolicy"))
}

/// The control policies of an account with their documents, level by level.
///
/// # Errors
/// [`BootstrapError`] if there is no such account, or the store cannot be read.
pub fn list_controls(
    authority: &Authority,
    account: AccountId,
) -> Result<Vec<(ControlPlace, String)>, BootstrapError> {
    let (_, mut controls) = controls(authority, account)?;
    let mut found = Vec::new();
    for level in &mut controls.levels {
        for kind in [ControlKind::Service, ControlKind::Resource] {
            for policy in std::mem::take(kind.of(level)) {
                let level = level.name.clone();
                let place = ControlPlace { account, kind, level, name: policy.name };
                found.push((place, policy.document));
            }
        }
    }
    Ok(found)
}

/// Lets principals of `manager` do tasks of root's in `account`; `None` ends that.
///
/// # Errors
/// [`BootstrapError`]; nothing is changed then.
pub fn manage_root(
    authority: &Authority,
    account: AccountId,
    manager: Option<AccountId>,
) -> Result<(), BootstrapError> {
    let view = View::new(&authority.store);
    if manager == Some(account) {
        return Err(BootstrapError::OwnManager);
    }
    if let Some(manager) = manager {
        known(&view, manager)?;
    }
    let found = known(&view, account)?;
    let managed = Account { root_manager: manager, ..found };
    commit(authority, view, &managed, (account, "SetRootManager"))
}

fn known(view: &View<'_>, id: AccountId) -> Result<Account, BootstrapError> {
    let found = view.entity::<Account>(id, Account::KEY).map_err(of_fault)?;
    found.ok_or(BootstrapError::NoSuchAccount(id))
}

fn controls(
    authority: &Authority,
    account: AccountId,
) -> Result<(View<'_>, Controls), BootstrapError> {
    let view = View::new(&authority.store);
    known(&view, account)?;
    let found = view.entity::<Controls>(account, Controls::KEY).map_err(of_fault)?;
    let controls = found.unwrap_or(Controls { account, levels: Vec::new() });
    Ok((view, controls))
}
