//! Looking up records: by one attribute or none, newest first, a page at a time.

use std::sync::Arc;

use names::{AccountId, Timestamp};
use rusqlite::{Connection, OptionalExtension as _};
use vault::Vault;

use crate::batch::{self, Unpacker};
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
    // The tail first: what leaves it meanwhile is in the index that is read afterwards.
    let (sequences, first_waiting) = waiting(tail, wanted);
    let connection = snapshot.raw()?;
    let mut finder = Finder {
        connection,
        vault,
        wanted,
        unpacker: Unpacker::new()?,
        at: None,
        found: Vec::new(),
    };
    for sequence in sequences {
        finder.take(sequence)?;
    }
    if finder.found.len() <= wanted.limit {
        let below = wanted.below.unwrap_or(u64::MAX).min(ceiling(connection, wanted.to)?);
        let what = (wanted.account, wanted.attribute, wanted.value.as_str());
        postings::newest_first(connection, what, below.min(first_waiting), |sequence| {
            finder.take(sequence)
        })?;
    }
    Ok(finder.page())
}

/// Numbers of fitting records that wait for the index, newest first, and where the index ends.
fn waiting(tail: &Tail, wanted: &Lookup) -> (Vec<u64>, u64) {
    let mut sequences = Vec::new();
    let first_waiting = tail.newest_first(|record| {
        let fits = wanted.below.is_none_or(|below| record.sequence < below)
            && record.account == wanted.account
            && record.time >= wanted.from
            && record.time <= wanted.to
            && has(&record.attributes, wanted);
        if fits {
            sequences.push(record.sequence);
        }
        sequences.len() <= wanted.limit
    });
    (sequences, first_waiting.unwrap_or(u64::MAX))
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
        "SELECT first, body FROM batch
         WHERE from_time <= ?1 AND from_time >= ?1 - 60000 AND to_time >= ?1
         ORDER BY from_time DESC LIMIT 1024",
    )?;
    let mut rows = select.query([time.millis()])?;
    while let Some(row) = rows.next()? {
        let (first, sealed) = (row.get::<_, i64>(0)? as u64, row.get::<_, Vec<u8>>(1)?);
        let named = |record: &Record| {
            let is_id = |(attribute, value): &(Attribute, String)| {
                *attribute == Attribute::EventId && value == id
            };
            record.account == account && record.attributes.iter().any(is_id)
        };
        let (batch, _) = batch::open(vault, first, &sealed)?;
        if let Some(record) = batch.records.into_iter().find(named) {
            return Ok(Some(record));
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
///
/// It lies behind the last batch that began by then. Where the clock was set back, batches are not in
/// the order of their times: the last one is looked for among all that began shortly before.
fn ceiling(connection: &Connection, to: Timestamp) -> Result<u64, StoreError> {
    if to.millis() == i64::MAX {
        // No latest moment: the newest record counts, even where the clock was set back before it.
        let mut select = connection
            .prepare_cached("SELECT first + count FROM batch ORDER BY first DESC LIMIT 1")?;
        let found: Option<i64> = select.query_row([], |row| row.get(0)).optional()?;
        return Ok(found.unwrap_or(0) as u64);
    }
    let mut select = connection.prepare_cached(
        "SELECT first + count FROM batch WHERE first = (
             SELECT max(first) FROM (
                 SELECT first FROM batch WHERE from_time <= ?1 AND from_time > ?2
                 UNION ALL
                 SELECT first FROM (SELECT first FROM batch WHERE from_time <= ?1
                                    ORDER BY from_time DESC LIMIT 64)))",
    )?;
    let since = to.millis().saturating_sub(CLOCK_SLACK_MS);
    let found: Option<i64> = select.query_row([to.millis(), since], |row| row.get(0)).optional()?;
    Ok(found.unwrap_or(0) as u64)
}

struct Finder<'a> {
    connection: &'a Connection,
    vault: &'a Vault,
    wanted: &'a Lookup,
    unpacker: Unpacker,
    at: Option<Row>,
    found: Vec<(u64, Record)>,
}

/// A batch's row; its body is read and opened when a record of it is wanted.
struct Row {
    first: u64,
    count: u64,
    from: Timestamp,
    to: Timestamp,
    opened: Option<Vec<u8>>,
}

impl Row {
    fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            first: row.get::<_, i64>(0)? as u64,
            count: row.get::<_, i64>(1)? as u64,
            from: Timestamp::from_millis(row.get(2)?),
            to: Timestamp::from_millis(row.get(3)?),
            opened: None,
        })
    }

    fn holds(&self, sequence: u64) -> bool {
        sequence >= self.first && sequence - self.first < self.count
    }
}

fn body(connection: &Connection, first: u64) -> Result<Vec<u8>, StoreError> {
    let mut select = connection.prepare_cached("SELECT body FROM batch WHERE first = ?")?;
    Ok(select.query_row([first as i64], |row| row.get(0))?)
}

impl Finder<'_> {
    /// Adds the record if it fits. `false`: there are enough, or all that follow are too old.
    fn take(&mut self, sequence: u64) -> Result<bool, StoreError> {
        if !self.at.as_ref().is_some_and(|row| row.holds(sequence)) {
            self.at = self.read(sequence)?;
        }
        let row = self.at.as_mut().ok_or_else(|| missing(sequence))?;
        let (from, to) = (self.wanted.from, self.wanted.to);
        if row.to.millis() < from.millis().saturating_sub(CLOCK_SLACK_MS) {
            return Ok(false);
        }
        if row.to < from || row.from > to {
            return Ok(true);
        }
        let place = usize::try_from(sequence - row.first).unwrap_or(usize::MAX);
        if row.opened.is_none() {
            let sealed = body(self.connection, row.first)?;
            row.opened = Some(batch::unseal(self.vault, row.first, &sealed, &mut self.unpacker)?);
        }
        let plain = row.opened.as_deref().unwrap_or_default();
        let record = batch::record_at(plain, place).ok_or_else(|| missing(sequence))?;
        let timely = record.time >= from && record.time <= to;
        if timely && record.account == self.wanted.account && has(&record.attributes, self.wanted) {
            self.found.push((sequence, record));
        }
        Ok(self.found.len() <= self.wanted.limit)
    }

    fn read(&self, sequence: u64) -> Result<Option<Row>, StoreError> {
        let mut select = self.connection.prepare_cached(
            "SELECT first, count, from_time, to_time FROM batch
             WHERE first <= ? ORDER BY first DESC LIMIT 1",
        )?;
        let row = select.query_row([sequence as i64], Row::read).optional()?;
        Ok(row.filter(|row| row.holds(sequence)))
    }

    fn page(self) -> LookupPage {
        let (limit, mut found) = (self.wanted.limit, self.found);
        let more = found.len() > limit;
        found.truncate(limit);
        let next_below = found.last().map(|(sequence, _)| *sequence).filter(|_| more);
        LookupPage { records: found.into_iter().map(|(_, record)| record).collect(), next_below }
    }
}
