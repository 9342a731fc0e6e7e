//! `keywright init`.

use clap::Args;
use names::AccountId;

use crate::config::Place;
use crate::failure::Failure;
use crate::root_access_key::Csv;
use crate::{opening, output, root_access_key};

/// Make a store with an account, its root user and a root key file
///
/// Prints the root user's access key once: it cannot be shown again. To bring your own, set
/// KEYWRIGHT_ROOT_ACCESS_KEY_ID and KEYWRIGHT_ROOT_SECRET_ACCESS_KEY: its secret is not printed. A
/// directory that is initialised already is left as it is, and that is an error; what an attempt
/// that was cut short has left is made whole.
#[derive(Debug, Args)]
pub(crate) struct Init {
    #[command(flatten)]
    place: Place,

    /// The account's id, twelve digits [default: drawn at random]
    #[arg(long, env = "KEYWRIGHT_ACCOUNT_ID", value_name = "ID")]
    account_id: Option<AccountId>,

    #[command(flatten)]
    csv: Csv,
}

impl Init {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let place = self.place.settle()?;
        let csv = self.csv.settle(&place)?;
        let wanted = account_id(self.account_id, place.file.account_id.as_deref())?;
        let (authority, account) = opening::create(&place, wanted)?;
        opening::tell_of_new_store(&place);
        root_access_key::hand_over(&account, csv.as_ref())?;
        authority.store().close();
        output::tell(&format!("\nNext:\n\n  keywright serve{}", self.place.flags()));
        Ok(())
    }
}

/// The account id of flag, environment or file.
pub(crate) fn account_id(
    given: Option<AccountId>,
    file: Option<&str>,
) -> Result<Option<AccountId>, Failure> {
    match (given, file) {
        (Some(id), _) => Ok(Some(id)),
        (None, Some(text)) => {
            let parsed = text.parse().map(Some);
            parsed.map_err(|error| Failure::new("account-id is wrong").because(error))
        }
        (None, None) => Ok(None),
    }
}
