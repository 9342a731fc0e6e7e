//! Tags of whatever has them: adding, removing and listing them is written once.

use api::iam::operations::{
    ListInstanceProfileTags, ListMFADeviceTags, ListOpenIDConnectProviderTags, ListPolicyTags,
    ListRoleTags, ListSAMLProviderTags, ListServerCertificateTags, ListUserTags,
    TagInstanceProfile, TagMFADevice, TagOpenIDConnectProvider, TagPolicy, TagRole,
    TagSAMLProvider, TagServerCertificate, TagUser, UntagInstanceProfile, UntagMFADevice,
    UntagOpenIDConnectProvider, UntagPolicy, UntagRole, UntagSAMLProvider, UntagServerCertificate,
    UntagUser,
};
use api::iam::shapes;
use api::{Empty, Fault, Operation};

use super::managed::{self, Managed};
use super::page::{self, Found, Page};
use super::target::Target;
use super::{faults, instance_profile, quotas};
use crate::entity::{
    Entity, InstanceProfile, ManagedPolicy, MfaDevice, OidcProvider, Role, SamlProvider,
    ServerCertificate, Tag, User, folded,
};
use crate::handle::{Asking, Asks, Granted, Handle};

/// Adds to `asks` what passing `tags` at creation needs: the tagging action and the tags' keys.
pub(crate) fn asked(asks: Asks, tags: Option<&[shapes::Tag]>, action: &'static str) -> Asks {
    match tags {
        Some(tags) if !tags.is_empty() => asks.also(action).with_tags(&entities(tags)),
        _ => asks,
    }
}

/// Checks the tags of one request. Keys that differ in case alone are refused, also for what keeps
/// them apart: policies ask for `aws:RequestTag/KEY` without regard to case, and would be told of one
/// of the two while both are put.
pub(crate) fn checked(tags: Vec<shapes::Tag>) -> Result<Vec<Tag>, Fault> {
    let mut seen = std::collections::HashSet::new();
    for tag in &tags {
        if !seen.insert(folded(&tag.key)) {
            return Err(duplicate());
        }
        if tag.key.get(..4).is_some_and(|prefix| prefix.eq_ignore_ascii_case("aws:")) {
            return Err(faults::invalid_input(
                "Tag keys beginning with aws: are reserved for system use.",
            ));
        }
    }
    Ok(entities(&tags))
}

fn duplicate() -> Fault {
    faults::invalid_input(
        "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
    )
}

