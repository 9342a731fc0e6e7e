//! Looking up records: by one attribute or none, newest first, a page at a time.

use std::sync::Arc;

use names::{AccountId, Timestamp};
use rusqlite::{Connection, OptionalExtension as _};
use vault::Vault;

use crate::batch::{self, Batch, Columns};
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

/// Looks at the tail before it takes the snapshot: what is indexed in between is seen in the tail,
/// and the index is read only where the tail ended.
pub(crate) fn lookup(
    snapshot: impl FnOnce() -> Result<Snapshot, StoreError>,
    vault: &Arc<Vault>,
    tail: &Tail,
    wanted: &Lookup,
) -> Result<LookupPage, StoreError> {
    let below = wanted.below.unwrap_or(u64::MAX);
    let mut sequences = Vec::new();
    let first_waiting = tail.newest_first(|record| {
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
    let snapshot = snapshot()?;
    let connection = snapshot.raw()?;
    let mut finder = Finder { connection, vault, wanted, at: None, found: Vec::new() };
    for sequence in sequences {
        finder.take(sequence)?;
    }
    if finder.found.len() <= wanted.limit {
        let what = (wanted.account, wanted.attribute, wanted.value.as_str());
        let below = below.min(first_waiting.unwrap_or(u64::MAX)).min(finder.ceiling()?);
        postings::newest_first(connection, what, below, |sequence| finder.take(sequence))?;
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

struct Finder<'a> {
    connection: &'a Connection,
    vault: &'a Vault,
    wanted: &'a Lookup,
    at: Option<Row>,
    found: Vec<(u64, Record)>,
}

/// A batch's row; opened before its columns are believed.
struct Row {
    first: u64,
    columns: Columns,
    sealed: Vec<u8>,
    opened: Option<Batch>,
}

impl Row {
    fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            first: row.get::<_, i64>(0)? as u64,
            columns: Columns {
                count: row.get::<_, i64>(1)? as u64,
                from_time: row.get(2)?,
                to_time: row.get(3)?,
            },
            sealed: row.get(4)?,
            opened: None,
        })
    }

    fn holds(&self, sequence: u64) -> bool {
        sequence >= self.first && sequence - self.first < self.columns.count
    }

    fn records(&mut self, vault: &Vault) -> Result<&[Record], StoreError> {
        if self.opened.is_none() {
            let (batch, _) = batch::open(vault, self.first, &self.sealed)?;
            if !batch.agrees(&self.columns) {
                let what = format!("the batch of records from {}", self.first);
                return Err(StoreError::Tampered(what));
            }
            self.opened = Some(batch);
        }
        Ok(self.opened.as_ref().map_or(&[], |batch| &batch.records))
    }
}

