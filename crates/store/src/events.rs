//! Looking up records: by one attribute or none, newest first, a page at a time.

use std::sync::Arc;

use names::{AccountId, Timestamp};
use rusqlite::{Connection, OptionalExtension as _};
use vault::Vault;

use crate::batch::{self, Batch};
use crate::error::StoreError;
use crate::postings;
use crate::record::{Attribute, Record};
use crate::snapshot::Snapshot;
use crate::tail::Tail;

/// What is looked for.
#[derive(Debug, Clone)]
pub struct Lookup {
    /// In whose trail.
    pub account: AccountId,
    /// By what; [`Attribute::Any`] with an empty value finds all.
    pub attribute: Attribute,
    /// The attribute's value, compared exactly.
    pub value: String,
    /// The earliest moment.
    pub from: Timestamp,
    /// The latest moment.
    pub to: Timestamp,
    /// Only records older than the one with this number: where the page before ended.
    pub below: Option<u64>,
    /// How many at most.
    pub limit: usize,
}

/// A page of records, newest first.
#[derive(Debug)]
pub struct LookupPage {
    /// The records.
    pub records: Vec<Record>,
    /// Where the next page begins, if there may be one.
    pub next_below: Option<u64>,
}

/// Records further apart in time than this are not taken for neighbours when the clock was set back.
const CLOCK_SLACK_MS: i64 = 5_000;

pub(crate) fn lookup(
    snapshot: &Snapshot,
    vault: &Arc<Vault>,
    tail: &Tail,
    wanted: &Lookup,
) -> Result<LookupPage, StoreError> {
    let connection = snapshot.raw()?;
    let ceiling = ceiling(connection, wanted.to)?;
    let below = wanted.below.unwrap_or(u64::MAX).min(ceiling);
    let mut finder = Finder { connection, vault, wanted, at: None, found: Vec::new() };
    let mut sequences = Vec::new();
    let first_waiting = tail.first().unwrap_or(u64::MAX);
    tail.newest_first(|record| {
        let fits = record.sequence < below
            && record.account == wanted.account
            && record.time >= wanted.from
            && record.time <= wanted.to
            && has(&record.attributes, wanted);
        if fits {
            sequences.push(record.sequence);
        }
        sequences.len() <= wanted.limit
    });
    for sequence in sequences {
        finder.take(sequence)?;
    }
    if finder.found.len() <= wanted.limit {
        let what = (wanted.account, wanted.attribute, wanted.value.as_str());
        postings::newest_first(connection, what, below.min(first_waiting), |sequence| {
            finder.take(sequence)
        })?;
    }
    Ok(finder.page())
}

fn missing(sequence: u64) -> StoreError {
    StoreError::Tampered(format!("record {sequence}, which is missing"))
}

/// The record with this event id, which was made at `time`: looked for in the few batches of that
/// moment, since an index of ids would be as large as the trail.
pub(crate) fn by_id(
    snapshot: &Snapshot,
    vault: &Vault,
    account: AccountId,
    id: &str,
    time: Timestamp,
) -> Result<Option<Record>, StoreError> {
    let mut select = snapshot.raw()?.prepare_cached(
        "SELECT first, count, from_time, to_time, body FROM batch
         WHERE from_time <= ?1 AND from_time >= ?1 - 60000 AND to_time >= ?1
         ORDER BY from_time DESC LIMIT 1024",
    )?;
    let mut rows = select.query([time.millis()])?;
    while let Some(row) = rows.next()? {
        let mut row = Row::read(row)?;
        let named = |record: &&Record| {
            let is_id = |(attribute, value): &(Attribute, String)| {
                *attribute == Attribute::EventId && value == id
            };
            record.account == account && record.attributes.iter().any(is_id)
        };
        if let Some(record) = row.records(vault)?.iter().find(named) {
            return Ok(Some(record.clone()));
        }
    }
    Ok(None)
}

fn has(attributes: &[(Attribute, String)], wanted: &Lookup) -> bool {
    let equal = |(attribute, value): &(Attribute, String)| {
        *attribute == wanted.attribute && *value == wanted.value
    };
    wanted.attribute == Attribute::Any || attributes.iter().any(equal)
}

