//! The index of the trail: for each account, attribute and value, the records that have it.
//!
//! Written off the write path, a full segment at a time; read newest first. What is frequent in a
//! segment has a row of its own there: its records' places in the segment, as two bytes each. What
//! is rare goes into runs.

use std::collections::HashMap;

use names::AccountId;
use rusqlite::{CachedStatement, Connection, OptionalExtension as _, Rows, params};

use crate::error::StoreError;
use crate::record::Attribute;
use crate::runs::{Posting, Runs, Salt, term};
use crate::tail::{SEGMENT, Waiting};

/// From so many records in a segment on a term has a row of its own.
const FREQUENT: usize = 64;

/// An attribute with its value in an account's trail.
pub(crate) type Term<'a> = (AccountId, Attribute, &'a str);

/// The lists of one segment.
#[derive(Debug, Default)]
pub(crate) struct Postings {
    frequent: Vec<(AccountId, Attribute, String, Vec<u8>)>,
    rare: Vec<Posting>,
}

impl Postings {
    pub(crate) fn of(records: &[Waiting], salt: &Salt) -> Self {
        let mut lists: HashMap<Term<'_>, Vec<u64>> = HashMap::new();
        for record in records {
            let mut add = |attribute, value| {
                let list = lists.entry((record.account, attribute, value)).or_default();
                if list.last() != Some(&record.sequence) {
                    list.push(record.sequence);
                }
            };
            add(Attribute::Any, "");
            let all = record.attributes.iter();
            all.filter(|(name, _)| *name != Attribute::EventId).for_each(|(name, value)| {
                add(name, value);
            });
        }
        let mut postings = Self::default();
        for ((account, attribute, value), list) in lists {
            if list.len() < FREQUENT {
                let hash = term(salt, (account, attribute, value));
                postings.rare.extend(list.into_iter().map(|sequence| (hash, sequence)));
            } else {
                let places = list.iter().flat_map(|s| ((s % SEGMENT) as u16).to_be_bytes());
                let row = (account, attribute, value.to_owned(), places.collect());
                postings.frequent.push(row);
            }
        }
        postings
    }

    /// How many terms have a row of their own.
    pub(crate) fn rows(&self) -> u64 {
        self.frequent.len() as u64
    }

    /// What goes into runs.
    pub(crate) fn rare(&self) -> &[Posting] {
        &self.rare
    }

    /// How many of these rows the index does not hold for `segment`, or not as they are.
    pub(crate) fn not_in(&self, connection: &Connection, segment: u64) -> Result<u64, StoreError> {
        let mut select = connection.prepare_cached(
            "SELECT 1 FROM posting
             WHERE account = ? AND attribute = ? AND value = ? AND segment = ? AND body = ?",
        )?;
        let mut missing = 0;
        for (account, attribute, value, list) in &self.frequent {
            let (account, attribute) = (account.number() as i64, *attribute as u8);
            if !select.exists(params![account, attribute, value, segment as i64, list])? {
                missing += 1;
            }
        }
        Ok(missing)
    }

    pub(crate) fn write(self, connection: &Connection, segment: u64) -> Result<(), StoreError> {
        let mut insert =
            connection.prepare_cached("INSERT OR REPLACE INTO posting VALUES (?, ?, ?, ?, ?)")?;
        for (account, attribute, value, list) in &self.frequent {
            let account = account.number() as i64;
            insert.execute(params![account, *attribute as u8, value, segment as i64, list])?;
        }
        Runs(connection).add(segment, self.rare)?;
        set_indexed_segments(connection, segment + 1)?;
        Runs(connection).merge(segment + 1)
    }
}

/// How many segments the index has taken up.
pub(crate) fn indexed_segments(connection: &Connection) -> Result<u64, StoreError> {
    let mut select =
        connection.prepare_cached("SELECT value FROM meta WHERE name = 'indexed_segments'")?;
    let found: Option<i64> = select.query_row([], |row| row.get(0)).optional()?;
    Ok(found.unwrap_or(0) as u64)
}

/// How many rows of frequent terms the index holds.
pub(crate) fn count(connection: &Connection) -> Result<u64, StoreError> {
    let found: i64 = connection.query_row("SELECT count(*) FROM posting", [], |row| row.get(0))?;
    Ok(found as u64)
}

fn set_indexed_segments(connection: &Connection, segments: u64) -> Result<(), StoreError> {
    let mut insert =
        connection.prepare_cached("INSERT OR REPLACE INTO meta VALUES ('indexed_segments', ?)")?;
    insert.execute([segments as i64])?;
    Ok(())
}

