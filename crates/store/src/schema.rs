//! The tables, on one page. `docs/design/0002-data-file.md` says what lies in their blobs.

use rusqlite::Connection;

use crate::error::StoreError;

/// The format of the file. One of another format is refused.
const FORMAT: i64 = 1;

/// Documents are found by an index of their keys: in a tree by key alone their bodies would lie in its
/// inner pages, too, which makes it twice as deep.
const TABLES: &str = "
CREATE TABLE meta(name TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE data_key(version INTEGER PRIMARY KEY, sealed BLOB NOT NULL);
CREATE TABLE document(
    id INTEGER PRIMARY KEY,
    kind INTEGER NOT NULL, account INTEGER NOT NULL, key TEXT NOT NULL,
    revision INTEGER NOT NULL, body BLOB NOT NULL,
    UNIQUE(kind, account, key));
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
CREATE TABLE posting_run(id INTEGER PRIMARY KEY, body BLOB NOT NULL);
";

/// Makes the tables in an empty file, and what `first_rows` adds: all of it or nothing.
pub(crate) fn create(
    connection: &Connection,
    first_rows: impl FnOnce(&Connection) -> rusqlite::Result<()>,
) -> Result<(), StoreError> {
    connection.execute_batch("PRAGMA page_size = 4096;")?;
    let transaction = connection.unchecked_transaction()?;
    transaction.execute_batch(TABLES)?;
    first_rows(&transaction)?;
    transaction.pragma_update(None, "user_version", FORMAT)?;
    transaction.commit()?;
    Ok(())
}

/// The format of the file; zero where the tables were never made.
pub(crate) fn format(connection: &Connection) -> rusqlite::Result<i64> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}

/// Refuses a file of a later format, and one that is no store.
pub(crate) fn check_format(connection: &Connection) -> Result<(), StoreError> {
    match format(connection)? {
        FORMAT => Ok(()),
        found if found > FORMAT => Err(StoreError::NewerFormat { found, known: FORMAT }),
        _ => Err(StoreError::NotAStore),
    }
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
