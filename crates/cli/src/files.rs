//! Files that hold keys: made for their owner alone, refused if others can read them.

use std::fs::{DirBuilder, File, OpenOptions, Permissions};
use std::io::{Error, ErrorKind, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use crate::failure::Failure;

#[expect(clippy::disallowed_methods, reason = "the command line reads its own files")]
pub(crate) fn read(path: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(path)
        .map_err(|error| Failure::new(format!("cannot read {}", path.display())).because(error))
}

/// Reads a file that only its owner may read.
pub(crate) fn read_secret(path: &Path) -> Result<String, Failure> {
    let mode = path.metadata().map(|data| data.permissions().mode());
    if mode.is_ok_and(|mode| mode & 0o077 != 0) {
        return Err(Failure::new(format!("{} can be read by others", path.display()))
            .hint(format!("chmod 600 {}", path.display())));
    }
    read(path)
}

/// Makes a file (0600) that must not be there yet, and its directory. It is there whole or not at
/// all, and what is there lasts.
#[expect(clippy::disallowed_methods, reason = "the command line writes its own files")]
pub(crate) fn create_secret(path: &Path, content: &str) -> Result<(), Failure> {
    let failed =
        |error: Error| Failure::new(format!("cannot create {}", path.display())).because(error);
    let dir = path.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."));
    DirBuilder::new().recursive(true).mode(0o700).create(dir).map_err(failed)?;
    let unfinished = unfinished(path);
    let written = write_locked(&unfinished, content).and_then(|_locked| {
        give_name(&unfinished, path)?;
        File::open(dir)?.sync_all()
    });
    written.map_err(failed)
}

/// Takes away the second name of a file, which it has kept if its making was cut short at the end.
pub(crate) fn remove_unfinished(path: &Path) {
    remove(&unfinished(path));
}

/// The name of a file until it is whole.
fn unfinished(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".new");
    name.into()
}

/// Writes over what an attempt that was cut short has left; one process at a time.
fn write_locked(path: &Path, content: &str) -> Result<File, Error> {
    let mut options = OpenOptions::new();
    let mut file = options.create(true).truncate(false).write(true).mode(0o600).open(path)?;
    file.lock()?;
    file.set_permissions(Permissions::from_mode(0o600))?;
    file.set_len(0)?;
    file.write_all(content.as_bytes())?;
    file.sync_all()?;
    Ok(file)
}

/// Gives a file its name, which must not be taken. Where a file cannot have two names, looking and
/// naming are two steps.
#[expect(clippy::disallowed_methods, reason = "the command line writes its own files")]
fn give_name(from: &Path, to: &Path) -> Result<(), Error> {
    let named = std::fs::hard_link(from, to);
    if named.as_ref().is_err_and(|error| error.kind() != ErrorKind::AlreadyExists) && !to.exists() {
        return std::fs::rename(from, to);
    }
    std::fs::remove_file(from).and(named)
}

/// Takes away a file that was made in vain.
#[expect(clippy::disallowed_methods, reason = "the command line removes only what it made")]
pub(crate) fn remove(path: &Path) {
    let _ = std::fs::remove_file(path);
}