/// What hashes of terms are salted with here.
pub(crate) fn salt(connection: &Connection) -> Result<Salt, StoreError> {
    let mut select =
        connection.prepare_cached("SELECT value FROM meta WHERE name = 'posting_salt'")?;
    Ok(select.query_row([], |row| row.get(0))?)
}

/// Calls `visit` on the numbers of indexed records that have this term, or seem to have it, newest
/// first and none at or above `below`, until it says to stop.
pub(crate) fn newest_first(
    connection: &Connection,
    wanted: Term<'_>,
    below: u64,
    mut visit: impl FnMut(u64) -> Result<bool, StoreError>,
) -> Result<(), StoreError> {
    let hash = term(&salt(connection)?, wanted);
    let segments = indexed_segments(connection)?;
    let mut select = Lists::prepare(connection)?;
    let mut lists = Lists::begin(&mut select, wanted, below)?;
    let mut visit = |sequence| if sequence < below { visit(sequence) } else { Ok(true) };
    let mut stopped = false;
    Runs(connection).newest_first(hash, segments, below, |end, find| {
        stopped = !lists.visit_from(end, &mut visit)?;
        if stopped {
            return Ok(false);
        }
        for sequence in find()?.into_iter().rev() {
            stopped = !(lists.visit_from(sequence, &mut visit)? && visit(sequence)?);
            if stopped {
                return Ok(false);
            }
        }
        Ok(true)
    })?;
    if !stopped {
        lists.visit_from(0, &mut visit)?;
    }
    Ok(())
}

/// Looks for many values of one attribute at once. Calls `visit` with a value's place and the number
/// of a record that has it, or seems to have it, until it says that this value is done with: first on
/// those of frequent terms, then on those of rare ones, each newest first.
pub(crate) fn newest_of(
    connection: &Connection,
    (account, attribute): (AccountId, Attribute),
    values: &[(usize, &str)],
    below: u64,
    mut visit: impl FnMut(usize, u64) -> Result<bool, StoreError>,
) -> Result<(), StoreError> {
    let salt = salt(connection)?;
    let segments = indexed_segments(connection)?;
    let mut select = Lists::prepare(connection)?;
    let mut terms = Vec::with_capacity(values.len());
    for (place, value) in values {
        let wanted = (account, attribute, *value);
        let mut lists = Lists::begin(&mut select, wanted, below)?;
        lists.visit_from(0, &mut |sequence| Ok(sequence >= below || !visit(*place, sequence)?))?;
        terms.push((term(&salt, wanted), *place));
    }
    terms.sort_unstable();
    Runs(connection).newest_of(&terms, segments, below, visit)
}

/// The rows of a frequent term, newest first.
struct Lists<'a> {
    rows: Rows<'a>,
    /// A row that was read and not visited yet: its segment and its list.
    next: Option<(u64, Vec<u8>)>,
}

impl<'a> Lists<'a> {
    fn prepare(connection: &Connection) -> Result<CachedStatement<'_>, StoreError> {
        Ok(connection.prepare_cached(
            "SELECT segment, body FROM posting
             WHERE account = ? AND attribute = ? AND value = ? AND segment <= ?
             ORDER BY segment DESC",
        )?)
    }

    fn begin(
        select: &'a mut CachedStatement<'_>,
        (account, attribute, value): Term<'_>,
        below: u64,
    ) -> Result<Self, StoreError> {
        let last = (below / SEGMENT) as i64;
        let rows = select.query(params![account.number() as i64, attribute as u8, value, last])?;
        let mut lists = Self { rows, next: None };
        lists.read()?;
        Ok(lists)
    }

    fn read(&mut self) -> Result<(), StoreError> {
        self.next = match self.rows.next()? {
            Some(row) => Some((row.get::<_, i64>(0)? as u64, row.get(1)?)),
            None => None,
        };
        Ok(())
    }

    /// Visits all rows of segments that begin at or above `from`; `false` if it was told to stop.
    fn visit_from(
        &mut self,
        from: u64,
        visit: &mut impl FnMut(u64) -> Result<bool, StoreError>,
    ) -> Result<bool, StoreError> {
        while let Some((segment, list)) =
            self.next.take_if(|(segment, _)| *segment * SEGMENT >= from)
        {
            for place in list.chunks_exact(2).rev() {
                let place = place.try_into().map(u16::from_be_bytes).unwrap_or_default();
                if !visit(segment * SEGMENT + u64::from(place))? {
                    return Ok(false);
                }
            }
            self.read()?;
        }
        Ok(true)
    }
}
