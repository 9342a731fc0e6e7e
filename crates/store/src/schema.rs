//! The tables, on one page. `docs/design/0002-data-file.md` says what lies in their blobs.

use names::Chance;
use rusqlite::Connection;

use crate::error::StoreError;
use crate::postings;
use crate::runs::{Runs, Salt};

/// The format of the file. Each change of it is a migration.
const FORMAT: i64 = 2;

const TABLES: &str = "
CREATE TABLE meta(name TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE data_key(version INTEGER PRIMARY KEY, sealed BLOB NOT NULL);
CREATE TABLE document(
    kind INTEGER NOT NULL, account INTEGER NOT NULL, key TEXT NOT NULL,
    revision INTEGER NOT NULL, body BLOB NOT NULL,
    PRIMARY KEY(kind, account, key)) WITHOUT ROWID;
CREATE TABLE index_row(
    idx INTEGER NOT NULL, account INTEGER NOT NULL, key BLOB NOT NULL, value BLOB NOT NULL,
    PRIMARY KEY(idx, account, key)) WITHOUT ROWID;
CREATE TABLE counter(
    account INTEGER NOT NULL, name TEXT NOT NULL, value INTEGER NOT NULL,
    PRIMARY KEY(account, name)) WITHOUT ROWID;
CREATE TABLE hint(key TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE batch(
    first INTEGER PRIMARY KEY, count INTEGER NOT NULL,
    from_time INTEGER NOT NULL, to_time INTEGER NOT NULL, body BLOB NOT NULL);
CREATE INDEX batch_time ON batch(from_time);
CREATE TABLE head(id INTEGER PRIMARY KEY CHECK(id = 1), body BLOB NOT NULL);
CREATE TABLE posting(
    account INTEGER NOT NULL, attribute INTEGER NOT NULL, value TEXT NOT NULL,
    segment INTEGER NOT NULL, body BLOB NOT NULL,
    PRIMARY KEY(account, attribute, value, segment)) WITHOUT ROWID;
";

/// What is rare in the trail has runs since format 2.
const RUNS: &str = "CREATE TABLE posting_run(id INTEGER PRIMARY KEY, body BLOB NOT NULL);";

/// Makes the tables in an empty file.
pub(crate) fn create(connection: &Connection, chance: &dyn Chance) -> Result<(), StoreError> {
    connection.execute_batch("PRAGMA page_size = 8192;")?;
    settle(connection)?;
    connection.execute_batch(TABLES)?;
    add_runs(connection, chance)
}

/// Refuses a file of a later format. Returns the format.
pub(crate) fn check_format(connection: &Connection) -> Result<i64, StoreError> {
    let found: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if (1..=FORMAT).contains(&found) {
        Ok(found)
    } else {
        Err(StoreError::NewerFormat { found, known: FORMAT })
    }
}

/// Brings a file of an earlier format to this one, at once or not at all.
pub(crate) fn migrate(connection: &mut Connection, chance: &dyn Chance) -> Result<(), StoreError> {
    if check_format(connection)? < FORMAT {
        let transaction = connection.transaction()?;
        add_runs(&transaction, chance)?;
        transaction.commit()?;
    }
    Ok(())
}

/// From format 1 to 2. What was indexed before stays in rows of its own.
fn add_runs(connection: &Connection, chance: &dyn Chance) -> Result<(), StoreError> {
    connection.execute_batch(RUNS)?;
    let mut salt = Salt::default();
    chance.fill(&mut salt);
    connection.execute("INSERT INTO meta VALUES ('posting_salt', ?)", [salt])?;
    Runs(connection).skip(postings::indexed_segments(connection)?)?;
    connection.pragma_update(None, "user_version", 2)?;
    Ok(())
}

/// Pragmas of every connection: a commit is durable when it returns.
pub(crate) fn settle(connection: &Connection) -> Result<(), StoreError> {
    connection.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 4000;
         PRAGMA journal_size_limit = 67108864; PRAGMA cache_size = -16384;
         PRAGMA temp_store = MEMORY; PRAGMA busy_timeout = 5000; PRAGMA trusted_schema = OFF;",
    )?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(())
}
