//! COVERAGE.md: every operation of the models and whether it is built. Written from the same lists
//! that the server runs on.

use std::process::Command;

use crate::process::{self, Outcome};

/// Writes COVERAGE.md.
pub(crate) fn write() -> Outcome {
    process::write(&process::root().join("COVERAGE.md"), &page()?)
}

/// Fails if [`write`] would change it.
pub(crate) fn check() -> Outcome {
    let there = process::read(&process::root().join("COVERAGE.md")).unwrap_or_default();
    if there == page()? {
        process::say("COVERAGE.md says what is built");
        return Ok(());
    }
    Err("COVERAGE.md is out of date: run `cargo xtask coverage`".to_owned())
}

fn page() -> Outcome<String> {
    let args = ["run", "--quiet", "-p", "keywright-authority", "--example", "coverage"];
    let out = process::output(Command::new("cargo").args(args).current_dir(process::root()))?;
    String::from_utf8(out).map_err(|error| error.to_string())
}
