//! How an account comes into the world: by the operator, before anybody can sign.
//!
//! Not along the corridor, since there is no caller yet; with its record all the same.

mod controls;

use std::sync::mpsc;

use names::{AccountId, IdKind, Secret, UniqueId, mint_id, mint_secret_access_key};
use store::{CommitError, CounterStep};

use crate::corridor::Authority;
use crate::counter::Counter;
use crate::desk::{Desk, View};
use crate::entity::{AccessKey, Account, Entity, Home, Index, KeyStatus, MfaDevice, Root, nobody};
use crate::last_used;
use crate::trail::record;

pub use controls::{
    ControlKind, ControlPlace, attach_control, detach_control, list_controls, manage_root,
};

/// A key pair that the operator brings for root.
#[derive(Debug)]
pub struct RootKeyPair {
    /// `AKIA` and sixteen characters of `A–Z2–7`.
    pub access_key_id: String,
    /// At least forty characters of `A–Za–z0–9/+`, not all alike.
    pub secret_access_key: Secret<String>,
}

/// A new account with its root access key. The secret is shown here and never again.
#[derive(Debug)]
pub struct NewAccount {
    /// The account.
    pub account: AccountId,
    /// Root's access key id.
    pub access_key_id: String,
    /// Root's secret access key.
    pub secret_access_key: Secret<String>,
    /// Whether the operator brought the key, and so has it already.
    pub brought: bool,
}

/// Why an account was not made or changed. Nothing is changed then.
#[derive(Debug, thiserror::Error)]
pub enum BootstrapError {
    /// There is one with this id.
    #[error("account {0} exists already")]
    AccountExists(AccountId),
    /// There is none with this id.
    #[error("there is no account {0}")]
    NoSuchAccount(AccountId),
    /// The access key id that was given is no such id.
    #[error("the given root access key id is not `AKIA` and 16 characters of A-Z and 2-7")]
    BadAccessKeyId,
    /// The secret that was given is too weak.
    #[error(
        "the given root secret access key is too weak: it takes at least 40 characters of \
         A-Z, a-z, 0-9, / and +, at least 16 of them different"
    )]
    WeakSecret,
    /// The access key id that was given is in use.
    #[error("the given root access key id is in use")]
    AccessKeyIdTaken,
    /// The document is no control policy.
    #[error("{0}")]
    BadPolicy(String),
    /// An account is its own root's manager already.
    #[error("an account cannot be its own manager")]
    OwnManager,
    /// A name that cannot be told apart in a list.
    #[error("{0:?} is no name: 1 to 128 letters, digits, blanks and _ + = , . @ -")]
    BadName(String),
    /// Another document is called so.
    #[error("FullAWSAccess is AWS's own policy, which allows everything")]
    OwnOfAws,
    /// A level holds so many policies of one kind.
    #[error("a level holds {0} policies of one kind at most")]
    TooManyPolicies(usize),
    /// The account has no such policy at that level.
    #[error("no policy {0} is attached there")]
    NotAttached(String),
    /// Without any, nothing would be allowed.
    #[error("it is the last service control policy of its level")]
    LastPolicy,
    /// Something was changed meanwhile.
    #[error("it was changed by somebody else meanwhile")]
    Contended,
    /// The store cannot be read or written.
    #[error("the store cannot be used: {0}")]
    Store(String),
}

/// Makes an account with its root user and one root access key.
///
/// # Errors
/// [`BootstrapError`]; nothing is changed then.
pub fn create_account(
    authority: &Authority,
    id: Option<AccountId>,
    pair: Option<RootKeyPair>,
) -> Result<NewAccount, BootstrapError> {
    if let Some(pair) = &pair {
        check_pair(pair)?;
    }
    let view = View::new(&authority.store);
    let lookup = |index: Index, key: &str| view.lookup(index, &[key]).map_err(of_fault);
    let id = id.unwrap_or_else(|| random_account(authority));
    if lookup(Index::Account, &id.to_string())?.is_some() {
        return Err(BootstrapError::AccountExists(id));
    }
    let brought = pair.is_some();
    let pair = pair.unwrap_or_else(|| fresh_pair(authority, id));
    if lookup(Index::AccessKey, &pair.access_key_id)?.is_some() {
        return Err(BootstrapError::AccessKeyIdTaken);
    }
    let root = Root { keys: vec![key_of(authority, &pair)], ..Root::default() };
    let created = authority.clock.now().whole_second();
    let account = Account::new(id, created, root);
    let made = commit(authority, view, &account, (id, "CreateAccount"));
    made.map_err(|error| match error {
        BootstrapError::Contended => BootstrapError::AccountExists(id),
        error => error,
    })?;
    Ok(shown(id, pair, brought))
}

