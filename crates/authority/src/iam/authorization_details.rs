//! GetAccountAuthorizationDetails: users, roles, groups and managed policies with all that permits or
//! bounds them, kind after kind.
//!
//! No more is read than a page needs. A page ends early where its documents become too long, as IAM
//! may return fewer items than were asked for.
//!
//! Source: IAM API Reference, GetAccountAuthorizationDetails.

use api::Fault;
use api::iam::operations::GetAccountAuthorizationDetails;
use api::iam::shapes::{self, EntityType};

use super::managed::{self, Uses};
use super::page::{self, Found, Listed, Page};
use super::{
    attachment, aws_managed, boundary, document, faults, instance_profile, role, tag, trust,
    version,
};
use crate::entity::{
    Group, Index, InlinePolicies, InstanceProfile, ManagedPolicy, Role, Tag, User,
};
use crate::handle::{Asking, Asks, Granted, Handle};

/// The kinds in the order in which they are listed.
const KINDS: [EntityType; 5] = [
    EntityType::User,
    EntityType::Role,
    EntityType::Group,
    EntityType::LocalManagedPolicy,
    EntityType::AWSManagedPolicy,
];

/// Entities are read so many at a time.
const BATCH: usize = 10;

/// A page ends behind the batch with which it becomes longer than this, in bytes: documents, tags and
/// [`ITEM`] for all else.
const LENGTH_MAX: usize = 4 << 20;

/// Bytes of an answer for an entity, a policy's version, an attachment or a tag, besides its texts.
const ITEM: usize = 128;

/// Instance profiles that a role is in; an account has no more by default.
const PROFILES_MAX: usize = super::quotas::INSTANCE_PROFILES as usize;

impl Handle for GetAccountAuthorizationDetails {
    fn asks(_: &Self::Input, _: &Asking<'_>) -> Result<Asks, Fault> {
        Ok(Asks::on_any())
    }

    fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        let page = Page::of(cx, input.marker.as_deref(), input.max_items)?;
        let filter = input.filter.unwrap_or_default();
        let wanted = |kind: &EntityType| filter.is_empty() || filter.contains(kind);
        let kinds: Vec<EntityType> = KINDS.into_iter().filter(wanted).collect();
        let place = Place::read(&page, &kinds)?;
        let mut details = Details::within(page.size());
        let mut behind = place.within;
        for kind in kinds.iter().filter(|kind| place.kind.is_none_or(|at| number(**kind) >= at)) {
            let first = page.starting(behind.take().as_deref());
            if let Some(within) = details.fill(cx, *kind, first)? {
                let next = Place { kind: Some(number(*kind)), within: Some(within) };
                details.answer.marker = Some(page.marker(&next.written(&kinds)));
                break;
            }
        }
        details.answer.is_truncated = Some(details.answer.marker.is_some());
        Ok(details.answer)
    }
}

fn number(kind: EntityType) -> u8 {
    KINDS.iter().zip(0..).find(|(known, _)| **known == kind).map_or(0, |(_, number)| number)
}

/// Where a page begins: which kind, and behind which of its entities.
#[derive(Default)]
struct Place {
    kind: Option<u8>,
    within: Option<Vec<u8>>,
}

impl Place {
    /// In a marker stand the kinds of its list, a bit each, then the kind and the place in it.
    fn read(page: &Page, kinds: &[EntityType]) -> Result<Self, Fault> {
        let Some(after) = page.after() else { return Ok(Self::default()) };
        let [list, kind, within @ ..] = after else { return Err(page::invalid_marker()) };
        if *list != bits(kinds) {
            return Err(faults::invalid_input("Marker and Filter do not match"));
        }
        let within = (!within.is_empty()).then(|| within.to_vec());
        Ok(Self { kind: Some(*kind), within })
    }

    fn written(&self, kinds: &[EntityType]) -> Vec<u8> {
        let mut place = vec![bits(kinds), self.kind.unwrap_or_default()];
        place.extend(self.within.iter().flatten());
        place
    }
}

fn bits(kinds: &[EntityType]) -> u8 {
    kinds.iter().fold(0, |bits, kind| bits | (1 << number(*kind)))
}

/// The answer while it grows.
struct Details {
    answer: shapes::GetAccountAuthorizationDetailsResponse,
    /// Items that may still be added.
    room: usize,
    /// Bytes that were added.
    length: usize,
}

impl Details {
    fn within(room: usize) -> Self {
        let answer = shapes::GetAccountAuthorizationDetailsResponse {
            user_detail_list: Some(Vec::new()),
            group_detail_list: Some(Vec::new()),
            role_detail_list: Some(Vec::new()),
            policies: Some(Vec::new()),
            is_truncated: None,
            marker: None,
        };
        Self { answer, room, length: 0 }
    }

