//! What the world should be: users, keys, groups, roles and policies as plain maps.
//!
//! Written from what AWS documents, not from how the authority does it. It answers what must come of
//! a call, and takes over what has come of it.

use std::collections::{BTreeMap, BTreeSet};

use names::Timestamp;

use crate::answer::Answer;
use crate::call::{Action, Pair};

/// Keys that a user may have.
const KEYS_MAX: usize = 2;

/// A user's access key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Key {
    /// `None` for a key that was made by a call whose answer nobody saw.
    pub(crate) id: Option<String>,
    pub(crate) active: bool,
}

/// A user.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct User {
    /// Which of the users of this name, in the order in which they were made.
    pub(crate) born: u64,
    pub(crate) keys: Vec<Key>,
    pub(crate) inline: bool,
    pub(crate) attached: bool,
    pub(crate) groups: BTreeSet<String>,
}

/// A role. Whoever is of the account may assume it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Role {
    /// Which of the roles of this name, in the order in which they were made.
    pub(crate) born: u64,
    pub(crate) inline: bool,
}

/// The whole account.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Model {
    pub(crate) users: BTreeMap<String, User>,
    /// Groups, and whether they have the inline policy.
    pub(crate) groups: BTreeMap<String, bool>,
    pub(crate) roles: BTreeMap<String, Role>,
    births: u64,
}

/// Who signs a call.
#[derive(Debug, Clone)]
pub(crate) enum Signer {
    Root,
    /// A key of a user, who may be gone.
    Key {
        user: String,
        pair: Pair,
    },
    /// A session that a user began.
    Session {
        user: String,
        born: u64,
        pair: Pair,
    },
    /// A session of a role that somebody assumed.
    RoleSession {
        role: String,
        born: u64,
        pair: Pair,
        until: Timestamp,
        /// Whether it has expired by the time of the call.
        late: bool,
    },
    /// A key whose secret is not the one that it was given.
    Forger {
        pair: Pair,
    },
}

impl Signer {
    pub(crate) fn pair(&self, root: &Pair) -> Pair {
        match self {
            Self::Root => root.clone(),
            Self::Key { pair, .. }
            | Self::Session { pair, .. }
            | Self::RoleSession { pair, .. }
            | Self::Forger { pair } => pair.clone(),
        }
    }

    /// The same at another time.
    pub(crate) fn at(mut self, now: Timestamp) -> Self {
        if let Self::RoleSession { until, late, .. } = &mut self {
            *late = now >= *until;
        }
        self
    }

    /// Someone who knows the key's id, but not its secret.
    pub(crate) fn forged(self) -> Self {
        match self {
            Self::Key { pair, .. } => {
                let secret = names::Secret::new("A".repeat(40));
                Self::Forger { pair: Pair { secret, ..pair } }
            }
            other => other,
        }
    }
}

/// An error code of AWS.
type Code = &'static str;

impl Model {
    /// What must come of a call: nothing to complain of, or an error.
    pub(crate) fn expects(&self, signer: &Signer, action: &Action) -> Result<(), Code> {
        let user = match signer {
            Signer::Root => return self.outcome(action),
            Signer::Forger { pair } => {
                let known = self.users.values().any(|user| user.has_active(&pair.id));
                return Err(if known { "SignatureDoesNotMatch" } else { "InvalidClientTokenId" });
            }
            Signer::Key { user, pair } => {
                let found = self.users.get(user).filter(|user| user.has_active(&pair.id));
                found.ok_or("InvalidClientTokenId")?
            }
            Signer::Session { user, born, .. } => {
                let found = self.users.get(user).filter(|user| user.born == *born);
                found.ok_or("InvalidClientTokenId")?
            }
            Signer::RoleSession { role, born, late, .. } => {
                let found = self.roles.get(role).filter(|role| role.born == *born);
                let role = found.ok_or("InvalidClientTokenId")?;
                return if *late { Err("ExpiredToken") } else { self.of_role(role, action) };
            }
        };
        match (action, signer) {
            (Action::GetCallerIdentity, _) => Ok(()),
            (Action::GetSessionToken, Signer::Key { .. }) => Ok(()),
            (Action::GetSessionToken, _) => Err("AccessDenied"),
            (Action::AssumeRole { role, .. }, _) => self.assumed(role),
            // A session without MFA may not call IAM.
            (_, Signer::Session { .. }) => Err("InvalidClientTokenId"),
            (Action::ListUsers, _) if self.may_list(user) => Ok(()),
            _ => Err("AccessDenied"),
        }
    }

