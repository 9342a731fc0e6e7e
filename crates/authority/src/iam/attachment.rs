//! Attaching managed policies to users, groups and roles.
//!
//! What is attached to whom stands in the user, group or role. The policy only counts its
//! attachments, so that many users can be given one policy at once without getting in each other's
//! way.

use api::iam::operations::{
    AttachGroupPolicy, AttachRolePolicy, AttachUserPolicy, DetachGroupPolicy, DetachRolePolicy,
    DetachUserPolicy, ListAttachedGroupPolicies, ListAttachedRolePolicies,
    ListAttachedUserPolicies,
};
use api::iam::shapes;
use api::{Empty, Fault};

use super::faults;
use super::holder::{Holder, to_change};
use super::managed::{self, Managed};
use super::page::{self, Found, Page};
use crate::counter::Counter;
use crate::entity::{Group, Role, User};
use crate::handle::{Asking, Asks, Granted, Handle};

/// Asks for a change of what is attached to the holder of this name.
fn asked<E: Holder>(at: &Asking<'_>, name: &str, policy: &str) -> Result<Asks, Fault> {
    let target = E::target(at, name)?;
    Ok(Asks::on(target).with("iam:PolicyARN", policy).with_boundary())
}

/// Attaches a policy. One that is attached already stays, and nothing is written.
fn attach<E: Holder, O>(cx: &mut Granted<'_, O>, name: &str, policy: &str) -> Result<Empty, Fault> {
    let mut holder: E = to_change(cx, name)?;
    let found = Managed::find(cx, policy)?.ok_or_else(|| faults::not_attachable(policy))?;
    found.attachable()?;
    if holder.attached().iter().any(|have| have == policy) {
        return Ok(Empty);
    }
    let (quota, limit) = E::ATTACHED;
    if holder.attached().len() >= limit {
        return Err(faults::over_quota(quota, limit));
    }
    cx.count_one(&Counter::Attachments(policy.to_owned()));
    holder.attached_mut().push(policy.to_owned());
    cx.put(&holder)?;
    Ok(Empty)
}

fn detach<E: Holder, O>(cx: &mut Granted<'_, O>, name: &str, policy: &str) -> Result<Empty, Fault> {
    let mut holder: E = to_change(cx, name)?;
    managed::parsed(policy)?;
    let at = holder.attached().iter().position(|have| have == policy);
    holder.attached_mut().remove(at.ok_or_else(|| faults::no_such_policy(policy))?);
    cx.count_down(&Counter::Attachments(policy.to_owned()));
    cx.put(&holder)?;
    Ok(Empty)
}

/// A page of what is attached, of those policies whose path begins with `prefix`.
fn attached<E: Holder, O: api::Operation>(
    cx: &mut Granted<'_, O>,
    name: &str,
    prefix: Option<&str>,
    (marker, size): (Option<&str>, Option<i32>),
) -> Result<Found<shapes::AttachedPolicy>, Fault> {
    let page = Page::of(cx, marker, size)?;
    let holder = E::named(cx, name)?;
    let shown = holder.attached().iter().filter_map(|arn| shown(arn, prefix.unwrap_or("/")));
    page::of_slice(&page, &shown.collect::<Vec<_>>())
}

/// Attached policies as answers show them.
pub(crate) fn list(attached: &[String]) -> Vec<shapes::AttachedPolicy> {
    attached.iter().filter_map(|arn| shown(arn, "/")).collect()
}

fn shown(arn: &str, prefix: &str) -> Option<shapes::AttachedPolicy> {
    let (_, path_and_name) = arn.split_once(":policy")?;
    let (_, name) = path_and_name.rsplit_once('/')?;
    let path = path_and_name.strip_suffix(name)?;
    path.starts_with(prefix).then(|| shape(arn, name))
}

fn shape(arn: &str, name: &str) -> shapes::AttachedPolicy {
    shapes::AttachedPolicy { policy_name: Some(name.to_owned()), policy_arn: Some(arn.to_owned()) }
}

/// The three operations for one kind of holder.
macro_rules! attachment {
    ($holder:ty, $name:ident, $attach:ident, $detach:ident, $list:ident, $answer:ident) => {
        impl Handle for $attach {
            fn asks(input: &Self::Input, at: &Asking<'_>) -> Result<Asks, Fault> {
                asked::<$holder>(at, &input.$name, &input.policy_arn)
            }

            fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Empty, Fault> {
                attach::<$holder, _>(cx, &input.$name, &input.policy_arn)
            }
        }

        impl Handle for $detach {
            fn asks(input: &Self::Input, at: &Asking<'_>) -> Result<Asks, Fault> {
                asked::<$holder>(at, &input.$name, &input.policy_arn)
            }

            fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Empty, Fault> {
                detach::<$holder, _>(cx, &input.$name, &input.policy_arn)
            }
        }

        impl Handle for $list {
            fn asks(input: &Self::Input, at: &Asking<'_>) -> Result<Asks, Fault> {
                Ok(Asks::on(<$holder>::target(at, &input.$name)?))
            }

            fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
                let (prefix, page) = (input.path_prefix, (input.marker, input.max_items));
                let page = (page.0.as_deref(), page.1);
                let found = attached::<$holder, _>(cx, &input.$name, prefix.as_deref(), page)?;
                Ok(shapes::$answer {
                    attached_policies: Some(found.items),
                    is_truncated: Some(found.marker.is_some()),
                    marker: found.marker,
                })
            }
        }
    };
}

attachment!(
    User,
    user_name,
    AttachUserPolicy,
    DetachUserPolicy,
    ListAttachedUserPolicies,
    ListAttachedUserPoliciesResponse
);
attachment!(
    Group,
    group_name,
    AttachGroupPolicy,
    DetachGroupPolicy,
    ListAttachedGroupPolicies,
    ListAttachedGroupPoliciesResponse
);
attachment!(
    Role,
    role_name,
    AttachRolePolicy,
    DetachRolePolicy,
    ListAttachedRolePolicies,
    ListAttachedRolePoliciesResponse
);
