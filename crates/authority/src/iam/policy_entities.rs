//! Who uses a managed policy: to whom it is attached, and whose permissions it bounds.

use api::Fault;
use api::iam::operations::ListEntitiesForPolicy;
use api::iam::shapes::{self, EntityType, PolicyUsageType};

use super::faults;
use super::managed::Managed;
use super::page::{self, Found, Page};
use super::target::Target;
use crate::entity::{Group, Index, Role, User};
use crate::handle::{Asking, Asks, Granted, Handle};

impl Handle for ListEntitiesForPolicy {
    fn asks(input: &Self::Input, at: &Asking<'_>) -> Result<Asks, Fault> {
        Ok(Asks::on(Target::policy(at, &input.policy_arn)?))
    }

    fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        let page = Page::of(cx, input.marker.as_deref(), input.max_items)?;
        let found = Managed::find(cx, &input.policy_arn)?;
        found.ok_or_else(|| faults::no_such_policy(&input.policy_arn))?;
        let prefix = prefix(&input.policy_arn, input.entity_filter);
        let keys = keys(cx, &page, prefix.as_bytes(), input.policy_usage_filter)?;
        let mut answer = shapes::ListEntitiesForPolicyResponse {
            policy_groups: Some(Vec::new()),
            policy_users: Some(Vec::new()),
            policy_roles: Some(Vec::new()),
            is_truncated: Some(keys.marker.is_some()),
            marker: keys.marker,
        };
        let path = input.path_prefix.as_deref().unwrap_or("/");
        for key in &keys.items {
            add_entity(cx, &mut answer, key, path)?;
        }
        Ok(answer)
    }
}

/// What the index keys of such entities begin with.
fn prefix(arn: &str, filter: Option<EntityType>) -> String {
    let kind = match filter {
        None => "",
        Some(EntityType::User) => "user\0",
        Some(EntityType::Group) => "group\0",
        Some(EntityType::Role) => "role\0",
        Some(_) => "none\0",
    };
    format!("{arn}\0{kind}")
}

/// A page of index keys: of attachments, of boundaries, or first of the one and then of the other.
/// A marker says by its first byte in which of the two it stands.
fn keys<O>(
    cx: &Granted<'_, O>,
    page: &Page,
    prefix: &[u8],
    usage: Option<PolicyUsageType>,
) -> Result<Found<Vec<u8>>, Fault> {
    let boundaries = |page: &Page| {
        let mut found = part(cx, page, (Index::PolicyBoundary, b'B'), prefix)?;
        if usage.is_none() {
            drop_attached(cx, &mut found.items)?;
        }
        Ok::<_, Fault>(found)
    };
    let stands_in = page.after().and_then(<[u8]>::first);
    if usage == Some(PolicyUsageType::PermissionsBoundary) || stands_in == Some(&b'B') {
        return boundaries(page);
    }
    let mut found = part(cx, page, (Index::PolicyAttachment, b'A'), prefix)?;
    if usage.is_some() || found.marker.is_some() {
        return Ok(found);
    }
    let rest = page.size().saturating_sub(found.items.len());
    let more = boundaries(&page.starting(None).sized(rest.max(1)))?;
    if rest == 0 {
        found.marker = (!more.items.is_empty()).then(|| page.marker(b"B"));
        return Ok(found);
    }
    found.items.extend(more.items);
    found.marker = more.marker;
    Ok(found)
}

/// Whom the policy bounds and is attached to, too, stands among the attachments already.
fn drop_attached<O>(cx: &Granted<'_, O>, keys: &mut Vec<Vec<u8>>) -> Result<(), Fault> {
    let mut kept = Vec::with_capacity(keys.len());
    for key in keys.drain(..) {
        let rows = cx.view().scan(Index::PolicyAttachment, cx.account(), &key, None, 1)?;
        if rows.first().is_none_or(|row| row.key != key) {
            kept.push(key);
        }
    }
    *keys = kept;
    Ok(())
}

fn part<O>(
    cx: &Granted<'_, O>,
    page: &Page,
    (index, mark): (Index, u8),
    prefix: &[u8],
) -> Result<Found<Vec<u8>>, Fault> {
    let place = match page.after().map(<[u8]>::split_first) {
        None => None,
        Some(Some((first, place))) if *first == mark => Some(place),
        Some(_) => return Err(page::invalid_marker()),
    };
    let inner = page.starting(place.filter(|place| !place.is_empty()));
    let found = page::keys(cx, &inner, index, prefix)?;
    let next = found.marker.map(|marker| page.reading_on(&marker)).transpose()?;
    let marker = next.and_then(|next| next.after().map(|at| page.marker(&[&[mark], at].concat())));
    Ok(Found { items: found.items, marker })
}

fn add_entity<O>(
    cx: &Granted<'_, O>,
    answer: &mut shapes::ListEntitiesForPolicyResponse,
    key: &[u8],
    path: &str,
) -> Result<(), Fault> {
    let (account, name) = (cx.account(), page::last_part(key));
    match key.split(|byte| *byte == 0).nth(1) {
        Some(b"user") => {
            let user = cx.view().entity::<User>(account, name)?;
            let user = user.filter(|user| user.path.starts_with(path));
            answer.policy_users.get_or_insert_default().extend(user.map(|user| {
                let (name, id) = (Some(user.name), Some(user.id.to_string()));
                shapes::PolicyUser { user_name: name, user_id: id }
            }));
        }
        Some(b"role") => {
            let role = cx.view().entity::<Role>(account, name)?;
            let role = role.filter(|role| role.path.starts_with(path));
            answer.policy_roles.get_or_insert_default().extend(role.map(|role| {
                let (name, id) = (Some(role.name), Some(role.id.to_string()));
                shapes::PolicyRole { role_name: name, role_id: id }
            }));
        }
        _ => {
            let group = cx.view().entity::<Group>(account, name)?;
            let group = group.filter(|group| group.path.starts_with(path));
            answer.policy_groups.get_or_insert_default().extend(group.map(|group| {
                let (name, id) = (Some(group.name), Some(group.id.to_string()));
                shapes::PolicyGroup { group_name: name, group_id: id }
            }));
        }
    }
    Ok(())
}
