//! `cargo xtask test`: everything that must hold before a change lands, in order.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use crate::process::{self, Outcome};
use crate::{codegen, coverage, tidy};

/// A step's name, and what it does.
type Step = (&'static str, fn() -> Outcome);

const STEPS: &[Step] = &[
    ("fmt", fmt),
    ("codegen", codegen::check),
    ("coverage", coverage::check),
    ("tidy", tidy::check),
    ("clippy", clippy),
    ("deny", deny),
    ("unit", unit),
    ("sim", || sim(&["--seeds", "200"])),
    ("fuzz", || fuzz(&["--seconds", "3"])),
    ("protocol", protocol),
    ("conformance", conformance),
];

/// Runs all steps, or the one that is named; stops at the first that fails.
#[expect(clippy::disallowed_methods, reason = "a person wants to know how long a step took")]
pub(crate) fn run(only: Option<&str>) -> Outcome {
    let steps: Vec<&Step> =
        STEPS.iter().filter(|(name, _)| only.is_none_or(|only| only == *name)).collect();
    if steps.is_empty() {
        let names: Vec<&str> = STEPS.iter().map(|(name, _)| *name).collect();
        return Err(format!("there is no such step; the steps are {}", names.join(", ")));
    }
    for (done, (name, step)) in steps.iter().enumerate() {
        process::say(&format!("\n== {name}"));
        let begun = Instant::now();
        if let Err(error) = step() {
            process::say(&format!("\n{done} passed, 1 failed"));
            return Err(format!("{name}: {error}"));
        }
        process::say(&format!("== {name}: {:.1} s", begun.elapsed().as_secs_f64()));
    }
    process::say(&format!("\n{} passed, 0 failed", steps.len()));
    Ok(())
}

fn cargo(args: &[&str]) -> Outcome {
    process::stream(Command::new("cargo").args(args).current_dir(process::root()))
}

fn fmt() -> Outcome {
    cargo(&["fmt", "--all", "--check"])?;
    cargo(&["fmt", "--check", "--manifest-path", "tests/conformance/rust/Cargo.toml"])
}

fn clippy() -> Outcome {
    cargo(&["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"])
}

fn unit() -> Outcome {
    cargo(&["test", "--workspace", "--quiet"])
}

/// Fuzzes; arguments are those of the fuzzer.
pub(crate) fn fuzz(arguments: &[&str]) -> Outcome {
    let mut all = vec!["run", "--quiet", "-p", "keywright-fuzz", "--"];
    all.extend(arguments);
    cargo(&all)
}

/// Simulates; arguments are those of the simulation.
pub(crate) fn sim(arguments: &[&str]) -> Outcome {
    let mut all = vec!["run", "--quiet", "-p", "keywright-sim", "--"];
    all.extend(arguments);
    cargo(&all)
}

/// Licences, bans and sources of what we depend on. The advisory database lies on a git host; where
/// that cannot be reached, advisories are not looked at.
fn deny() -> Outcome {
    let tools = process::root().join("target/tools");
    let deny = tools.join("bin/cargo-deny");
    if !deny.exists() {
        let root = tools.display().to_string();
        cargo(&["install", "--quiet", "--locked", "cargo-deny@0.20.2", "--root", &root])?;
    }
    process::stream(
        Command::new(deny)
            .args([
                "--all-features",
                "check",
                "--hide-inclusion-graph",
                "licenses",
                "bans",
                "sources",
            ])
            .current_dir(process::root()),
    )
}

/// The Python with the AWS clients, made the first time.
fn python() -> Outcome<PathBuf> {
    let root = process::root();
    let venv = root.join("target/venv");
    let requirements = root.join("tests/conformance/requirements.txt");
    let python = venv.join("bin/python");
    if !python.exists() {
        process::stream(Command::new("python3").args(["-m", "venv"]).arg(&venv)).map_err(
            |error| format!("{error}\nPython 3.9 or later with its venv module is needed"),
        )?;
    }
    let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"];
    process::stream(Command::new(&python).args(pip).arg(requirements))?;
    Ok(python)
}

fn binary() -> Outcome<PathBuf> {
    cargo(&["build", "--quiet", "-p", "keywright"])?;
    Ok(process::root().join("target/debug/keywright"))
}

fn protocol() -> Outcome {
    cargo(&["build", "--quiet", "-p", "keywright-wire", "--example", "roundtrip"])?;
    let root = process::root();
    let mut command = Command::new(python()?);
    command.arg(root.join("tests/protocol/roundtrip.py"));
    command.arg(root.join("target/debug/examples/roundtrip"));
    process::stream(&mut command)
}

/// The client made with the AWS SDK for Rust. It is no member of the workspace: what it depends on is
/// no matter of the server's.
fn rust_client() -> Outcome<PathBuf> {
    let root = process::root();
    let target = root.join("target/rust-client");
    let manifest = root.join("tests/conformance/rust/Cargo.toml");
    let mut command = Command::new("cargo");
    command.args(["build", "--quiet", "--locked", "--manifest-path"]).arg(manifest);
    process::stream(command.arg("--target-dir").arg(&target))?;
    Ok(target.join("debug/keywright-conformance"))
}

/// The AWS SDK for JavaScript, fetched anew when other versions or packages are wanted.
fn node_modules(js: &Path) -> Outcome {
    let written = |name: &str| js.join(name).metadata().and_then(|data| data.modified()).ok();
    let fetched = written("node_modules/.package-lock.json");
    if fetched.is_some_and(|fetched| Some(fetched) >= written("package-lock.json")) {
        return Ok(());
    }
    process::stream(Command::new("npm").args(["ci", "--silent", "--no-audit"]).current_dir(js))
        .map_err(|error| format!("{error}\nNode.js 20 or later with npm is needed"))
}

fn conformance() -> Outcome {
    let (python, binary, root) = (python()?, binary()?, process::root());
    let rust_client = rust_client()?;
    node_modules(&root.join("tests/conformance/js"))?;
    process::stream(
        Command::new(python)
            .args(["-m", "pytest", "-q", "-x", "-p", "no:cacheprovider"])
            .arg(root.join("tests/conformance"))
            .env("KEYWRIGHT_BINARY", binary)
            .env("KEYWRIGHT_RUST_CLIENT", rust_client)
            .current_dir(root),
    )
}
