//! Runs stories: `--seeds N` of them from `--from K` on, or `--seed K` alone, twice, to see that it
//! is the same both times.

#![expect(clippy::print_stdout, reason = "a command line tool speaks on stdout")]

use std::process::ExitCode;

use keywright_sim::{Broken, Ending, run};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |name: &str| {
        let at = arguments.iter().position(|argument| argument == name)?;
        arguments.get(at + 1)?.parse().ok()
    };
    let outcome = match number("--seed") {
        Some(seed) => twice(seed),
        None => many(number("--from").unwrap_or(0), number("--seeds").unwrap_or(200)),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err((seed, Broken(what))) => {
            println!("seed {seed}: {what}\n\nagain: cargo xtask sim --seed {seed}");
            ExitCode::FAILURE
        }
    }
}

fn twice(seed: u64) -> Result<(), (u64, Broken)> {
    let told = |broken| (seed, broken);
    let (first, second) = (run(seed).map_err(told)?, run(seed).map_err(told)?);
    println!("seed {seed}: {first:?}");
    if first == second {
        return Ok(());
    }
    Err((seed, Broken(format!("the second time it ended otherwise: {second:?}"))))
}

fn many(from: u64, seeds: u64) -> Result<(), (u64, Broken)> {
    let mut sum = Ending::default();
    for seed in from..from + seeds {
        let ending = run(seed).map_err(|broken| (seed, broken))?;
        sum.calls += ending.calls;
        sum.uncertain += ending.uncertain;
        sum.restarts += ending.restarts;
    }
    println!(
        "{seeds} seeds: {} calls, {} of them uncertain, {} crashes; every promise was kept",
        sum.calls, sum.uncertain, sum.restarts
    );
    Ok(())
}
