//! Checking the whole store: seals, chain, revisions, rows. Streams; holds no more than keys.

use std::collections::HashMap;

use names::AccountId;
use rusqlite::Connection;
use vault::Vault;

use crate::batch::{self, GENESIS, Head};
use crate::error::StoreError;
use crate::key::{DocKey, IndexRow};
use crate::snapshot::Snapshot;

/// Gives the index rows that a document must have; `None` if its body cannot be read.
pub type Rows<'a> = &'a dyn Fn(&DocKey, &[u8]) -> Option<Vec<IndexRow>>;

/// Something that is not as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding(
    /// What is wrong, for a person.
    pub String,
);

/// More findings than a person reads.
const FINDINGS_MAX: usize = 1000;

pub(crate) fn check(
    snapshot: &Snapshot,
    vault: &Vault,
    rows_of: Rows<'_>,
) -> Result<Vec<Finding>, StoreError> {
    let connection = snapshot.raw()?;
    let mut found = Vec::new();
    database(connection, &mut found)?;
    let revisions = trail(connection, vault, &mut found)?;
    documents(connection, vault, rows_of, revisions, &mut found)?;
    found.truncate(FINDINGS_MAX);
    Ok(found)
}

fn database(connection: &Connection, found: &mut Vec<Finding>) -> Result<(), StoreError> {
    let mut select = connection.prepare("PRAGMA integrity_check")?;
    let mut rows = select.query([])?;
    while let Some(row) = rows.next()? {
        let text: String = row.get(0)?;
        if text != "ok" {
            found.push(Finding(format!("the database is damaged: {text}")));
        }
    }
    Ok(())
}

/// Walks the chain from its first record to its head. Returns what revision each document must have.
fn trail(
    connection: &Connection,
    vault: &Vault,
    found: &mut Vec<Finding>,
) -> Result<HashMap<DocKey, u64>, StoreError> {
    let (mut chain, mut next) = (GENESIS, 0_u64);
    let mut revisions = HashMap::new();
    let mut select = connection.prepare("SELECT first, count, body FROM batch ORDER BY first")?;
    let mut rows = select.query([])?;
    while let Some(row) = rows.next()? {
        let first = row.get::<_, i64>(0)? as u64;
        let count = row.get::<_, i64>(1)? as u64;
        if first != next {
            found.push(Finding(format!("records {next} to {first} are missing from the trail")));
        }
        next = first + count;
        match batch::open(vault, first, &row.get::<_, Vec<u8>>(2)?) {
            Ok((batch, last)) => {
                if batch.before != chain || batch.records.len() as u64 != count {
                    found
                        .push(Finding(format!("the chain of records is broken at record {first}")));
                }
                chain = last;
                for (key, revision) in batch.changed {
                    match revision {
                        Some(revision) => revisions.insert(key, revision),
                        None => revisions.remove(&key),
                    };
                }
            }
            Err(error) => found.push(Finding(error.to_string())),
        }
    }
    head(connection, vault, (next, chain), found)?;
    Ok(revisions)
}

fn head(
    connection: &Connection,
    vault: &Vault,
    (next, chain): (u64, [u8; 32]),
    found: &mut Vec<Finding>,
) -> Result<(), StoreError> {
    let sealed: Vec<u8> =
        connection.query_row("SELECT body FROM head WHERE id = 1", [], |row| row.get(0))?;
    match Head::open(vault, &sealed) {
        Ok(head) if head.next_sequence == next && head.chain == chain => {}
        Ok(head) => found.push(Finding(format!(
            "the trail ends at record {next}, its head says {}",
            head.next_sequence
        ))),
        Err(error) => found.push(Finding(error.to_string())),
    }
    Ok(())
}

fn documents(
    connection: &Connection,
    vault: &Vault,
    rows_of: Rows<'_>,
    mut revisions: HashMap<DocKey, u64>,
    found: &mut Vec<Finding>,
) -> Result<(), StoreError> {
    let mut select =
        connection.prepare("SELECT kind, account, key, revision, body FROM document")?;
    let mut documents = select.query([])?;
    let mut expected_rows = 0_u64;
    while let Some(row) = documents.next()? {
        let Some(account) = account(row.get(1)?) else { continue };
        let key = DocKey::new(row.get(0)?, account, row.get::<_, String>(2)?);
        let revision = row.get::<_, i64>(3)? as u64;
        if revisions.remove(&key) != Some(revision) {
            found.push(Finding(format!(
                "document {key:?} has revision {revision}, which the trail does not say"
            )));
        }
        let sealed: Vec<u8> = row.get(4)?;
        let Ok(body) = vault.open_sealed(&key.place(revision), &sealed) else {
            found.push(Finding(format!("the seal of document {key:?} is broken")));
            continue;
        };
        let Some(rows) = rows_of(&key, &body) else {
            found.push(Finding(format!("document {key:?} cannot be read")));
            continue;
        };
        expected_rows += rows.len() as u64;
        for row in rows {
            check_row(connection, &key, &row, found)?;
        }
    }
    for key in revisions.keys() {
        found.push(Finding(format!("document {key:?} is missing")));
    }
    let there: i64 =
        connection.query_row("SELECT count(*) FROM index_row", [], |row| row.get(0))?;
    if there as u64 != expected_rows {
        found.push(Finding(format!(
            "there are {there} index rows, the documents make {expected_rows}"
        )));
    }
    Ok(())
}

fn account(number: i64) -> Option<AccountId> {
    u64::try_from(number).ok().and_then(|number| AccountId::from_number(number).ok())
}

fn check_row(
    connection: &Connection,
    key: &DocKey,
    row: &IndexRow,
    found: &mut Vec<Finding>,
) -> Result<(), StoreError> {
    let mut select = connection.prepare_cached(
        "SELECT 1 FROM index_row WHERE idx = ? AND account = ? AND key = ? AND value = ?",
    )?;
    let account = row.account.number() as i64;
    if !select.exists(rusqlite::params![row.index, account, row.key, row.value])? {
        found.push(Finding(format!("an index row of document {key:?} is missing or changed")));
    }
    Ok(())
}
