//! The `keywright` binary: reads flags, environment and configuration, and runs one command.
//!
//! The environment and the home directory are read here and nowhere else.

mod commands;
mod config;
mod failure;
mod files;
mod opening;
mod output;

use std::process::ExitCode;

use clap::Parser;

use commands::Command;

/// Records are made on one thread and freed on another, which this allocator is made for: it takes
/// CPU off every recorded call (docs/performance.md).
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// AWS-style access keys, users, policies and an audit trail on your own machine.
///
/// Speaks the AWS wire protocols: point any AWS SDK, the AWS CLI or Terraform at it by an endpoint URL.
#[derive(Debug, Parser)]
#[command(name = "keywright", version, after_help = EXIT_CODES)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  refused or failed; the text on stderr says why (`check`: something is not as it was written)
  2  the command line is wrong";

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match arguments.command.run() {
        Ok(code) => code,
        Err(failure) => {
            output::complain(&failure);
            ExitCode::FAILURE
        }
    }
}
