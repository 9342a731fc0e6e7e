//! Consistent, synchronous reads.

use std::sync::{Arc, Mutex, PoisonError};

use names::AccountId;
use rusqlite::{Connection, OptionalExtension as _, params};
use vault::Vault;
use zeroize::Zeroizing;

use crate::disk::Disk;
use crate::error::StoreError;
use crate::key::{self, DocKey, IndexRow};

/// A document's body, opened, with the revision that it has.
#[derive(Debug, Clone)]
pub struct Body {
    /// Greater with every commit that changes the document; the same number is never given twice.
    pub revision: u64,
    /// The body; zeroed when it is let go of.
    pub bytes: Zeroizing<Vec<u8>>,
}

/// Idle connections that read. More than this many are closed again.
const IDLE_MAX: usize = 8;

const SCAN_AFTER: &str = "SELECT key, value FROM index_row
    WHERE idx = ?1 AND account = ?2 AND key > ?3 ORDER BY key LIMIT ?4";
const SCAN_FROM: &str = "SELECT key, value FROM index_row
    WHERE idx = ?1 AND account = ?2 AND key >= ?3 ORDER BY key LIMIT ?4";

/// Where snapshots get their connections.
#[derive(Debug)]
pub(crate) struct Readers {
    disk: Arc<Disk>,
    idle: Mutex<Vec<Connection>>,
}

impl Readers {
    pub(crate) fn new(disk: Arc<Disk>) -> Self {
        Self { disk, idle: Mutex::new(Vec::new()) }
    }

    pub(crate) fn take(&self) -> Result<Connection, StoreError> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        idle.map_or_else(|| self.disk.reader(), Ok)
    }

    pub(crate) fn give_back(&self, connection: Connection) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < IDLE_MAX {
            idle.push(connection);
        }
    }

    pub(crate) fn close(&self) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

/// The store as it was at one moment.
#[derive(Debug)]
pub struct Snapshot {
    connection: Option<Connection>,
    readers: Arc<Readers>,
    vault: Arc<Vault>,
}

impl Drop for Snapshot {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take()
            && connection.execute_batch("COMMIT").is_ok()
        {
            self.readers.give_back(connection);
        }
    }
}

impl Snapshot {
    pub(crate) fn begin(readers: &Arc<Readers>, vault: &Arc<Vault>) -> Result<Self, StoreError> {
        let connection = readers.take()?;
        connection.prepare_cached("BEGIN")?.execute([])?;
        Ok(Self {
            connection: Some(connection),
            readers: Arc::clone(readers),
            vault: Arc::clone(vault),
        })
    }

    fn connection(&self) -> Result<&Connection, StoreError> {
        self.connection.as_ref().ok_or(StoreError::Database(rusqlite::Error::InvalidQuery))
    }

    /// The document `key`, if there is one.
    ///
    /// # Errors
    /// [`StoreError::Tampered`] if its seal is broken.
    pub fn get(&self, key: &DocKey) -> Result<Option<Body>, StoreError> {
        let mut select = self.connection()?.prepare_cached(
            "SELECT revision, body FROM document WHERE kind = ? AND account = ? AND key = ?",
        )?;
        let account = key.account().number() as i64;
        let found = select
            .query_row(params![key.kind(), account, key.key()], |row| {
                Ok((row.get::<_, i64>(0)? as u64, row.get::<_, Vec<u8>>(1)?))
            })
            .optional()?;
        let Some((revision, sealed)) = found else { return Ok(None) };
        let bytes = self.vault.open_sealed(&key.place(revision), &sealed);
        let bytes = bytes.map_err(|_| StoreError::Tampered(format!("document {key:?}")))?;
        Ok(Some(Body { revision, bytes }))
    }

