//! The data directory: its database, and the lock that keeps a second server out.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};

use crate::error::StoreError;

/// The directory, locked for this process as long as this lives.
#[derive(Debug)]
pub(crate) struct Disk {
    dir: PathBuf,
    _lock: File,
}

impl Disk {
    /// Makes the directory, which must not hold a store yet, and locks it.
    #[expect(clippy::disallowed_methods, reason = "the store owns its directory")]
    pub(crate) fn create(dir: &Path) -> Result<Self, StoreError> {
        std::fs::create_dir_all(dir).map_err(StoreError::Disk)?;
        let disk = Self::locked(dir)?;
        if disk.database().exists() {
            return Err(StoreError::Exists(dir.to_owned()));
        }
        Ok(disk)
    }

    /// Locks the directory, which must hold a store.
    pub(crate) fn open(dir: &Path) -> Result<Self, StoreError> {
        if !dir.join(DATABASE).exists() {
            return Err(StoreError::Missing(dir.to_owned()));
        }
        Self::locked(dir)
    }

    fn locked(dir: &Path) -> Result<Self, StoreError> {
        let path = dir.join("keywright.lock");
        let lock = OpenOptions::new().create(true).truncate(false).write(true).open(path);
        let lock = lock.map_err(StoreError::Disk)?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { dir: dir.to_owned(), _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(StoreError::InUse(dir.to_owned())),
            Err(TryLockError::Error(error)) => Err(StoreError::Disk(error)),
        }
    }

    fn database(&self) -> PathBuf {
        self.dir.join(DATABASE)
    }

    /// A connection that writes.
    pub(crate) fn writer(&self) -> Result<Connection, StoreError> {
        Ok(Connection::open(self.database())?)
    }

    /// A connection that only reads.
    pub(crate) fn reader(&self) -> Result<Connection, StoreError> {
        reader(&self.dir)
    }
}

/// A connection to the store in `dir` that only reads, whoever has it open.
pub(crate) fn reader(dir: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(dir.join(DATABASE), flags)?;
    connection.execute_batch(
        "PRAGMA cache_size = -4096; PRAGMA query_only = ON; PRAGMA busy_timeout = 5000;",
    )?;
    connection.set_prepared_statement_cache_capacity(32);
    Ok(connection)
}

/// Whether `dir` holds a store.
pub(crate) fn holds_store(dir: &Path) -> bool {
    dir.join(DATABASE).exists()
}

const DATABASE: &str = "keywright.db";
