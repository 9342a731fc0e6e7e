//! Tags of users and managed policies.

use api::iam::operations::{
    ListPolicyTags, ListUserTags, TagPolicy, TagUser, UntagPolicy, UntagUser,
};
use api::iam::shapes;
use api::{Empty, Fault};

use super::managed::{self, Managed};
use super::target::Target;
use super::{faults, quotas};
use crate::entity::{Tag, folded};
use crate::handle::{Asking, Asks, Granted, Handle};
use crate::iam::page::{self, Page};

/// Adds to `asks` what passing `tags` at creation needs: the tagging action and the tags' keys.
pub(crate) fn asked(asks: Asks, tags: Option<&[shapes::Tag]>, action: &'static str) -> Asks {
    match tags {
        Some(tags) if !tags.is_empty() => asks.also(action).with_tags(&entities(tags)),
        _ => asks,
    }
}

/// Checks tags of an entity whose keys are compared without regard to case.
pub(crate) fn folding_case(tags: Vec<shapes::Tag>) -> Result<Vec<Tag>, Fault> {
    checked(tags, folded)
}

/// Checks tags of an entity whose keys are compared exactly.
pub(crate) fn exact_case(tags: Vec<shapes::Tag>) -> Result<Vec<Tag>, Fault> {
    checked(tags, str::to_owned)
}

fn checked(tags: Vec<shapes::Tag>, form: fn(&str) -> String) -> Result<Vec<Tag>, Fault> {
    let mut seen = std::collections::HashSet::new();
    for tag in &tags {
        if !seen.insert(form(&tag.key)) {
            return Err(faults::invalid_input(
                "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
            ));
        }
        if tag.key.get(..4).is_some_and(|prefix| prefix.eq_ignore_ascii_case("aws:")) {
            return Err(faults::invalid_input(
                "Tag keys beginning with aws: are reserved for system use.",
            ));
        }
    }
    Ok(entities(&tags))
}

pub(crate) fn entities(tags: &[shapes::Tag]) -> Vec<Tag> {
    tags.iter().map(|tag| Tag { key: tag.key.clone(), value: tag.value.clone() }).collect()
}

/// Tags as answers show them; none at all rather than an empty list.
pub(crate) fn shapes(tags: &[Tag]) -> Option<Vec<shapes::Tag>> {
    (!tags.is_empty()).then(|| list(tags))
}

pub(crate) fn list(tags: &[Tag]) -> Vec<shapes::Tag> {
    let shape = |tag: &Tag| shapes::Tag { key: tag.key.clone(), value: tag.value.clone() };
    tags.iter().map(shape).collect()
}

/// Lays `new` over `tags`: an equal key is replaced, with its new spelling.
pub(crate) fn merge(
    tags: &mut Vec<Tag>,
    new: Vec<Tag>,
    form: fn(&str) -> String,
) -> Result<(), Fault> {
    if new.is_empty() {
        return Err(faults::invalid_input("The provided tag map must not be null/empty."));
    }
    for tag in new {
        match tags.iter_mut().find(|old| form(&old.key) == form(&tag.key)) {
            Some(old) => *old = tag,
            None => tags.push(tag),
        }
    }
    if tags.len() > quotas::TAGS {
        return Err(faults::over_quota("TagsPerResource", quotas::TAGS));
    }
    Ok(())
}

pub(crate) fn remove(tags: &mut Vec<Tag>, keys: &[String], form: fn(&str) -> String) {
    tags.retain(|tag| !keys.iter().any(|key| form(key) == form(&tag.key)));
}

impl Handle for TagUser {
    fn asks(input: &Self::Input, at: &Asking<'_>) -> Result<Asks, Fault> {
        let target = Target::user(at, Some(&input.user_name))?;
        Ok(Asks::on(target).with_tags(&entities(&input.tags)))
    }

    fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        let mut user = cx.user(&input.user_name)?;
        merge(&mut user.tags, folding_case(input.tags)?, folded)?;
        cx.put(&user)?;
        Ok(Empty)
    }
}

impl Handle for UntagUser {
    fn asks(input: &Self::Input, at: &Asking<'_>) -> Result<Asks, Fault> {
        let target = Target::user(at, Some(&input.user_name))?;
        Ok(Asks::on(target).with_tag_keys(&input.tag_keys))
    }

    fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        let mut user = cx.user(&input.user_name)?;
        remove(&mut user.tags, &input.tag_keys, folded);
        cx.put(&user)?;
        Ok(Empty)
    }
}

impl Handle for ListUserTags {
    fn asks(input: &Self::Input, at: &Asking<'_>) -> Result<Asks, Fault> {
        Ok(Asks::on(Target::user(at, Some(&input.user_name))?))
    }

    fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        let page = Page::of(cx, input.marker.as_deref(), input.max_items)?;
        let user = cx.user(&input.user_name)?;
        let found = page::of_slice(&page, &user.tags)?;
        Ok(shapes::ListUserTagsResponse {
            tags: list(&found.items),
            is_truncated: Some(found.marker.is_some()),
            marker: found.marker,
        })
    }
}

impl Handle for TagPolicy {
    fn asks(input: &Self::Input, at: &Asking<'_>) -> Result<Asks, Fault> {
        let target = Target::policy(at, &input.policy_arn)?;
        Ok(Asks::on(target).with_tags(&entities(&input.tags)))
    }

    fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        let mut policy = managed::customer(cx, &input.policy_arn)?;
        merge(&mut policy.tags, exact_case(input.tags)?, str::to_owned)?;
        cx.put(&policy)?;
        Ok(Empty)
    }
}

impl Handle for UntagPolicy {
    fn asks(input: &Self::Input, at: &Asking<'_>) -> Result<Asks, Fault> {
        let target = Target::policy(at, &input.policy_arn)?;
        Ok(Asks::on(target).with_tag_keys(&input.tag_keys))
    }

    fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        let mut policy = managed::customer(cx, &input.policy_arn)?;
        if input.tag_keys.is_empty() {
            // Users take an empty list, IAM's other kinds don't.
            return Err(faults::invalid_input("The provided tag keys must not be null/empty."));
        }
        remove(&mut policy.tags, &input.tag_keys, str::to_owned);
        cx.put(&policy)?;
        Ok(Empty)
    }
}

impl Handle for ListPolicyTags {
    fn asks(input: &Self::Input, at: &Asking<'_>) -> Result<Asks, Fault> {
        Ok(Asks::on(Target::policy(at, &input.policy_arn)?))
    }

    fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        let page = Page::of(cx, input.marker.as_deref(), input.max_items)?;
        let arn = &input.policy_arn;
        let tags = match Managed::find(cx, arn)?.ok_or_else(|| faults::no_such_policy(arn))? {
            Managed::Aws(_) => Vec::new(),
            Managed::Customer(policy) => policy.tags.clone(),
        };
        let found = page::of_slice(&page, &tags)?;
        Ok(shapes::ListPolicyTagsResponse {
            tags: list(&found.items),
            is_truncated: Some(found.marker.is_some()),
            marker: found.marker,
        })
    }
}
