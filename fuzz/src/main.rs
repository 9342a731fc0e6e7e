//! Fuzzing on stable Rust: seeds from `fuzz/corpus/`, mutated at random, for a given time.
//!
//! `cargo run -p keywright-fuzz -- --seconds 10 [TARGET]`. A failing input is written to
//! `fuzz/failures/` and can be run again with `-- TARGET --input FILE`. The generator is seeded, so a
//! run with the same `--seed` tries the same inputs.

#![expect(clippy::print_stdout, clippy::disallowed_methods, reason = "a development tool")]
#![expect(clippy::expect_used, reason = "a development tool that cannot go on has failed")]

mod mutate;
mod policies;
mod targets;
mod xml;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use mutate::Mutator;
use targets::{TARGETS, Target};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let option = |name: &str| {
        let at = arguments.iter().position(|argument| argument == name)?;
        arguments.get(at + 1).cloned()
    };
    let number =
        |name: &str, default: u64| option(name).and_then(|n| n.parse().ok()).unwrap_or(default);
    let wanted = arguments.iter().find(|argument| TARGETS.iter().any(|(name, _)| name == argument));
    let chosen: Vec<&Target> =
        TARGETS.iter().filter(|(name, _)| wanted.is_none_or(|wanted| wanted == name)).collect();
    if let (Some(input), [(_, run)]) = (option("--input"), chosen.as_slice()) {
        run(&std::fs::read(input).expect("the input can be read"));
        println!("no failure");
        return ExitCode::SUCCESS;
    }
    let time = Duration::from_secs(number("--seconds", 5));
    let found = chosen.iter().filter(|target| !fuzz(target, time, number("--seed", 1))).count();
    if found == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Runs one target; `false` if an input made it fail.
fn fuzz((name, run): &Target, time: Duration, seed: u64) -> bool {
    let seeds = corpus(name);
    let mut mutator = Mutator::new(seed);
    let (begun, mut tried) = (Instant::now(), 0_u64);
    for input in &seeds {
        run(input);
    }
    while begun.elapsed() < time {
        let input = mutator.next(&seeds);
        if catch_unwind(AssertUnwindSafe(|| run(&input))).is_err() {
            let path = keep(name, &input);
            println!(
                "{name}: failed; run again with\n  cargo run -p keywright-fuzz -- {name} --input {}",
                path.display()
            );
            return false;
        }
        tried += 1;
    }
    println!("{name}: {tried} inputs from {} seeds, no failure", seeds.len());
    true
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn corpus(name: &str) -> Vec<Vec<u8>> {
    let dir =
        std::fs::read_dir(root().join("corpus").join(name)).expect("every target has a corpus");
    let mut files: Vec<PathBuf> = dir.filter_map(|entry| Some(entry.ok()?.path())).collect();
    files.sort();
    files.iter().filter_map(|file| std::fs::read(file).ok()).collect()
}

fn keep(name: &str, input: &[u8]) -> PathBuf {
    let dir = root().join("failures");
    std::fs::create_dir_all(&dir).expect("a place for failures");
    let path = dir.join(format!("{name}-{}", input.len()));
    std::fs::write(&path, input).expect("the failure can be kept");
    path
}
