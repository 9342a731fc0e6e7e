//! Attaching managed policies to users and groups.
//!
//! What is attached to whom stands in the user or group. The policy only counts its attachments,
//! so that many users can be given one policy at once without getting in each other's way.

use api::iam::operations::{
    AttachGroupPolicy, AttachUserPolicy, DetachGroupPolicy, DetachUserPolicy,
    ListAttachedGroupPolicies, ListAttachedUserPolicies,
};
use api::iam::shapes;
use api::{Empty, Fault};

use super::managed::{self, Managed};
use super::page::{self, Found, Page};
use super::target::Target;
use super::{faults, quotas};
use crate::counter::Counter;
use crate::handle::{Asking, Asks, Granted, Handle};

/// Adds `arn` to `attached`. `false`: it was there already, and nothing is to be written.
fn attach<O>(
    cx: &mut Granted<'_, O>,
    attached: &mut Vec<String>,
    arn: &str,
    (quota, limit): (&str, usize),
) -> Result<bool, Fault> {
    Managed::find(cx, arn)?.ok_or_else(|| faults::not_attachable(arn))?;
    if attached.iter().any(|have| have == arn) {
        return Ok(false);
    }
    if attached.len() >= limit {
        return Err(faults::over_quota(quota, limit));
    }
    cx.count_one(&Counter::Attachments(arn.to_owned()));
    attached.push(arn.to_owned());
    Ok(true)
}

fn detach<O>(cx: &mut Granted<'_, O>, attached: &mut Vec<String>, arn: &str) -> Result<(), Fault> {
    managed::parsed(arn)?;
    let at = attached.iter().position(|have| have == arn);
    attached.remove(at.ok_or_else(|| faults::no_such_policy(arn))?);
    cx.count_down(&Counter::Attachments(arn.to_owned()));
    Ok(())
}

/// A page of `attached`, of those policies whose path begins with `prefix`.
fn page_of(
    attached: &[String],
    prefix: Option<&str>,
    page: &Page,
) -> Result<Found<shapes::AttachedPolicy>, Fault> {
    let shown = attached.iter().filter_map(|arn| shown(arn, prefix.unwrap_or("/")));
    page::of_slice(page, &shown.collect::<Vec<_>>())
}

fn shown(arn: &str, prefix: &str) -> Option<shapes::AttachedPolicy> {
    let (_, path_and_name) = arn.split_once(":policy")?;
    let (_, name) = path_and_name.rsplit_once('/')?;
    let path = path_and_name.strip_suffix(name)?;
    path.starts_with(prefix).then(|| shapes::AttachedPolicy {
        policy_name: Some(name.to_owned()),
        policy_arn: Some(arn.to_owned()),
    })
}

impl Handle for AttachUserPolicy {
    fn asks(input: &Self::Input, at: &Asking<'_>) -> Result<Asks, Fault> {
        let target = Target::user(at, Some(&input.user_name))?;
        Ok(Asks::on(target).with("iam:PolicyARN", &input.policy_arn))
    }

    fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        let mut user = cx.user(&input.user_name)?;
        let quota = ("PoliciesPerUser", quotas::ATTACHED_PER_USER);
        if attach(cx, &mut user.attached, &input.policy_arn, quota)? {
            cx.put(&user)?;
        }
        Ok(Empty)
    }
}

impl Handle for DetachUserPolicy {
    fn asks(input: &Self::Input, at: &Asking<'_>) -> Result<Asks, Fault> {
        let target = Target::user(at, Some(&input.user_name))?;
        Ok(Asks::on(target).with("iam:PolicyARN", &input.policy_arn))
    }

    fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        let mut user = cx.user(&input.user_name)?;
        detach(cx, &mut user.attached, &input.policy_arn)?;
        cx.put(&user)?;
        Ok(Empty)
    }
}

impl Handle for ListAttachedUserPolicies {
    fn asks(input: &Self::Input, at: &Asking<'_>) -> Result<Asks, Fault> {
        Ok(Asks::on(Target::user(at, Some(&input.user_name))?))
    }

    fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        let page = Page::of(cx, input.marker.as_deref(), input.max_items)?;
        let user = cx.user(&input.user_name)?;
        let found = page_of(&user.attached, input.path_prefix.as_deref(), &page)?;
        Ok(shapes::ListAttachedUserPoliciesResponse {
            attached_policies: Some(found.items),
            is_truncated: Some(found.marker.is_some()),
            marker: found.marker,
        })
    }
}

impl Handle for AttachGroupPolicy {
    fn asks(input: &Self::Input, at: &Asking<'_>) -> Result<Asks, Fault> {
        let target = Target::group(at, &input.group_name)?;
        Ok(Asks::on(target).with("iam:PolicyARN", &input.policy_arn))
    }

    fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        let mut group = cx.group(&input.group_name)?;
        let quota = ("PoliciesPerGroup", quotas::ATTACHED_PER_GROUP);
        if attach(cx, &mut group.attached, &input.policy_arn, quota)? {
            cx.put(&group)?;
        }
        Ok(Empty)
    }
}

impl Handle for DetachGroupPolicy {
    fn asks(input: &Self::Input, at: &Asking<'_>) -> Result<Asks, Fault> {
        let target = Target::group(at, &input.group_name)?;
        Ok(Asks::on(target).with("iam:PolicyARN", &input.policy_arn))
    }

    fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        let mut group = cx.group(&input.group_name)?;
        detach(cx, &mut group.attached, &input.policy_arn)?;
        cx.put(&group)?;
        Ok(Empty)
    }
}

impl Handle for ListAttachedGroupPolicies {
    fn asks(input: &Self::Input, at: &Asking<'_>) -> Result<Asks, Fault> {
        Ok(Asks::on(Target::group(at, &input.group_name)?))
    }

    fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        let page = Page::of(cx, input.marker.as_deref(), input.max_items)?;
        let group = cx.group(&input.group_name)?;
        let found = page_of(&group.attached, input.path_prefix.as_deref(), &page)?;
        Ok(shapes::ListAttachedGroupPoliciesResponse {
            attached_policies: Some(found.items),
            is_truncated: Some(found.marker.is_some()),
            marker: found.marker,
        })
    }
}
