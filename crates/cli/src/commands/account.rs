//! `keywright account`: accounts, their quotas, root keys and who may do root's tasks.

use authority::bootstrap;
use clap::{Args, Subcommand};
use names::AccountId;

use super::control_policy::{Attach, Detach, ListPolicies};
use crate::config::Place;
use crate::failure::Failure;
use crate::root_access_key::Csv;
use crate::{opening, output, root_access_key};

/// Make and list accounts; the server must not be running
#[derive(Debug, Subcommand)]
pub(crate) enum Account {
    Create(Create),
    List(List),
    Quota(Quota),
    ResetRootKey(ResetRootKey),
    AttachPolicy(Attach),
    DetachPolicy(Detach),
    ListPolicies(ListPolicies),
    ManageRoot(ManageRoot),
}

/// Make another account with its root user
///
/// Prints the root user's access key once: it cannot be shown again.
#[derive(Debug, Args)]
pub(crate) struct Create {
    #[command(flatten)]
    place: Place,

    /// The account's id, twelve digits [default: drawn at random]
    #[arg(long, env = "KEYWRIGHT_NEW_ACCOUNT_ID", value_name = "ID")]
    account_id: Option<AccountId>,
}

/// List the ids of all accounts, one a line
#[derive(Debug, Args)]
pub(crate) struct List {
    #[command(flatten)]
    place: Place,
}

/// Show or set how many users and roles an account may have (5000 and 1000 unless set)
#[derive(Debug, Args)]
pub(crate) struct Quota {
    #[command(flatten)]
    place: Place,

    /// The account's id, twelve digits
    #[arg(value_name = "ACCOUNT")]
    account: AccountId,

    /// Users that the account may have; those who are there already stay
    #[arg(long, env = "KEYWRIGHT_USERS", value_name = "NUMBER")]
    users: Option<u64>,

    /// Roles that the account may have; those that are there already stay
    #[arg(long, env = "KEYWRIGHT_ROLES", value_name = "NUMBER")]
    roles: Option<u64>,
}

/// Replace root's access keys by one new key, and end root's sessions
///
/// For when root's key is lost, was never shown, was made inactive or has leaked. Prints the new key
/// once: it cannot be shown again. The old keys are worth nothing from then on. The trail keeps a
/// ResetRootAccessKey event.
#[derive(Debug, Args)]
pub(crate) struct ResetRootKey {
    #[command(flatten)]
    place: Place,

    /// The account's id, twelve digits; `keywright account list` lists them
    #[arg(value_name = "ACCOUNT")]
    account: AccountId,

    #[command(flatten)]
    csv: Csv,
}

/// Let another account do privileged tasks as this account's root
///
/// Principals of the manager that are allowed sts:AssumeRoot may then take on one of AWS's task policies
/// (arn:aws:iam::aws:policy/root-task/…) as this account's root for up to 15 minutes. Nobody may until an
/// account is named here. Without --manager the account has none any more.
#[derive(Debug, Args)]
pub(crate) struct ManageRoot {
    #[command(flatten)]
    place: Place,

    /// The account whose root is meant, twelve digits
    #[arg(value_name = "ACCOUNT")]
    account: AccountId,

    /// The account whose principals may do the tasks [default: none]
    #[arg(long, env = "KEYWRIGHT_MANAGER", value_name = "ACCOUNT")]
    manager: Option<AccountId>,
}

impl ManageRoot {
    fn run(self) -> Result<(), Failure> {
        let place = self.place.settle()?;
        let named = place.file.manager.as_deref().map(str::parse);
        let named = named.transpose().map_err(|error| {
            Failure::new("the manager in the configuration file is no account").because(error)
        })?;
        let authority = opening::open(&place)?;
        let manager = self.manager.or(named);
        let set = bootstrap::manage_root(&authority, self.account, manager);
        set.map_err(|error| opening::of_bootstrap(&error))?;
        opening::tell_done(&match manager {
            Some(manager) => {
                format!("Principals of {manager} may do tasks as root of {}", self.account)
            }
            None => format!("Nobody may do tasks as root of {}", self.account),
        });
        Ok(())
    }
}

impl Account {
    pub(crate) fn run(self) -> Result<(), Failure> {
        match self {
            Self::Create(create) => create.run(),
            Self::List(list) => list.run(),
            Self::Quota(quota) => quota.run(),
            Self::ResetRootKey(reset) => reset.run(),
            Self::AttachPolicy(attach) => attach.run(),
            Self::DetachPolicy(detach) => detach.run(),
            Self::ListPolicies(list) => list.run(),
            Self::ManageRoot(manage) => manage.run(),
        }
    }
}

impl Create {
    fn run(self) -> Result<(), Failure> {
        let authority = opening::open(&self.place.settle()?)?;
        let made = bootstrap::create_account(&authority, self.account_id, None);
        root_access_key::show(&made.map_err(|error| opening::of_bootstrap(&error))?);
        Ok(())
    }
}

impl List {
    fn run(self) -> Result<(), Failure> {
        let authority = opening::open(&self.place.settle()?)?;
        let accounts = bootstrap::list_accounts(&authority);
        for account in accounts.map_err(|error| opening::of_bootstrap(&error))? {
            output::data(&account.to_string());
        }
        Ok(())
    }
}

impl Quota {
    fn run(self) -> Result<(), Failure> {
        let place = self.place.settle()?;
        let (users, roles) = (self.users.or(place.file.users), self.roles.or(place.file.roles));
        let authority = opening::open(&place)?;
        if users.is_some() || roles.is_some() {
            let set = bootstrap::set_quotas(&authority, self.account, users, roles);
            set.map_err(|error| opening::of_bootstrap(&error))?;
        }
        let quotas = bootstrap::quotas(&authority, self.account);
        let quotas = quotas.map_err(|error| opening::of_bootstrap(&error))?;
        if users.is_some() || roles.is_some() {
            let bootstrap::Quotas { users, roles } = quotas;
            let account = self.account;
            opening::tell_done(&format!("{account} may have {users} users and {roles} roles"));
            return Ok(());
        }
        output::data(&format!("users\t{}", quotas.users));
        output::data(&format!("roles\t{}", quotas.roles));
        Ok(())
    }
}

impl ResetRootKey {
    fn run(self) -> Result<(), Failure> {
        let place = self.place.settle()?;
        let csv = self.csv.settle(&place)?;
        let authority = opening::open(&place)?;
        let made = bootstrap::reset_root_key(&authority, self.account);
        let made = made.map_err(|error| opening::of_bootstrap(&error))?;
        root_access_key::hand_over(&made, csv.as_ref())?;
        authority.store().close();
        Ok(())
    }
}
