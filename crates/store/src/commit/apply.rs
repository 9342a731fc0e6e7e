//! One change set, judged and applied inside the open transaction.

use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension as _, params};
use vault::Vault;

use crate::batch::{Changed, Head};
use crate::change::{ChangeSet, CounterKey, CounterStep};
use crate::error::StoreError;
use crate::key::{DocKey, IndexRow};
use crate::recent::Recent;

/// Applies `changes`; `None` if they conflict with what is there, and then nothing is applied.
pub(super) fn apply(
    connection: &Connection,
    vault: &Vault,
    head: &mut Head,
    recent: &mut Recent,
    changes: &ChangeSet,
) -> Result<Option<Vec<Changed>>, StoreError> {
    if changes.asks_nothing() {
        return Ok(Some(Vec::new()));
    }
    let shaken =
        |(moment, documents): &(u64, Arc<[DocKey]>)| recent.changed_since(*moment, documents);
    if changes.basis.iter().any(shaken) || !stands(connection, changes)? {
        return Ok(None);
    }
    let mut changed = Vec::with_capacity(changes.puts.len() + changes.deletes.len());
    for key in &changes.deletes {
        delete(connection, key)?;
        changed.push((key.clone(), None));
    }
    for (key, body) in &changes.puts {
        let revision = head.next_revision;
        head.next_revision += 1;
        put(connection, key, revision, &vault.seal(&key.place(revision), body))?;
        changed.push((key.clone(), Some(revision)));
    }
    changed.iter().for_each(|(key, _)| recent.note(key));
    changes.row_deletes.iter().try_for_each(|row| delete_row(connection, row))?;
    changes.row_puts.iter().try_for_each(|row| put_row(connection, row))?;
    changes.counters.iter().try_for_each(|(key, step)| count(connection, key, *step))?;
    Ok(Some(changed))
}

/// Whether all that the changes are based on still stands.
fn stands(connection: &Connection, changes: &ChangeSet) -> Result<bool, StoreError> {
    for (key, expected) in &changes.reads {
        if revision(connection, key)? != *expected {
            return Ok(false);
        }
    }
    for row in &changes.absent_rows {
        if row_exists(connection, row)? {
            return Ok(false);
        }
    }
    for (key, step) in &changes.counters {
        let value = counter(connection, key)?;
        let fits = match step {
            CounterStep::UpTo(limit) => value < *limit,
            CounterStep::MustBeZero => value == 0,
            CounterStep::Up | CounterStep::Down => true,
        };
        if !fits {
            return Ok(false);
        }
    }
    Ok(true)
}

fn revision(connection: &Connection, key: &DocKey) -> Result<Option<u64>, StoreError> {
    let mut select = connection.prepare_cached(
        "SELECT revision FROM document WHERE kind = ? AND account = ? AND key = ?",
    )?;
    let parameters = params![key.kind(), key.account().number() as i64, key.key()];
    let found: Option<i64> = select.query_row(parameters, |row| row.get(0)).optional()?;
    Ok(found.map(|revision| revision as u64))
}

fn row_exists(connection: &Connection, row: &IndexRow) -> Result<bool, StoreError> {
    let mut select = connection
        .prepare_cached("SELECT 1 FROM index_row WHERE idx = ? AND account = ? AND key = ?")?;
    Ok(select.exists(params![row.index, row.account.number() as i64, row.key])?)
}

fn counter(connection: &Connection, key: &CounterKey) -> Result<u64, StoreError> {
    let mut select =
        connection.prepare_cached("SELECT value FROM counter WHERE account = ? AND name = ?")?;
    let parameters = params![key.account.number() as i64, key.name];
    let found: Option<i64> = select.query_row(parameters, |row| row.get(0)).optional()?;
    Ok(found.map_or(0, |value| value as u64))
}

fn put(
    connection: &Connection,
    key: &DocKey,
    revision: u64,
    sealed: &[u8],
) -> Result<(), StoreError> {
    let mut insert = connection.prepare_cached(
        "INSERT INTO document(kind, account, key, revision, body) VALUES (?, ?, ?, ?, ?)
         ON CONFLICT DO UPDATE SET revision = excluded.revision, body = excluded.body",
    )?;
    let account = key.account().number() as i64;
    insert.execute(params![key.kind(), account, key.key(), revision as i64, sealed])?;
    Ok(())
}

fn delete(connection: &Connection, key: &DocKey) -> Result<(), StoreError> {
    let mut delete = connection
        .prepare_cached("DELETE FROM document WHERE kind = ? AND account = ? AND key = ?")?;
    delete.execute(params![key.kind(), key.account().number() as i64, key.key()])?;
    Ok(())
}

fn put_row(connection: &Connection, row: &IndexRow) -> Result<(), StoreError> {
    let mut insert =
        connection.prepare_cached("INSERT OR REPLACE INTO index_row VALUES (?, ?, ?, ?)")?;
    insert.execute(params![row.index, row.account.number() as i64, row.key, row.value])?;
    Ok(())
}

fn delete_row(connection: &Connection, row: &IndexRow) -> Result<(), StoreError> {
    let mut delete = connection
        .prepare_cached("DELETE FROM index_row WHERE idx = ? AND account = ? AND key = ?")?;
    delete.execute(params![row.index, row.account.number() as i64, row.key])?;
    Ok(())
}

fn count(connection: &Connection, key: &CounterKey, step: CounterStep) -> Result<(), StoreError> {
    let delta = match step {
        CounterStep::UpTo(_) | CounterStep::Up => 1,
        CounterStep::Down => -1,
        CounterStep::MustBeZero => return Ok(()),
    };
    let mut upsert = connection.prepare_cached(
        "INSERT INTO counter VALUES (?1, ?2, max(0, ?3))
         ON CONFLICT DO UPDATE SET value = max(0, value + ?3)",
    )?;
    upsert.execute(params![key.account.number() as i64, key.name, delta])?;
    Ok(())
}

/// Writes a hint, or takes it away.
pub(super) fn hint(
    connection: &Connection,
    key: &str,
    value: Option<&[u8]>,
) -> Result<(), StoreError> {
    match value {
        Some(value) => connection
            .prepare_cached("INSERT OR REPLACE INTO hint VALUES (?, ?)")?
            .execute(params![key, value])?,
        None => connection.prepare_cached("DELETE FROM hint WHERE key = ?")?.execute([key])?,
    };
    Ok(())
}
