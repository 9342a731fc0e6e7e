//! The store: opening it, handing changes to the committer, hints, backup.

use std::collections::HashMap;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, RwLock};
use std::thread::JoinHandle;

use names::{AccountId, Chance, Timestamp};
use rusqlite::{Connection, OptionalExtension as _, ffi, params};
use vault::{RootKey, Vault, WrappedKey};

use crate::batch::{self, Columns, Head, Packer};
use crate::change::ChangeSet;
use crate::check::{self, Finding, Implies};
use crate::commit::{Committer, Item, Job};
use crate::disk::{Disk, Medium};
use crate::error::{CommitError, StoreError};
use crate::events::{self, Lookup, LookupPage, Newest};
use crate::key::{self, DocKey};
use crate::postings;
use crate::recent::Recent;
use crate::record::Record;
use crate::runs::Salt;
use crate::schema;
use crate::snapshot::{Readers, Snapshot};
use crate::tail::{SEGMENT, Tail, Waiting};

/// Called once, when a change is durable or has been refused: on the committer's thread, or through
/// the [`Teller`].
pub type Done = Box<dyn FnOnce(Result<(), CommitError>) + Send>;

/// Told of changed documents after they are durable and before anybody is answered.
pub type Listener = Box<dyn Fn(&[DocKey]) + Send + Sync>;

/// Runs what tells callers that their changes are durable, on a thread of its choosing.
pub type Teller = Box<dyn Fn(Box<dyn FnOnce() + Send>) + Send + Sync>;

/// Hints that wait to be written are written when there are this many.
const HINTS_MAX: usize = 4096;

/// Hints by their keys; `None` stands for one that is taken away.
type HintMap = HashMap<String, Option<Vec<u8>>>;

/// Hints on their way to the disk.
#[derive(Default)]
struct Hints {
    waiting: HintMap,
    /// Handed to the committer, oldest first; shared with whoever seals them meanwhile.
    leaving: Vec<Arc<HintMap>>,
}

impl Hints {
    fn get(&self, key: &str) -> Option<Option<Vec<u8>>> {
        let leaving = || self.leaving.iter().rev().find_map(|leaving| leaving.get(key));
        self.waiting.get(key).or_else(leaving).cloned()
    }

    /// Lets those that wait leave.
    fn leave(&mut self) -> Option<Arc<HintMap>> {
        if self.waiting.is_empty() {
            return None;
        }
        let leaving = Arc::new(std::mem::take(&mut self.waiting));
        self.leaving.push(Arc::clone(&leaving));
        Some(leaving)
    }

    /// Those that left are written, or wait again.
    fn arrive(&mut self, left: &Arc<HintMap>, written: bool) {
        self.leaving.retain(|leaving| !Arc::ptr_eq(leaving, left));
        for (key, value) in left.iter().filter(|_| !written) {
            self.waiting.entry(key.clone()).or_insert_with(|| value.clone());
        }
    }
}

/// An open store.
pub struct Store {
    readers: Arc<Readers>,
    vault: Arc<Vault>,
    tail: Arc<Tail>,
    listeners: Arc<RwLock<Vec<Listener>>>,
    teller: Arc<OnceLock<Teller>>,
    told: Arc<AtomicU64>,
    jobs: Sender<Job>,
    drive: Mutex<Drive>,
    hints: Arc<Mutex<Hints>>,
}

/// Who makes the committer work.
enum Drive {
    /// A thread of its own.
    Thread(JoinHandle<()>),
    /// Whoever calls [`Store::step`].
    Steps(Box<Committer>, Receiver<Job>),
    Closed,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Store")
    }
}

impl Store {
    /// Makes a store on `medium`, with fresh data keys under `root`.
    ///
    /// # Errors
    /// [`StoreError::Exists`] if there is one already; it is not touched.
    pub fn create(
        medium: impl Into<Medium>,
        root: &RootKey,
        chance: Arc<dyn Chance>,
    ) -> Result<Self, StoreError> {
        let disk = Arc::new(Disk::create(medium.into())?);
        let (vault, wrapped) = Vault::create(root, Arc::clone(&chance));
        disk.make(|connection| {
            schema::create(connection, |connection| {
                let key = params![wrapped.version, wrapped.sealed];
                connection.execute("INSERT INTO data_key VALUES (?, ?)", key)?;
                let mut salt = Salt::default();
                chance.fill(&mut salt);
                connection.execute("INSERT INTO meta VALUES ('posting_salt', ?)", [salt])?;
                connection.execute("INSERT INTO head VALUES (1, ?)", [Head::FIRST.seal(&vault)])?;
                Ok(())
            })
        })?;
        let connection = disk.writer()?;
        schema::settle(&connection)?;
        Self::start(&disk, connection, vault, Head::FIRST)
    }

