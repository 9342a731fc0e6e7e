//! The index of what is rare in the trail: runs of postings, merged as they grow old.
//!
//! A posting is a term's hash and a record's number. A segment's postings are a run, sorted by hash
//! and cut into blocks by it; sixteen runs become one of the next level. So a segment is written
//! next to itself wherever its terms belong in the order of all terms, and a look-up reads one block
//! of each of the few runs there are. Merging goes on a block at a time, whenever a segment is
//! indexed: no call waits for a whole merge. Hashes may meet: whoever visits looks at the record.

use std::collections::HashSet;

use aws_lc_rs::digest::{Context, SHA256};
use names::AccountId;
use rusqlite::{Connection, OptionalExtension as _, params};

use crate::error::StoreError;
use crate::record::Attribute;
use crate::tail::SEGMENT;

/// Makes hashes of this store unlike those of any other, so that nobody can choose terms that meet.
pub(crate) type Salt = [u8; 16];

/// A term's hash, and the number of a record that has it.
pub(crate) type Posting = (u64, u64);

/// Runs that become one of the next level.
const FANOUT: u64 = 16;

/// Blocks of a run of level 0, a power of two.
const BLOCKS: u64 = 8;

/// Runs of the last level are never merged; it is reached by 2^32 records.
const LEVELS: u32 = 6;

/// The hash of an attribute with its value in an account's trail.
pub(crate) fn term(salt: &Salt, (account, attribute, value): (AccountId, Attribute, &str)) -> u64 {
    let mut context = Context::new(&SHA256);
    context.update(salt);
    context.update(&account.number().to_be_bytes());
    context.update(&[attribute as u8]);
    context.update(value.as_bytes());
    let hash = context.finish();
    let first = hash.as_ref().first_chunk().copied().unwrap_or_default();
    u64::from_be_bytes(first)
}

/// The runs that a connection sees.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Runs<'a>(pub(crate) &'a Connection);