/// Replaces all access keys of an account's root user by a new one, ends root's sessions and takes
/// root's MFA devices from it: the way out for an operator whose root key or device is lost, leaked,
/// or was made inactive.
///
/// # Errors
/// [`BootstrapError`]; nothing is changed then.
pub fn reset_root_key(authority: &Authority, id: AccountId) -> Result<NewAccount, BootstrapError> {
    let view = View::new(&authority.store);
    let found = view.entity::<Account>(id, Account::KEY);
    let found = found.map_err(of_fault)?;
    let mut account = found.ok_or(BootstrapError::NoSuchAccount(id))?;
    let pair = fresh_pair(authority, id);
    let former = std::mem::replace(&mut account.root.keys, vec![key_of(authority, &pair)]);
    account.root.sessions_valid_from = Some(authority.clock.now());
    let devices = std::mem::take(&mut account.root.mfa);
    commit_with(authority, view, (id, "ResetRootAccessKey"), |desk| {
        for device in devices {
            release(desk, id, &device.serial)?;
        }
        desk.get::<Account>(id, Account::KEY)?;
        desk.put(&account)
    })?;
    for key in former {
        authority.store.note(&last_used::key(key.id.as_str()), None);
    }
    Ok(shown(id, pair, false))
}

/// Makes a virtual MFA device nobody's again.
fn release(desk: &mut Desk<'_>, account: AccountId, serial: &str) -> Result<(), api::Fault> {
    let key = MfaDevice::key_of(account, serial).unwrap_or_default();
    if let Some(mut device) = desk.get::<MfaDevice>(account, &key)? {
        device.assigned = None;
        desk.put(&device)?;
        desk.step(account, &Counter::MfaDevicesInUse, CounterStep::Down);
    }
    Ok(())
}

fn fresh_pair(authority: &Authority, account: AccountId) -> RootKeyPair {
    let chance = &*authority.chance;
    RootKeyPair {
        access_key_id: mint_id(IdKind::AccessKey, account, chance).to_string(),
        secret_access_key: mint_secret_access_key(chance),
    }
}

fn key_of(authority: &Authority, pair: &RootKeyPair) -> AccessKey {
    AccessKey {
        id: UniqueId::from_text(pair.access_key_id.clone()),
        secret: pair.secret_access_key.clone(),
        status: KeyStatus::Active,
        created: authority.clock.now().whole_second(),
    }
}

/// How many users and roles an account may have. What is there already stays.
#[derive(Debug, Clone, Copy)]
pub struct Quotas {
    /// Users.
    pub users: u64,
    /// Roles.
    pub roles: u64,
}

/// The quotas that an account has.
///
/// # Errors
/// [`BootstrapError`] if there is no such account, or the store cannot be read.
pub fn quotas(authority: &Authority, id: AccountId) -> Result<Quotas, BootstrapError> {
    let view = View::new(&authority.store);
    let account = view.entity::<Account>(id, Account::KEY).map_err(of_fault)?;
    let account = account.ok_or(BootstrapError::NoSuchAccount(id))?;
    Ok(Quotas { users: account.users_max(), roles: account.roles_max() })
}

/// Sets quotas; `None` leaves one as it is.
///
/// # Errors
/// [`BootstrapError`]; nothing is changed then.
pub fn set_quotas(
    authority: &Authority,
    id: AccountId,
    users: Option<u64>,
    roles: Option<u64>,
) -> Result<(), BootstrapError> {
    let view = View::new(&authority.store);
    let account = view.entity::<Account>(id, Account::KEY).map_err(of_fault)?;
    let account = account.ok_or(BootstrapError::NoSuchAccount(id))?;
    let (users_quota, roles_quota) = (users.or(account.users_quota), roles.or(account.roles_quota));
    let account = Account { users_quota, roles_quota, ..account };
    commit(authority, view, &account, (id, "SetAccountQuota"))
}

