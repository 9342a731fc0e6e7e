//! Roles: create, read, list, change, delete. Trust policies, boundaries and tags lie next door.

use api::iam::operations::{
    CreateRole, DeleteRole, GetRole, ListRoles, UpdateRole, UpdateRoleDescription,
};
use api::iam::shapes;
use api::{Empty, Fault};
use names::{IdKind, mint_id};

use super::holder::{Holder, to_change};
use super::page::{self, Page};
use super::target::Target;
use super::{arn, boundary, faults, quotas, tag, trust};
use crate::counter::Counter;
use crate::desk::View;
use crate::entity::{Account, InlinePolicies, Role, SERVICE_LINKED, folded};
use crate::handle::{Asking, Asks, Granted, Handle};

/// Seconds that a session lasts at most, where CreateRole does not say.
const MAX_SESSION_DEFAULT: i32 = 3600;

impl Handle for CreateRole {
    fn asks(input: &Self::Input, at: &Asking<'_>) -> Result<Asks, Fault> {
        let path = input.path.as_deref().unwrap_or("/");
        let made = Target::made(arn::role(at.account(), path, &input.role_name));
        let made = made.bounded(input.permissions_boundary.clone());
        let asks = Asks::on(made).with_boundary();
        Ok(tag::asked(asks, input.tags.as_deref(), "iam:TagRole"))
    }

    fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        let account = cx.account();
        let tags = tag::checked(input.tags.unwrap_or_default())?;
        let path = input.path.unwrap_or_else(|| "/".to_owned());
        if path.starts_with(SERVICE_LINKED) {
            return Err(faults::invalid_input(format!(
                "Roles with the path {SERVICE_LINKED} are made by CreateServiceLinkedRole alone."
            )));
        }
        let trust = trust::stored(cx.view(), account, &input.assume_role_policy_document)?;
        if cx.get::<Role>(&folded(&input.role_name))?.is_some() {
            return Err(faults::role_exists(&input.role_name));
        }
        let boundary = boundary::checked(cx, input.permissions_boundary)?;
        let role = Role {
            account,
            id: mint_id(IdKind::Role, account, cx.chance()),
            name: input.role_name,
            path,
            created: cx.now().whole_second(),
            description: input.description,
            trust,
            max_session: input.max_session_duration.unwrap_or(MAX_SESSION_DEFAULT),
            inline: InlinePolicies::default(),
            attached: Vec::new(),
            boundary,
            tags,
        };
        add(cx, &role)?;
        let shape = shapes::Role {
            max_session_duration: None,
            role_last_used: None,
            ..described(cx, &role)?
        };
        Ok(shapes::CreateRoleResponse { role: shape })
    }
}

/// Lays down a new role, within the account's quota. The account is looked at, not depended on.
pub(crate) fn add<O>(cx: &mut Granted<'_, O>, role: &Role) -> Result<(), Fault> {
    let account = cx.view().entity::<Account>(cx.account(), Account::KEY)?;
    let limit = account.map_or(quotas::ROLES, |account| account.roles_max());
    cx.count_up(&Counter::Roles, limit)
        .map_err(|limit| faults::over_quota("RolesPerAccount", limit))?;
    cx.put(role)
}

impl Handle for GetRole {
    fn asks(input: &Self::Input, at: &Asking<'_>) -> Result<Asks, Fault> {
        Ok(Asks::on(Role::target(at, &input.role_name)?).with_boundary())
    }

    fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        let role = Role::named(cx, &input.role_name)?;
        Ok(shapes::GetRoleResponse { role: described(cx, &role)? })
    }
}

impl Handle for ListRoles {
    fn asks(input: &Self::Input, at: &Asking<'_>) -> Result<Asks, Fault> {
        let path = input.path_prefix.as_deref().unwrap_or("/");
        let shown = arn::role(at.account(), path, "");
        Ok(Asks::on(Target { shown, ..Target::any() }))
    }

    fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        let page = Page::of(cx, input.marker.as_deref(), input.max_items)?;
        let prefix = input.path_prefix.as_deref();
        let found = page::by_path(cx, &page, prefix, |role| shape(cx.view(), &role))?;
        Ok(shapes::ListRolesResponse {
            roles: found.items,
            is_truncated: Some(found.marker.is_some()),
            marker: found.marker,
        })
    }
}

impl Handle for UpdateRole {
    fn asks(input: &Self::Input, at: &Asking<'_>) -> Result<Asks, Fault> {
        Ok(Asks::on(Role::target(at, &input.role_name)?).with_boundary())
    }

    /// A role that a service owns takes a new description, and nothing else. Sessions last an hour at
    /// most again if the call does not say how long: it is set anew, not left.
    fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        let mut role = Role::named(cx, &input.role_name)?;
        if input.max_session_duration.is_some() {
            role.modifiable()?;
        }
        role.max_session = input.max_session_duration.unwrap_or(MAX_SESSION_DEFAULT);
        if let Some(description) = input.description {
            role.description = Some(description);
        }
        cx.put(&role)?;
        Ok(shapes::UpdateRoleResponse {})
    }
}

impl Handle for UpdateRoleDescription {
    fn asks(input: &Self::Input, at: &Asking<'_>) -> Result<Asks, Fault> {
        Ok(Asks::on(Role::target(at, &input.role_name)?).with_boundary())
    }

    fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        let mut role = Role::named(cx, &input.role_name)?;
        role.description = Some(input.description);
        cx.put(&role)?;
        Ok(shapes::UpdateRoleDescriptionResponse { role: Some(described(cx, &role)?) })
    }
}

impl Handle for DeleteRole {
    fn asks(input: &Self::Input, at: &Asking<'_>) -> Result<Asks, Fault> {
        Ok(Asks::on(Role::target(at, &input.role_name)?).with_boundary())
    }

    fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        let role: Role = to_change(cx, &input.role_name)?;
        let profiles = Counter::ProfilesOfRole(role.id.to_string());
        if !cx.is_unused(&profiles)? {
            return Err(faults::delete_conflict("remove roles from instance profile first"));
        }
        if !role.inline.is_empty() {
            return Err(faults::delete_conflict("delete policies first"));
        }
        if !role.attached.is_empty() {
            return Err(faults::delete_conflict("detach all policies first"));
        }
        remove(cx, &role);
        Ok(Empty)
    }
}

/// Takes a role away, with what counts it and when it was last used.
pub(crate) fn remove<O>(cx: &mut Granted<'_, O>, role: &Role) {
    for counter in crate::entity::Entity::counts(role) {
        cx.count_down(&counter);
    }
    cx.delete(role);
    cx.forget_use(role.id.as_str());
}

/// A role as list answers show it.
pub(crate) fn shape(view: &View<'_>, role: &Role) -> Result<shapes::Role, Fault> {
    Ok(shapes::Role {
        path: role.path.clone(),
        role_name: role.name.clone(),
        role_id: role.id.to_string(),
        arn: role.arn(),
        create_date: role.created,
        assume_role_policy_document: Some(trust::encoded(view, role)?),
        description: role.description.clone(),
        max_session_duration: Some(role.max_session),
        ..shapes::Role::default()
    })
}

/// A role with all that GetRole tells of it.
fn described<O>(cx: &Granted<'_, O>, role: &Role) -> Result<shapes::Role, Fault> {
    Ok(shapes::Role {
        permissions_boundary: role.boundary.as_deref().map(boundary::shape),
        tags: tag::shapes(&role.tags),
        role_last_used: Some(last_used(cx, role)),
        ..shape(cx.view(), role)?
    })
}

/// When a session of the role last made a call; empty if none ever did.
pub(crate) fn last_used<O>(cx: &Granted<'_, O>, role: &Role) -> shapes::RoleLastUsed {
    let used = cx.last_used(role.id.as_str());
    used.map_or_else(shapes::RoleLastUsed::default, |used| shapes::RoleLastUsed {
        last_used_date: Some(used.at.whole_second()),
        region: Some(used.region),
    })
}
