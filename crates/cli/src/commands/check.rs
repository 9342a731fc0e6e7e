//! `keywright check`.

use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;
use server::SystemChance;
use store::Store;

use crate::config::Place;
use crate::failure::Failure;
use crate::{opening, output};

/// Verify every document's seal, every index and counter and the audit chain; the server must not be
/// running
///
/// Prints what is not as it was written, one finding a line, and exits with 1 if there is any.
#[derive(Debug, Args)]
pub(crate) struct Check {
    #[command(flatten)]
    place: Place,
}

impl Check {
    pub(crate) fn run(self) -> Result<ExitCode, Failure> {
        let place = self.place.settle()?;
        let root = opening::root_key(&place.root_key_file)?;
        let implies = authority::implied_by;
        let found = Store::check_closed(&place.data_dir, &root, Arc::new(SystemChance), &implies)
            .map_err(|error| opening::of_store(error, &place))?;
        for finding in &found {
            output::data(&finding.told(authority::document_name));
        }
        if found.is_empty() {
            output::tell("Everything is as it was written.");
            return Ok(ExitCode::SUCCESS);
        }
        let noun = if found.len() == 1 { "finding" } else { "findings" };
        output::tell(&format!("{} {noun}", found.len()));
        Ok(ExitCode::FAILURE)
    }
}
