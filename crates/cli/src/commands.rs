//! One file per command. The doc comment of a command's arguments is its help.

mod account;
mod backup;
mod check;
mod control_policy;
mod init;
mod policy;
mod serve;
mod sessions;

use std::process::ExitCode;

use clap::Subcommand;

use crate::failure::Failure;

/// What `keywright` can be told to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Init(init::Init),
    Serve(serve::Serve),
    #[command(subcommand)]
    Policy(policy::Policy),
    #[command(subcommand)]
    Account(account::Account),
    #[command(subcommand)]
    Sessions(sessions::Sessions),
    Backup(backup::Backup),
    Check(check::Check),
}

impl Command {
    pub(crate) fn run(self) -> Result<ExitCode, Failure> {
        match self {
            Self::Init(command) => command.run().map(|()| ExitCode::SUCCESS),
            Self::Serve(command) => command.run().map(|()| ExitCode::SUCCESS),
            Self::Policy(command) => command.run(),
            Self::Account(command) => command.run().map(|()| ExitCode::SUCCESS),
            Self::Sessions(command) => command.run().map(|()| ExitCode::SUCCESS),
            Self::Backup(command) => command.run().map(|()| ExitCode::SUCCESS),
            Self::Check(command) => command.run(),
        }
    }
}