/// No record at or above this number is as old as `to`: a page of old events need not walk through
/// all newer ones.
fn ceiling(connection: &Connection, to: Timestamp) -> Result<u64, StoreError> {
    if to.millis() == i64::MAX {
        // No latest moment: the newest record counts, even where the clock was set back before it.
        let mut select = connection
            .prepare_cached("SELECT first + count FROM batch ORDER BY first DESC LIMIT 1")?;
        let found: Option<i64> = select.query_row([], |row| row.get(0)).optional()?;
        return Ok(found.unwrap_or(0) as u64);
    }
    let mut select = connection.prepare_cached(
        "SELECT max(first + count) FROM (SELECT first, count FROM batch
         WHERE from_time <= ? ORDER BY from_time DESC LIMIT 64)",
    )?;
    let bound = to.millis().saturating_add(CLOCK_SLACK_MS);
    let found: Option<i64> = select.query_row([bound], |row| row.get(0))?;
    Ok(found.unwrap_or(0) as u64)
}

struct Finder<'a> {
    connection: &'a Connection,
    vault: &'a Vault,
    wanted: &'a Lookup,
    at: Option<Row>,
    found: Vec<(u64, Record)>,
}

/// A batch's row; opened when a record of it is wanted.
struct Row {
    first: u64,
    count: u64,
    from: Timestamp,
    to: Timestamp,
    sealed: Vec<u8>,
    opened: Option<Batch>,
}

impl Row {
    fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            first: row.get::<_, i64>(0)? as u64,
            count: row.get::<_, i64>(1)? as u64,
            from: Timestamp::from_millis(row.get(2)?),
            to: Timestamp::from_millis(row.get(3)?),
            sealed: row.get(4)?,
            opened: None,
        })
    }

    fn holds(&self, sequence: u64) -> bool {
        sequence >= self.first && sequence - self.first < self.count
    }

    fn records(&mut self, vault: &Vault) -> Result<&[Record], StoreError> {
        if self.opened.is_none() {
            self.opened = Some(batch::open(vault, self.first, &self.sealed)?.0);
        }
        Ok(self.opened.as_ref().map_or(&[], |batch| &batch.records))
    }
}

impl Finder<'_> {
    /// Adds the record if its time fits. `false`: there are enough, or all that follow are too old.
    fn take(&mut self, sequence: u64) -> Result<bool, StoreError> {
        let (from, to, limit) = (self.wanted.from, self.wanted.to, self.wanted.limit);
        let vault = self.vault;
        let row = self.row(sequence)?;
        if row.to.millis() < from.millis().saturating_sub(CLOCK_SLACK_MS) {
            return Ok(false);
        }
        if row.to < from || row.from > to {
            return Ok(true);
        }
        let place = usize::try_from(sequence - row.first).unwrap_or(usize::MAX);
        let record = row.records(vault)?.get(place).cloned().ok_or_else(|| missing(sequence))?;
        if record.time >= from && record.time <= to {
            self.found.push((sequence, record));
        }
        Ok(self.found.len() <= limit)
    }

    fn row(&mut self, sequence: u64) -> Result<&mut Row, StoreError> {
        if !self.at.as_ref().is_some_and(|row| row.holds(sequence)) {
            let mut select = self.connection.prepare_cached(
                "SELECT first, count, from_time, to_time, body FROM batch
                 WHERE first <= ? ORDER BY first DESC LIMIT 1",
            )?;
            let row = select.query_row([sequence as i64], Row::read).optional()?;
            self.at = row.filter(|row| row.holds(sequence));
        }
        self.at.as_mut().ok_or_else(|| missing(sequence))
    }

    fn page(self) -> LookupPage {
        let (limit, mut found) = (self.wanted.limit, self.found);
        let more = found.len() > limit;
        found.truncate(limit);
        let next_below = found.last().map(|(sequence, _)| *sequence).filter(|_| more);
        LookupPage { records: found.into_iter().map(|(_, record)| record).collect(), next_below }
    }
}
