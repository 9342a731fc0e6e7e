//! Instance profiles and the one role that each may hold.

use api::iam::operations::{
    AddRoleToInstanceProfile, CreateInstanceProfile, DeleteInstanceProfile, GetInstanceProfile,
    ListInstanceProfiles, ListInstanceProfilesForRole, RemoveRoleFromInstanceProfile,
};
use api::iam::shapes;
use api::{Empty, Fault};
use names::{IdKind, mint_id};

use super::holder::Holder as _;
use super::page::{self, Page};
use super::target::Target;
use super::{arn, faults, quotas, role, tag};
use crate::counter::Counter;
use crate::entity::{Index, InstanceProfile, Role, folded};
use crate::handle::{Ask, Asking, Asks, Granted, Handle};

/// The instance profile of this name, or AWS's text that there is none.
pub(crate) fn named<O>(cx: &mut Granted<'_, O>, name: &str) -> Result<InstanceProfile, Fault> {
    cx.get(&folded(name))?.ok_or_else(|| faults::no_such_instance_profile(name))
}

impl Handle for CreateInstanceProfile {
    fn asks(input: &Self::Input, at: &Asking<'_>) -> Result<Asks, Fault> {
        let path = input.path.as_deref().unwrap_or("/");
        let arn = arn::instance_profile(at.account(), path, &input.instance_profile_name);
        let asks = Asks::on(Target::made(arn));
        Ok(tag::asked(asks, input.tags.as_deref(), "iam:TagInstanceProfile"))
    }

    fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        let account = cx.account();
        let tags = tag::checked(input.tags.unwrap_or_default())?;
        let name = input.instance_profile_name;
        if cx.get::<InstanceProfile>(&folded(&name))?.is_some() {
            return Err(faults::instance_profile_exists(&name));
        }
        cx.count_up(&Counter::InstanceProfiles, quotas::INSTANCE_PROFILES)
            .map_err(|limit| faults::over_quota("InstanceProfilesPerAccount", limit))?;
        let profile = InstanceProfile {
            account,
            id: mint_id(IdKind::InstanceProfile, account, cx.chance()),
            name,
            path: input.path.unwrap_or_else(|| "/".to_owned()),
            created: cx.now().whole_second(),
            role: None,
            tags,
        };
        cx.put(&profile)?;
        Ok(shapes::CreateInstanceProfileResponse { instance_profile: with_tags(cx, &profile)? })
    }
}

impl Handle for GetInstanceProfile {
    fn asks(input: &Self::Input, at: &Asking<'_>) -> Result<Asks, Fault> {
        Ok(Asks::on(Target::instance_profile(at, &input.instance_profile_name)?))
    }

    fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        let profile = named(cx, &input.instance_profile_name)?;
        Ok(shapes::GetInstanceProfileResponse { instance_profile: with_tags(cx, &profile)? })
    }
}

impl Handle for ListInstanceProfiles {
    fn asks(input: &Self::Input, at: &Asking<'_>) -> Result<Asks, Fault> {
        let path = input.path_prefix.as_deref().unwrap_or("/");
        let shown = arn::instance_profile(at.account(), path, "");
        Ok(Asks::on(Target { shown, ..Target::any() }))
    }

    fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        let page = Page::of(cx, input.marker.as_deref(), input.max_items)?;
        let prefix = input.path_prefix.as_deref();
        let found = page::by_path(cx, &page, prefix, |profile| shape(cx, &profile))?;
        Ok(shapes::ListInstanceProfilesResponse {
            instance_profiles: found.items,
            is_truncated: Some(found.marker.is_some()),
            marker: found.marker,
        })
    }
}

impl Handle for ListInstanceProfilesForRole {
    fn asks(input: &Self::Input, at: &Asking<'_>) -> Result<Asks, Fault> {
        Ok(Asks::on(Role::target(at, &input.role_name)?))
    }

    fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        let page = Page::of(cx, input.marker.as_deref(), input.max_items)?;
        let role = Role::named(cx, &input.role_name)?;
        let prefix = format!("{}\0", role.id);
        let keys = page::keys(cx, &page, Index::ProfileOfRole, prefix.as_bytes())?;
        let mut profiles = Vec::with_capacity(keys.items.len());
        for key in &keys.items {
            let found: Option<InstanceProfile> =
                cx.view().entity(cx.account(), page::last_part(key))?;
            profiles.extend(found.map(|profile| shape(cx, &profile)).transpose()?);
        }
        Ok(shapes::ListInstanceProfilesForRoleResponse {
            instance_profiles: profiles,
            is_truncated: Some(keys.marker.is_some()),
            marker: keys.marker,
        })
    }
}

impl Handle for AddRoleToInstanceProfile {
    /// Handing a role to a machine is handing it on: `iam:PassRole` is asked for, too.
    fn asks(input: &Self::Input, at: &Asking<'_>) -> Result<Asks, Fault> {
        let role = Role::target(at, &input.role_name)?;
        let passed = Target { shown: role.arn.clone(), ..role };
        let mut asks = Asks::on(Target::instance_profile(at, &input.instance_profile_name)?);
        asks.list.push(Ask::of(Some("iam:PassRole"), passed));
        Ok(asks.with("iam:PassedToService", "ec2.amazonaws.com"))
    }

    /// The role is read to be depended on: it must not be deleted meanwhile.
    fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        let mut profile = named(cx, &input.instance_profile_name)?;
        let role = Role::named(cx, &input.role_name)?;
        role.modifiable()?;
        if profile.role.is_some() {
            return Err(faults::over_quota("InstanceSessionsPerInstanceProfile", 1));
        }
        cx.count_one(&Counter::ProfilesOfRole(role.id.to_string()));
        profile.role = Some(role.id);
        cx.put(&profile)?;
        Ok(Empty)
    }
}

impl Handle for RemoveRoleFromInstanceProfile {
    fn asks(input: &Self::Input, at: &Asking<'_>) -> Result<Asks, Fault> {
        Ok(Asks::on(Target::instance_profile(at, &input.instance_profile_name)?))
    }

    fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        let mut profile = named(cx, &input.instance_profile_name)?;
        let role = Role::named(cx, &input.role_name)?;
        role.modifiable()?;
        if profile.role.as_ref() != Some(&role.id) {
            return Err(faults::no_such_role(&input.role_name));
        }
        cx.count_down(&Counter::ProfilesOfRole(role.id.to_string()));
        profile.role = None;
        cx.put(&profile)?;
        Ok(Empty)
    }
}

impl Handle for DeleteInstanceProfile {
    fn asks(input: &Self::Input, at: &Asking<'_>) -> Result<Asks, Fault> {
        Ok(Asks::on(Target::instance_profile(at, &input.instance_profile_name)?))
    }

    fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        let profile = named(cx, &input.instance_profile_name)?;
        if profile.role.is_some() {
            return Err(faults::delete_conflict("remove roles from instance profile first"));
        }
        cx.count_down(&Counter::InstanceProfiles);
        cx.delete(&profile);
        Ok(Empty)
    }
}

/// An instance profile as list answers show it: with its role, without tags.
pub(crate) fn shape<O>(
    cx: &Granted<'_, O>,
    profile: &InstanceProfile,
) -> Result<shapes::InstanceProfile, Fault> {
    let role = match &profile.role {
        Some(id) => cx.view().role_by_id(profile.account, id)?,
        None => None,
    };
    let role = role.map(|(_, role)| role::shape(cx.view(), &role)).transpose()?;
    Ok(shapes::InstanceProfile {
        path: profile.path.clone(),
        instance_profile_name: profile.name.clone(),
        instance_profile_id: profile.id.to_string(),
        arn: profile.arn(),
        create_date: profile.created,
        roles: role.into_iter().collect(),
        tags: None,
    })
}

fn with_tags<O>(
    cx: &Granted<'_, O>,
    profile: &InstanceProfile,
) -> Result<shapes::InstanceProfile, Fault> {
    Ok(shapes::InstanceProfile { tags: tag::shapes(&profile.tags), ..shape(cx, profile)? })
}
