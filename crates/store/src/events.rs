//! Looking up records: by one attribute or none, newest first, a page at a time.

use std::collections::HashMap;
use std::sync::Arc;

use names::{AccountId, Timestamp};
use rusqlite::{Connection, OptionalExtension as _};
use vault::Vault;

use crate::batch::{self, Columns, Unpacker};
use crate::error::StoreError;
use crate::postings;
use crate::record::{Attribute, Attributes, Record};
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
    let (sequences, first_waiting) = waiting(tail, wanted);
    let snapshot = snapshot()?;
    let connection = snapshot.raw()?;
    let mut finder = Finder::begin(connection, vault, wanted)?;
    for sequence in sequences {
        finder.take(sequence)?;
    }
    if finder.found.len() <= wanted.limit {
        let ceiling = ceiling(connection, wanted.to)?;
        // What is left out begins with this batch, which must be as new as its row says.
        finder.go_to(ceiling)?;
        let below = wanted.below.unwrap_or(u64::MAX).min(ceiling);
        let what = (wanted.account, wanted.attribute, wanted.value.as_str());
        postings::newest_first(connection, what, below.min(first_waiting), |sequence| {
            finder.take(sequence)
        })?;
    }
    Ok(finder.page())
}

/// What the newest records are looked for by.
#[derive(Debug, Clone)]
pub struct Newest<'a> {
    /// In whose trail.
    pub account: AccountId,
    /// By what.
    pub attribute: Attribute,
    /// The values, each of them once, compared exactly.
    pub values: &'a [String],
    /// The earliest moment.
    pub from: Timestamp,
    /// The latest moment.
    pub to: Timestamp,
}

/// For each value the newest record that has it, in the order of the values: like as many look-ups
/// of one record each, but the tail is gone through once, and there is one snapshot.
pub(crate) fn newest(
    snapshot: impl FnOnce() -> Result<Snapshot, StoreError>,
    vault: &Arc<Vault>,
    tail: &Tail,
    wanted: &Newest<'_>,
) -> Result<Vec<Option<Record>>, StoreError> {
    let (waiting, first_waiting) = newest_waiting(tail, wanted);
    let snapshot = snapshot()?;
    let connection = snapshot.raw()?;
    let ceiling = ceiling(connection, wanted.to)?;
    let one = |value: &String| Lookup {
        account: wanted.account,
        attribute: wanted.attribute,
        value: value.clone(),
        from: wanted.from,
        to: wanted.to,
        below: None,
        limit: 1,
    };
    let lookups: Vec<Lookup> = wanted.values.iter().map(one).collect();
    let Some(first) = lookups.first() else { return Ok(Vec::new()) };
    let mut finder = Finder::begin(connection, vault, first)?;
    // As in `lookup`: what is left out begins with this batch.
    finder.go_to(ceiling)?;
    let mut found: Vec<Option<(u64, Record)>> = lookups.iter().map(|_| None).collect();
    let mut visit = |place: usize, sequence: u64| {
        let (Some(lookup), Some(slot)) = (lookups.get(place), found.get_mut(place)) else {
            return Ok(true);
        };
        if slot.as_ref().is_some_and(|(newer, _)| *newer > sequence) {
            return Ok(true);
        }
        finder.wanted = lookup;
        let goes_on = finder.take(sequence)?;
        let one = finder.found.pop();
        let done = one.is_some() || !goes_on;
        *slot = one.or(slot.take());
        Ok(done)
    };
    let mut open = Vec::new();
    for (place, (lookup, sequence)) in lookups.iter().zip(&waiting).enumerate() {
        match sequence {
            Some(sequence) => visit(place, *sequence).map(|_| ())?,
            None => open.push((place, lookup.value.as_str())),
        }
    }
    let what = (wanted.account, wanted.attribute);
    postings::newest_of(connection, what, &open, ceiling.min(first_waiting), visit)?;
    Ok(found.into_iter().map(|found| found.map(|(_, record)| record)).collect())
}

/// For each value the newest record that waits for the index, and where the index ends.
fn newest_waiting(tail: &Tail, wanted: &Newest<'_>) -> (Vec<Option<u64>>, u64) {
    let places = wanted.values.iter().enumerate().map(|(at, value)| (value.as_str(), at));
    let mut sought: HashMap<&str, usize> = places.collect();
    let mut found = vec![None; wanted.values.len()];
    let first_waiting = tail.newest_first(|record| {
        let timely = record.time >= wanted.from && record.time <= wanted.to;
        if timely && record.account == wanted.account {
            let all = record.attributes.iter();
            for (_, value) in all.filter(|(name, _)| *name == wanted.attribute) {
                if let Some(place) = sought.remove(value).and_then(|at| found.get_mut(at)) {
                    *place = Some(record.sequence);
                }
            }
        }
        !sought.is_empty()
    });
    (found, first_waiting.unwrap_or(u64::MAX))
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
        "SELECT first, count, from_time, to_time, body FROM batch
         WHERE from_time <= ?1 AND from_time >= ?1 - 60000 AND to_time >= ?1
         ORDER BY from_time DESC LIMIT 1024",
    )?;
    let mut rows = select.query([time.millis()])?;
    while let Some(row) = rows.next()? {
        let (columns, sealed) = (Columns::read(row)?, row.get::<_, Vec<u8>>(4)?);
        let named = |record: &Record| {
            record.account == account && record.attributes.has(Attribute::EventId, id)
        };
        let (batch, _) = batch::open(vault, &columns, &sealed)?;
        if let Some(record) = batch.records.into_iter().find(named) {
            return Ok(Some(record));
        }
    }
    Ok(None)
}