    /// The value of one index row.
    ///
    /// # Errors
    /// [`StoreError`] if the database cannot be read.
    pub fn lookup(
        &self,
        index: u16,
        account: AccountId,
        key: &[u8],
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let mut select = self.connection()?.prepare_cached(
            "SELECT value FROM index_row WHERE idx = ? AND account = ? AND key = ?",
        )?;
        let account = account.number() as i64;
        Ok(select.query_row(params![index, account, key], |row| row.get(0)).optional()?)
    }

    /// At most `limit` rows of an index whose keys begin with `prefix` and lie behind `after`, in
    /// the order of their keys. The last page costs what the first one does.
    ///
    /// # Errors
    /// [`StoreError`] if the database cannot be read.
    pub fn scan(
        &self,
        index: u16,
        account: AccountId,
        prefix: &[u8],
        after: Option<&[u8]>,
        limit: usize,
    ) -> Result<Vec<IndexRow>, StoreError> {
        // One bound, not two: the database would seek to either and filter by the other.
        let (sql, bound) = match after.filter(|after| *after >= prefix) {
            Some(after) => (SCAN_AFTER, after),
            None => (SCAN_FROM, prefix),
        };
        let mut select = self.connection()?.prepare_cached(sql)?;
        let number = account.number() as i64;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let mut rows = select.query(params![index, number, bound, limit])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            let key: Vec<u8> = row.get(0)?;
            if !key.starts_with(prefix) {
                break;
            }
            found.push(IndexRow::new(index, account, key, row.get(1)?));
        }
        Ok(found)
    }

    /// Where a counter stands.
    ///
    /// # Errors
    /// [`StoreError`] if the database cannot be read.
    pub fn counter(&self, account: AccountId, name: &str) -> Result<u64, StoreError> {
        let mut select = self
            .connection()?
            .prepare_cached("SELECT value FROM counter WHERE account = ? AND name = ?")?;
        let found = select.query_row(params![account.number() as i64, name], |row| row.get(0));
        Ok(found.optional()?.map_or(0, |value: i64| value as u64))
    }

    /// A hint that was written out; see [`crate::Store::note`]. One that does not open counts as
    /// lost.
    pub(crate) fn hint(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let mut select = self
            .connection()?
            .prepare_cached("SELECT CAST(value AS BLOB) FROM hint WHERE key = ?")?;
        let sealed: Option<Vec<u8>> = select.query_row([key], |row| row.get(0)).optional()?;
        let Some(sealed) = sealed else { return Ok(None) };
        let opened = self.vault.open_sealed(&key::place_of_hint(key), &sealed);
        if opened.is_err() {
            tracing::error!(key, "the seal of a hint is broken");
        }
        Ok(opened.ok().map(|plain| plain.to_vec()))
    }

    pub(crate) fn raw(&self) -> Result<&Connection, StoreError> {
        self.connection()
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::StatementStatus;

    use super::*;

    #[test]
    fn the_last_page_costs_what_the_first_one_does() {
        let connection = Connection::open_in_memory().unwrap();
        connection
            .execute_batch(
                "CREATE TABLE index_row(
                     idx INTEGER NOT NULL, account INTEGER NOT NULL, key BLOB NOT NULL,
                     value BLOB NOT NULL, PRIMARY KEY(idx, account, key)) WITHOUT ROWID;
                 WITH RECURSIVE n(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM n WHERE n < 9999)
                 INSERT INTO index_row SELECT 1, 1, CAST(printf('key-%05d', n) AS BLOB), '' FROM n;",
            )
            .unwrap();
        for sql in [SCAN_AFTER, SCAN_FROM] {
            let mut select = connection.prepare(sql).unwrap();
            let key = b"key-09990".as_slice();
            let keys = select.query_map(params![1, 1, key, 5], |row| row.get::<_, Vec<u8>>(0));
            assert_eq!(keys.unwrap().count(), 5);
            let steps = select.get_status(StatementStatus::VmStep);
            assert!(steps < 100, "{steps} steps for five rows");
        }
    }
}
