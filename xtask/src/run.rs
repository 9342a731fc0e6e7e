//! `cargo xtask run`: the server on a fresh directory.

use std::os::unix::process::CommandExt as _;
use std::process::Command;

use crate::process::{self, Outcome};

/// Builds the binary and serves a store under target/run, made anew.
pub(crate) fn run() -> Outcome {
    process::stream(Command::new("cargo").args(["build", "--release", "-p", "keywright"]))?;
    let root = process::root();
    let place = root.join("target/run");
    process::remove_dir(&place)?;
    let mut serve = Command::new(root.join("target/release/keywright"));
    serve.arg("serve").arg("--data-dir").arg(place.join("data"));
    serve.arg("--root-key-file").arg(place.join("root.key"));
    process::say("A fresh store; the root access key below is shown this once.\n");
    process::say("  export AWS_ACCESS_KEY_ID=…      # the access key id below");
    process::say("  export AWS_SECRET_ACCESS_KEY=…  # the secret access key below");
    process::say("  aws sts get-caller-identity\n");
    Err(format!("cannot start the server: {}", serve.exec()))
}