fn has(attributes: &Attributes, wanted: &Lookup) -> bool {
    wanted.attribute == Attribute::Any || attributes.has(wanted.attribute, &wanted.value)
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

/// A batch's row, opened.
struct Row {
    columns: Columns,
    plain: Vec<u8>,
}

impl Row {
    fn holds(&self, sequence: u64) -> bool {
        let Columns { first, count, .. } = self.columns;
        sequence >= first && sequence - first < count
    }
}

impl<'a> Finder<'a> {
    fn begin(
        connection: &'a Connection,
        vault: &'a Vault,
        wanted: &'a Lookup,
    ) -> Result<Self, StoreError> {
        let unpacker = Unpacker::new()?;
        Ok(Self { connection, vault, wanted, unpacker, at: None, found: Vec::new() })
    }

    /// Adds the record if it fits. `false`: there are enough, or all that follow are too old.
    fn take(&mut self, sequence: u64) -> Result<bool, StoreError> {
        self.go_to(sequence)?;
        let row = self.at.as_ref().filter(|row| row.holds(sequence));
        let row = row.ok_or_else(|| missing(sequence))?;
        let (from, to) = (self.wanted.from, self.wanted.to);
        if row.columns.to_time < from.millis().saturating_sub(CLOCK_SLACK_MS) {
            return Ok(false);
        }
        if row.columns.to_time < from.millis() || row.columns.from_time > to.millis() {
            return Ok(true);
        }
        let place = usize::try_from(sequence - row.columns.first).unwrap_or(usize::MAX);
        let record = batch::record_at(&row.plain, place).ok_or_else(|| missing(sequence))?;
        let timely = record.time >= from && record.time <= to;
        if timely && record.account == self.wanted.account && has(&record.attributes, self.wanted) {
            self.found.push((sequence, record));
        }
        Ok(self.found.len() <= self.wanted.limit)
    }

    /// Opens the batch that holds the record, if it is not open, and if there is one.
    fn go_to(&mut self, sequence: u64) -> Result<(), StoreError> {
        if self.at.as_ref().is_some_and(|row| row.holds(sequence)) {
            return Ok(());
        }
        let mut select = self.connection.prepare_cached(
            "SELECT first, count, from_time, to_time, body FROM batch
             WHERE first <= ? ORDER BY first DESC LIMIT 1",
        )?;
        let read = |row: &rusqlite::Row<'_>| Ok((Columns::read(row)?, row.get::<_, Vec<u8>>(4)?));
        let found = select.query_row([sequence as i64], read).optional()?;
        self.at = match found {
            Some((columns, sealed)) => {
                let plain = batch::unseal(self.vault, &columns, &sealed, &mut self.unpacker)?;
                Some(Row { columns, plain })
            }
            None => None,
        };
        Ok(())
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
    use std::sync::{OnceLock, RwLock};

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
            attributes: [(Attribute::EventName, "Call")].into_iter().collect(),
            json: number.to_string().into_bytes(),
        };
        Item {
            changes: ChangeSet::none(),
            records: vec![record],
            done: Box::new(|done| done.unwrap()),
        }
    }

    /// What a look-up finds during which a segment is filled, indexed, and released by the tail:
    /// just before its snapshot is taken, or just after.
    fn found_meanwhile(before_the_snapshot: bool) -> Vec<u64> {
        let dir = tempfile::tempdir().unwrap();
        let disk = Arc::new(Disk::create(dir.path().into()).unwrap());
        let (vault, _) = Vault::create(&RootKey::generate(&Sevens), Arc::new(Sevens));
        disk.make(|connection| {
            schema::create(connection, |connection| {
                let salt = "INSERT INTO meta VALUES ('posting_salt', ?)";
                connection.execute(salt, [[7; 16]]).map(|_| ())
            })
        })
        .unwrap();
        let connection = disk.writer().unwrap();
        schema::settle(&connection).unwrap();
        let (vault, tail) = (Arc::new(vault), Arc::new(Tail::default()));
        let mut committer = Committer {
            connection,
            vault: Arc::clone(&vault),
            head: Head::FIRST,
            packer: Packer::new().unwrap(),
            tail: Arc::clone(&tail),
            listeners: Arc::new(RwLock::new(Vec::new())),
            teller: Arc::new(OnceLock::new()),
            recent: crate::recent::Recent::default(),
            told: Arc::default(),
        };
        let readers = Arc::new(Readers::new(disk));
        committer.commit((0..SEGMENT - 1).map(item).collect(), &[]).unwrap();
        let mut index = || {
            committer.commit(vec![item(SEGMENT - 1), item(SEGMENT)], &[]).unwrap();
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
