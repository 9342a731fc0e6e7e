//! `keywright backup`.

use std::path::PathBuf;

use clap::Args;
use store::Store;

use crate::config::Place;
use crate::failure::Failure;
use crate::{opening, output};

/// Copy the store to another directory, as it is at one moment; the server may go on
///
/// The copy is sealed as the store is: it opens with the same root key file, which is not copied. A
/// copy that is cut short is no store; the same command makes it anew.
#[derive(Debug, Args)]
pub(crate) struct Backup {
    #[command(flatten)]
    place: Place,

    /// Directory to copy to; it must be empty or missing
    #[arg(value_name = "DIR2")]
    target: PathBuf,
}

impl Backup {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let place = self.place.settle()?;
        Store::backup(&place.data_dir, &self.target)
            .map_err(|error| opening::of_store(error, &place))?;
        output::tell(&format!("Copied to {}", self.target.display()));
        Ok(())
    }
}