fn shown(account: AccountId, pair: RootKeyPair, brought: bool) -> NewAccount {
    let RootKeyPair { access_key_id, secret_access_key } = pair;
    NewAccount { account, access_key_id, secret_access_key, brought }
}

fn of_fault(fault: api::Fault) -> BootstrapError {
    BootstrapError::Store(fault.message)
}

/// Lays down `entity` with a record of `event` in the account's trail.
fn commit<E: Entity>(
    authority: &Authority,
    view: View<'_>,
    entity: &E,
    (account, event): (AccountId, &str),
) -> Result<(), BootstrapError> {
    commit_with(authority, view, (account, event), |desk| {
        desk.get::<E>(account, &entity.key())?;
        desk.put(entity)
    })
}

/// Lays down what `change` does with a record of `event` in the account's trail.
fn commit_with(
    authority: &Authority,
    view: View<'_>,
    (account, event): (AccountId, &str),
    change: impl FnOnce(&mut Desk<'_>) -> Result<(), api::Fault>,
) -> Result<(), BootstrapError> {
    let mut desk = Desk::new(view);
    change(&mut desk).map_err(of_fault)?;
    settle_home(&mut desk, authority.home, account).map_err(of_fault)?;
    let (tell, told) = mpsc::channel();
    authority.store.commit(
        desk.into_changes(api::Effect::Write),
        record::of_operator(event, account, authority),
        Box::new(move |outcome| {
            let _ = tell.send(outcome);
        }),
    );
    authority.store.step();
    match told.recv() {
        Ok(Ok(())) => Ok(()),
        Ok(Err(CommitError::Conflict)) => Err(BootstrapError::Contended),
        Ok(Err(error)) => Err(BootstrapError::Store(error.to_string())),
        Err(_) => Err(BootstrapError::Store("the store is closed".to_owned())),
    }
}

/// Lays down which account calls belong to that belong to none, where that was never done: the one
/// that has been it so far, or else this first one.
fn settle_home(desk: &mut Desk<'_>, home: AccountId, account: AccountId) -> Result<(), api::Fault> {
    if desk.get::<Home>(nobody(), Home::KEY)?.is_some() {
        return Ok(());
    }
    desk.put(&Home { account: if home == nobody() { account } else { home } })
}

/// All accounts, in the order of their ids.
///
/// # Errors
/// [`BootstrapError::Store`] if the store cannot be read.
pub fn list_accounts(authority: &Authority) -> Result<Vec<AccountId>, BootstrapError> {
    let view = View::new(&authority.store);
    let rows = view.scan(Index::Account, nobody(), b"", None, usize::MAX >> 1);
    let rows = rows.map_err(of_fault)?;
    let ids = rows.iter().filter_map(|row| std::str::from_utf8(&row.key).ok()?.parse().ok());
    Ok(ids.collect())
}

/// Twelve digits, the first of which is not zero.
fn random_account(authority: &Authority) -> AccountId {
    let mut bytes = [0_u8; 8];
    authority.chance.fill(&mut bytes);
    let number = 100_000_000_000 + u64::from_be_bytes(bytes) % 900_000_000_000;
    AccountId::from_number(number).unwrap_or_default()
}

/// Checks shape and strength of a key pair that the operator brings.
///
/// # Errors
/// [`BootstrapError::BadAccessKeyId`] or [`BootstrapError::WeakSecret`].
pub fn check_pair(pair: &RootKeyPair) -> Result<(), BootstrapError> {
    let digits = pair.access_key_id.strip_prefix("AKIA").unwrap_or_default();
    let base32 = |b: u8| b.is_ascii_uppercase() || (b'2'..=b'7').contains(&b);
    if digits.len() != 16 || !digits.bytes().all(base32) {
        return Err(BootstrapError::BadAccessKeyId);
    }
    let secret = pair.secret_access_key.expose().as_bytes();
    let shape = |b: &u8| b.is_ascii_alphanumeric() || *b == b'/' || *b == b'+';
    let different: std::collections::HashSet<&u8> = secret.iter().collect();
    if secret.len() < 40 || !secret.iter().all(shape) || different.len() < 16 {
        return Err(BootstrapError::WeakSecret);
    }
    Ok(())
}
