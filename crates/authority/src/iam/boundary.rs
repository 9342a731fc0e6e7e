//! Permissions boundaries of users and roles: what they may be allowed at most.
//!
//! Source: IAM User Guide, "Permissions boundaries for IAM entities".

use api::iam::operations::{
    DeleteRolePermissionsBoundary, DeleteUserPermissionsBoundary, PutRolePermissionsBoundary,
    PutUserPermissionsBoundary,
};
use api::iam::shapes;
use api::{Empty, Fault};

use super::faults;
use super::holder::{Holder, to_change};
use super::managed::Managed;
use crate::counter::Counter;
use crate::entity::{Role, User};
use crate::handle::{Asking, Asks, Granted, Handle};

/// The boundary of a user or role that is being made; its use is counted.
pub(crate) fn checked<O>(
    cx: &mut Granted<'_, O>,
    boundary: Option<String>,
) -> Result<Option<String>, Fault> {
    let Some(arn) = boundary else { return Ok(None) };
    usable(cx, &arn)?;
    cx.count_one(&Counter::Boundaries(arn.clone()));
    Ok(Some(arn))
}

/// A boundary is a managed policy of the account or of AWS.
fn usable<O>(cx: &mut Granted<'_, O>, arn: &str) -> Result<(), Fault> {
    let found = match super::managed::parsed(arn) {
        Ok(_) => Managed::find(cx, arn)?,
        Err(_) => {
            let message = format!("Value ({arn}) for parameter PermissionsBoundary is invalid.");
            return Err(faults::invalid_input(message));
        }
    };
    found.ok_or_else(|| faults::not_attachable(arn))?.attachable()
}

/// A boundary as answers show it.
pub(crate) fn shape(arn: &str) -> shapes::AttachedPermissionsBoundary {
    shapes::AttachedPermissionsBoundary {
        permissions_boundary_type: Some(
            shapes::PermissionsBoundaryAttachmentType::PermissionsBoundaryPolicy,
        ),
        permissions_boundary_arn: Some(arn.to_owned()),
    }
}

/// An entity whose permissions can be bounded.
trait Bounded: Holder {
    fn boundary_mut(&mut self) -> &mut Option<String>;
}

impl Bounded for User {
    fn boundary_mut(&mut self) -> &mut Option<String> {
        &mut self.boundary
    }
}

impl Bounded for Role {
    fn boundary_mut(&mut self) -> &mut Option<String> {
        &mut self.boundary
    }
}

/// Sets another boundary, or takes it away. Counters follow.
fn set<E: Bounded, O>(
    cx: &mut Granted<'_, O>,
    mut holder: E,
    boundary: Option<String>,
) -> Result<Empty, Fault> {
    if *holder.boundary_mut() == boundary {
        return Ok(Empty);
    }
    if let Some(new) = &boundary {
        cx.count_one(&Counter::Boundaries(new.clone()));
    }
    if let Some(old) = std::mem::replace(holder.boundary_mut(), boundary) {
        cx.count_down(&Counter::Boundaries(old));
    }
    cx.put(&holder)?;
    Ok(Empty)
}

fn put<E: Bounded, O>(cx: &mut Granted<'_, O>, name: &str, arn: String) -> Result<Empty, Fault> {
    let holder: E = to_change(cx, name)?;
    usable(cx, &arn)?;
    set(cx, holder, Some(arn))
}

fn delete<E: Bounded, O>(cx: &mut Granted<'_, O>, name: &str) -> Result<Empty, Fault> {
    let mut holder: E = to_change(cx, name)?;
    if holder.boundary_mut().is_none() {
        return Err(faults::no_such_boundary(E::WORD, holder.name()));
    }
    set(cx, holder, None)
}

impl Handle for PutUserPermissionsBoundary {
    fn asks(input: &Self::Input, at: &Asking<'_>) -> Result<Asks, Fault> {
        let target = User::target(at, &input.user_name)?;
        Ok(Asks::on(target.bounded(Some(input.permissions_boundary.clone()))).with_boundary())
    }

    fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        put::<User, _>(cx, &input.user_name, input.permissions_boundary)
    }
}

impl Handle for PutRolePermissionsBoundary {
    fn asks(input: &Self::Input, at: &Asking<'_>) -> Result<Asks, Fault> {
        let target = Role::target(at, &input.role_name)?;
        Ok(Asks::on(target.bounded(Some(input.permissions_boundary.clone()))).with_boundary())
    }

    fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        put::<Role, _>(cx, &input.role_name, input.permissions_boundary)
    }
}

impl Handle for DeleteUserPermissionsBoundary {
    fn asks(input: &Self::Input, at: &Asking<'_>) -> Result<Asks, Fault> {
        Ok(Asks::on(User::target(at, &input.user_name)?).with_boundary())
    }

    fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        delete::<User, _>(cx, &input.user_name)
    }
}

impl Handle for DeleteRolePermissionsBoundary {
    fn asks(input: &Self::Input, at: &Asking<'_>) -> Result<Asks, Fault> {
        Ok(Asks::on(Role::target(at, &input.role_name)?).with_boundary())
    }

    fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        delete::<Role, _>(cx, &input.role_name)
    }
}
