//! The medium that a store lies on, and the lock that keeps a second server out.
//!
//! A directory of the operating system, or a disk that a simulation has made known to SQLite under
//! a name of its own. Nothing here knows what is written.

use std::fs::{DirBuilder, File, OpenOptions, Permissions, TryLockError};
use std::io::ErrorKind::{NotADirectory, NotFound};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};

use crate::error::StoreError;
use crate::schema;

/// Where a store lies.
#[derive(Debug, Clone)]
pub struct Medium {
    dir: PathBuf,
    vfs: Option<&'static str>,
}

impl<P: AsRef<Path> + ?Sized> From<&P> for Medium {
    /// A directory of the operating system.
    fn from(dir: &P) -> Self {
        Self { dir: dir.as_ref().to_owned(), vfs: None }
    }
}

impl Medium {
    /// The directory `dir` of a simulated disk: a VFS that was registered with SQLite as `vfs`. A
    /// store on it has no thread of its own; [`crate::Store::step`] commits what is queued.
    #[must_use]
    pub fn simulated(vfs: &'static str, dir: &Path) -> Self {
        Self { dir: dir.to_owned(), vfs: Some(vfs) }
    }

    pub(crate) fn is_simulated(&self) -> bool {
        self.vfs.is_some()
    }

    pub(crate) fn dir(&self) -> &Path {
        &self.dir
    }

    /// Whether it holds a store. In a directory, the file is there once it is whole; one that
    /// cannot be looked at counts: it is not to be written over. On a simulated disk, whose files
    /// cannot be renamed, one whose making was cut short does not count: nobody was told of it.
    pub(crate) fn holds_store(&self) -> bool {
        if self.vfs.is_none() {
            return match self.dir.join(DATABASE).metadata() {
                Ok(_) => true,
                Err(error) => !matches!(error.kind(), NotFound | NotADirectory),
            };
        }
        let connection = self.connect(DATABASE, OpenFlags::SQLITE_OPEN_READ_WRITE);
        let format = connection.map(|connection| schema::format(&connection));
        format.is_ok_and(|format| format.is_ok_and(|format| format != 0))
    }

    fn connect(&self, file: &str, flags: OpenFlags) -> Result<Connection, StoreError> {
        let (path, flags) = (self.dir.join(file), flags | OpenFlags::SQLITE_OPEN_NO_MUTEX);
        Ok(match self.vfs {
            None => Connection::open_with_flags(path, flags)?,
            Some(vfs) => Connection::open_with_flags_and_vfs(path, flags, vfs)?,
        })
    }

    /// A connection that only reads, whoever has the store open.
    pub(crate) fn reader(&self) -> Result<Connection, StoreError> {
        let connection = self.connect(DATABASE, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        connection.execute_batch(
            "PRAGMA cache_size = -4096; PRAGMA query_only = ON; PRAGMA busy_timeout = 5000;",
        )?;
        connection.set_prepared_statement_cache_capacity(32);
        Ok(connection)
    }
}

/// The medium, locked for this process as long as this lives.
#[derive(Debug)]
pub(crate) struct Disk {
    medium: Medium,
    _lock: Option<File>,
}

impl Disk {
    /// Makes the directory, which must not hold a store yet, and locks it.
    pub(crate) fn create(medium: Medium) -> Result<Self, StoreError> {
        if !medium.is_simulated() {
            make_dir(&medium.dir)?;
        }
        let disk = Self::locked(medium)?;
        if disk.medium.holds_store() {
            return Err(StoreError::Exists(disk.medium.dir));
        }
        Ok(disk)
    }

    /// Makes the directory, which must not hold anything yet, and locks it.
    pub(crate) fn create_empty(medium: Medium) -> Result<Self, StoreError> {
        if !medium.holds_store() && holds_files(&medium.dir)? {
            return Err(StoreError::NotEmpty(medium.dir));
        }
        Self::create(medium)
    }

    /// Locks the directory, which must hold a store.
    pub(crate) fn open(medium: Medium) -> Result<Self, StoreError> {
        if !medium.holds_store() {
            return Err(StoreError::Missing(medium.dir));
        }
        Self::locked(medium)
    }

    /// A simulated disk is seen by one process alone: there is nobody to keep out.
    fn locked(medium: Medium) -> Result<Self, StoreError> {
        if medium.is_simulated() {
            return Ok(Self { medium, _lock: None });
        }
        let path = medium.dir.join(LOCK);
        let mut options = OpenOptions::new();
        options.create(true).truncate(false).write(true).mode(OWNER_ALONE);
        let lock = options.open(&path).map_err(of_file(&path))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(StoreError::InUse(medium.dir)),
            Err(TryLockError::Error(error)) => return Err(of_file(&path)(error)),
        }
        narrow(&medium.dir);
        Ok(Self { medium, _lock: Some(lock) })
    }

