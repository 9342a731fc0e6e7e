//! `keywright init`.

use std::path::PathBuf;

use authority::bootstrap::NewAccount;
use clap::Args;
use names::AccountId;

use crate::config::Place;
use crate::failure::Failure;
use crate::{files, opening, output};

/// Make a store with an account, its root user and a root key file
///
/// Prints the root user's access key once: it cannot be shown again. To bring your own, set
/// KEYWRIGHT_ROOT_ACCESS_KEY_ID and KEYWRIGHT_ROOT_SECRET_ACCESS_KEY. A directory that is
/// initialised already is left as it is, and that is an error.
#[derive(Debug, Args)]
pub(crate) struct Init {
    #[command(flatten)]
    place: Place,

    /// The account's id, twelve digits [default: drawn at random]
    #[arg(long, env = "KEYWRIGHT_ACCOUNT_ID", value_name = "ID")]
    account_id: Option<AccountId>,

    /// Also write the root access key to this file (0600), as the AWS console's CSV
    #[arg(long, value_name = "PATH")]
    csv: Option<PathBuf>,
}

impl Init {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let place = self.place.settle()?;
        if let Some(csv) = self.csv.as_ref().filter(|path| path.exists()) {
            let what = format!("{} is there already", csv.display());
            return Err(
                Failure::new(what).hint("name another file with --csv; nothing was changed")
            );
        }
        let wanted = account_id(self.account_id, place.file.account_id.as_deref())?;
        let (authority, account) = opening::create(&place, wanted)?;
        show(&account);
        if let Some(path) = &self.csv {
            files::create_secret(path, &csv(&account))?;
            output::tell(&format!("Root access key written to {}", path.display()));
        }
        authority.store().close();
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

/// Shows a root access key, the one time it can be shown.
pub(crate) fn show(account: &NewAccount) {
    output::tell("This is the only time that the root secret access key is shown.");
    output::data(&format!("account id:        {}", account.account));
    output::data(&format!("access key id:     {}", account.access_key_id));
    output::data(&format!("secret access key: {}", account.secret_access_key.expose()));
}

/// UTF-8 with a byte order mark and CRLF, as the console writes it.
fn csv(account: &NewAccount) -> String {
    let (id, secret) = (&account.access_key_id, account.secret_access_key.expose());
    format!("\u{feff}Access key ID,Secret access key\r\n{id},{secret}\r\n")
}
