//! Worlds to measure in: stores filled by real calls to the real server.
//!
//! The big one takes minutes to make and is kept under `target/bench-world`; each run adds its own
//! events to it.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::client::{Call, Key, Load, Next, drive, element};
use crate::process::{Server, keywright, output, target};

/// Moves when stores of before cannot be used.
const FORMAT: u32 = 2;

pub(crate) const CONNECTIONS: usize = 64;

/// How much is in a world.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Size {
    pub(crate) users: usize,
    /// Users at the front that have keys; every second of them has two.
    pub(crate) with_keys: usize,
    pub(crate) events: u64,
}

/// A world with its store's directory.
pub(crate) struct World {
    pub(crate) dir: PathBuf,
    pub(crate) root: Key,
    pub(crate) size: Size,
    /// In the order of their users' numbers.
    pub(crate) keys: Vec<Key>,
}

impl World {
    /// The kept world of this size; made if it is not there.
    pub(crate) async fn kept(size: Size) -> Self {
        let dir = target().join(format!("bench-world/{FORMAT}-{}", size.users));
        if !dir.join("keys.tsv").exists() {
            let _ = std::fs::remove_dir_all(&dir);
            Self::make(&dir, size).await;
        }
        Self::read(&dir, size)
    }

    /// Makes a world in `dir`.
    pub(crate) async fn make(dir: &Path, size: Size) -> Self {
        std::fs::create_dir_all(dir).unwrap();
        let said = output(keywright(dir, &["init"]));
        let value = |name: &str| {
            said.lines().find_map(|line| line.strip_prefix(name)).unwrap().trim().to_owned()
        };
        let root = Key::long_term(value("access key id:"), value("secret access key:"));
        let (account, users) = (value("account id:"), size.users.to_string());
        let mut quota = keywright(dir, &["account", "quota"]);
        quota.args([&account, "--users", &users]);
        output(quota);
        let server = Server::start(dir);
        let keys = people(&server, &root, size).await;
        let made = (size.users + keys.len()) as u64;
        top_up(&server, &keys, size.events.saturating_sub(made)).await;
        server.stop();
        let mut text = format!("{}\t{}\n", root.id, root.secret.expose());
        for key in &keys {
            text.push_str(&format!("{}\t{}\n", key.id, key.secret.expose()));
        }
        std::fs::write(dir.join("keys.tsv"), text).unwrap();
        Self { dir: dir.to_owned(), root, size, keys }
    }

    fn read(dir: &Path, size: Size) -> Self {
        let text = std::fs::read_to_string(dir.join("keys.tsv")).unwrap();
        let mut keys = text.lines().map(|line| {
            let (id, secret) = line.split_once('\t').unwrap();
            Key::long_term(id, secret)
        });
        let root = keys.next().unwrap();
        Self { dir: dir.to_owned(), root, size, keys: keys.collect() }
    }

    /// `count` keys of users who are spread over the whole world.
    pub(crate) fn spread_keys(&self, count: usize) -> Vec<Key> {
        let step = (self.keys.len() / count).max(1);
        self.keys.iter().step_by(step).take(count).cloned().collect()
    }

    /// The store's file, for what no call tells.
    pub(crate) fn database(&self) -> rusqlite::Connection {
        let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
        let database = self.dir.join("data/keywright.db");
        rusqlite::Connection::open_with_flags(database, flags).unwrap()
    }

    /// How many events there are.
    pub(crate) fn events(&self) -> u64 {
        let last = "SELECT first + count FROM batch ORDER BY first DESC LIMIT 1";
        self.database().query_row(last, [], |row| row.get::<_, i64>(0)).unwrap() as u64
    }
}

/// The name of the user with this number.
pub(crate) fn user(number: usize) -> String {
    format!("user-{number:07}")
}

/// Makes all users with their keys.
async fn people(server: &Server, root: &Key, size: Size) -> Vec<Key> {
    let made = Arc::new(Mutex::new(Vec::new()));
    let progress = Arc::new(Progress::new("users and keys made"));
    let nexts = (0..CONNECTIONS.min(size.users)).map(|first| -> Next {
        let (address, root) = (server.address.clone(), root.clone());
        let (made, progress) = (Arc::clone(&made), Arc::clone(&progress));
        let mut steps = (first..size.users).step_by(CONNECTIONS).flat_map(move |number| {
            let keys = if number < size.with_keys { 1 + number % 2 } else { 0 };
            std::iter::once((number, "CreateUser"))
                .chain(std::iter::repeat_n((number, "CreateAccessKey"), keys))
        });
        let mut at = (0, "");
        Box::new(move |answer| {
            progress.step();
            if at.1 == "CreateAccessKey" {
                let answer = std::str::from_utf8(answer).unwrap();
                let (id, secret) =
                    (element(answer, "AccessKeyId"), element(answer, "SecretAccessKey"));
                let key = Key::long_term(id, secret);
                made.lock().unwrap().push((at.0, key));
            }
            at = steps.next()?;
            let call = Call::iam(at.1, &format!("&UserName={}", user(at.0)));
            Some(call.signed(&address, &root))
        })
    });
    drive(server, nexts.collect(), None).await;
    let mut made = std::mem::take(&mut *made.lock().unwrap());
    made.sort_by_key(|(number, _)| *number);
    made.into_iter().map(|(_, key)| key).collect()
}

/// Cheap reads by a thousand keys in turn.
async fn top_up(server: &Server, keys: &[Key], events: u64) {
    if events == 0 {
        return;
    }
    let progress = Arc::new(Progress::new("events added"));
    let step = (keys.len() / 1000).max(1);
    // Signed anew now and then: a signature is good for some minutes only.
    let mut left = events;
    while left > 0 {
        let requests: Arc<Vec<Vec<u8>>> = Arc::new(
            keys.iter()
                .step_by(step)
                .map(|key| Call::WhoAmI.signed(&server.address, key))
                .collect(),
        );
        let round = left.min(1_000_000);
        let nexts = (0..CONNECTIONS).map(|connection| -> Next {
            let (requests, progress) = (Arc::clone(&requests), Arc::clone(&progress));
            let mut numbers = (connection as u64..round).step_by(CONNECTIONS);
            Box::new(move |_| {
                let number = numbers.next()? as usize;
                progress.step();
                requests.get(number % requests.len()).cloned()
            })
        });
        drive(server, nexts.collect(), None).await;
        left -= round;
    }
}

/// Requests signed before the clock starts, each connection taking its share in turn.
pub(crate) async fn replay(server: &Server, requests: &Arc<Vec<Vec<u8>>>, time: Duration) -> Load {
    let nexts = (0..CONNECTIONS).map(|connection| -> Next {
        let requests = Arc::clone(requests);
        let mut numbers = (connection..usize::MAX).step_by(CONNECTIONS);
        Box::new(move |_| requests.get(numbers.next()? % requests.len()).cloned())
    });
    drive(server, nexts.collect(), Some(time)).await
}

/// Tells whoever waits how far it is.
struct Progress {
    what: &'static str,
    count: AtomicU64,
    begun: Instant,
}

impl Progress {
    const EACH: u64 = 100_000;

    fn new(what: &'static str) -> Self {
        Self { what, count: AtomicU64::new(0), begun: Instant::now() }
    }

    fn step(&self) {
        let count = self.count.fetch_add(1, Ordering::Relaxed) + 1;
        if count.is_multiple_of(Self::EACH) {
            let rate = count as f64 / self.begun.elapsed().as_secs_f64();
            eprintln!("{count} {}, {rate:.0} a second", self.what);
        }
    }
}