fn entities(tags: &[shapes::Tag]) -> Vec<Tag> {
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
///
/// Where keys are compared exactly, AWS lets two that differ in case alone stand side by side, and
/// says that conditions on such a tag have no defined result. Which of the two a policy meets must
/// not be up to whoever adds the second one, nor may that one replace the first: a policy may keep
/// its spelling from being changed. So it is refused. What stands side by side already stays.
///
/// Source: IAM User Guide, "Tags for IAM resources", "Case sensitivity", and "AWS global condition
/// context keys", `aws:ResourceTag/tag-key`.
fn merge(tags: &mut Vec<Tag>, new: Vec<Tag>, form: fn(&str) -> String) -> Result<(), Fault> {
    if new.is_empty() {
        return Err(faults::invalid_input("The provided tag map must not be null/empty."));
    }
    for tag in new {
        if let Some(old) = tags.iter_mut().find(|old| form(&old.key) == form(&tag.key)) {
            *old = tag;
        } else if tags.iter().any(|old| folded(&old.key) == folded(&tag.key)) {
            return Err(duplicate());
        } else {
            tags.push(tag);
        }
    }
    if tags.len() > quotas::TAGS {
        return Err(faults::over_quota("TagsPerResource", quotas::TAGS));
    }
    Ok(())
}

fn remove(tags: &mut Vec<Tag>, keys: &[String], form: fn(&str) -> String) {
    tags.retain(|tag| !keys.iter().any(|key| form(key) == form(&tag.key)));
}

/// An entity with tags.
pub(crate) trait Tagged: Entity {
    /// Whether keys are compared without regard to case. AWS takes an empty list of keys to remove
    /// for those kinds only.
    const FOLDS_CASE: bool;

    /// The one that a call names, to be changed.
    fn to_tag<O: Operation>(cx: &mut Granted<'_, O>, named: &str) -> Result<Self, Fault>;

    /// The one that a call names as something that policies are asked about.
    fn target(at: &Asking<'_>, named: &str) -> Result<Target, Fault>;

    fn tags_mut(&mut self) -> &mut Vec<Tag>;

    /// The tags of the one that a call names, to be shown.
    fn tags_of<O: Operation>(cx: &mut Granted<'_, O>, named: &str) -> Result<Vec<Tag>, Fault> {
        Ok(std::mem::take(Self::to_tag(cx, named)?.tags_mut()))
    }
}

fn form<E: Tagged>() -> fn(&str) -> String {
    if E::FOLDS_CASE { folded } else { str::to_owned }
}

/// Adds tags to what `named` names.
pub(crate) fn add<E: Tagged, O: Operation>(
    cx: &mut Granted<'_, O>,
    named: &str,
    tags: Vec<shapes::Tag>,
) -> Result<Empty, Fault> {
    let mut entity = E::to_tag(cx, named)?;
    merge(entity.tags_mut(), checked(tags)?, form::<E>())?;
    cx.put(&entity)?;
    Ok(Empty)
}

/// Removes tags from what `named` names.
pub(crate) fn take<E: Tagged, O: Operation>(
    cx: &mut Granted<'_, O>,
    named: &str,
    keys: &[String],
) -> Result<Empty, Fault> {
    let mut entity = E::to_tag(cx, named)?;
    if keys.is_empty() && !E::FOLDS_CASE {
        return Err(faults::invalid_input("The provided tag keys must not be null/empty."));
    }
    remove(entity.tags_mut(), keys, form::<E>());
    cx.put(&entity)?;
    Ok(Empty)
}

/// A page of the tags of what `named` names.
pub(crate) fn page<E: Tagged, O: Operation>(
    cx: &mut Granted<'_, O>,
    named: &str,
    (marker, size): (Option<&str>, Option<i32>),
) -> Result<Found<Tag>, Fault> {
    let page = Page::of(cx, marker, size)?;
    page::of_slice(&page, &E::tags_of(cx, named)?)
}

/// The three operations for one kind of entity.
macro_rules! tagging {
    ($entity:ty, $name:ident, $tag:ident, $untag:ident, $list:ident, $listed:ident) => {
        impl Handle for $tag {
            fn asks(input: &Self::Input, at: &Asking<'_>) -> Result<Asks, Fault> {
                let target = <$entity as Tagged>::target(at, &input.$name)?;
                Ok(Asks::on(target).with_tags(&entities(&input.tags)))
            }

            fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Empty, Fault> {
                add::<$entity, _>(cx, &input.$name, input.tags)
            }
        }

        impl Handle for $untag {
            fn asks(input: &Self::Input, at: &Asking<'_>) -> Result<Asks, Fault> {
                let target = <$entity as Tagged>::target(at, &input.$name)?;
                Ok(Asks::on(target).with_tag_keys(&input.tag_keys))
            }

            fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Empty, Fault> {
                take::<$entity, _>(cx, &input.$name, &input.tag_keys)
            }
        }

        impl Handle for $list {
            fn asks(input: &Self::Input, at: &Asking<'_>) -> Result<Asks, Fault> {
                Ok(Asks::on(<$entity as Tagged>::target(at, &input.$name)?))
            }

            fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
                let wanted = (input.marker.as_deref(), input.max_items);
                let found = page::<$entity, _>(cx, &input.$name, wanted)?;
                Ok(shapes::$listed {
                    tags: list(&found.items),
                    is_truncated: Some(found.marker.is_some()),
                    marker: found.marker,
                })
            }
        }
    };
}

tagging!(User, user_name, TagUser, UntagUser, ListUserTags, ListUserTagsResponse);
tagging!(Role, role_name, TagRole, UntagRole, ListRoleTags, ListRoleTagsResponse);
tagging!(ManagedPolicy, policy_arn, TagPolicy, UntagPolicy, ListPolicyTags, ListPolicyTagsResponse);
tagging!(
    InstanceProfile,
    instance_profile_name,
    TagInstanceProfile,
    UntagInstanceProfile,
    ListInstanceProfileTags,
    ListInstanceProfileTagsResponse
);

tagging!(
    MfaDevice,
    serial_number,
    TagMFADevice,
    UntagMFADevice,
    ListMFADeviceTags,
    ListMFADeviceTagsResponse
);
tagging!(
    OidcProvider,
    open_id_connect_provider_arn,
    TagOpenIDConnectProvider,
    UntagOpenIDConnectProvider,
    ListOpenIDConnectProviderTags,
    ListOpenIDConnectProviderTagsResponse
);
tagging!(
    SamlProvider,
    saml_provider_arn,
    TagSAMLProvider,
    UntagSAMLProvider,
    ListSAMLProviderTags,
    ListSAMLProviderTagsResponse
);
tagging!(
    ServerCertificate,
    server_certificate_name,
    TagServerCertificate,
    UntagServerCertificate,
    ListServerCertificateTags,
    ListServerCertificateTagsResponse
);

impl Tagged for User {
    const FOLDS_CASE: bool = true;

    fn to_tag<O: Operation>(cx: &mut Granted<'_, O>, named: &str) -> Result<Self, Fault> {
        cx.user(named)
    }

    fn target(at: &Asking<'_>, named: &str) -> Result<Target, Fault> {
        Target::user(at, Some(named))
    }

    fn tags_mut(&mut self) -> &mut Vec<Tag> {
        &mut self.tags
    }
}

impl Tagged for Role {
    const FOLDS_CASE: bool = true;

    fn to_tag<O: Operation>(cx: &mut Granted<'_, O>, named: &str) -> Result<Self, Fault> {
        cx.get(&folded(named))?.ok_or_else(|| faults::no_such_role(named))
    }

    fn target(at: &Asking<'_>, named: &str) -> Result<Target, Fault> {
        Target::role(at, named)
    }

    fn tags_mut(&mut self) -> &mut Vec<Tag> {
        &mut self.tags
    }
}

impl Tagged for ManagedPolicy {
    const FOLDS_CASE: bool = false;

    fn to_tag<O: Operation>(cx: &mut Granted<'_, O>, named: &str) -> Result<Self, Fault> {
        managed::customer(cx, named)
    }

    fn target(at: &Asking<'_>, named: &str) -> Result<Target, Fault> {
        Target::policy(at, named)
    }

    fn tags_mut(&mut self) -> &mut Vec<Tag> {
        &mut self.tags
    }

    fn tags_of<O: Operation>(cx: &mut Granted<'_, O>, named: &str) -> Result<Vec<Tag>, Fault> {
        Ok(match Managed::find(cx, named)?.ok_or_else(|| faults::no_such_policy(named))? {
            Managed::Aws(_) => Vec::new(),
            Managed::Customer(policy) => policy.tags.clone(),
        })
    }
}

impl Tagged for InstanceProfile {
    const FOLDS_CASE: bool = false;

    fn to_tag<O: Operation>(cx: &mut Granted<'_, O>, named: &str) -> Result<Self, Fault> {
        instance_profile::named(cx, named)
    }

    fn target(at: &Asking<'_>, named: &str) -> Result<Target, Fault> {
        Target::instance_profile(at, named)
    }

    fn tags_mut(&mut self) -> &mut Vec<Tag> {
        &mut self.tags
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tag(key: &str, value: &str) -> Tag {
        Tag { key: key.to_owned(), value: value.to_owned() }
    }

    #[test]
    fn where_case_counts_no_second_spelling_is_added() {
        let exact: fn(&str) -> String = str::to_owned;
        let mut tags = vec![tag("team", "red")];
        assert!(merge(&mut tags, vec![tag("Team", "blue")], exact).is_err());
        assert_eq!(tags, [tag("team", "red")]);
        merge(&mut tags, vec![tag("team", "green"), tag("stage", "x")], exact).unwrap();
        assert_eq!(tags, [tag("team", "green"), tag("stage", "x")]);
        // Two of before are still two, and each can be given another value.
        let mut both = vec![tag("team", "red"), tag("Team", "blue")];
        merge(&mut both, vec![tag("Team", "green")], exact).unwrap();
        assert_eq!(both, [tag("team", "red"), tag("Team", "green")]);
        merge(&mut tags, vec![tag("TEAM", "black")], folded).unwrap();
        assert_eq!(tags, [tag("TEAM", "black"), tag("stage", "x")]);
    }
}