    /// Opens the store on `medium`. Reads next to nothing: the head, and what the index has not
    /// taken up.
    ///
    /// # Errors
    /// [`StoreError`] saying what stands in the way.
    pub fn open(
        medium: impl Into<Medium>,
        root: &RootKey,
        chance: Arc<dyn Chance>,
    ) -> Result<Self, StoreError> {
        let disk = Arc::new(Disk::open(medium.into())?);
        let connection = disk.writer()?;
        schema::check_format(&connection)?;
        schema::settle(&connection)?;
        let vault = Vault::open(root, &wrapped_keys(&connection)?, chance)
            .map_err(|_| StoreError::WrongRootKey)?;
        let sealed: Option<Vec<u8>> = connection
            .query_row("SELECT body FROM head WHERE id = 1", [], |row| row.get(0))
            .optional()?;
        let sealed = sealed.ok_or_else(|| StoreError::Tampered("the head of the trail".into()))?;
        let head = Head::open(&vault, &sealed)?;
        check_end(&connection, &head)?;
        Self::start(&disk, connection, vault, head)
    }

    /// Whether `dir` holds a store.
    #[must_use]
    pub fn exists(dir: &Path) -> bool {
        Medium::from(dir).holds_store()
    }

    fn start(
        disk: &Arc<Disk>,
        connection: Connection,
        vault: Vault,
        head: Head,
    ) -> Result<Self, StoreError> {
        let vault = Arc::new(vault);
        let tail = Arc::new(Tail::default());
        fill_tail(&connection, &vault, &tail)?;
        let listeners = Arc::new(RwLock::new(Vec::new()));
        let teller = Arc::new(OnceLock::new());
        let told = Arc::new(AtomicU64::new(0));
        let committer = Committer {
            connection,
            vault: Arc::clone(&vault),
            head,
            packer: Packer::new().map_err(StoreError::Disk)?,
            tail: Arc::clone(&tail),
            listeners: Arc::clone(&listeners),
            teller: Arc::clone(&teller),
            recent: Recent::default(),
            told: Arc::clone(&told),
        };
        let (jobs, queue) = channel();
        let drive = if disk.is_simulated() {
            Drive::Steps(Box::new(committer), queue)
        } else {
            let thread = std::thread::Builder::new().name("committer".to_owned());
            let run = move || committer.run(&queue);
            Drive::Thread(thread.spawn(run).map_err(StoreError::Disk)?)
        };
        Ok(Self {
            readers: Arc::new(Readers::new(Arc::clone(disk))),
            vault,
            tail,
            listeners,
            teller,
            told,
            jobs,
            drive: Mutex::new(drive),
            hints: Arc::default(),
        })
    }

    /// The vault that seals this store's documents.
    #[must_use]
    pub fn vault(&self) -> &Vault {
        &self.vault
    }

    /// The store as it is now.
    ///
    /// # Errors
    /// [`StoreError`] if the database cannot be read.
    pub fn snapshot(&self) -> Result<Snapshot, StoreError> {
        Snapshot::begin(&self.readers, &self.vault)
    }

    /// Hands over changes with the record of the call that makes them. `done` is told when both are
    /// durable, or that neither will be. Returns at once.
    pub fn commit(&self, changes: ChangeSet, record: Record, done: Done) {
        self.commit_copied(changes, vec![record], done);
    }

    /// The same for a call that stands in the trails of several accounts: `records` holds its record
    /// and the copies for the others.
    pub fn commit_copied(&self, changes: ChangeSet, records: Vec<Record>, done: Done) {
        let job = Job::Commit(Box::new(Item { changes, records, done }));
        if let Err(unsent) = self.jobs.send(job)
            && let Job::Commit(item) = unsent.0
        {
            (item.done)(Err(CommitError::Unavailable("the store is closed".to_owned())));
        }
    }

    /// How far listeners have heard of changes. What is in their memory from now on knows of all changes
    /// up to this moment; a change that relies on it says so with
    /// [`ChangeSet::stands_on`](crate::ChangeSet::stands_on).
    #[must_use]
    pub fn moment(&self) -> u64 {
        self.told.load(Ordering::Acquire)
    }

