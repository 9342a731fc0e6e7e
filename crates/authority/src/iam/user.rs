//! Users: create, read, list, rename, delete.

use api::iam::operations::{CreateUser, DeleteUser, GetUser, ListUsers, UpdateUser};
use api::iam::shapes;
use api::{Empty, Fault};
use names::{IdKind, mint_id};

use super::target::Target;
use super::{arn, boundary, faults, quotas, tag};
use crate::counter::Counter;
use crate::entity::{Account, InlinePolicies, User, folded};
use crate::handle::{Asking, Asks, Granted, Handle};
use crate::iam::page::{self, Page};

impl Handle for CreateUser {
    fn asks(input: &Self::Input, at: &Asking<'_>) -> Result<Asks, Fault> {
        let path = input.path.as_deref().unwrap_or("/");
        let made = Target::made(arn::user(at.account(), path, &input.user_name));
        let asks = Asks::on(made.bounded(input.permissions_boundary.clone())).with_boundary();
        Ok(tag::asked(asks, input.tags.as_deref(), "iam:TagUser"))
    }

    fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        let account = cx.account();
        let tags = tag::checked(input.tags.unwrap_or_default())?;
        if cx.get::<User>(&folded(&input.user_name))?.is_some() {
            return Err(faults::user_exists(&input.user_name));
        }
        let boundary = boundary::checked(cx, input.permissions_boundary)?;
        let limit = users_max(cx)?;
        cx.count_up(&Counter::Users, limit)
            .map_err(|limit| faults::over_quota("UsersPerAccount", limit))?;
        let user = User {
            account,
            id: mint_id(IdKind::User, account, cx.chance()),
            name: input.user_name,
            path: input.path.unwrap_or_else(|| "/".to_owned()),
            created: cx.now().whole_second(),
            keys: Vec::new(),
            inline: InlinePolicies::default(),
            attached: Vec::new(),
            groups: Vec::new(),
            boundary,
            tags,
            sessions_valid_from: None,
            ssh_keys: Vec::new(),
            signing_certificates: Vec::new(),
            service_credentials: Vec::new(),
            login: None,
            mfa: Vec::new(),
        };
        cx.put(&user)?;
        Ok(shapes::CreateUserResponse { user: Some(shape_with_tags(&user)) })
    }
}

/// The account is looked at, not depended on: users who are made at once do not conflict over it.
fn users_max(cx: &Granted<'_, CreateUser>) -> Result<u64, Fault> {
    let account = cx.view().entity::<Account>(cx.account(), Account::KEY)?;
    Ok(account.map_or(quotas::USERS, |account| account.users_max()))
}

impl Handle for GetUser {
    /// Of oneself a refusal speaks by ARN, where other operations say `user null`.
    fn asks(input: &Self::Input, at: &Asking<'_>) -> Result<Asks, Fault> {
        let target = Target::user(at, input.user_name.as_deref())?;
        Ok(Asks::on(match &input.user_name {
            Some(_) => target,
            None => Target { shown: target.arn.clone(), ..target },
        }))
    }

    fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        let Some(name) = input.user_name.as_deref().or(cx.caller().user_name()) else {
            return Ok(shapes::GetUserResponse { user: root_shape(&cx.caller_account()?) });
        };
        let user = cx.user(name)?;
        Ok(shapes::GetUserResponse { user: shape_with_tags(&user) })
    }
}

impl Handle for ListUsers {
    fn asks(input: &Self::Input, at: &Asking<'_>) -> Result<Asks, Fault> {
        let path = input.path_prefix.as_deref().unwrap_or("/");
        let shown = arn::user(at.account(), path, "");
        Ok(Asks::on(Target { shown, ..Target::any() }))
    }

    fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        let page = Page::of(cx, input.marker.as_deref(), input.max_items)?;
        let found =
            page::by_path(cx, &page, input.path_prefix.as_deref(), |user| Ok(shape(&user)))?;
        Ok(shapes::ListUsersResponse {
            users: found.items,
            is_truncated: Some(found.marker.is_some()),
            marker: found.marker,
        })
    }
}

impl Handle for UpdateUser {
    /// Asked twice, for the user as it is and as it would be: who may rename one user must not get
    /// at another one's ARN by it.
    fn asks(input: &Self::Input, at: &Asking<'_>) -> Result<Asks, Fault> {
        let target = Target::user(at, Some(&input.user_name))?;
        let user = at.view().entity::<User>(at.account(), &folded(&input.user_name))?;
        let (path, name) = user.as_ref().map_or(("/", input.user_name.as_str()), |user| {
            (user.path.as_str(), user.name.as_str())
        });
        let path = input.new_path.as_deref().unwrap_or(path);
        let name = input.new_user_name.as_deref().unwrap_or(name);
        let moved = target.moved(arn::user(at.account(), path, name));
        Ok(Asks::on(target).and_on(moved))
    }

    fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        let mut user = cx.user(&input.user_name)?;
        let before = user.clone();
        if let Some(path) = input.new_path {
            user.path = path;
        }
        if let Some(name) = input.new_user_name {
            let moved = folded(&name) != folded(&user.name);
            if moved && cx.get::<User>(&folded(&name))?.is_some() {
                return Err(faults::user_exists(&name));
            }
            user.name = name;
        }
        cx.replace(&before, &user)?;
        Ok(Empty)
    }
}

impl Handle for DeleteUser {
    fn asks(input: &Self::Input, at: &Asking<'_>) -> Result<Asks, Fault> {
        Ok(Asks::on(Target::user(at, Some(&input.user_name))?))
    }

    fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        let user = cx.user(&input.user_name)?;
        refuse_while_in_use(&user)?;
        cx.count_down(&Counter::Users);
        if let Some(boundary) = &user.boundary {
            cx.count_down(&Counter::Boundaries(boundary.clone()));
        }
        cx.delete(&user);
        Ok(Empty)
    }
}

/// AWS names the first obstacle in this order.
fn refuse_while_in_use(user: &User) -> Result<(), Fault> {
    let obstacles = [
        (user.login.is_some(), "delete login profile first"),
        (!user.keys.is_empty(), "delete access keys first"),
        (!user.inline.is_empty(), "delete policies first"),
        (!user.attached.is_empty(), "detach all policies first"),
        (!user.groups.is_empty(), "remove users from group first"),
        (!user.signing_certificates.is_empty(), "delete certificates first"),
        (!user.ssh_keys.is_empty(), "remove referenced objects first"),
        (!user.service_credentials.is_empty(), "remove referenced objects first"),
        (!user.mfa.is_empty(), "remove tokens from principal first"),
    ];
    match obstacles.into_iter().find(|(stands, _)| *stands) {
        Some((_, what)) => Err(faults::delete_conflict(what)),
        None => Ok(()),
    }
}

/// A user as list answers show it: without tags.
pub(crate) fn shape(user: &User) -> shapes::User {
    shapes::User {
        path: user.path.clone(),
        user_name: user.name.clone(),
        user_id: user.id.to_string(),
        arn: user.arn(),
        create_date: user.created,
        ..shapes::User::default()
    }
}

fn shape_with_tags(user: &User) -> shapes::User {
    shapes::User {
        permissions_boundary: user.boundary.as_deref().map(boundary::shape),
        tags: tag::shapes(&user.tags),
        ..shape(user)
    }
}

/// Root as answers show it: the account's id for an id, and no name.
pub(crate) fn root_shape(account: &Account) -> shapes::User {
    shapes::User {
        user_id: account.id.to_string(),
        arn: arn::root(account.id),
        create_date: account.created,
        ..shapes::User::default()
    }
}
