//! The committer: gathers what is queued into one transaction, one fsync.
//!
//! Each item is judged and applied on its own: a conflict fails that item and no other. Nobody is
//! told of success before the transaction is durable; listeners are told before anybody.

mod apply;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::Receiver;
use std::sync::{Arc, OnceLock, RwLock};

use rusqlite::{Connection, params};
use vault::Vault;

use crate::batch::{Changed, Gathering, Head, Packer};
use crate::change::ChangeSet;
use crate::error::{CommitError, StoreError};
use crate::key::DocKey;
use crate::postings::{self, Postings};
use crate::recent::Recent;
use crate::record::Record;
use crate::store::{Done, Listener, Teller};
use crate::tail::{SEGMENT, Tail, Waiting};

/// Items in one transaction at most.
const BATCH_MAX: usize = 256;

/// What a call lays down, and who waits for it.
pub(crate) struct Item {
    pub(crate) changes: ChangeSet,
    /// The call's record, and copies of it for other accounts' trails.
    pub(crate) records: Vec<Record>,
    pub(crate) done: Done,
}

/// What the committer is asked to do.
pub(crate) enum Job {
    Commit(Box<Item>),
    /// Write hints, whether or not anything else is to be written.
    Hints(Vec<(String, Option<Vec<u8>>)>, Done),
    /// Make a change that means nothing, and tell whether it is durable.
    Probe(Done),
    Stop,
}

/// The one writer.
pub(crate) struct Committer {
    pub(crate) connection: Connection,
    pub(crate) vault: Arc<Vault>,
    pub(crate) head: Head,
    pub(crate) packer: Packer,
    pub(crate) tail: Arc<Tail>,
    pub(crate) listeners: Arc<RwLock<Vec<Listener>>>,
    pub(crate) teller: Arc<OnceLock<Teller>>,
    pub(crate) recent: Recent,
    /// How many documents had changed when the listeners were last told.
    pub(crate) told: Arc<AtomicU64>,
}

/// An item that was applied inside the open transaction.
struct Applied {
    /// The number of the first record.
    sequence: u64,
    records: Vec<Record>,
    changed: Vec<DocKey>,
    done: Done,
}

impl Committer {
    /// Works until it is told to stop.
    pub(crate) fn run(mut self, jobs: &Receiver<Job>) {
        while let Ok(job) = jobs.recv() {
            if self.work(job, jobs) {
                return;
            }
        }
    }

    /// Works until nothing is queued.
    pub(crate) fn step(&mut self, jobs: &Receiver<Job>) {
        while let Ok(job) = jobs.try_recv() {
            self.work(job, jobs);
        }
    }

    /// Commits what is queued behind `job`, a batch at most. `true`: it was told to stop.
    fn work(&mut self, job: Job, jobs: &Receiver<Job>) -> bool {
        let (mut items, mut hints, mut stop) = (Vec::new(), Vec::new(), false);
        let mut hinted = Vec::new();
        let mut next = Some(job);
        while let Some(job) = next.take() {
            match job {
                Job::Commit(item) => items.push(*item),
                Job::Hints(more, done) => {
                    hints.extend(more);
                    hinted.push(done);
                }
                Job::Probe(done) => done(self.probe()),
                Job::Stop => stop = true,
            }
            if !stop && items.len() < BATCH_MAX {
                next = jobs.try_recv().ok();
            }
        }
        let written = self.commit(items, &hints);
        hinted.into_iter().for_each(|done| done(written.clone()));
        self.index_full_segments();
        stop
    }

    /// Commits all items that don't conflict, then tells everybody. An error: nothing is written.
    pub(crate) fn commit(
        &mut self,
        items: Vec<Item>,
        hints: &[(String, Option<Vec<u8>>)],
    ) -> Result<(), CommitError> {
        if items.is_empty() && hints.is_empty() {
            return Ok(());
        }
        let before = self.head;
        let mut refused = Vec::new();
        let mut written = Ok(());
        match self.try_commit(items, hints, &mut refused) {
            Ok(applied) => self.announce(applied),
            Err((error, waiting)) => {
                self.head = before;
                let _ = self.connection.execute_batch("ROLLBACK");
                tracing::error!(%error, "the store cannot write");
                written = Err(CommitError::Unavailable(error.clone()));
                refused.extend(
                    waiting.into_iter().map(|done| (done, CommitError::Unavailable(error.clone()))),
                );
            }
        }
        for (done, error) in refused {
            done(Err(error));
        }
        written
    }

