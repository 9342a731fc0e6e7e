//! `cargo xtask bench`: all benchmarks, each beside its floor.

use std::process::Command;

use crate::process::{self, Outcome};

/// Runs every benchmark and prints its table.
pub(crate) fn run() -> Outcome {
    let build = ["build", "--release", "--quiet", "-p", "keywright"];
    process::stream(Command::new("cargo").args(build).current_dir(process::root()))?;
    for (package, bench) in [
        ("keywright-sigv4", "verify"),
        ("keywright-policy", "decide"),
        ("keywright-server", "load"),
    ] {
        process::say(&format!("\n== {bench}"));
        let args = ["bench", "--quiet", "-p", package, "--bench", bench];
        process::stream(Command::new("cargo").args(args).current_dir(process::root()))?;
    }
    Ok(())
}
