//! The index of the trail: for each account, attribute and value, the records of each segment.
//!
//! Written off the write path, a full segment at a time; read newest segment first. A list is the
//! records' places in their segment, as two bytes each.

use std::collections::BTreeMap;

use names::AccountId;
use rusqlite::{Connection, OptionalExtension as _, params};

use crate::error::StoreError;
use crate::record::Attribute;
use crate::tail::{SEGMENT, Waiting};

/// The lists of one segment.
#[derive(Debug, Default)]
pub(crate) struct Postings<'a>(BTreeMap<(AccountId, u8, &'a str), Vec<u8>>);

impl<'a> Postings<'a> {
    pub(crate) fn of(records: &'a [Waiting]) -> Self {
        let mut lists = Self::default();
        for record in records {
            let place = ((record.sequence % SEGMENT) as u16).to_be_bytes();
            lists.add(record.account, Attribute::Any, "", place);
            let listed = |attribute: &Attribute| *attribute != Attribute::EventId;
            for (attribute, value) in record.attributes.iter().filter(|(name, _)| listed(name)) {
                lists.add(record.account, *attribute, value, place);
            }
        }
        lists
    }

    fn add(&mut self, account: AccountId, attribute: Attribute, value: &'a str, place: [u8; 2]) {
        let list = self.0.entry((account, attribute as u8, value)).or_default();
        if !list.ends_with(&place) {
            list.extend_from_slice(&place);
        }
    }

    pub(crate) fn len(&self) -> u64 {
        self.0.len() as u64
    }

    /// How many of these lists the index does not hold for `segment`, or not as they are.
    pub(crate) fn not_in(&self, connection: &Connection, segment: u64) -> Result<u64, StoreError> {
        let mut select = connection.prepare_cached(
            "SELECT 1 FROM posting
             WHERE account = ? AND attribute = ? AND value = ? AND segment = ? AND body = ?",
        )?;
        let mut missing = 0;
        for ((account, attribute, value), list) in &self.0 {
            let account = account.number() as i64;
            if !select.exists(params![account, attribute, value, segment as i64, list])? {
                missing += 1;
            }
        }
        Ok(missing)
    }

    pub(crate) fn write(&self, connection: &Connection, segment: u64) -> Result<(), StoreError> {
        let mut insert =
            connection.prepare_cached("INSERT OR REPLACE INTO posting VALUES (?, ?, ?, ?, ?)")?;
        for ((account, attribute, value), list) in &self.0 {
            let account = account.number() as i64;
            insert.execute(params![account, attribute, value, segment as i64, list])?;
        }
        Ok(())
    }
}

/// How many segments the index has taken up.
pub(crate) fn indexed_segments(connection: &Connection) -> Result<u64, StoreError> {
    let mut select =
        connection.prepare("SELECT value FROM meta WHERE name = 'indexed_segments'")?;
    let found: Option<i64> = select.query_row([], |row| row.get(0)).optional()?;
    Ok(found.unwrap_or(0) as u64)
}

/// How many lists the index holds.
pub(crate) fn count(connection: &Connection) -> Result<u64, StoreError> {
    let found: i64 = connection.query_row("SELECT count(*) FROM posting", [], |row| row.get(0))?;
    Ok(found as u64)
}

/// Calls `visit` on the sequences of indexed records with this attribute, newest first and none at
/// or above `below`, until it says to stop.
pub(crate) fn newest_first(
    connection: &Connection,
    (account, attribute, value): (AccountId, Attribute, &str),
    below: u64,
    mut visit: impl FnMut(u64) -> Result<bool, StoreError>,
) -> Result<(), StoreError> {
    let mut select = connection.prepare_cached(
        "SELECT segment, body FROM posting
         WHERE account = ? AND attribute = ? AND value = ? AND segment <= ?
         ORDER BY segment DESC",
    )?;
    let last = (below / SEGMENT) as i64;
    let mut rows = select.query(params![account.number() as i64, attribute as u8, value, last])?;
    while let Some(row) = rows.next()? {
        let start = row.get::<_, i64>(0)? as u64 * SEGMENT;
        let list: Vec<u8> = row.get(1)?;
        for place in list.chunks_exact(2).rev() {
            let place = place.try_into().map(u16::from_be_bytes).unwrap_or_default();
            let sequence = start + u64::from(place);
            if sequence < below && !visit(sequence)? {
                return Ok(());
            }
        }
    }
    Ok(())
}
