//! A root access key, shown the one time it can be shown.

use std::path::PathBuf;

use authority::bootstrap::NewAccount;
use clap::Args;

use crate::config::Settled;
use crate::failure::Failure;
use crate::{files, output};

/// Where a root access key goes besides stdout.
#[derive(Debug, Args)]
pub(crate) struct Csv {
    /// Also write the root access key to this file (0600), as the AWS console's CSV
    #[arg(long, env = "KEYWRIGHT_CSV", value_name = "PATH")]
    csv: Option<PathBuf>,
}

impl Csv {
    /// The file's name. It must not be there yet: this is asked before anything is changed.
    pub(crate) fn settle(self, place: &Settled) -> Result<Option<PathBuf>, Failure> {
        let csv = self.csv.or_else(|| place.file.csv.clone());
        match csv.as_ref().filter(|path| path.exists()) {
            Some(path) => Err(Failure::new(format!("{} is there already", path.display()))
                .hint("name another file with --csv; nothing was changed")),
            None => Ok(csv),
        }
    }
}

/// Shows a root access key. One that the operator brought is in hand already: its secret has no
/// business in the log that stdout may end in.
pub(crate) fn show(account: &NewAccount) {
    let lines = [
        format!("account id:        {}", account.account),
        format!("access key id:     {}", account.access_key_id),
    ];
    if account.brought {
        output::tell("The root access key that was given is used; its secret is not shown.");
        return lines.iter().for_each(|line| output::data(line));
    }
    output::tell("This is the only time that the root secret access key is shown.");
    lines.iter().for_each(|line| output::data(line));
    output::data(&format!("secret access key: {}", account.secret_access_key.expose()));
}

/// Shows a root access key and writes it to the file that was asked for.
pub(crate) fn hand_over(account: &NewAccount, csv: Option<&PathBuf>) -> Result<(), Failure> {
    show(account);
    if let Some(path) = csv {
        files::create_secret(path, &csv_of(account))?;
        output::tell(&format!("Root access key written to {}", path.display()));
    }
    Ok(())
}

/// UTF-8 with a byte order mark and CRLF, as the console writes it.
fn csv_of(account: &NewAccount) -> String {
    let (id, secret) = (&account.access_key_id, account.secret_access_key.expose());
    format!("\u{feff}Access key ID,Secret access key\r\n{id},{secret}\r\n")
}
