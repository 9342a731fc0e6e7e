//! Checking the whole store: seals, chain, revisions, index rows, counters, hints, the index of the
//! trail. Streams; holds keys, never bodies. Whether documents make sense is their owner's affair.

mod trail;

use std::collections::HashMap;

use names::AccountId;
use rusqlite::Connection;
use vault::Vault;

use crate::change::CounterKey;
use crate::error::StoreError;
use crate::key::{self, DocKey, IndexRow};
use crate::snapshot::Snapshot;

/// What must lie outside of a document because it is there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Implied {
    /// Its index rows.
    pub rows: Vec<IndexRow>,
    /// The counters that count it; one that counts it twice stands here twice.
    pub counts: Vec<CounterKey>,
}

/// Says what a document implies; `None` if its body cannot be read.
pub type Implies<'a> = &'a dyn Fn(&DocKey, &[u8]) -> Option<Implied>;

/// Something that is not as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    before: String,
    document: Option<DocKey>,
    after: String,
}

impl Finding {
    fn of(text: String) -> Self {
        Self { before: text, document: None, after: String::new() }
    }

    fn about(before: &str, document: &DocKey, after: impl Into<String>) -> Self {
        let document = Some(document.clone());
        Self { before: before.to_owned(), document, after: after.into() }
    }

    /// What is wrong, for a person. What documents are called is their owner's affair: `name` says it.
    #[must_use]
    pub fn told(&self, name: impl Fn(&DocKey) -> String) -> String {
        let document = self.document.as_ref().map(name).unwrap_or_default();
        format!("{}{document}{}", self.before, self.after)
    }
}

/// More findings than a person reads.
const FINDINGS_MAX: usize = 1000;

pub(crate) fn check(
    snapshot: &Snapshot,
    vault: &Vault,
    implies: Implies<'_>,
) -> Result<Vec<Finding>, StoreError> {
    let connection = snapshot.raw()?;
    let mut found = Vec::new();
    database(connection, &mut found)?;
    let revisions = trail::check(connection, vault, &mut found)?;
    documents(connection, vault, implies, revisions, &mut found)?;
    hints(connection, vault, &mut found)?;
    found.truncate(FINDINGS_MAX);
    Ok(found)
}

fn database(connection: &Connection, found: &mut Vec<Finding>) -> Result<(), StoreError> {
    let mut select = connection.prepare("PRAGMA integrity_check")?;
    let mut rows = select.query([])?;
    while let Some(row) = rows.next()? {
        let text: String = row.get(0)?;
        if text != "ok" {
            found.push(Finding::of(format!("the database is damaged: {text}")));
        }
    }
    Ok(())
}

fn documents(
    connection: &Connection,
    vault: &Vault,
    implies: Implies<'_>,
    mut revisions: HashMap<DocKey, u64>,
    found: &mut Vec<Finding>,
) -> Result<(), StoreError> {
    let mut select =
        connection.prepare("SELECT kind, account, key, revision, body FROM document")?;
    let mut documents = select.query([])?;
    let mut expected = Expected::default();
    while let Some(row) = documents.next()? {
        let (kind, number, name): (i64, i64, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let Some((kind, account)) = u16::try_from(kind).ok().zip(account(number)) else {
            found.push(Finding::of(format!("document {name} is of no kind or no account")));
            continue;
        };
        let key = DocKey::new(kind, account, name);
        let revision = row.get::<_, i64>(3)? as u64;
        if revisions.remove(&key) != Some(revision) {
            found.push(Finding::about(
                "",
                &key,
                format!(" has revision {revision}, which the trail does not say"),
            ));
        }
        let sealed: Vec<u8> = row.get(4)?;
        let Ok(body) = vault.open_sealed(&key.place(revision), &sealed) else {
            found.push(Finding::about("the seal of ", &key, " is broken"));
            expected.is_partial = true;
            continue;
        };
        let Some(implied) = implies(&key, &body) else {
            found.push(Finding::about("", &key, " cannot be read"));
            expected.is_partial = true;
            continue;
        };
        for row in &implied.rows {
            check_row(connection, &key, row, found)?;
        }
        expected.add(implied);
    }
    for key in revisions.keys() {
        found.push(Finding::about("", key, " is missing"));
        expected.is_partial = true;
    }
    // Where a document cannot be read, sums are wrong without saying more.
    if !expected.is_partial {
        row_count(connection, expected.rows, found)?;
        counters(connection, expected.counts, found)?;
    }
    Ok(())
}

/// What the documents imply, summed up.
#[derive(Default)]
struct Expected {
    rows: u64,
    counts: HashMap<CounterKey, u64>,
    /// Some documents are not counted in.
    is_partial: bool,
}

impl Expected {
    fn add(&mut self, implied: Implied) {
        self.rows += implied.rows.len() as u64;
        for counter in implied.counts {
            *self.counts.entry(counter).or_default() += 1;
        }
    }
}

fn row_count(
    connection: &Connection,
    expected: u64,
    found: &mut Vec<Finding>,
) -> Result<(), StoreError> {
    let there: i64 =
        connection.query_row("SELECT count(*) FROM index_row", [], |row| row.get(0))?;
    if there as u64 != expected {
        found.push(Finding::of(format!(
            "there are {there} index rows, the documents make {expected}"
        )));
    }
    Ok(())
}

/// Counters that stand at zero may have a row or not.
fn counters(
    connection: &Connection,
    mut expected: HashMap<CounterKey, u64>,
    found: &mut Vec<Finding>,
) -> Result<(), StoreError> {
    let mut differs = |account: &str, name: &str, there: i64, counted: u64| {
        if u64::try_from(there) != Ok(counted) {
            found.push(Finding::of(format!(
                "counter `{name}` of account {account} stands at {there}, the documents make {counted}"
            )));
        }
    };
    let mut select = connection.prepare("SELECT account, name, value FROM counter")?;
    let mut rows = select.query([])?;
    while let Some(row) = rows.next()? {
        let (number, name, there): (i64, String, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        match account(number) {
            Some(account) => {
                let key = CounterKey { account, name };
                let counted = expected.remove(&key).unwrap_or(0);
                differs(&account.to_string(), &key.name, there, counted);
            }
            None => differs(&number.to_string(), &name, there, 0),
        }
    }
    for (key, counted) in expected {
        differs(&key.account.to_string(), &key.name, 0, counted);
    }
    Ok(())
}

fn hints(
    connection: &Connection,
    vault: &Vault,
    found: &mut Vec<Finding>,
) -> Result<(), StoreError> {
    let mut select = connection.prepare("SELECT key, CAST(value AS BLOB) FROM hint")?;
    let mut rows = select.query([])?;
    while let Some(row) = rows.next()? {
        let (key, sealed): (String, Vec<u8>) = (row.get(0)?, row.get(1)?);
        if vault.open_sealed(&key::place_of_hint(&key), &sealed).is_err() {
            found.push(Finding::of(format!("the seal of hint `{key}` is broken")));
        }
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
        found.push(Finding::about("an index row of ", key, " is missing or changed"));
    }
    Ok(())
}