    /// Makes a small change that means nothing, and tells whether it is durable.
    pub fn probe(&self, done: Done) {
        if let Err(unsent) = self.jobs.send(Job::Probe(done))
            && let Job::Probe(done) = unsent.0
        {
            done(Err(CommitError::Unavailable("the store is closed".to_owned())));
        }
    }

    /// Adds a listener.
    pub fn listen(&self, listener: Listener) {
        self.listeners.write().unwrap_or_else(PoisonError::into_inner).push(listener);
    }

    /// From now on those who wait for a commit are told through `teller`, so that the committer
    /// can go on meanwhile. Once only; without it the committer tells them itself.
    pub fn tell_through(&self, teller: Teller) {
        let _ = self.teller.set(teller);
    }

    /// Keeps a hint: something worth knowing that may be lost in a crash. Written later, with others;
    /// `None` takes it away.
    pub fn note(&self, key: &str, value: Option<Vec<u8>>) {
        let full = {
            let mut hints = self.hints();
            hints.waiting.insert(key.to_owned(), value);
            hints.waiting.len() >= HINTS_MAX
        };
        if full {
            self.flush_hints();
        }
    }

    fn hints(&self) -> MutexGuard<'_, Hints> {
        self.hints.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A hint.
    ///
    /// # Errors
    /// [`StoreError`] if the database cannot be read.
    pub fn hint(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let kept = self.hints().get(key);
        match kept {
            Some(value) => Ok(value),
            None => self.snapshot()?.hint(key),
        }
    }

    /// Seals the hints that wait to their keys and has them written. Until that is done they are
    /// read from memory; if it fails, they wait again.
    pub fn flush_hints(&self) {
        let Some(leaving) = self.hints().leave() else { return };
        let sealed = leaving.iter().map(|(key, value)| {
            let seal = |value: &Vec<u8>| self.vault.seal(&key::place_of_hint(key), value);
            (key.clone(), value.as_ref().map(seal))
        });
        let sealed = sealed.collect();
        let hints = Arc::clone(&self.hints);
        let done: Done = Box::new(move |outcome| {
            let mut hints = hints.lock().unwrap_or_else(PoisonError::into_inner);
            hints.arrive(&leaving, outcome.is_ok());
        });
        if let Err(unsent) = self.jobs.send(Job::Hints(sealed, done))
            && let Job::Hints(_, done) = unsent.0
        {
            done(Err(CommitError::Unavailable("the store is closed".to_owned())));
        }
    }

    /// Looks up records.
    ///
    /// # Errors
    /// [`StoreError::Tampered`] if records are not what was written.
    pub fn lookup(&self, wanted: &Lookup) -> Result<LookupPage, StoreError> {
        events::lookup(|| self.snapshot(), &self.vault, &self.tail, wanted)
    }

    /// For each value the newest record that has it, in the order of the values.
    ///
    /// # Errors
    /// [`StoreError::Tampered`] if records are not what was written.
    pub fn newest(&self, wanted: &Newest<'_>) -> Result<Vec<Option<Record>>, StoreError> {
        events::newest(|| self.snapshot(), &self.vault, &self.tail, wanted)
    }

    /// The record with this event id, made at `time`.
    ///
    /// # Errors
    /// [`StoreError::Tampered`] if records are not what was written.
    pub fn record_by_id(
        &self,
        account: AccountId,
        id: &str,
        time: Timestamp,
    ) -> Result<Option<Record>, StoreError> {
        events::by_id(&self.snapshot()?, &self.vault, account, id, time)
    }

    /// Copies the store in `dir`, as it is at one moment, into the empty or missing directory `to`.
    /// A server may have it open and go on serving. A copy that is cut short is no store.
    ///
    /// # Errors
    /// [`StoreError::Copy`] if it is `to` that stands in the way.
    pub fn backup(dir: &Path, to: &Path) -> Result<(), StoreError> {
        let from = Medium::from(dir);
        if !from.holds_store() {
            return Err(StoreError::Missing(from.dir().to_owned()));
        }
        let source = from.reader()?;
        schema::check_format(&source)?;
        let copied = Disk::create_empty(to.into())
            .and_then(|target| target.make(|copy| copy_pages(&source, copy)));
        copied.map_err(|cause| StoreError::Copy { to: to.to_owned(), cause: Box::new(cause) })
    }

