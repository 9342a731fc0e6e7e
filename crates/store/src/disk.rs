//! The medium that a store lies on, and the lock that keeps a second server out.
//!
//! A directory of the operating system, or a disk that a simulation has made known to SQLite under
//! a name of its own. Nothing here knows what is written.

use std::fs::{File, OpenOptions, TryLockError};
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

    fn database(&self) -> PathBuf {
        self.dir.join(DATABASE)
    }

    /// Whether it holds a store. A file that cannot be read counts as one: it is not to be written
    /// over. One whose making was cut short does not: nobody was told of it.
    pub(crate) fn holds_store(&self) -> bool {
        if self.vfs.is_none() && !self.database().exists() {
            return false;
        }
        match self.connect(OpenFlags::SQLITE_OPEN_READ_WRITE) {
            Err(_) => self.vfs.is_none(),
            Ok(connection) => schema::format(&connection).is_ok_and(|format| format != 0),
        }
    }

    fn connect(&self, flags: OpenFlags) -> Result<Connection, StoreError> {
        let flags = flags | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        Ok(match self.vfs {
            None => Connection::open_with_flags(self.database(), flags)?,
            Some(vfs) => Connection::open_with_flags_and_vfs(self.database(), flags, vfs)?,
        })
    }

    /// A connection that only reads, whoever has the store open.
    pub(crate) fn reader(&self) -> Result<Connection, StoreError> {
        let connection = self.connect(OpenFlags::SQLITE_OPEN_READ_ONLY)?;
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
    #[expect(clippy::disallowed_methods, reason = "the store owns its directory")]
    pub(crate) fn create(medium: Medium) -> Result<Self, StoreError> {
        if !medium.is_simulated() {
            std::fs::create_dir_all(&medium.dir).map_err(StoreError::Disk)?;
        }
        let disk = Self::locked(medium)?;
        if disk.medium.holds_store() {
            return Err(StoreError::Exists(disk.medium.dir));
        }
        Ok(disk)
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
        let path = medium.dir.join("keywright.lock");
        let lock = OpenOptions::new().create(true).truncate(false).write(true).open(path);
        let lock = lock.map_err(StoreError::Disk)?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { medium, _lock: Some(lock) }),
            Err(TryLockError::WouldBlock) => Err(StoreError::InUse(medium.dir)),
            Err(TryLockError::Error(error)) => Err(StoreError::Disk(error)),
        }
    }

    /// Whether a simulation drives the store.
    pub(crate) fn is_simulated(&self) -> bool {
        self.medium.is_simulated()
    }

    /// A connection that writes.
    pub(crate) fn writer(&self) -> Result<Connection, StoreError> {
        self.medium.connect(OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE)
    }

    /// A connection that only reads.
    pub(crate) fn reader(&self) -> Result<Connection, StoreError> {
        self.medium.reader()
    }
}

const DATABASE: &str = "keywright.db";
