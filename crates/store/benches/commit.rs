//! Committing what CreateAccessKey and DeleteAccessKey lay down, beside bare SQLite with rows of the
//! same bytes. No sockets, no signatures: what sealing, chaining, judging and indexing add.

#![expect(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a benchmark measures and prints"
)]
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot go on has failed")]

#[path = "../../server/benches/scale/floor.rs"]
mod floor;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::sync_channel;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use floor::Rows;
use keywright_store as store;
use names::{AccountId, Chance, Timestamp};
use store::{Attribute, ChangeSet, DocKey, IndexRow, Record, Store};
use vault::RootKey;

const ROUNDS: usize = 5;
const ROUND: Duration = Duration::from_secs(3);

/// Bytes of a user's document before it is sealed, and of an event.
const DOCUMENT: usize = 230;
const EVENT: usize = 1000;

#[derive(Debug)]
struct SystemChance;
impl Chance for SystemChance {
    fn fill(&self, buffer: &mut [u8]) {
        aws_lc_rs::rand::fill(buffer).unwrap();
    }
}

fn main() {
    let dir = tempfile::tempdir().unwrap();
    let root = RootKey::generate(&SystemChance);
    let path = dir.path().join("data");
    let store = Arc::new(Store::create(&path, &root, Arc::new(SystemChance)).unwrap());
    let clock = Arc::new(AtomicU64::new(1));
    // Who changes what: the revision that a caller's document has, kept over all rounds.
    let revisions = Arc::new(Mutex::new(vec![None; floor::CALLERS]));
    let ours = || {
        floor::callers(ROUND, |who| {
            let (store, clock, revisions) =
                (Arc::clone(&store), Arc::clone(&clock), Arc::clone(&revisions));
            let mut comes = true;
            Box::new(move || {
                let number = clock.fetch_add(1, Ordering::Relaxed);
                let before = revisions.lock().unwrap().get(who).copied().flatten();
                let after = change(&store, who, before, comes, number);
                *revisions.lock().unwrap().get_mut(who).unwrap() = after;
                comes = !comes;
            })
        })
    };
    ours();
    let rows = Rows { document: DOCUMENT + 41, row_key: 20, row_value: 24, record: 100 };
    let (mut floors, mut stores) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        floors.push(floor::rate(rows, ROUND));
        stores.push(ours());
    }
    let (floor, floor_cpu) = medians(&floors);
    let (rate, cpu) = medians(&stores);
    println!("{} callers; floor: {rows:?}\n", floor::CALLERS);
    println!("| bare SQLite changes/s | store changes/s | ratio | bare CPU µs | store CPU µs |");
    println!("|---|---|---|---|---|");
    println!("| {floor:.0} | {rate:.0} | {:.2} | {floor_cpu:.1} | {cpu:.1} |", rate / floor);
}

/// One change with its record; returns the revision that the document has then.
fn change(store: &Store, who: usize, before: Option<u64>, comes: bool, number: u64) -> Option<u64> {
    let account: AccountId = "111122223333".parse().unwrap();
    let key = DocKey::new(2, account, format!("user-{who:07}"));
    let mut changes = ChangeSet::none();
    changes.was_read(key.clone(), before);
    changes.put(key.clone(), vec![7; DOCUMENT]);
    let row = IndexRow::new(1, AccountId::default(), format!("AKIA{who:016}").into(), vec![7; 24]);
    if comes {
        changes.put_row(row)
    } else {
        changes.delete_row(row)
    }
    let (tell, told) = sync_channel(1);
    let done = Box::new(move |outcome: Result<(), _>| tell.send(outcome.is_ok()).unwrap());
    store.commit(changes, record(account, who, number), done);
    assert!(told.recv().unwrap(), "nobody else changes this document");
    store.snapshot().unwrap().get(&key).unwrap().map(|body| body.revision)
}

/// An event with what a call of this kind can be found by.
fn record(account: AccountId, who: usize, number: u64) -> Record {
    let mut json =
        format!("{{\"user\":\"user-{who:07}\",\"number\":{number},\"at\":\"").into_bytes();
    json.resize(EVENT, b'x');
    let text = str::to_owned;
    Record {
        account,
        time: Timestamp::from_millis(number as i64),
        attributes: [
            (Attribute::EventId, format!("{number:036}")),
            (Attribute::EventName, text("CreateAccessKey")),
            (Attribute::ReadOnly, text("false")),
            (Attribute::EventSource, text("iam.amazonaws.com")),
            (Attribute::Username, text("root")),
            (Attribute::AccessKeyId, text("AKIAAAAAAAAAAAAAAAAA")),
            (Attribute::ResourceType, text("AWS::IAM::User")),
            (Attribute::ResourceName, format!("user-{who:07}")),
        ]
        .into_iter()
        .collect(),
        json,
    }
}

fn medians(all: &[(f64, f64)]) -> (f64, f64) {
    let median = |mut values: Vec<f64>| {
        values.sort_by(f64::total_cmp);
        values.get(values.len() / 2).copied().unwrap_or_default()
    };
    (median(all.iter().map(|m| m.0).collect()), median(all.iter().map(|m| m.1).collect()))
}
