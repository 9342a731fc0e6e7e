//! `cargo xtask bench`: benchmarks, each beside its floor.

use std::process::Command;

use crate::process::{self, Outcome};

/// Name, package, and whether it is run when none is named.
const BENCHES: [(&str, &str, bool); 5] = [
    ("verify", "keywright-sigv4", true),
    ("decide", "keywright-policy", true),
    ("load", "keywright-server", true),
    ("commit", "keywright-store", true),
    // Makes a world of a million users first, if there is none yet.
    ("scale", "keywright-server", false),
];

/// Runs the named benchmark with `rest` as its arguments, or all that take a minute, and prints
/// their tables.
pub(crate) fn run(name: Option<&str>, rest: &[&str]) -> Outcome {
    let wanted = |bench: &str, usual: bool| name.map_or(usual, |name| name == bench);
    if !BENCHES.iter().any(|(bench, _, usual)| wanted(bench, *usual)) {
        let names = BENCHES.map(|(bench, ..)| bench).join(", ");
        return Err(format!("there is no such benchmark; there are {names}"));
    }
    let build = ["build", "--release", "--quiet", "-p", "keywright"];
    process::stream(Command::new("cargo").args(build).current_dir(process::root()))?;
    for (bench, package, _) in BENCHES.iter().filter(|(bench, _, usual)| wanted(bench, *usual)) {
        process::say(&format!("\n== {bench}"));
        let args = ["bench", "--quiet", "-p", package, "--bench", bench, "--"];
        let mut command = Command::new("cargo");
        process::stream(command.args(args).args(rest).current_dir(process::root()))?;
    }
    Ok(())
}