    /// What a session of a role is answered.
    fn of_role(&self, role: &Role, action: &Action) -> Result<(), Code> {
        match action {
            Action::GetCallerIdentity => Ok(()),
            Action::AssumeRole { role, .. } => self.assumed(role),
            Action::ListUsers if role.inline => Ok(()),
            _ => Err("AccessDenied"),
        }
    }

    /// Nobody is told whether there is a role that they may not assume.
    fn assumed(&self, role: &str) -> Result<(), Code> {
        if self.roles.contains_key(role) { Ok(()) } else { Err("AccessDenied") }
    }

    fn may_list(&self, user: &User) -> bool {
        let by_group = user.groups.iter().any(|group| self.groups.get(group) == Some(&true));
        user.inline || user.attached || by_group
    }

    fn user(&self, name: &str) -> Result<&User, Code> {
        self.users.get(name).ok_or("NoSuchEntity")
    }

    fn group(&self, name: &str) -> Result<bool, Code> {
        self.groups.get(name).copied().ok_or("NoSuchEntity")
    }

    fn role(&self, name: &str) -> Result<&Role, Code> {
        self.roles.get(name).ok_or("NoSuchEntity")
    }

    /// What root is answered.
    fn outcome(&self, action: &Action) -> Result<(), Code> {
        match action {
            Action::CreateUser { user } => free(self.users.contains_key(user)),
            Action::CreateGroup { group } => free(self.groups.contains_key(group)),
            Action::DeleteUser { user } => {
                let user = self.user(user)?;
                let bare = user.keys.is_empty() && user.groups.is_empty();
                unused(bare && !user.inline && !user.attached)
            }
            Action::CreateAccessKey { user } => {
                let full = self.user(user)?.keys.len() >= KEYS_MAX;
                if full { Err("LimitExceeded") } else { Ok(()) }
            }
            Action::UpdateAccessKey { user, key, .. } | Action::DeleteAccessKey { user, key } => {
                known(self.user(user)?.key(key).is_some())
            }
            Action::PutUserPolicy { user } | Action::AttachUserPolicy { user } => {
                self.user(user).map(|_| ())
            }
            Action::DeleteUserPolicy { user } => known(self.user(user)?.inline),
            Action::DetachUserPolicy { user } => known(self.user(user)?.attached),
            Action::DeleteGroup { group } => {
                let bare = !self.group(group)?;
                unused(bare && !self.users.values().any(|user| user.groups.contains(group)))
            }
            // Neither minds that nothing changes.
            Action::AddUserToGroup { group, user }
            | Action::RemoveUserFromGroup { group, user } => {
                self.group(group)?;
                self.user(user).map(|_| ())
            }
            Action::PutGroupPolicy { group } => self.group(group).map(|_| ()),
            Action::DeleteGroupPolicy { group } => known(self.group(group)?),
            Action::CreateRole { role } => free(self.roles.contains_key(role)),
            Action::DeleteRole { role } => unused(!self.role(role)?.inline),
            Action::PutRolePolicy { role } => self.role(role).map(|_| ()),
            Action::DeleteRolePolicy { role } => known(self.role(role)?.inline),
            // Root assumes none.
            Action::AssumeRole { .. } => Err("AccessDenied"),
            Action::ListUsers | Action::GetCallerIdentity => Ok(()),
            Action::GetSessionToken => Ok(()),
        }
    }

