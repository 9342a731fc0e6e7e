//! The trail's part of a check: the chain from its first record to its head, the columns beside each
//! batch, and the index of each segment. Holds one batch and the attributes of one segment.

use std::collections::HashMap;

use aws_lc_rs::digest::{Context, SHA256};
use rusqlite::{Connection, OptionalExtension as _};
use vault::Vault;

use super::Finding;
use crate::batch::{self, Batch, Columns, GENESIS, Head};
use crate::error::StoreError;
use crate::key::DocKey;
use crate::postings::{self, Postings};
use crate::runs::{Posting, Runs, Salt};
use crate::tail::{SEGMENT, Waiting};

/// Walks the trail. Returns what revision each document must have.
pub(super) fn check(
    connection: &Connection,
    vault: &Vault,
    found: &mut Vec<Finding>,
) -> Result<HashMap<DocKey, u64>, StoreError> {
    let mut walk = Walk {
        connection,
        chain: GENESIS,
        next: 0,
        revisions: HashMap::new(),
        segment: Vec::new(),
        indexed: postings::indexed_segments(connection)?,
        salt: postings::salt(connection).ok(),
        expected: Some(Expected::default()),
        found,
    };
    let mut select = connection
        .prepare("SELECT first, count, from_time, to_time, body FROM batch ORDER BY first")?;
    let mut rows = select.query([])?;
    while let Some(row) = rows.next()? {
        let columns = Columns::read(row)?;
        walk.begin(&columns);
        match batch::open(vault, &columns, &row.get::<_, Vec<u8>>(4)?) {
            Ok((batch, last)) => walk.batch(&columns, batch, last)?,
            Err(error) => walk.note(error.to_string()),
        }
    }
    walk.head(vault)?;
    walk.index_as_a_whole()?;
    Ok(walk.revisions)
}

struct Walk<'a> {
    connection: &'a Connection,
    /// The hash of the record before `next`.
    chain: [u8; 32],
    next: u64,
    revisions: HashMap<DocKey, u64>,
    /// The records of the segment that `next` lies in, as far as they could be read.
    segment: Vec<Waiting>,
    /// How many segments the index says that it holds.
    indexed: u64,
    /// What hashes of terms are salted with; `None`: it is lost, and the index with it.
    salt: Option<Salt>,
    /// What the index must hold; `None`: a segment could not be read, so it is not known.
    expected: Option<Expected>,
    found: &'a mut Vec<Finding>,
}

/// What the index must hold as a whole.
#[derive(Debug, Default, PartialEq, Eq)]
struct Expected {
    /// Rows of frequent terms.
    rows: u64,
    /// Postings in runs, and the sum of their hashes: the same for any order.
    postings: u64,
    sum: u128,
}

impl Expected {
    fn add(&mut self, (hash, number): Posting, salt: &Salt) {
        let mut context = Context::new(&SHA256);
        context.update(salt);
        context.update(&hash.to_be_bytes());
        context.update(&number.to_be_bytes());
        let digest = context.finish();
        let first = digest.as_ref().first_chunk().copied().unwrap_or_default();
        self.sum = self.sum.wrapping_add(u128::from_be_bytes(first));
        self.postings += 1;
    }
}

impl Walk<'_> {
    fn note(&mut self, text: String) {
        self.found.push(Finding::of(text));
    }

    fn begin(&mut self, columns: &Columns) {
        let first = columns.first;
        if first != self.next {
            self.note(format!("records {} to {first} are missing from the trail", self.next));
        }
        self.next = first.saturating_add(columns.count);
    }

    fn batch(&mut self, columns: &Columns, batch: Batch, last: [u8; 32]) -> Result<(), StoreError> {
        let first = columns.first;
        if batch.before != self.chain || batch.records.len() as u64 != columns.count {
            self.note(format!("the chain of records is broken at record {first}"));
        }
        self.chain = last;
        for (key, revision) in batch.changed {
            match revision {
                Some(revision) => self.revisions.insert(key, revision),
                None => self.revisions.remove(&key),
            };
        }
        for (record, sequence) in batch.records.into_iter().zip(first..) {
            let attributes = record.attributes;
            let (account, time) = (record.account, record.time);
            self.record(Waiting { sequence, account, time, attributes })?;
        }
        Ok(())
    }

    fn record(&mut self, record: Waiting) -> Result<(), StoreError> {
        let number = record.sequence / SEGMENT;
        if self.segment.last().is_some_and(|last| last.sequence / SEGMENT != number) {
            self.segment.clear();
        }
        let is_last = record.sequence % SEGMENT == SEGMENT - 1;
        self.segment.push(record);
        if is_last && number < self.indexed {
            self.segment_is_full(number)?;
        }
        Ok(())
    }

    /// Compares what the index holds of a segment with what it must hold.
    fn segment_is_full(&mut self, number: u64) -> Result<(), StoreError> {
        let records = std::mem::take(&mut self.segment);
        if records.len() as u64 != SEGMENT {
            self.expected = None;
            return Ok(());
        }
        let Some(salt) = self.salt else { return Ok(()) };
        let postings = Postings::of(&records, &salt);
        if let Some(expected) = &mut self.expected {
            expected.rows += postings.rows();
            postings.rare().iter().for_each(|posting| expected.add(*posting, &salt));
        }
        let wrong = postings.not_in(self.connection, number)?;
        if wrong > 0 {
            self.note(format!(
                "{wrong} lists of the index of records are missing or changed in segment {number}"
            ));
        }
        Ok(())
    }

    fn head(&mut self, vault: &Vault) -> Result<(), StoreError> {
        let mut select = self.connection.prepare("SELECT body FROM head WHERE id = 1")?;
        let sealed: Option<Vec<u8>> = select.query_row([], |row| row.get(0)).optional()?;
        match Head::open(vault, &sealed.unwrap_or_default()) {
            Ok(head) if head.next_sequence == self.next && head.chain == self.chain => {}
            Ok(head) => self.note(format!(
                "the trail ends at record {}, its head says {}",
                self.next, head.next_sequence
            )),
            Err(error) => self.note(error.to_string()),
        }
        Ok(())
    }

    fn index_as_a_whole(&mut self) -> Result<(), StoreError> {
        let (indexed, full) = (self.indexed, self.next / SEGMENT);
        if indexed > full {
            let text =
                format!("the index of records says that it holds {indexed} segments of {full}");
            self.note(text);
        }
        let Some(salt) = self.salt else {
            self.note("the index of records has lost its salt".to_owned());
            return Ok(());
        };
        let Some(expected) = self.expected.take() else { return Ok(()) };
        let rows = postings::count(self.connection)?;
        let mut there = Expected { rows, ..Expected::default() };
        Runs(self.connection).each(indexed, |posting| there.add(posting, &salt))?;
        if there != expected {
            self.note(format!(
                "the index of records has {} lists and {} single places, the records make {} and {}{}",
                there.rows,
                there.postings,
                expected.rows,
                expected.postings,
                if there.postings == expected.postings { ", or others" } else { "" },
            ));
        }
        Ok(())
    }
}