    /// Checks every seal, the chain of records and its index, and that index rows and counters are
    /// what the documents imply.
    ///
    /// # Errors
    /// [`StoreError`] if the database cannot be read at all; what is wrong inside is a finding.
    pub fn check(&self, implies: Implies<'_>) -> Result<Vec<Finding>, StoreError> {
        check::check(&self.snapshot()?, &self.vault, implies)
    }

    /// Checks the store on `medium`, which no server has open, even one too damaged to be opened.
    ///
    /// # Errors
    /// [`StoreError`] if there is no such store, it is in use, or the root key is another one.
    pub fn check_closed(
        medium: impl Into<Medium>,
        root: &RootKey,
        chance: Arc<dyn Chance>,
        implies: Implies<'_>,
    ) -> Result<Vec<Finding>, StoreError> {
        let disk = Arc::new(Disk::open(medium.into())?);
        let connection = disk.writer()?;
        schema::check_format(&connection)?;
        let vault = Vault::open(root, &wrapped_keys(&connection)?, chance)
            .map_err(|_| StoreError::WrongRootKey)?;
        let readers = Arc::new(Readers::new(disk));
        let vault = Arc::new(vault);
        check::check(&Snapshot::begin(&readers, &vault)?, &vault, implies)
    }

    /// Commits what is queued, on the caller's thread, if the medium is a simulated one.
    pub fn step(&self) {
        let mut drive = self.drive.lock().unwrap_or_else(PoisonError::into_inner);
        if let Drive::Steps(committer, queue) = &mut *drive {
            committer.step(queue);
        }
    }

    /// Writes what waits and stops the committer. Commits that come later are refused.
    pub fn close(&self) {
        self.flush_hints();
        self.step();
        // Before the writer goes: who closes last takes the log into the file.
        self.readers.close();
        let _ = self.jobs.send(Job::Stop);
        let mut drive = self.drive.lock().unwrap_or_else(PoisonError::into_inner);
        if let Drive::Thread(thread) = std::mem::replace(&mut *drive, Drive::Closed) {
            let _ = thread.join();
        }
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        self.close();
    }
}

/// The trail ends where its sealed head says: batches that are missing at the end are seen at once.
fn check_end(connection: &Connection, head: &Head) -> Result<(), StoreError> {
    let last = "SELECT first + count FROM batch ORDER BY first DESC LIMIT 1";
    let end: Option<i64> = connection.query_row(last, [], |row| row.get(0)).optional()?;
    let (end, said) = (end.unwrap_or(0) as u64, head.next_sequence);
    if end == said {
        return Ok(());
    }
    Err(StoreError::Tampered(format!("the trail ends at record {end}, its head says {said}")))
}

fn copy_pages(source: &Connection, copy: &mut Connection) -> Result<(), StoreError> {
    use rusqlite::backup::{Backup, StepResult};
    let busy = ffi::Error::new(ffi::SQLITE_BUSY);
    let backup = Backup::new(source, copy)?;
    loop {
        match backup.step(-1)? {
            StepResult::Done => return Ok(()),
            StepResult::More => {}
            _ => return Err(rusqlite::Error::SqliteFailure(busy, None).into()),
        }
    }
}

fn wrapped_keys(connection: &Connection) -> Result<Vec<WrappedKey>, StoreError> {
    let mut select = connection.prepare("SELECT version, sealed FROM data_key ORDER BY version")?;
    let keys =
        select.query_map([], |row| Ok(WrappedKey { version: row.get(0)?, sealed: row.get(1)? }))?;
    Ok(keys.collect::<Result<_, _>>()?)
}

/// Takes records that no segment of the index holds into the tail: fewer than two segments.
fn fill_tail(connection: &Connection, vault: &Vault, tail: &Tail) -> Result<(), StoreError> {
    let from = postings::indexed_segments(connection)? * SEGMENT;
    let mut select = connection.prepare(
        "SELECT first, count, from_time, to_time, body FROM batch
         WHERE first + count > ?1 AND first > ?1 - 512 ORDER BY first",
    )?;
    let mut rows = select.query([from as i64])?;
    while let Some(row) = rows.next()? {
        let columns = Columns::read(row)?;
        let (batch, _) = batch::open(vault, &columns, &row.get::<_, Vec<u8>>(4)?)?;
        let records = batch.records.into_iter().zip(columns.first..);
        tail.push(records.filter(|(_, sequence)| *sequence >= from).map(|(record, sequence)| {
            Waiting {
                sequence,
                account: record.account,
                time: record.time,
                attributes: record.attributes,
            }
        }));
    }
    Ok(())
}