impl Runs<'_> {
    /// Writes a segment's run. The caller's transaction makes it count.
    pub(crate) fn add(self, segment: u64, mut postings: Vec<Posting>) -> Result<(), StoreError> {
        postings.sort_unstable();
        self.write(0, segment, &postings)
    }

    /// One step of each merge that has something to do. At this pace, one step for each segment
    /// that is added, merges are done twice as fast as new ones come up.
    pub(crate) fn merge(self, segments: u64) -> Result<(), StoreError> {
        let mut complete = segments;
        for level in 1..LEVELS {
            let steps = self.steps(level)?;
            let (run, block) = (steps / blocks(level - 1), steps % blocks(level - 1));
            if (run + 1) * FANOUT <= complete {
                self.merge_block(level, run, block)?;
                self.set_steps(level, steps + 1)?;
            }
            complete = steps / blocks(level - 1);
        }
        Ok(())
    }

    /// Merges one block of sixteen runs into the sixteen blocks of their successor that it covers.
    fn merge_block(self, level: u32, run: u64, block: u64) -> Result<(), StoreError> {
        let mut postings = Vec::new();
        for input in run * FANOUT..(run + 1) * FANOUT {
            if let Some(body) = self.block(level - 1, input, block)? {
                for (hash, numbers) in Groups(&body) {
                    let start = input * span(level - 1);
                    postings.extend(Numbers::new(numbers).map(|n| (hash, start + n)));
                }
            }
        }
        postings.sort_unstable();
        self.write(level, run, &postings)?;
        // Readers use the inputs until the whole run is there, so those of the run before go now.
        if let Some(before) = run.checked_sub(1) {
            for input in before * FANOUT..run * FANOUT {
                self.remove(level - 1, input, block)?;
            }
        }
        Ok(())
    }

    /// Calls `visit` with the runs in which `term` may be found, newest first: with the number
    /// behind a run's last record, and with what gives the run's records that have the term. Stops
    /// when `visit` says so.
    pub(crate) fn newest_first(
        self,
        term: u64,
        segments: u64,
        below: u64,
        mut visit: impl FnMut(
            u64,
            &dyn Fn() -> Result<Vec<u64>, StoreError>,
        ) -> Result<bool, StoreError>,
    ) -> Result<(), StoreError> {
        let mut complete = segments;
        for level in 0..LEVELS {
            let merged = self.complete(level + 1)?;
            for run in (merged * FANOUT..complete).rev() {
                let start = run * span(level);
                if start >= below {
                    continue;
                }
                let find = || self.find(level, run, term);
                if !visit(start + span(level), &find)? {
                    return Ok(());
                }
            }
            complete = merged;
        }
        Ok(())
    }

    /// Looks for many terms at once, each with its place and all sorted: a block is read once for all
    /// that it may hold. Calls `visit` with a term's place and a record's number, newest first for
    /// each term, until it says that this term is done with.
    pub(crate) fn newest_of(
        self,
        terms: &[(u64, usize)],
        segments: u64,
        below: u64,
        mut visit: impl FnMut(usize, u64) -> Result<bool, StoreError>,
    ) -> Result<(), StoreError> {
        let mut open = terms.to_vec();
        let mut complete = segments;
        for level in 0..LEVELS {
            let merged = self.complete(level + 1)?;
            for run in (merged * FANOUT..complete).rev() {
                if open.is_empty() || run * span(level) >= below {
                    continue;
                }
                let mut done = HashSet::new();
                for (place, numbers) in self.find_all(level, run, &open)? {
                    for number in numbers.into_iter().rev().filter(|number| *number < below) {
                        if visit(place, number)? {
                            done.insert(place);
                            break;
                        }
                    }
                }
                open.retain(|(_, place)| !done.contains(place));
            }
            complete = merged;
        }
        Ok(())
    }

    /// Those of the terms that the run has, each with its records, oldest first.
    fn find_all(
        self,
        level: u32,
        run: u64,
        terms: &[(u64, usize)],
    ) -> Result<Vec<(usize, Vec<u64>)>, StoreError> {
        let start = run * span(level);
        let mut found = Vec::new();
        for together in terms.chunk_by(|a, b| block_of(a.0, level) == block_of(b.0, level)) {
            let Some((first, _)) = together.first() else { continue };
            let body = self.block(level, run, block_of(*first, level))?.unwrap_or_default();
            let mut groups = Groups(&body).peekable();
            for (term, place) in together {
                while groups.next_if(|(hash, _)| hash < term).is_some() {}
                if let Some((_, numbers)) = groups.peek().filter(|(hash, _)| hash == term) {
                    let numbers = Numbers::new(numbers).map(|number| start + number);
                    found.push((*place, numbers.collect()));
                }
            }
        }
        Ok(found)
    }

    /// Calls `visit` on every posting that a look-up could find.
    pub(crate) fn each(
        self,
        segments: u64,
        mut visit: impl FnMut(Posting),
    ) -> Result<(), StoreError> {
        let mut complete = segments;
        for level in 0..LEVELS {
            let merged = self.complete(level + 1)?;
            for run in merged * FANOUT..complete {
                let start = run * span(level);
                for block in 0..blocks(level) {
                    let body = self.block(level, run, block)?.unwrap_or_default();
                    for (hash, numbers) in Groups(&body) {
                        Numbers::new(numbers).for_each(|number| visit((hash, start + number)));
                    }
                }
            }
            complete = merged;
        }
        Ok(())
    }

    /// The run's records that have the term, oldest first.
    fn find(self, level: u32, run: u64, term: u64) -> Result<Vec<u64>, StoreError> {
        let body = self.block(level, run, block_of(term, level))?.unwrap_or_default();
        let found = Groups(&body).find(|(hash, _)| *hash >= term);
        let numbers = found.filter(|(hash, _)| *hash == term).map(|(_, numbers)| numbers);
        let start = run * span(level);
        Ok(Numbers::new(numbers.unwrap_or_default()).map(|number| start + number).collect())
    }

    fn write(self, level: u32, run: u64, postings: &[Posting]) -> Result<(), StoreError> {
        let mut insert =
            self.0.prepare_cached("INSERT OR REPLACE INTO posting_run VALUES (?, ?)")?;
        let start = run * span(level);
        for block in postings.chunk_by(|a, b| block_of(a.0, level) == block_of(b.0, level)) {
            let Some((hash, _)) = block.first() else { continue };
            let body = encode(block, start);
            insert.execute(params![id(level, run, block_of(*hash, level)), body])?;
        }
        Ok(())
    }

    fn block(self, level: u32, run: u64, block: u64) -> Result<Option<Vec<u8>>, StoreError> {
        let mut select = self.0.prepare_cached("SELECT body FROM posting_run WHERE id = ?")?;
        Ok(select.query_row([id(level, run, block)], |row| row.get(0)).optional()?)
    }

    fn remove(self, level: u32, run: u64, block: u64) -> Result<(), StoreError> {
        let mut delete = self.0.prepare_cached("DELETE FROM posting_run WHERE id = ?")?;
        delete.execute([id(level, run, block)])?;
        Ok(())
    }

    /// Whole runs of a level from 1 on.
    fn complete(self, level: u32) -> Result<u64, StoreError> {
        Ok(self.steps(level)? / blocks(level - 1))
    }

    /// Steps that the merges into a level have made since the store began.
    fn steps(self, level: u32) -> Result<u64, StoreError> {
        let mut select = self.0.prepare_cached("SELECT value FROM meta WHERE name = ?")?;
        let found: Option<i64> =
            select.query_row([steps_name(level)], |row| row.get(0)).optional()?;
        Ok(found.unwrap_or(0) as u64)
    }

    fn set_steps(self, level: u32, steps: u64) -> Result<(), StoreError> {
        let mut insert = self.0.prepare_cached("INSERT OR REPLACE INTO meta VALUES (?, ?)")?;
        insert.execute(params![steps_name(level), steps as i64])?;
        Ok(())
    }
}

fn steps_name(level: u32) -> String {
    format!("merge_steps_{level}")
}

/// Records that a run of a level covers.
fn span(level: u32) -> u64 {
    SEGMENT * FANOUT.pow(level)
}

fn blocks(level: u32) -> u64 {
    BLOCKS * FANOUT.pow(level)
}

