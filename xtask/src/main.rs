//! The project's own commands: `cargo xtask help` lists them.

mod codegen;
mod models;
mod process;

use std::process::ExitCode;

const HELP: &str = "\
The project's commands.

Usage: cargo xtask COMMAND

  models [DIR]       Reduce botocore's service models to models/*.json; DIR is its data directory,
                     by default that of the botocore that python3 imports
  codegen [--check]  Write crates/api from models/; with --check only say whether it would change
  help               This text
";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let outcome = match args.as_slice() {
        ["models", rest @ ..] => models::reduce(rest.first().copied()),
        ["codegen"] => codegen::write(),
        ["codegen", "--check"] => codegen::check(),
        [] | ["help" | "--help" | "-h"] => {
            process::say(HELP);
            Ok(())
        }
        _ => Err(format!("unknown command `{}`\n\n{HELP}", args.join(" "))),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            process::complain(&message);
            ExitCode::FAILURE
        }
    }
}
