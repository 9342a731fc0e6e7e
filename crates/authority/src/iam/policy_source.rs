//! Whose policies a report or a simulation is about: a user, group or role, by its ARN.

use api::Fault;
use names::Arn;

use super::faults;
use super::target::Target;
use crate::credentials::OwnPolicies;
use crate::desk::View;
use crate::entity::{Group, Role, User, folded};
use crate::handle::{Asking, Granted};

/// A user, group or role with this ARN.
#[derive(Debug)]
pub(crate) enum PolicySource {
    User(User),
    Group(Group),
    Role(Role),
}

/// What the ARN says it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EntityKind {
    User,
    Group,
    Role,
}

/// Kind and name of the user, group or role that an ARN names.
///
/// # Errors
/// InvalidInput if it names nothing of the kind.
pub(crate) fn parsed(arn: &str) -> Result<(EntityKind, &str), Fault> {
    let unclear = || {
        faults::invalid_input(format!(
            "Invalid Entity Arn: {arn} does not clearly define entity type and name."
        ))
    };
    let parts = Arn::parse(arn).map_err(|_| unclear())?;
    let (kind, path_and_name) = parts.resource.split_once('/').ok_or_else(unclear)?;
    let kind = match kind {
        "user" => EntityKind::User,
        "group" => EntityKind::Group,
        "role" => EntityKind::Role,
        _ => return Err(unclear()),
    };
    let name = path_and_name.rsplit('/').next().unwrap_or_default();
    let is_account = parts.account.parse::<names::AccountId>().is_ok();
    if parts.service != "iam" || !is_account || name.is_empty() {
        return Err(unclear());
    }
    Ok((kind, name))
}

/// What policies are asked about: the entity with this ARN, with its tags if it is there.
pub(crate) fn target(at: &Asking<'_>, arn: &str) -> Result<Target, Fault> {
    let found = match parsed(arn) {
        Ok((EntityKind::User, name)) => Target::user(at, Some(name))?,
        Ok((EntityKind::Group, name)) => Target::group(at, name)?,
        Ok((EntityKind::Role, name)) => Target::role(at, name)?,
        Err(_) => return Ok(Target::made(arn.to_owned())),
    };
    Ok(if found.arn == arn { found.moved(arn.to_owned()) } else { Target::made(arn.to_owned()) })
}

impl PolicySource {
    /// The one with exactly this ARN in the caller's account.
    ///
    /// # Errors
    /// InvalidInput if the ARN names no user, group or role, NoSuchEntity if there is none.
    pub(crate) fn find<O>(cx: &Granted<'_, O>, arn: &str) -> Result<Self, Fault> {
        let (kind, name) = parsed(arn)?;
        let (view, account, key) = (cx.view(), cx.account(), folded(name));
        match kind {
            EntityKind::User => {
                let found = view.entity::<User>(account, &key)?.filter(|user| user.arn() == arn);
                found.map(Self::User).ok_or_else(|| faults::no_such_user(name))
            }
            EntityKind::Group => {
                let found = view.entity::<Group>(account, &key)?.filter(|it| it.arn() == arn);
                found.map(Self::Group).ok_or_else(|| faults::no_such_group(name))
            }
            EntityKind::Role => {
                let found = view.entity::<Role>(account, &key)?.filter(|role| role.arn() == arn);
                found.map(Self::Role).ok_or_else(|| faults::no_such_role(name))
            }
        }
    }

    /// Its permission policies; a user's also those of its groups.
    pub(crate) fn policies(&self, view: &View<'_>) -> Result<OwnPolicies, Fault> {
        match self {
            Self::User(user) => OwnPolicies::of_user(view, user),
            Self::Group(group) => OwnPolicies::of_group(view, group),
            Self::Role(role) => OwnPolicies::of_role(view, role),
        }
    }
}
