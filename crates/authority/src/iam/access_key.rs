//! Access keys of users and of root: create, list, make inactive, delete, last used.
//!
//! A secret leaves this module once, in the answer that creates it.

use api::iam::operations::{
    CreateAccessKey, DeleteAccessKey, GetAccessKeyLastUsed, ListAccessKeys, UpdateAccessKey,
};
use api::iam::shapes;
use api::{Empty, Fault};
use names::{IdKind, mint_id, mint_secret_access_key};

use super::target::Target;
use super::{faults, quotas};
use crate::credentials;
use crate::entity::{AccessKey, Account, KeyStatus, Owner, User};
use crate::handle::{Asking, Asks, Granted, Handle};
use crate::iam::page::{self, Page};

/// The document that holds the keys: a user's, or the account's for root.
enum Keyholder {
    User(User),
    Root(Account),
}

impl Keyholder {
    /// The named user, or whoever calls.
    fn of<O>(cx: &mut Granted<'_, O>, user_name: Option<&str>) -> Result<Self, Fault> {
        match user_name.or(cx.caller().user_name()).map(str::to_owned) {
            Some(name) => cx.user(&name).map(Self::User),
            None => cx.caller_account().map(Self::Root),
        }
    }

    fn keys(&self) -> &Vec<AccessKey> {
        match self {
            Self::User(user) => &user.keys,
            Self::Root(account) => &account.root.keys,
        }
    }

    fn keys_mut(&mut self) -> &mut Vec<AccessKey> {
        match self {
            Self::User(user) => &mut user.keys,
            Self::Root(account) => &mut account.root.keys,
        }
    }

    /// The user's name; root has none.
    fn name(&self) -> &str {
        match self {
            Self::User(user) => &user.name,
            Self::Root(_) => "",
        }
    }

    fn save<O>(&self, cx: &mut Granted<'_, O>) -> Result<(), Fault> {
        match self {
            Self::User(user) => cx.put(user),
            Self::Root(account) => cx.put(account),
        }
    }
}

impl Handle for CreateAccessKey {
    fn asks(input: &Self::Input, at: &Asking<'_>) -> Result<Asks, Fault> {
        Ok(Asks::on(Target::user(at, input.user_name.as_deref())?))
    }

    fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        let mut holder = Keyholder::of(cx, input.user_name.as_deref())?;
        if holder.keys().len() >= quotas::ACCESS_KEYS_PER_USER {
            return Err(faults::over_quota("AccessKeysPerUser", quotas::ACCESS_KEYS_PER_USER));
        }
        let key = AccessKey {
            id: mint_id(IdKind::AccessKey, cx.account(), cx.chance()),
            secret: mint_secret_access_key(cx.chance()),
            status: KeyStatus::Active,
            created: cx.now().whole_second(),
        };
        let shape = shapes::AccessKey {
            user_name: holder.name().to_owned(),
            access_key_id: key.id.to_string(),
            status: status_shape(key.status),
            secret_access_key: key.secret.expose().clone(),
            create_date: Some(key.created),
        };
        holder.keys_mut().push(key);
        holder.save(cx)?;
        Ok(shapes::CreateAccessKeyResponse { access_key: shape })
    }
}

impl Handle for ListAccessKeys {
    fn asks(input: &Self::Input, at: &Asking<'_>) -> Result<Asks, Fault> {
        Ok(Asks::on(Target::user(at, input.user_name.as_deref())?))
    }

    fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        let page = Page::of(cx, input.marker.as_deref(), input.max_items)?;
        let holder = Keyholder::of(cx, input.user_name.as_deref())?;
        let found = page::of_slice(&page, holder.keys())?;
        let metadata = |key: &AccessKey| shapes::AccessKeyMetadata {
            user_name: Some(holder.name().to_owned()).filter(|name| !name.is_empty()),
            access_key_id: Some(key.id.to_string()),
            status: Some(status_shape(key.status)),
            create_date: Some(key.created),
        };
        Ok(shapes::ListAccessKeysResponse {
            access_key_metadata: found.items.iter().map(metadata).collect(),
            is_truncated: Some(found.marker.is_some()),
            marker: found.marker,
        })
    }
}

impl Handle for UpdateAccessKey {
    fn asks(input: &Self::Input, at: &Asking<'_>) -> Result<Asks, Fault> {
        Ok(Asks::on(Target::user(at, input.user_name.as_deref())?))
    }

    fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        let status = match input.status {
            shapes::StatusType::Active => KeyStatus::Active,
            shapes::StatusType::Inactive => KeyStatus::Inactive,
            shapes::StatusType::Expired => {
                return Err(faults::invalid_input("Operation does not support status Expired"));
            }
        };
        let mut holder = Keyholder::of(cx, input.user_name.as_deref())?;
        let id = &input.access_key_id;
        match holder.keys_mut().iter_mut().find(|key| key.id.as_str() == id) {
            Some(key) => key.status = status,
            None => return Err(faults::no_such_access_key(id)),
        }
        holder.save(cx)?;
        Ok(Empty)
    }
}

impl Handle for DeleteAccessKey {
    fn asks(input: &Self::Input, at: &Asking<'_>) -> Result<Asks, Fault> {
        Ok(Asks::on(Target::user(at, input.user_name.as_deref())?))
    }

    fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        let mut holder = Keyholder::of(cx, input.user_name.as_deref())?;
        let id = &input.access_key_id;
        let Some(at) = holder.keys().iter().position(|key| key.id.as_str() == id) else {
            return Err(faults::no_such_access_key(id));
        };
        holder.keys_mut().remove(at);
        holder.save(cx)?;
        cx.forget_use(id);
        Ok(Empty)
    }
}

impl Handle for GetAccessKeyLastUsed {
    /// The resource is the user who owns the key; an unknown key's owner is unknown.
    fn asks(input: &Self::Input, at: &Asking<'_>) -> Result<Asks, Fault> {
        let target = match credentials::owner(at.view(), &input.access_key_id)? {
            Some(Owner::User(account, name)) if account == at.account() => {
                Target::user(at, Some(&name))?
            }
            _ => Target::any(),
        };
        let shown = format!("access key {}", input.access_key_id);
        Ok(Asks::on(Target { shown, ..target }))
    }

    fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        let id = &input.access_key_id;
        let owner = credentials::owner(cx.view(), id)?;
        let user_name = match owner {
            Some(Owner::User(account, name)) if account == cx.account() => {
                Some(cx.user(&name)?.name)
            }
            Some(Owner::Root(account)) if account == cx.account() => None,
            _ => return Err(faults::no_such_access_key(id)),
        };
        let used = cx.last_used(id);
        Ok(shapes::GetAccessKeyLastUsedResponse {
            user_name,
            access_key_last_used: Some(shapes::AccessKeyLastUsed {
                last_used_date: used.as_ref().map(|used| used.at),
                service_name: used.as_ref().map_or_else(none, |used| used.service.clone()),
                region: used.as_ref().map_or_else(none, |used| used.region.clone()),
            }),
        })
    }
}

/// What AWS answers where there is nothing to say.
fn none() -> String {
    "N/A".to_owned()
}

fn status_shape(status: KeyStatus) -> shapes::StatusType {
    match status {
        KeyStatus::Active => shapes::StatusType::Active,
        KeyStatus::Inactive => shapes::StatusType::Inactive,
    }
}
