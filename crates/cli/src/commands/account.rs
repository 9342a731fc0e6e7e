//! `keywright account create` and `keywright account list`.

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

impl Account {
    pub(crate) fn run(self) -> Result<(), Failure> {
        match self {
            Self::Create(create) => create.run(),
            Self::List(list) => list.run(),
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