impl Finder<'_> {
    /// No record at or above this number is as old as the latest moment: a page of old events need
    /// not walk through all newer ones.
    fn ceiling(&self) -> Result<u64, StoreError> {
        let to = self.wanted.to.millis();
        if to == i64::MAX {
            // The newest record counts, even where the clock was set back before it.
            return Ok(u64::MAX);
        }
        let mut select = self.connection.prepare_cached(
            "SELECT max(first + count) FROM (SELECT first, count FROM batch
             WHERE from_time <= ? ORDER BY from_time DESC LIMIT 64)",
        )?;
        let bound = to.saturating_add(CLOCK_SLACK_MS);
        let found: Option<i64> = select.query_row([bound], |row| row.get(0))?;
        let ceiling = found.unwrap_or(0) as u64;
        // What is left out begins in this row, or the trail ends there: it must be what it says.
        if let Some(mut row) = self.at_or_before(ceiling)? {
            row.records(self.vault)?;
        }
        Ok(ceiling)
    }

    /// Adds the record if its time fits. `false`: there are enough, or all that follow are too old.
    fn take(&mut self, sequence: u64) -> Result<bool, StoreError> {
        let (from, to, limit) = (self.wanted.from, self.wanted.to, self.wanted.limit);
        let vault = self.vault;
        let row = self.row(sequence)?;
        let place = usize::try_from(sequence - row.first).unwrap_or(usize::MAX);
        let record = row.records(vault)?.get(place).ok_or_else(|| missing(sequence))?.clone();
        if row.columns.to_time < from.millis().saturating_sub(CLOCK_SLACK_MS) {
            return Ok(false);
        }
        if record.time >= from && record.time <= to {
            self.found.push((sequence, record));
        }
        Ok(self.found.len() <= limit)
    }

    fn row(&mut self, sequence: u64) -> Result<&mut Row, StoreError> {
        if !self.at.as_ref().is_some_and(|row| row.holds(sequence)) {
            self.at = self.at_or_before(sequence)?.filter(|row| row.holds(sequence));
        }
        self.at.as_mut().ok_or_else(|| missing(sequence))
    }

    fn at_or_before(&self, sequence: u64) -> Result<Option<Row>, StoreError> {
        let mut select = self.connection.prepare_cached(
            "SELECT first, count, from_time, to_time, body FROM batch
             WHERE first <= ? ORDER BY first DESC LIMIT 1",
        )?;
        Ok(select.query_row([sequence as i64], Row::read).optional()?)
    }

    fn page(self) -> LookupPage {
        let (limit, mut found) = (self.wanted.limit, self.found);
        let more = found.len() > limit;
        found.truncate(limit);
        let next_below = found.last().map(|(sequence, _)| *sequence).filter(|_| more);
        LookupPage { records: found.into_iter().map(|(_, record)| record).collect(), next_below }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::RwLock;

    use names::Chance;
    use vault::RootKey;

    use super::*;
    use crate::batch::{Head, Packer};
    use crate::change::ChangeSet;
    use crate::commit::{Committer, Item};
    use crate::disk::Disk;
    use crate::schema;
    use crate::snapshot::Readers;
    use crate::tail::SEGMENT;

    #[derive(Debug)]
    struct Sevens;
    impl Chance for Sevens {
        fn fill(&self, buffer: &mut [u8]) {
            buffer.fill(7);
        }
    }

    fn item(number: u64) -> Item {
        let record = Record {
            account: AccountId::default(),
            time: Timestamp::from_millis(number as i64),
            attributes: vec![(Attribute::EventName, "Call".to_owned())],
            json: number.to_string().into_bytes(),
        };
        Item { changes: ChangeSet::none(), record, done: Box::new(|done| done.unwrap()) }
    }

    /// What a look-up finds during which a segment is filled, indexed, and released by the tail:
    /// just before its snapshot is taken, or just after.
    fn found_meanwhile(before_the_snapshot: bool) -> Vec<u64> {
        let dir = tempfile::tempdir().unwrap();
        let disk = Arc::new(Disk::create(dir.path().into()).unwrap());
        let (vault, _) = Vault::create(&RootKey::generate(&Sevens), Arc::new(Sevens));
        let connection = disk.writer().unwrap();
        schema::create(&connection, |_| Ok(())).unwrap();
        let (vault, tail) = (Arc::new(vault), Arc::new(Tail::default()));
        let mut committer = Committer {
            connection,
            vault: Arc::clone(&vault),
            head: Head::FIRST,
            packer: Packer::new().unwrap(),
            tail: Arc::clone(&tail),
            listeners: Arc::new(RwLock::new(Vec::new())),
        };
        let readers = Arc::new(Readers::new(disk));
        committer.commit((0..SEGMENT - 1).map(item).collect(), &[]);
        let mut index = || {
            committer.commit(vec![item(SEGMENT - 1), item(SEGMENT)], &[]);
            committer.index_full_segments();
            assert_eq!(tail.newest_first(|_| true), Some(SEGMENT));
        };
        let snapshot = || {
            if before_the_snapshot {
                index();
            }
            let snapshot = Snapshot::begin(&readers, &vault)?;
            snapshot.counter(AccountId::default(), "begins to read")?;
            if !before_the_snapshot {
                index();
            }
            Ok(snapshot)
        };
        let wanted = Lookup {
            account: AccountId::default(),
            attribute: Attribute::EventName,
            value: "Call".to_owned(),
            from: Timestamp::from_millis(0),
            to: Timestamp::from_millis(i64::MAX),
            below: None,
            limit: 2 * SEGMENT as usize,
        };
        let page = lookup(snapshot, &vault, &tail, &wanted).unwrap();
        let number = |record: &Record| String::from_utf8_lossy(&record.json).parse().unwrap();
        page.records.iter().map(number).collect()
    }

    #[test]
    fn what_is_indexed_while_a_look_up_begins_is_found_once() {
        let expected: Vec<u64> = (0..SEGMENT - 1).rev().collect();
        for before_the_snapshot in [true, false] {
            let found = found_meanwhile(before_the_snapshot);
            assert!(found == expected, "{before_the_snapshot}: {} records", found.len());
        }
    }
}