    /// Makes the database, of which `fill` writes the whole content. In a directory it grows under
    /// another name and gets its own when it lies on disk: whoever finds it finds it whole.
    pub(crate) fn make(
        &self,
        fill: impl FnOnce(&mut Connection) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        if self.medium.is_simulated() {
            return fill(&mut self.writer()?);
        }
        self.remove_unfinished()?;
        let made = self.grow(fill).and_then(|()| self.give_name());
        if made.is_err() {
            let _ = self.remove_unfinished();
        }
        made
    }

    /// Removes what an attempt that was cut short has left.
    #[expect(clippy::disallowed_methods, reason = "the store owns its directory")]
    fn remove_unfinished(&self) -> Result<(), StoreError> {
        for suffix in ["", "-journal", "-wal", "-shm"] {
            let path = self.medium.dir.join(format!("{UNFINISHED}{suffix}"));
            match std::fs::remove_file(&path) {
                Err(error) if error.kind() != NotFound => {
                    return Err(of_file(&path)(error));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Without a journal, and synced at the end: a file that is not whole is thrown away.
    fn grow(
        &self,
        fill: impl FnOnce(&mut Connection) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let path = self.medium.dir.join(UNFINISHED);
        let file = OpenOptions::new().create_new(true).write(true).mode(OWNER_ALONE).open(&path);
        let file = file.map_err(of_file(&path))?;
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE;
        let mut connection = self.medium.connect(UNFINISHED, flags)?;
        connection.execute_batch("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;")?;
        fill(&mut connection)?;
        // What was copied from a store says that it has a write-ahead log.
        schema::format(&connection)?;
        connection.execute_batch("PRAGMA journal_mode = DELETE;")?;
        connection.close().map_err(|(_, error)| error)?;
        file.sync_all().map_err(of_file(&path))
    }

    #[expect(clippy::disallowed_methods, reason = "the store owns its directory")]
    fn give_name(&self) -> Result<(), StoreError> {
        let dir = &self.medium.dir;
        let (from, to) = (dir.join(UNFINISHED), dir.join(DATABASE));
        std::fs::rename(from, &to).map_err(of_file(&to))?;
        sync_dir(dir).map_err(of_file(dir))
    }

    /// Whether a simulation drives the store.
    pub(crate) fn is_simulated(&self) -> bool {
        self.medium.is_simulated()
    }

    /// A connection that writes. In a directory it opens what was made, and makes nothing.
    pub(crate) fn writer(&self) -> Result<Connection, StoreError> {
        let create = match self.is_simulated() {
            true => OpenFlags::SQLITE_OPEN_CREATE,
            false => OpenFlags::empty(),
        };
        self.medium.connect(DATABASE, OpenFlags::SQLITE_OPEN_READ_WRITE | create)
    }

    /// A connection that only reads.
    pub(crate) fn reader(&self) -> Result<Connection, StoreError> {
        self.medium.reader()
    }
}

const DATABASE: &str = "keywright.db";
/// The database while it is being made.
const UNFINISHED: &str = "keywright.db.new";
const LOCK: &str = "keywright.lock";
/// Files are read and written by their owner alone. What SQLite adds has the database's mode.
const OWNER_ALONE: u32 = 0o600;

fn of_file(path: &Path) -> impl Fn(std::io::Error) -> StoreError {
    move |cause| StoreError::File { path: path.to_owned(), cause }
}

/// Makes a directory for its owner alone, with those that lead to it; lasting, as files in it are.
fn make_dir(dir: &Path) -> Result<(), StoreError> {
    let missing: Vec<&Path> =
        dir.ancestors().take_while(|dir| !dir.as_os_str().is_empty() && !dir.exists()).collect();
    DirBuilder::new().recursive(true).mode(0o700).create(dir).map_err(of_file(dir))?;
    for made in missing {
        let parent = made.parent().filter(|dir| !dir.as_os_str().is_empty());
        // One that may not be read cannot be synced; it is not the store's.
        let _ = sync_dir(parent.unwrap_or(Path::new(".")));
    }
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "the store owns its directory")]
fn sync_dir(dir: &Path) -> std::io::Result<()> {
    File::open(dir)?.sync_all()
}

/// Whether there is anything in a directory but what an attempt that was cut short may leave.
fn holds_files(dir: &Path) -> Result<bool, StoreError> {
    let entries = match dir.read_dir() {
        Err(error) if error.kind() == NotFound => return Ok(false),
        entries => entries.map_err(of_file(dir))?,
    };
    for entry in entries {
        let name = entry.map_err(of_file(dir))?.file_name();
        if name != LOCK && !name.to_string_lossy().starts_with(UNFINISHED) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Takes the store's files from everybody but their owner, as far as the system lets us: a
/// copy that was put back may have come with wider modes.
fn narrow(dir: &Path) {
    for name in [DATABASE, "keywright.db-wal", "keywright.db-shm", LOCK] {
        let path = dir.join(name);
        let mode = path.metadata().map_or(0, |data| data.permissions().mode());
        if mode & 0o077 != 0 {
            let _ = std::fs::set_permissions(&path, Permissions::from_mode(OWNER_ALONE));
        }
    }
}
