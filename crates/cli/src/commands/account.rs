//! `keywright account create`, `keywright account list` and `keywright account quota`.

use authority::bootstrap;
use clap::{Args, Subcommand};
use names::AccountId;

use super::init;
use crate::config::Place;
use crate::failure::Failure;
use crate::{opening, output};

/// Make and list accounts; the server must not be running
#[derive(Debug, Subcommand)]
pub(crate) enum Account {
    Create(Create),
    List(List),
    Quota(Quota),
}

/// Make another account with its root user
///
/// Prints the root user's access key once: it cannot be shown again.
#[derive(Debug, Args)]
pub(crate) struct Create {
    #[command(flatten)]
    place: Place,

    /// The account's id, twelve digits [default: drawn at random]
    #[arg(long, value_name = "ID")]
    account_id: Option<AccountId>,
}

/// List the ids of all accounts, one a line
#[derive(Debug, Args)]
pub(crate) struct List {
    #[command(flatten)]
    place: Place,
}

/// Set how many users an account may have (5000 unless set)
#[derive(Debug, Args)]
pub(crate) struct Quota {
    #[command(flatten)]
    place: Place,

    /// The account's id, twelve digits
    #[arg(value_name = "ACCOUNT")]
    account: AccountId,

    /// Users that the account may have; those who are there already stay
    #[arg(long, value_name = "NUMBER")]
    users: u64,
}

impl Account {
    pub(crate) fn run(self) -> Result<(), Failure> {
        match self {
            Self::Create(create) => create.run(),
            Self::List(list) => list.run(),
            Self::Quota(quota) => quota.run(),
        }
    }
}

impl Create {
    fn run(self) -> Result<(), Failure> {
        let authority = opening::open(&self.place.settle()?)?;
        let made = bootstrap::create_account(&authority, self.account_id, None);
        init::show(&made.map_err(|error| opening::of_bootstrap(&error))?);
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
        let authority = opening::open(&self.place.settle()?)?;
        let set = bootstrap::set_users_quota(&authority, self.account, self.users);
        set.map_err(|error| opening::of_bootstrap(&error))
    }
}
