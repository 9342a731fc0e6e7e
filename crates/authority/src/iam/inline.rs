//! Policies embedded in users and groups: put, get, list, delete.

use api::iam::operations::{
    DeleteGroupPolicy, DeleteUserPolicy, GetGroupPolicy, GetUserPolicy, ListGroupPolicies,
    ListUserPolicies, PutGroupPolicy, PutUserPolicy,
};
use api::iam::shapes;
use api::{Empty, Fault};

use super::page::{self, Page};
use super::target::Target;
use super::{document, faults, quotas};
use crate::entity::InlinePolicies;
use crate::handle::{Asking, Asks, Granted, Handle};

/// Checks grammar, then that all embedded policies together stay below `limit` characters.
fn check(
    policies: &InlinePolicies,
    (kind, owner): (&str, &str),
    (name, text): (&str, &str),
    limit: usize,
) -> Result<(), Fault> {
    document::check(text)?;
    if policies.size_without(name) + policy::quota_size(text) > limit {
        return Err(faults::inline_too_large(limit, kind, owner));
    }
    Ok(())
}

/// The document, percent-encoded as answers carry it.
fn encoded(policies: &InlinePolicies, kind: &str, name: &str) -> Result<String, Fault> {
    let policy = policies.get(name).ok_or_else(|| faults::no_such_inline_policy(kind, name))?;
    Ok(document::encoded(&policy.document))
}

fn names(policies: &InlinePolicies) -> Vec<String> {
    policies.iter().map(|policy| policy.name.clone()).collect()
}

fn remove(policies: &mut InlinePolicies, kind: &str, name: &str) -> Result<(), Fault> {
    if policies.remove(name) { Ok(()) } else { Err(faults::no_such_inline_policy(kind, name)) }
}

impl Handle for PutUserPolicy {
    fn asks(input: &Self::Input, at: &Asking<'_>) -> Result<Asks, Fault> {
        Ok(Asks::on(Target::user(at, Some(&input.user_name))?))
    }

    fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        let mut user = cx.user(&input.user_name)?;
        let new = (input.policy_name.as_str(), input.policy_document.as_str());
        check(&user.inline, ("user", &user.name), new, quotas::INLINE_SIZE_PER_USER)?;
        user.inline.put(&input.policy_name, input.policy_document);
        cx.put(&user)?;
        Ok(Empty)
    }
}

impl Handle for GetUserPolicy {
    fn asks(input: &Self::Input, at: &Asking<'_>) -> Result<Asks, Fault> {
        Ok(Asks::on(Target::user(at, Some(&input.user_name))?))
    }

    fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        let user = cx.user(&input.user_name)?;
        Ok(shapes::GetUserPolicyResponse {
            policy_document: encoded(&user.inline, "user", &input.policy_name)?,
            user_name: user.name,
            policy_name: input.policy_name,
        })
    }
}

impl Handle for ListUserPolicies {
    fn asks(input: &Self::Input, at: &Asking<'_>) -> Result<Asks, Fault> {
        Ok(Asks::on(Target::user(at, Some(&input.user_name))?))
    }

    fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        let page = Page::of(cx, input.marker.as_deref(), input.max_items)?;
        let user = cx.user(&input.user_name)?;
        let found = page::of_slice(&page, &names(&user.inline))?;
        Ok(shapes::ListUserPoliciesResponse {
            policy_names: found.items,
            is_truncated: Some(found.marker.is_some()),
            marker: found.marker,
        })
    }
}

impl Handle for DeleteUserPolicy {
    fn asks(input: &Self::Input, at: &Asking<'_>) -> Result<Asks, Fault> {
        Ok(Asks::on(Target::user(at, Some(&input.user_name))?))
    }

    fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        let mut user = cx.user(&input.user_name)?;
        remove(&mut user.inline, "user", &input.policy_name)?;
        cx.put(&user)?;
        Ok(Empty)
    }
}

impl Handle for PutGroupPolicy {
    fn asks(input: &Self::Input, at: &Asking<'_>) -> Result<Asks, Fault> {
        Ok(Asks::on(Target::group(at, &input.group_name)?))
    }

    fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        let mut group = cx.group(&input.group_name)?;
        let new = (input.policy_name.as_str(), input.policy_document.as_str());
        check(&group.inline, ("group", &group.name), new, quotas::INLINE_SIZE_PER_GROUP)?;
        group.inline.put(&input.policy_name, input.policy_document);
        cx.put(&group)?;
        Ok(Empty)
    }
}

impl Handle for GetGroupPolicy {
    fn asks(input: &Self::Input, at: &Asking<'_>) -> Result<Asks, Fault> {
        Ok(Asks::on(Target::group(at, &input.group_name)?))
    }

    fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        let group = cx.group(&input.group_name)?;
        Ok(shapes::GetGroupPolicyResponse {
            policy_document: encoded(&group.inline, "group", &input.policy_name)?,
            group_name: group.name,
            policy_name: input.policy_name,
        })
    }
}

impl Handle for ListGroupPolicies {
    fn asks(input: &Self::Input, at: &Asking<'_>) -> Result<Asks, Fault> {
        Ok(Asks::on(Target::group(at, &input.group_name)?))
    }

    fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        let page = Page::of(cx, input.marker.as_deref(), input.max_items)?;
        let group = cx.group(&input.group_name)?;
        let found = page::of_slice(&page, &names(&group.inline))?;
        Ok(shapes::ListGroupPoliciesResponse {
            policy_names: found.items,
            is_truncated: Some(found.marker.is_some()),
            marker: found.marker,
        })
    }
}

impl Handle for DeleteGroupPolicy {
    fn asks(input: &Self::Input, at: &Asking<'_>) -> Result<Asks, Fault> {
        Ok(Asks::on(Target::group(at, &input.group_name)?))
    }

    fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        let mut group = cx.group(&input.group_name)?;
        remove(&mut group.inline, "group", &input.policy_name)?;
        cx.put(&group)?;
        Ok(Empty)
    }
}
