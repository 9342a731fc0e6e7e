//! Running programs and speaking to the person at the keyboard.

use std::path::PathBuf;
use std::process::Command;

/// What every step of a command returns: the error is a text for a person.
pub(crate) type Outcome<T = ()> = Result<T, String>;

/// The workspace's root.
pub(crate) fn root() -> PathBuf {
    let manifest = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    manifest.parent().map_or(manifest.clone(), std::path::Path::to_path_buf)
}

#[expect(clippy::print_stdout, reason = "a command line tool speaks on stdout")]
pub(crate) fn say(text: &str) {
    println!("{text}");
}

#[expect(clippy::print_stderr, reason = "a command line tool complains on stderr")]
pub(crate) fn complain(text: &str) {
    eprintln!("error: {text}");
}

/// Runs `command` and returns what it printed.
pub(crate) fn output(command: &mut Command) -> Outcome<Vec<u8>> {
    let shown = format!("{command:?}");
    let output = command.output().map_err(|error| format!("cannot run {shown}: {error}"))?;
    if output.status.success() {
        Ok(output.stdout)
    } else {
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        Err(format!("{shown} failed ({}):\n{said}", output.status))
    }
}

#[expect(clippy::disallowed_methods, reason = "the development tool works on the source tree")]
pub(crate) fn read(path: &std::path::Path) -> Outcome<String> {
    std::fs::read_to_string(path)
        .map_err(|error| format!("cannot read {}: {error}", path.display()))
}

#[expect(clippy::disallowed_methods, reason = "the development tool works on the source tree")]
pub(crate) fn write(path: &std::path::Path, text: &str) -> Outcome {
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent).map_err(|error| error.to_string())?;
    }
    std::fs::write(path, text).map_err(|error| format!("cannot write {}: {error}", path.display()))
}

/// Runs `command`, whose output goes where ours goes.
pub(crate) fn stream(command: &mut Command) -> Outcome {
    let shown = format!("{command:?}");
    let status = command.status().map_err(|error| format!("cannot run {shown}: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("{shown} failed ({status})")) }
}

/// Removes a directory with all that is in it, if it is there.
pub(crate) fn remove_dir(path: &std::path::Path) -> Outcome {
    match std::fs::remove_dir_all(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.to_string()),
        _ => Ok(()),
    }
}
