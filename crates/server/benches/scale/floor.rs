//! The floor of key creation: a bare SQLite writer with the same pragmas that gathers what waits.
//!
//! Rows have the sizes that Keywright's have; nothing is signed, parsed, judged, sealed or chained.

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, channel, sync_channel};
use std::time::{Duration, Instant};

use rusqlite::{Connection, params};

/// Callers at once.
pub(crate) const CALLERS: usize = 64;

/// As many items as the committer takes at once.
const BATCH_MAX: usize = 256;

/// Bytes of the rows that a call writes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rows {
    pub(crate) document: usize,
    pub(crate) row_key: usize,
    pub(crate) row_value: usize,
    pub(crate) record: usize,
}

/// A call to write: who, whether a key comes or goes, and whom to tell.
struct Job {
    who: usize,
    comes: bool,
    done: SyncSender<()>,
}

/// Changes a second, and CPU microseconds of the whole process a change.
pub(crate) fn rate(rows: Rows, time: Duration) -> (f64, f64) {
    let dir = tempfile::tempdir().unwrap();
    let connection = open(&dir.path().join("bare.db"));
    let (jobs, queue) = channel::<Job>();
    let writer = std::thread::spawn(move || write(&connection, &queue, rows));
    let measured = callers(time, |who| {
        let (jobs, (tell, told)) = (jobs.clone(), sync_channel(1));
        let mut comes = true;
        Box::new(move || {
            jobs.send(Job { who, comes, done: tell.clone() }).unwrap();
            told.recv().unwrap();
            comes = !comes;
        })
    });
    drop(jobs);
    writer.join().unwrap();
    measured
}

/// Lets all callers call again and again, and says how often they did and at what cost.
pub(crate) fn callers(
    time: Duration,
    caller: impl Fn(usize) -> Box<dyn FnMut() + Send>,
) -> (f64, f64) {
    let (stop, count) = (AtomicBool::new(false), AtomicU64::new(0));
    let (begun, cpu) = (Instant::now(), cpu());
    std::thread::scope(|scope| {
        for who in 0..CALLERS {
            let (mut call, stop, count) = (caller(who), &stop, &count);
            scope.spawn(move || {
                while !stop.load(Ordering::Relaxed) {
                    call();
                    count.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        std::thread::sleep(time);
        stop.store(true, Ordering::Relaxed);
    });
    let count = count.load(Ordering::Relaxed) as f64;
    let spent = (self::cpu() - cpu).as_secs_f64() * 1e6;
    (count / begun.elapsed().as_secs_f64(), spent / count)
}

/// This process's CPU time so far, user and system.
fn cpu() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    let ticks = |at: usize| fields.get(at).unwrap().parse::<u64>().unwrap();
    Duration::from_millis((ticks(11) + ticks(12)) * 10)
}

fn open(path: &Path) -> Connection {
    let connection = Connection::open(path).unwrap();
    connection
        .execute_batch(
            "PRAGMA page_size = 8192; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
             PRAGMA wal_autocheckpoint = 4000; PRAGMA journal_size_limit = 67108864;
             PRAGMA cache_size = -16384; PRAGMA temp_store = MEMORY;
             CREATE TABLE document(
                 id INTEGER PRIMARY KEY,
                 kind INTEGER NOT NULL, account INTEGER NOT NULL, key TEXT NOT NULL,
                 revision INTEGER NOT NULL, body BLOB NOT NULL,
                 UNIQUE(kind, account, key));
             CREATE TABLE index_row(
                 idx INTEGER NOT NULL, account INTEGER NOT NULL, key BLOB NOT NULL,
                 value BLOB NOT NULL, PRIMARY KEY(idx, account, key)) WITHOUT ROWID;
             CREATE TABLE record(number INTEGER PRIMARY KEY, body BLOB NOT NULL);",
        )
        .unwrap();
    connection
}

fn write(connection: &Connection, queue: &Receiver<Job>, rows: Rows) {
    let mut number = 0_i64;
    while let Ok(first) = queue.recv() {
        let mut jobs = vec![first];
        while jobs.len() < BATCH_MAX
            && let Ok(job) = queue.try_recv()
        {
            jobs.push(job);
        }
        connection.execute_batch("BEGIN IMMEDIATE").unwrap();
        for job in &jobs {
            number += 1;
            change(connection, job, rows, number).unwrap();
        }
        connection.execute_batch("COMMIT").unwrap();
        for job in jobs {
            let _ = job.done.send(());
        }
    }
}

fn change(connection: &Connection, job: &Job, rows: Rows, number: i64) -> rusqlite::Result<()> {
    let user = format!("user-{:07}", job.who);
    let mut put = connection.prepare_cached(
        "INSERT INTO document(kind, account, key, revision, body) VALUES (2, 1, ?, ?, ?)
         ON CONFLICT DO UPDATE SET revision = excluded.revision, body = excluded.body",
    )?;
    put.execute(params![user, number, vec![7_u8; rows.document]])?;
    let mut key = vec![b'x'; rows.row_key];
    let place = job.who.to_be_bytes();
    key.splice(..place.len(), place);
    if job.comes {
        let mut insert =
            connection.prepare_cached("INSERT OR REPLACE INTO index_row VALUES (1, 0, ?, ?)")?;
        insert.execute(params![key, vec![7_u8; rows.row_value]])?;
    } else {
        connection
            .prepare_cached("DELETE FROM index_row WHERE idx = 1 AND account = 0 AND key = ?")?
            .execute([key])?;
    }
    let mut record = connection.prepare_cached("INSERT INTO record VALUES (?, ?)")?;
    record.execute(params![number, vec![7_u8; rows.record]])?;
    Ok(())
}