fn block_of(hash: u64, level: u32) -> u64 {
    hash >> (u64::BITS - blocks(level).ilog2())
}

/// A level, a run and a block as a row's number: blocks that are read together lie together.
fn id(level: u32, run: u64, block: u64) -> i64 {
    (i64::from(level) << 58) | ((run as i64) << 24) | block as i64
}

/// Postings as bytes: for each hash its records' numbers from the run's start, as a count of bytes
/// and the steps from each to the next.
fn encode(postings: &[Posting], start: u64) -> Vec<u8> {
    let (mut out, mut numbers) = (Vec::with_capacity(postings.len() * 12), Vec::new());
    for group in postings.chunk_by(|a, b| a.0 == b.0) {
        numbers.clear();
        let mut before = start;
        for (_, number) in group {
            push_number(&mut numbers, number - before);
            before = *number;
        }
        out.extend(group.first().map_or([0; 8], |(hash, _)| hash.to_be_bytes()));
        push_number(&mut out, numbers.len() as u64);
        out.extend_from_slice(&numbers);
    }
    out
}

/// The groups of a block. What cannot be read is left out, as are damaged lists of `Numbers`: the
/// index only proposes.
struct Groups<'a>(&'a [u8]);

impl<'a> Iterator for Groups<'a> {
    type Item = (u64, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let (hash, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        let length = usize::try_from(take_number(&mut self.0)?).ok()?;
        let (numbers, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some((u64::from_be_bytes(*hash), numbers))
    }
}

/// The numbers of a group, from the run's start.
struct Numbers<'a> {
    bytes: &'a [u8],
    before: u64,
}

impl<'a> Numbers<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, before: 0 }
    }
}

impl Iterator for Numbers<'_> {
    type Item = u64;

    fn next(&mut self) -> Option<u64> {
        self.before = self.before.checked_add(take_number(&mut self.bytes)?)?;
        Some(self.before)
    }
}

/// Seven bits a byte, lowest first; the highest bit says that more follow.
fn push_number(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

fn take_number(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for shift in (0..u64::BITS).step_by(7) {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn connection() -> Connection {
        let connection = Connection::open_in_memory().unwrap();
        let tables = "CREATE TABLE meta(name TEXT PRIMARY KEY, value) WITHOUT ROWID;
                      CREATE TABLE posting_run(id INTEGER PRIMARY KEY, body BLOB NOT NULL);";
        connection.execute_batch(tables).unwrap();
        connection
    }

    /// Few terms spread over the whole range of hashes, so that each has many records.
    fn hash(number: u64) -> u64 {
        (number % 97).wrapping_mul(0x9e37_79b9_7f4a_7c15)
    }

    fn found(runs: Runs<'_>, term: u64, segments: u64, below: u64) -> Vec<u64> {
        let mut all = Vec::new();
        let mut end = u64::MAX;
        runs.newest_first(term, segments, below, |run_end, find| {
            assert!(run_end <= end, "runs come newest first");
            end = run_end;
            all.extend(find()?.into_iter().rev().filter(|number| *number < below));
            Ok(true)
        })
        .unwrap();
        all
    }

    #[test]
    fn what_was_added_is_found_at_every_step_of_the_merges() {
        let connection = connection();
        let runs = Runs(&connection);
        let mut written: Vec<Posting> = Vec::new();
        for segment in 0..700 {
            let start = segment * SEGMENT;
            let postings: Vec<Posting> =
                (0..20).map(|n| (hash(segment * 31 + n * n), start + n * 200)).collect();
            written.extend(&postings);
            runs.add(segment, postings).unwrap();
            runs.merge(segment + 1).unwrap();
            let term = hash(segment * 5);
            let below = start / 2 + 3 * SEGMENT;
            let of_term = written.iter().filter(|(hash, number)| *hash == term && *number < below);
            let mut expected: Vec<u64> = of_term.map(|(_, number)| *number).collect();
            expected.sort_unstable_by(|a, b| b.cmp(a));
            assert_eq!(found(runs, term, segment + 1, below), expected, "segment {segment}");
        }
        assert!(
            runs.complete(1).unwrap() > 40 && runs.complete(2).unwrap() >= 1,
            "runs are merged"
        );
        let left = "SELECT count(DISTINCT id >> 24) FROM posting_run";
        let left: i64 = connection.query_row(left, [], |row| row.get(0)).unwrap();
        assert!(left < 100, "merged runs are removed: {left} are left");
    }

    #[test]
    fn damaged_blocks_give_what_can_be_read() {
        let whole = encode(&[(1, 10), (1, 300), (9, 5_000_000)], 10);
        let all: Vec<(u64, Vec<u64>)> =
            Groups(&whole).map(|(hash, numbers)| (hash, Numbers::new(numbers).collect())).collect();
        assert_eq!(all, [(1, vec![0, 290]), (9, vec![4_999_990])]);
        for end in 0..whole.len() {
            let cut = whole.get(..end).unwrap();
            assert!(Groups(cut).count() <= 1);
        }
        assert_eq!(Numbers::new(&[0xff; 20]).next(), None);
    }
}