    /// Adds entities of one kind. Returns the place in it where the next page goes on, if the page
    /// is full before its end.
    fn fill<O>(
        &mut self,
        cx: &Granted<'_, O>,
        kind: EntityType,
        mut at: Page,
    ) -> Result<Option<Vec<u8>>, Fault> {
        loop {
            if self.room == 0 || self.length > LENGTH_MAX {
                let place = at.after().map(<[u8]>::to_vec);
                let begun = place.is_some();
                let more = begun || !is_empty(cx, kind, &at)?;
                return Ok(more.then(|| place.unwrap_or_default()));
            }
            let batch = at.clone().sized(self.room.min(BATCH));
            let next = match kind {
                EntityType::User => self.add(cx, &batch, Self::user)?,
                EntityType::Role => self.add(cx, &batch, Self::role)?,
                EntityType::Group => self.add(cx, &batch, Self::group)?,
                EntityType::LocalManagedPolicy => self.add(cx, &batch, Self::policy)?,
                EntityType::AWSManagedPolicy => self.aws_policies(cx, &batch)?,
            };
            let Some(marker) = next else { return Ok(None) };
            at = at.reading_on(&marker)?;
        }
    }

    fn add<E: Listed, O>(
        &mut self,
        cx: &Granted<'_, O>,
        batch: &Page,
        one: fn(&mut Self, &Granted<'_, O>, &E) -> Result<(), Fault>,
    ) -> Result<Option<String>, Fault> {
        let found = page::by_path(cx, batch, None, |entity: E| one(self, cx, &entity))?;
        self.room = self.room.saturating_sub(found.items.len());
        self.length += ITEM * found.items.len();
        Ok(found.marker)
    }

    fn tags(&mut self, tags: &[Tag]) -> Option<Vec<shapes::Tag>> {
        self.length += tags.iter().map(|tag| ITEM + tag.key.len() + tag.value.len()).sum::<usize>();
        Some(tag::list(tags))
    }

    fn attached(&mut self, arns: &[String]) -> Option<Vec<shapes::AttachedPolicy>> {
        self.length += arns.iter().map(|arn| ITEM + arn.len()).sum::<usize>();
        Some(attachment::list(arns))
    }

    fn document(&mut self, text: &str) -> String {
        let encoded = document::encoded(text);
        self.length += ITEM + encoded.len();
        encoded
    }

    fn embedded(&mut self, policies: &InlinePolicies) -> Vec<shapes::PolicyDetail> {
        let detail = |policy: &crate::entity::InlinePolicy| shapes::PolicyDetail {
            policy_name: Some(policy.name.clone()),
            policy_document: Some(self.document(&policy.document)),
        };
        policies.iter().map(detail).collect()
    }

    fn user<O>(&mut self, cx: &Granted<'_, O>, user: &User) -> Result<(), Fault> {
        let mut groups = Vec::with_capacity(user.groups.len());
        for id in &user.groups {
            groups.extend(cx.view().group_by_id(user.account, id)?.map(|group| group.name));
        }
        let detail = shapes::UserDetail {
            path: Some(user.path.clone()),
            user_name: Some(user.name.clone()),
            user_id: Some(user.id.to_string()),
            arn: Some(user.arn()),
            create_date: Some(user.created),
            user_policy_list: Some(self.embedded(&user.inline)),
            group_list: Some(groups),
            attached_managed_policies: self.attached(&user.attached),
            permissions_boundary: user.boundary.as_deref().map(boundary::shape),
            tags: self.tags(&user.tags),
        };
        self.answer.user_detail_list.get_or_insert_default().push(detail);
        Ok(())
    }

    fn group<O>(&mut self, _: &Granted<'_, O>, group: &Group) -> Result<(), Fault> {
        let detail = shapes::GroupDetail {
            path: Some(group.path.clone()),
            group_name: Some(group.name.clone()),
            group_id: Some(group.id.to_string()),
            arn: Some(group.arn()),
            create_date: Some(group.created),
            group_policy_list: Some(self.embedded(&group.inline)),
            attached_managed_policies: self.attached(&group.attached),
        };
        self.answer.group_detail_list.get_or_insert_default().push(detail);
        Ok(())
    }

    fn role<O>(&mut self, cx: &Granted<'_, O>, role: &Role) -> Result<(), Fault> {
        let trust = trust::encoded(cx.view(), role)?;
        self.length += trust.len();
        let detail = shapes::RoleDetail {
            path: Some(role.path.clone()),
            role_name: Some(role.name.clone()),
            role_id: Some(role.id.to_string()),
            arn: Some(role.arn()),
            create_date: Some(role.created),
            assume_role_policy_document: Some(trust),
            instance_profile_list: Some(profiles(cx, role)?),
            role_policy_list: Some(self.embedded(&role.inline)),
            attached_managed_policies: self.attached(&role.attached),
            permissions_boundary: role.boundary.as_deref().map(boundary::shape),
            tags: self.tags(&role.tags),
            role_last_used: Some(role::last_used(cx, role)),
        };
        self.answer.role_detail_list.get_or_insert_default().push(detail);
        Ok(())
    }

    fn policy<O>(&mut self, cx: &Granted<'_, O>, policy: &ManagedPolicy) -> Result<(), Fault> {
        let newest_first = policy.versions.iter().rev();
        let versions = newest_first.map(|version| shapes::PolicyVersion {
            document: Some(self.document(&version.document)),
            ..version::shape(version, version.number == policy.default_version)
        });
        let versions = versions.collect();
        let shape = managed::listed(policy, Uses::of(cx, &policy.arn())?);
        let shape = shapes::Policy { description: policy.description.clone(), ..shape };
        self.answer.policies.get_or_insert_default().push(detail(shape, versions));
        Ok(())
    }

    /// Those of AWS's policies that are in use.
    fn aws_policies<O>(
        &mut self,
        cx: &Granted<'_, O>,
        batch: &Page,
    ) -> Result<Option<String>, Fault> {
        let found = aws_in_use(cx, batch)?;
        self.room = self.room.saturating_sub(found.items.len());
        for (policy, uses) in found.items {
            let version = policy.version();
            self.length += version.document.as_ref().map_or(0, String::len);
            let detail = detail(policy.shape(uses, true), vec![version]);
            self.answer.policies.get_or_insert_default().push(detail);
        }
        Ok(found.marker)
    }
}

fn is_empty<O>(cx: &Granted<'_, O>, kind: EntityType, at: &Page) -> Result<bool, Fault> {
    let index = match kind {
        EntityType::User => User::BY_NAME,
        EntityType::Role => Role::BY_NAME,
        EntityType::Group => Group::BY_NAME,
        EntityType::LocalManagedPolicy => ManagedPolicy::BY_NAME,
        EntityType::AWSManagedPolicy => {
            return Ok(aws_in_use(cx, &at.clone().sized(1))?.items.is_empty());
        }
    };
    Ok(cx.view().scan(index, cx.account(), b"", None, 1)?.is_empty())
}

type InUse = (&'static aws_managed::AwsPolicy, Uses);

/// A page of those of AWS's policies that are attached or bound somebody, by name.
fn aws_in_use<O>(cx: &Granted<'_, O>, page: &Page) -> Result<Found<InUse>, Fault> {
    let after = page.after().unwrap_or_default();
    let mut found = Found { items: Vec::<InUse>::new(), marker: None };
    for policy in aws_managed::all().iter().filter(|policy| policy.name.as_bytes() > after) {
        let uses = Uses::of(cx, &policy.arn)?;
        if uses.attachments + uses.boundaries == 0 {
            continue;
        }
        if found.items.len() == page.size() {
            let last = found.items.last().map(|(last, _)| page.marker(last.name.as_bytes()));
            found.marker = last;
            break;
        }
        found.items.push((policy, uses));
    }
    Ok(found)
}

/// The instance profiles that a role is in.
fn profiles<O>(cx: &Granted<'_, O>, role: &Role) -> Result<Vec<shapes::InstanceProfile>, Fault> {
    let prefix = format!("{}\0", role.id);
    let (index, prefix) = (Index::ProfileOfRole, prefix.as_bytes());
    let rows = cx.view().scan(index, role.account, prefix, None, PROFILES_MAX)?;
    let mut profiles = Vec::with_capacity(rows.len());
    for row in &rows {
        let found: Option<InstanceProfile> =
            cx.view().entity(role.account, page::last_part(&row.key))?;
        profiles.extend(found.map(|profile| instance_profile::shape(cx, &profile)).transpose()?);
    }
    Ok(profiles)
}

fn detail(
    policy: shapes::Policy,
    versions: Vec<shapes::PolicyVersion>,
) -> shapes::ManagedPolicyDetail {
    shapes::ManagedPolicyDetail {
        policy_name: policy.policy_name,
        policy_id: policy.policy_id,
        arn: policy.arn,
        path: policy.path,
        default_version_id: policy.default_version_id,
        attachment_count: policy.attachment_count,
        permissions_boundary_usage_count: policy.permissions_boundary_usage_count,
        is_attachable: policy.is_attachable,
        description: policy.description,
        create_date: policy.create_date,
        update_date: policy.update_date,
        policy_version_list: Some(versions),
    }
}