    /// This model, with the keys that were found: their ids are known from now on.
    pub(crate) fn taken_from(mut self, found: Self) -> Self {
        for (name, there) in found.users {
            if let Some(user) = self.users.get_mut(&name) {
                user.keys = there.keys;
            }
        }
        self
    }

    /// Takes over a change that was made. `answer` is missing where nobody saw it.
    pub(crate) fn apply(&mut self, action: &Action, answer: Option<&Answer>) {
        match action {
            Action::CreateUser { user } => {
                self.births += 1;
                let born = self.births;
                self.users.insert(user.clone(), User { born, ..User::default() });
            }
            Action::DeleteUser { user } => {
                self.users.remove(user);
            }
            Action::CreateGroup { group } => {
                self.groups.insert(group.clone(), false);
            }
            Action::DeleteGroup { group } => {
                self.groups.remove(group);
            }
            Action::PutGroupPolicy { group } => {
                self.groups.insert(group.clone(), true);
            }
            Action::DeleteGroupPolicy { group } => {
                self.groups.insert(group.clone(), false);
            }
            Action::CreateRole { role } => {
                self.births += 1;
                self.roles.insert(role.clone(), Role { born: self.births, inline: false });
            }
            Action::DeleteRole { role } => {
                self.roles.remove(role);
            }
            Action::PutRolePolicy { role } | Action::DeleteRolePolicy { role } => {
                if let Some(role) = self.roles.get_mut(role) {
                    role.inline = matches!(action, Action::PutRolePolicy { .. });
                }
            }
            Action::ListUsers
            | Action::GetCallerIdentity
            | Action::GetSessionToken
            | Action::AssumeRole { .. } => {}
            Action::CreateAccessKey { user }
            | Action::UpdateAccessKey { user, .. }
            | Action::DeleteAccessKey { user, .. }
            | Action::PutUserPolicy { user }
            | Action::DeleteUserPolicy { user }
            | Action::AttachUserPolicy { user }
            | Action::DetachUserPolicy { user }
            | Action::AddUserToGroup { user, .. }
            | Action::RemoveUserFromGroup { user, .. } => {
                if let Some(user) = self.users.get_mut(user) {
                    user.apply(action, answer);
                }
            }
        }
    }
}

impl User {
    fn key(&self, id: &str) -> Option<&Key> {
        self.keys.iter().find(|key| key.id.as_deref() == Some(id))
    }

    fn has_active(&self, id: &str) -> bool {
        self.key(id).is_some_and(|key| key.active)
    }

    fn apply(&mut self, action: &Action, answer: Option<&Answer>) {
        match action {
            Action::CreateAccessKey { .. } => {
                let id = answer.and_then(|answer| answer.element("AccessKeyId"));
                self.keys.push(Key { id: id.map(str::to_owned), active: true });
            }
            Action::UpdateAccessKey { key, active, .. } => {
                let found = self.keys.iter_mut().find(|held| held.id.as_ref() == Some(key));
                if let Some(held) = found {
                    held.active = *active;
                }
            }
            Action::DeleteAccessKey { key, .. } => {
                self.keys.retain(|held| held.id.as_ref() != Some(key));
            }
            Action::PutUserPolicy { .. } => self.inline = true,
            Action::DeleteUserPolicy { .. } => self.inline = false,
            Action::AttachUserPolicy { .. } => self.attached = true,
            Action::DetachUserPolicy { .. } => self.attached = false,
            Action::AddUserToGroup { group, .. } => {
                self.groups.insert(group.clone());
            }
            Action::RemoveUserFromGroup { group, .. } => {
                self.groups.remove(group);
            }
            _ => {}
        }
    }
}

fn free(taken: bool) -> Result<(), Code> {
    if taken { Err("EntityAlreadyExists") } else { Ok(()) }
}

fn known(there: bool) -> Result<(), Code> {
    if there { Ok(()) } else { Err("NoSuchEntity") }
}

fn unused(bare: bool) -> Result<(), Code> {
    if bare { Ok(()) } else { Err("DeleteConflict") }
}