    fn try_commit(
        &mut self,
        items: Vec<Item>,
        hints: &[(String, Option<Vec<u8>>)],
        refused: &mut Vec<(Done, CommitError)>,
    ) -> Result<Vec<Applied>, (String, Vec<Done>)> {
        if let Err(error) = self.transact("BEGIN IMMEDIATE") {
            return Err((error.to_string(), items.into_iter().map(|item| item.done).collect()));
        }
        let mut gathering = Gathering::new(&self.head);
        let mut applied = Vec::with_capacity(items.len());
        let mut items = items.into_iter();
        let mut failure = None;
        for item in items.by_ref() {
            let Item { changes, records, done } = item;
            match self.judge(&changes) {
                Ok(Some(changed)) => {
                    for (key, revision) in &changed {
                        gathering.changed(key, *revision);
                    }
                    let sequence = gathering.next_sequence();
                    records.iter().for_each(|record| gathering.push(record));
                    let changed = changed.into_iter().map(|(key, _)| key).collect();
                    applied.push(Applied { sequence, records, changed, done });
                }
                Ok(None) => refused.push((done, CommitError::Conflict)),
                Err(error) => {
                    failure = Some(error.to_string());
                    refused.push((done, CommitError::Unavailable(error.to_string())));
                    break;
                }
            }
        }
        let outcome = match failure {
            Some(failure) => Err(failure),
            None => self.finish(&gathering, hints).map_err(|error| error.to_string()),
        };
        match outcome {
            Ok(()) => Ok(applied),
            Err(error) => {
                let waiting = applied.into_iter().map(|item| item.done);
                Err((error, waiting.chain(items.map(|item| item.done)).collect()))
            }
        }
    }

    /// Applies changes if they don't conflict.
    fn judge(&mut self, changes: &ChangeSet) -> Result<Option<Vec<Changed>>, StoreError> {
        apply::apply(&self.connection, &self.vault, &mut self.head, &mut self.recent, changes)
    }

    /// Writes batch, head and hints, and makes it all durable.
    fn finish(
        &mut self,
        gathering: &Gathering,
        hints: &[(String, Option<Vec<u8>>)],
    ) -> Result<(), StoreError> {
        let columns = gathering.columns();
        if columns.count > 0 {
            let mut insert =
                self.connection.prepare_cached("INSERT INTO batch VALUES (?, ?, ?, ?, ?)")?;
            insert.execute(params![
                columns.first as i64,
                columns.count as i64,
                columns.from_time,
                columns.to_time,
                gathering.seal(&self.vault, &mut self.packer),
            ])?;
            self.head.next_sequence = columns.first + columns.count;
            self.head.chain = gathering.chain();
            let mut update =
                self.connection.prepare_cached("INSERT OR REPLACE INTO head VALUES (1, ?)")?;
            update.execute([self.head.seal(&self.vault)])?;
        }
        for (key, value) in hints {
            apply::hint(&self.connection, key, value.as_deref())?;
        }
        Ok(self.transact("COMMIT")?)
    }

    /// Begins or ends a transaction, without reading the statement anew each time.
    fn transact(&self, statement: &str) -> rusqlite::Result<()> {
        self.connection.prepare_cached(statement)?.execute([]).map(|_| ())
    }

    fn announce(&self, applied: Vec<Applied>) {
        let changed: Vec<DocKey> =
            applied.iter().flat_map(|item| item.changed.iter().cloned()).collect();
        if !changed.is_empty() {
            let listeners =
                self.listeners.read().unwrap_or_else(std::sync::PoisonError::into_inner);
            listeners.iter().for_each(|listener| listener(&changed));
            self.told.store(self.recent.count(), Ordering::Release);
        }
        let mut waiting = Vec::with_capacity(applied.len());
        let mut dones = Vec::with_capacity(applied.len());
        for item in applied {
            waiting.extend(item.records.into_iter().zip(item.sequence..).map(
                |(record, sequence)| Waiting {
                    sequence,
                    account: record.account,
                    time: record.time,
                    attributes: record.attributes,
                },
            ));
            dones.push(item.done);
        }
        self.tail.push(waiting.into_iter());
        let tell = move || dones.into_iter().for_each(|done| done(Ok(())));
        match self.teller.get() {
            Some(teller) => teller(Box::new(tell)),
            None => tell(),
        }
    }

    fn probe(&self) -> Result<(), CommitError> {
        let write = "INSERT OR REPLACE INTO meta VALUES ('probe', random())";
        let written = self.connection.execute(write, []);
        written.map(|_| ()).map_err(|error| CommitError::Unavailable(error.to_string()))
    }

    /// Indexes segments that are full. A failure leaves them in the tail for the next time.
    pub(crate) fn index_full_segments(&mut self) {
        while let Some((segment, records)) = self.tail.full_segment() {
            let lists = postings::salt(&self.connection).map(|salt| Postings::of(&records, &salt));
            let written = lists.and_then(|lists| self.write_postings(segment, lists));
            if let Err(error) = written {
                let _ = self.connection.execute_batch("ROLLBACK");
                tracing::warn!(%error, "the trail's index cannot be written; it is tried again");
                return;
            }
            self.tail.release((segment + 1) * SEGMENT);
        }
    }

    fn write_postings(&self, segment: u64, lists: Postings) -> Result<(), StoreError> {
        self.connection.execute_batch("BEGIN IMMEDIATE")?;
        lists.write(&self.connection, segment)?;
        self.connection.execute_batch("COMMIT")?;
        Ok(())
    }
}
