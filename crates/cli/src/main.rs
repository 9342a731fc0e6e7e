//! The `keywright` binary: reads flags, environment and configuration, and runs one command.
//!
//! The environment and the home directory are read here and nowhere else.

mod api_client;
mod commands;
mod config;
mod failure;
mod files;
mod listen;
mod opening;
mod output;
mod remote;
mod root_access_key;
mod service;

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
  1  refused or failed; the text on stderr says why (`check`: something is not as it was written; `policy check`: the one policy is
     invalid)
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

#[cfg(test)]
mod tests {
    use clap::{Arg, Command, CommandFactory as _};

    use super::Arguments;
    use crate::config::File;

    /// Every flag of every command, with the command's name.
    fn flags(command: &Command, path: &str) -> Vec<(String, Arg)> {
        let own = command.get_arguments().filter(|arg| arg.get_long().is_some());
        let own = own.filter(|arg| !matches!(arg.get_id().as_str(), "help" | "version"));
        let mut found: Vec<_> = own.map(|arg| (path.to_owned(), arg.clone())).collect();
        for inner in command.get_subcommands() {
            found.extend(flags(inner, &format!("{path} {}", inner.get_name())));
        }
        found
    }

    #[test]
    fn every_flag_has_an_environment_variable() {
        let found = flags(&Arguments::command(), "keywright");
        assert!(found.len() > 20, "{}", found.len());
        for (command, arg) in found {
            let flag = arg.get_long().unwrap();
            let variable = match (command.as_str(), flag) {
                // What names the first account would name it once more.
                ("keywright account create", "account-id") => "KEYWRIGHT_NEW_ACCOUNT_ID".to_owned(),
                _ => format!("KEYWRIGHT_{}", flag.to_uppercase().replace('-', "_")),
            };
            let has = arg.get_env().map(|name| name.to_string_lossy().into_owned());
            assert_eq!(has, Some(variable), "{command} --{flag}");
        }
    }

    #[test]
    fn every_setting_may_stand_in_the_file() {
        let known = |setting: &str| {
            let refused = toml::from_str::<File>(&format!("{setting} = {{}}")).unwrap_err();
            !refused.to_string().contains("unknown field")
        };
        assert!(!known("no-such-setting"));
        for (command, arg) in flags(&Arguments::command(), "keywright") {
            let flag = arg.get_long().unwrap();
            // `policy` is pure and reads no file; a file cannot name itself.
            if !command.starts_with("keywright policy") && flag != "config" {
                assert!(known(flag), "{command} --{flag}");
            }
        }
    }
}
