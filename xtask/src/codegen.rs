//! Writes crates/api/src/<service>/ from models/<service>.json and its overlay.
//!
//! The same models give the same bytes: `--check` compares them with what is there.

mod model;
mod names;
mod render;

use std::path::PathBuf;
use std::process::Command;

use crate::models::SERVICES;
use crate::process::{self, Outcome};
use model::Model;

/// Writes all services.
pub(crate) fn write() -> Outcome {
    for (path, text) in generated()? {
        process::write(&path, &text)?;
    }
    Ok(())
}

/// Fails if [`write`] would change a file.
pub(crate) fn check() -> Outcome {
    for (path, text) in generated()? {
        if process::read(&path).ok().as_ref() != Some(&text) {
            let path = path.display();
            return Err(format!("{path} is not what the models say: run `cargo xtask codegen`"));
        }
    }
    process::say("crates/api is what the models say");
    Ok(())
}

fn generated() -> Outcome<Vec<(PathBuf, String)>> {
    let mut files = Vec::new();
    for (service, _) in SERVICES {
        let model = Model::load(service)?;
        let dir = process::root().join(format!("crates/api/src/{service}"));
        for (name, text) in render::files(&model) {
            files.push((dir.join(name), formatted(&text)?));
        }
    }
    Ok(files)
}

fn formatted(text: &str) -> Outcome<String> {
    use std::io::Write as _;
    let config = process::root().join("rustfmt.toml");
    let mut child = Command::new("rustfmt")
        .args(["--edition", "2024", "--config-path"])
        .arg(config)
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .map_err(|error| format!("cannot run rustfmt: {error}"))?;
    let mut input = child.stdin.take().ok_or("rustfmt has no input")?;
    let text = text.to_owned();
    let writer = std::thread::spawn(move || input.write_all(text.as_bytes()));
    let output = child.wait_with_output().map_err(|error| error.to_string())?;
    writer.join().map_err(|_| "rustfmt's input broke")?.map_err(|error| error.to_string())?;
    if !output.status.success() {
        return Err("rustfmt refused the generated code".to_owned());
    }
    String::from_utf8(output.stdout).map_err(|error| error.to_string())
}
