//! User groups and who is in them.

use api::iam::operations::{
    AddUserToGroup, CreateGroup, DeleteGroup, GetGroup, ListGroups, ListGroupsForUser,
    RemoveUserFromGroup, UpdateGroup,
};
use api::iam::shapes;
use api::{Empty, Fault};
use names::{IdKind, mint_id};

use super::page::{self, Page};
use super::target::Target;
use super::{arn, faults, quotas, user};
use crate::counter::Counter;
use crate::entity::{Group, Index, InlinePolicies, User, folded};
use crate::handle::{Asking, Asks, Granted, Handle};

impl Handle for CreateGroup {
    fn asks(input: &Self::Input, at: &Asking<'_>) -> Result<Asks, Fault> {
        let path = input.path.as_deref().unwrap_or("/");
        Ok(Asks::on(Target::made(arn::group(at.account(), path, &input.group_name))))
    }

    fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        let account = cx.account();
        if cx.get::<Group>(&folded(&input.group_name))?.is_some() {
            return Err(faults::group_exists(&input.group_name));
        }
        cx.count_up(&Counter::Groups, quotas::GROUPS)
            .map_err(|limit| faults::over_quota("GroupsPerAccount", limit))?;
        let group = Group {
            account,
            id: mint_id(IdKind::Group, account, cx.chance()),
            name: input.group_name,
            path: input.path.unwrap_or_else(|| "/".to_owned()),
            created: cx.now().whole_second(),
            inline: InlinePolicies::default(),
            attached: Vec::new(),
        };
        cx.put(&group)?;
        Ok(shapes::CreateGroupResponse { group: shape(&group) })
    }
}

impl Handle for GetGroup {
    fn asks(input: &Self::Input, at: &Asking<'_>) -> Result<Asks, Fault> {
        Ok(Asks::on(Target::group(at, &input.group_name)?))
    }

    fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        let page = Page::of(cx, input.marker.as_deref(), input.max_items)?;
        let group = cx.group(&input.group_name)?;
        let prefix = format!("{}\0", group.id);
        let members = page::keys(cx, &page, Index::GroupMember, prefix.as_bytes())?;
        let mut users = Vec::with_capacity(members.items.len());
        for key in &members.items {
            users.extend(cx.view().entity::<User>(cx.account(), page::last_part(key))?);
        }
        Ok(shapes::GetGroupResponse {
            group: shape(&group),
            users: users.iter().map(user::shape).collect(),
            is_truncated: Some(members.marker.is_some()),
            marker: members.marker,
        })
    }
}

impl Handle for ListGroups {
    fn asks(input: &Self::Input, at: &Asking<'_>) -> Result<Asks, Fault> {
        let path = input.path_prefix.as_deref().unwrap_or("/");
        let shown = arn::group(at.account(), path, "");
        Ok(Asks::on(Target { shown, ..Target::any() }))
    }

    fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        let page = Page::of(cx, input.marker.as_deref(), input.max_items)?;
        let found =
            page::by_path(cx, &page, input.path_prefix.as_deref(), |group| Ok(shape(&group)))?;
        Ok(shapes::ListGroupsResponse {
            groups: found.items,
            is_truncated: Some(found.marker.is_some()),
            marker: found.marker,
        })
    }
}

impl Handle for UpdateGroup {
    /// Asked twice, for the group as it is and as it would be, as for users.
    fn asks(input: &Self::Input, at: &Asking<'_>) -> Result<Asks, Fault> {
        let target = Target::group(at, &input.group_name)?;
        let group = at.view().entity::<Group>(at.account(), &folded(&input.group_name))?;
        let (path, name) = group.as_ref().map_or(("/", input.group_name.as_str()), |group| {
            (group.path.as_str(), group.name.as_str())
        });
        let path = input.new_path.as_deref().unwrap_or(path);
        let name = input.new_group_name.as_deref().unwrap_or(name);
        let moved = target.moved(arn::group(at.account(), path, name));
        Ok(Asks::on(target).and_on(moved))
    }

    fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        let mut group = cx.group(&input.group_name)?;
        let before = group.clone();
        if let Some(path) = input.new_path {
            group.path = path;
        }
        if let Some(name) = input.new_group_name {
            let moved = folded(&name) != folded(&group.name);
            if moved && cx.get::<Group>(&folded(&name))?.is_some() {
                return Err(faults::group_exists(&name));
            }
            group.name = name;
        }
        cx.replace(&before, &group)?;
        Ok(Empty)
    }
}

impl Handle for DeleteGroup {
    fn asks(input: &Self::Input, at: &Asking<'_>) -> Result<Asks, Fault> {
        Ok(Asks::on(Target::group(at, &input.group_name)?))
    }

    fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        let group = cx.group(&input.group_name)?;
        if !group.inline.is_empty() {
            return Err(faults::delete_conflict("delete policies first"));
        }
        if !group.attached.is_empty() {
            return Err(faults::delete_conflict("detach all policies first"));
        }
        if !cx.is_unused(&Counter::Members(group.id.to_string()))? {
            return Err(faults::delete_conflict("remove users from group first"));
        }
        cx.count_down(&Counter::Groups);
        cx.delete(&group);
        Ok(Empty)
    }
}

impl Handle for AddUserToGroup {
    fn asks(input: &Self::Input, at: &Asking<'_>) -> Result<Asks, Fault> {
        Ok(Asks::on(Target::group(at, &input.group_name)?))
    }

    fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        let group = cx.group(&input.group_name)?;
        let mut user = cx.user(&input.user_name)?;
        if user.groups.contains(&group.id) {
            return Ok(Empty);
        }
        if user.groups.len() >= quotas::GROUPS_PER_USER {
            return Err(faults::over_quota("GroupsPerUser", quotas::GROUPS_PER_USER));
        }
        cx.count_one(&Counter::Members(group.id.to_string()));
        user.groups.push(group.id);
        cx.put(&user)?;
        Ok(Empty)
    }
}

impl Handle for RemoveUserFromGroup {
    fn asks(input: &Self::Input, at: &Asking<'_>) -> Result<Asks, Fault> {
        Ok(Asks::on(Target::group(at, &input.group_name)?))
    }

    /// Removing a user who is no member succeeds and changes nothing.
    fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        let group = cx.group(&input.group_name)?;
        let mut user = cx.user(&input.user_name)?;
        if let Some(at) = user.groups.iter().position(|id| *id == group.id) {
            user.groups.remove(at);
            cx.count_down(&Counter::Members(group.id.to_string()));
            cx.put(&user)?;
        }
        Ok(Empty)
    }
}

impl Handle for ListGroupsForUser {
    fn asks(input: &Self::Input, at: &Asking<'_>) -> Result<Asks, Fault> {
        Ok(Asks::on(Target::user(at, Some(&input.user_name))?))
    }

    fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        let page = Page::of(cx, input.marker.as_deref(), input.max_items)?;
        let user = cx.user(&input.user_name)?;
        let found = page::of_slice(&page, &user.groups)?;
        let mut groups = Vec::with_capacity(found.items.len());
        for id in &found.items {
            groups.extend(cx.view().group_by_id(cx.account(), id)?.as_ref().map(shape));
        }
        Ok(shapes::ListGroupsForUserResponse {
            groups,
            is_truncated: Some(found.marker.is_some()),
            marker: found.marker,
        })
    }
}

fn shape(group: &Group) -> shapes::Group {
    shapes::Group {
        path: group.path.clone(),
        group_name: group.name.clone(),
        group_id: group.id.to_string(),
        arn: group.arn(),
        create_date: group.created,
    }
}
