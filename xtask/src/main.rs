//! The project's own commands: `cargo xtask help` lists them.

mod bench;
mod codegen;
mod coverage;
mod models;
mod process;
mod run;
mod test;
mod tidy;

use std::process::ExitCode;

const HELP: &str = "\
The project's commands.

Usage: cargo xtask COMMAND

  models [DIR]       Reduce botocore's service models to models/*.json; DIR is its data directory,
                     by default that of the botocore that python3 imports
  codegen [--check]  Write crates/api from models/; with --check only say whether it would change
  coverage           Write COVERAGE.md from the list of what is built
  run                Build the server and serve a fresh store; prints how to call it
  test [STEP]        Everything that CI runs: fmt, codegen, coverage, tidy, clippy, deny, unit,
                     sim, fuzz, protocol, conformance; needs Python 3 with venv, and Node.js with npm
  bench [NAME]       Measure against floors in the same run; docs/performance.md holds the figures.
                     `bench scale` takes more than ten minutes and keeps its world in target/bench-world;
                     behind it may stand keys, sessions, world or lookups, and a number of users
  fuzz [ARGS]        Fuzz everything that reads bytes of strangers: --seconds N, --seed N, a target
  sim [ARGS]         Live through seeded stories on a disk that fails: --seeds N, --from K; --seed K
                     replays one story, twice
  help               This text
";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let outcome = match args.as_slice() {
        ["models", rest @ ..] => models::reduce(rest.first().copied()),
        ["codegen"] => codegen::write(),
        ["codegen", "--check"] => codegen::check(),
        ["coverage"] => coverage::write(),
        ["run"] => run::run(),
        ["test", rest @ ..] => test::run(rest.first().copied()),
        ["bench", rest @ ..] => {
            bench::run(rest.first().copied(), rest.get(1..).unwrap_or_default())
        }
        ["fuzz", rest @ ..] => test::fuzz(rest),
        ["sim", rest @ ..] => test::sim(rest),
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
