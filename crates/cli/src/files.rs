//! Files that hold keys: made for their owner alone, refused if others can read them.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

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

/// Makes a file (0600) that must not be there yet, and its directory.
#[expect(clippy::disallowed_methods, reason = "the command line writes its own files")]
pub(crate) fn create_secret(path: &Path, content: &str) -> Result<(), Failure> {
    let failed = |error: std::io::Error| {
        Failure::new(format!("cannot create {}", path.display())).because(error)
    };
    if let Some(dir) = path.parent().filter(|dir| !dir.as_os_str().is_empty()) {
        std::fs::create_dir_all(dir).map_err(failed)?;
    }
    let mut options = OpenOptions::new();
    let mut file: File =
        options.write(true).create_new(true).mode(0o600).open(path).map_err(failed)?;
    file.write_all(content.as_bytes()).and_then(|()| file.sync_all()).map_err(failed)
}

/// Takes away a file that was made in vain.
#[expect(clippy::disallowed_methods, reason = "the command line removes only what it made")]
pub(crate) fn remove(path: &Path) {
    let _ = std::fs::remove_file(path);
}
