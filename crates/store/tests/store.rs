//! The store from outside: what is acknowledged stays, what conflicts doesn't happen, what was
//! tampered with is found.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, mpsc};

use keywright_store as store;
use names::{AccountId, Chance, Timestamp};
use store::{
    Attribute, ChangeSet, CommitError, CounterKey, CounterStep, DocKey, Implied, IndexRow, Lookup,
    Newest, Record, Store, StoreError,
};
use vault::RootKey;

#[derive(Debug, Default)]
struct Counting(AtomicU64);
impl Chance for Counting {
    fn fill(&self, buffer: &mut [u8]) {
        for chunk in buffer.chunks_mut(8) {
            let bytes = self.0.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed).to_le_bytes();
            chunk.copy_from_slice(&bytes[..chunk.len()]);
        }
    }
}

fn chance() -> Arc<dyn Chance> {
    Arc::new(Counting::default())
}

fn root() -> RootKey {
    RootKey::generate(&Counting(AtomicU64::new(7)))
}

fn account() -> AccountId {
    "111122223333".parse().unwrap()
}

fn record(name: &str, user: &str, second: i64) -> Record {
    Record {
        account: account(),
        time: Timestamp::from_millis(second),
        attributes: [
            (Attribute::EventId, format!("id-{name}-{user}-{second}")),
            (Attribute::EventName, name.to_owned()),
            (Attribute::Username, user.to_owned()),
        ]
        .into_iter()
        .collect(),
        json: format!("{{\"eventName\":\"{name}\",\"at\":{second}}}").into_bytes(),
    }
}

fn commit(store: &Store, changes: ChangeSet, record: Record) -> Result<(), CommitError> {
    let (tell, told) = mpsc::channel();
    store.commit(changes, record, Box::new(move |outcome| tell.send(outcome).unwrap()));
    told.recv().unwrap()
}

fn key(name: &str) -> DocKey {
    DocKey::new(2, account(), name)
}

fn row(name: &str) -> IndexRow {
    IndexRow::new(10, account(), name.as_bytes().to_vec(), Vec::new())
}

fn put(name: &str, body: &str) -> ChangeSet {
    let mut changes = ChangeSet::none();
    changes.put(key(name), body.as_bytes().to_vec());
    changes.put_row(row(name));
    changes
}

fn create(name: &str, body: &str) -> ChangeSet {
    let mut changes = put(name, body);
    changes.count(users(), CounterStep::Up);
    changes
}

fn users() -> CounterKey {
    CounterKey { account: account(), name: "users".to_owned() }
}

fn implies(key: &DocKey, _: &[u8]) -> Option<Implied> {
    Some(Implied { rows: vec![row(key.key())], counts: vec![users()] })
}

fn findings(dir: &Path) -> Vec<String> {
    let found = Store::check_closed(dir, &root(), chance(), &implies).unwrap();
    found.into_iter().map(|finding| finding.told(|key| format!("document {}", key.key()))).collect()
}

#[test]
fn what_was_acknowledged_is_there_after_reopening() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::create(dir.path(), &root(), chance()).unwrap();
    for n in 0..100 {
        let name = format!("user-{n:03}");
        commit(&store, create(&name, "body"), record("CreateUser", &name, n)).unwrap();
    }
    assert!(matches!(Store::open(dir.path(), &root(), chance()), Err(StoreError::InUse(_))));
    drop(store);
    let store = Store::open(dir.path(), &root(), chance()).unwrap();
    let snapshot = store.snapshot().unwrap();
    assert_eq!(snapshot.get(&key("user-042")).unwrap().unwrap().bytes.as_slice(), b"body");
    assert!(snapshot.get(&key("user-100")).unwrap().is_none());
    let page = snapshot.scan(10, account(), b"user-", Some(b"user-097"), 10).unwrap();
    assert_eq!(
        page.iter().map(|row| row.key.clone()).collect::<Vec<_>>(),
        [b"user-098", b"user-099"]
    );
    assert!(store.check(&implies).unwrap().is_empty());
    assert!(matches!(Store::create(dir.path(), &root(), chance()), Err(StoreError::InUse(_))));
    drop((snapshot, store));
    assert!(matches!(Store::create(dir.path(), &root(), chance()), Err(StoreError::Exists(_))));
}

#[test]
fn another_root_key_does_not_open_it() {
    let dir = tempfile::tempdir().unwrap();
    drop(Store::create(dir.path(), &root(), chance()).unwrap());
    let other = RootKey::generate(&Counting(AtomicU64::new(8)));
    assert!(matches!(Store::open(dir.path(), &other, chance()), Err(StoreError::WrongRootKey)));
    let empty = tempfile::tempdir().unwrap();
    assert!(matches!(Store::open(empty.path(), &root(), chance()), Err(StoreError::Missing(_))));
}

#[test]
fn of_two_changes_on_one_reading_one_is_refused_and_leaves_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::create(dir.path(), &root(), chance()).unwrap();
    commit(&store, put("bob", "1"), record("CreateUser", "root", 1)).unwrap();
    let revision = store.snapshot().unwrap().get(&key("bob")).unwrap().unwrap().revision;
    let change = |body: &str| {
        let mut changes = put("bob", body);
        changes.was_read(key("bob"), Some(revision));
        changes
    };
    commit(&store, change("2"), record("UpdateUser", "root", 2)).unwrap();
    let late = commit(&store, change("3"), record("UpdateUser", "late", 3));
    assert_eq!(late, Err(CommitError::Conflict));
    assert_eq!(store.snapshot().unwrap().get(&key("bob")).unwrap().unwrap().bytes.as_slice(), b"2");
    assert!(lookup(&store, Attribute::Username, "late", 0, 9, 10).is_empty());
    let mut absent = put("bob", "4");
    absent.was_read(key("bob"), None);
    assert_eq!(commit(&store, absent, record("x", "x", 4)), Err(CommitError::Conflict));
    let mut taken = ChangeSet::none();
    taken.put(key("eve"), Vec::new());
    taken.row_must_be_absent(row("bob"));
    assert_eq!(commit(&store, taken, record("x", "x", 5)), Err(CommitError::Conflict));
}

#[test]
fn counters_hold_their_limits_without_conflicts() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::create(dir.path(), &root(), chance()).unwrap();
    let step = |step| {
        let mut changes = ChangeSet::none();
        changes.count(users(), step);
        commit(&store, changes, record("count", "root", 1))
    };
    assert_eq!(step(CounterStep::UpTo(2)), Ok(()));
    assert_eq!(step(CounterStep::UpTo(2)), Ok(()));
    assert_eq!(step(CounterStep::UpTo(2)), Err(CommitError::Conflict));
    assert_eq!(step(CounterStep::MustBeZero), Err(CommitError::Conflict));
    assert_eq!(step(CounterStep::Down), Ok(()));
    assert_eq!(step(CounterStep::Down), Ok(()));
    assert_eq!(step(CounterStep::MustBeZero), Ok(()));
    assert_eq!(store.snapshot().unwrap().counter(account(), "users").unwrap(), 0);
}

fn wanted(attribute: Attribute, value: &str, from: i64, to: i64, limit: usize) -> Lookup {
    let (from, to) = (Timestamp::from_millis(from), Timestamp::from_millis(to));
    let value = value.to_owned();
    Lookup { account: account(), attribute, value, from, to, below: None, limit }
}

fn lookup(
    store: &Store,
    attribute: Attribute,
    value: &str,
    from: i64,
    to: i64,
    limit: usize,
) -> Vec<String> {
    let (mut below, mut found) = (None, Vec::new());
    loop {
        let wanted = Lookup { below, ..wanted(attribute, value, from, to, limit) };
        let page = store.lookup(&wanted).unwrap();
        assert!(page.records.len() <= limit);
        found.extend(page.records.into_iter().map(|r| String::from_utf8(r.json).unwrap()));
        below = page.next_below;
        if below.is_none() {
            return found;
        }
    }
}

#[test]
fn records_are_found_by_every_way_before_and_after_they_are_indexed() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = Store::create(dir.path(), &root(), chance()).unwrap();
    let (tell, told) = mpsc::channel();
    for n in 0..9000_i64 {
        let tell = tell.clone();
        let user = format!("user-{}", n % 7);
        // `Early` is frequent in the first segment and rare behind it.
        let name = match n {
            _ if n % 1000 == 0 => "Rare",
            6001 => "Early",
            _ if n < 2000 && n % 10 == 5 => "Early",
            _ => "Common",
        };
        let done = Box::new(move |outcome: Result<(), CommitError>| tell.send(outcome).unwrap());
        store.commit(ChangeSet::none(), record(name, &user, n), done);
    }
    for _ in 0..9000 {
        told.recv().unwrap().unwrap();
    }
    for reopened in [false, true] {
        if reopened {
            drop(store);
            store = Store::open(dir.path(), &root(), chance()).unwrap();
        }
        let rare = lookup(&store, Attribute::EventName, "Rare", 0, 10_000, 4);
        assert_eq!(rare.len(), 9);
        assert!(rare[0].contains("8000") && rare[8].contains("\"at\":0"), "{rare:?}");
        assert_eq!(lookup(&store, Attribute::Any, "", 0, 10_000, 50).len(), 9000);
        assert_eq!(lookup(&store, Attribute::Any, "", 100, 199, 50).len(), 100);
        assert_eq!(lookup(&store, Attribute::Username, "user-3", 0, 6999, 50).len(), 1000);
        assert!(lookup(&store, Attribute::Username, "nobody", 0, 10_000, 50).is_empty());
        let names = ["Rare", "Never", "Common", "Early"].map(str::to_owned);
        let newest = |from, to| {
            let moment = Timestamp::from_millis;
            let (from, to, values) = (moment(from), moment(to), names.as_slice());
            let attribute = Attribute::EventName;
            let wanted = Newest { account: account(), attribute, values, from, to };
            let found = store.newest(&wanted).unwrap().into_iter();
            found.map(|found| found.map(|record| record.time.millis())).collect::<Vec<_>>()
        };
        assert_eq!(newest(0, 10_000), [Some(8000), None, Some(8999), Some(6001)]);
        assert_eq!(newest(0, 5999), [Some(5000), None, Some(5999), Some(1995)]);
        assert_eq!(newest(3001, 3999), [None, None, Some(3999), None]);
        assert_eq!(newest(9000, 10_000), [None; 4]);
        let moment = Timestamp::from_millis(4711);
        let id = "id-Common-user-0-4711";
        let found = store.record_by_id(account(), id, moment).unwrap().unwrap();
        assert_eq!(found.time, moment);
        assert!(store.record_by_id(account(), "id-other", moment).unwrap().is_none());
        assert_eq!(store.check(&implies).unwrap(), []);
    }
}

#[test]
fn what_comes_after_the_clock_was_set_back_is_found() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::create(dir.path(), &root(), chance()).unwrap();
    for n in 0..100 {
        commit(&store, ChangeSet::none(), record("Before", "bob", 1_000_000 + n)).unwrap();
    }
    commit(&store, ChangeSet::none(), record("After", "bob", 5)).unwrap();
    let all = lookup(&store, Attribute::Username, "bob", 0, i64::MAX, 50);
    assert_eq!(all.len(), 101);
    assert!(all[0].contains("After"));
    assert_eq!(lookup(&store, Attribute::EventName, "After", 0, 10, 50).len(), 1);
}

#[test]
fn hints_are_readable_at_once_and_survive_closing() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::create(dir.path(), &root(), chance()).unwrap();
    store.note("a", Some(b"1".to_vec()));
    store.note("b", Some(b"2".to_vec()));
    store.note("b", None);
    assert_eq!(store.hint("a").unwrap().unwrap(), b"1");
    drop(store);
    let store = Store::open(dir.path(), &root(), chance()).unwrap();
    assert_eq!(store.hint("a").unwrap().unwrap(), b"1");
    assert_eq!(store.hint("b").unwrap(), None);
}

#[test]
fn a_backup_is_a_store() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::create(dir.path(), &root(), chance()).unwrap();
    commit(&store, create("bob", "1"), record("CreateUser", "root", 1)).unwrap();
    let copy = tempfile::tempdir().unwrap();
    Store::backup(dir.path(), copy.path()).unwrap();
    commit(&store, create("eve", "1"), record("CreateUser", "root", 2)).unwrap();
    let copied = Store::open(copy.path(), &root(), chance()).unwrap();
    assert!(copied.snapshot().unwrap().get(&key("bob")).unwrap().is_some());
    assert!(copied.snapshot().unwrap().get(&key("eve")).unwrap().is_none());
    assert_eq!(copied.check(&implies).unwrap(), []);
}

/// A store of three users whose database `tamper` then changes behind its back.
fn tampered(tamper: impl Fn(&rusqlite::Connection)) -> Vec<String> {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::create(dir.path(), &root(), chance()).unwrap();
    for (at, name) in ["bob", "eve", "ann"].into_iter().enumerate() {
        commit(&store, create(name, "body"), record("CreateUser", name, at as i64)).unwrap();
    }
    let database = dir.path().join("keywright.db");
    let old: Vec<u8> = rusqlite::Connection::open(&database)
        .unwrap()
        .query_row("SELECT body FROM document WHERE key = 'bob'", [], |row| row.get(0))
        .unwrap();
    commit(&store, put("bob", "newer"), record("UpdateUser", "bob", 9)).unwrap();
    store.note("a", Some(b"1".to_vec()));
    store.note("b", Some(b"2".to_vec()));
    drop(store);
    let connection = rusqlite::Connection::open(&database).unwrap();
    connection.execute_batch("CREATE TEMP TABLE old(body)").unwrap();
    connection.execute("INSERT INTO old VALUES (?)", [old]).unwrap();
    tamper(&connection);
    drop(connection);
    findings(dir.path())
}

#[test]
fn what_was_tampered_with_is_found() {
    let cases: [(&str, &str, &str); 16] = [
        (
            "swapped bodies",
            "UPDATE document SET body = (SELECT body FROM document WHERE key = 'ann') WHERE key = 'eve'",
            "seal of document",
        ),
        (
            "a body rolled back with its revision",
            "UPDATE document SET revision = 1, body = (SELECT body FROM old) WHERE key = 'bob'",
            "which the trail does not say",
        ),
        ("a document removed", "DELETE FROM document WHERE key = 'eve'", "is missing"),
        (
            "an index row removed",
            "DELETE FROM index_row WHERE key = CAST('eve' AS BLOB)",
            "index row",
        ),
        ("an index row added", "INSERT INTO index_row VALUES (10, 1, x'00', x'')", "index rows"),
        (
            "a truncated body",
            "UPDATE document SET body = substr(body, 1, 40) WHERE key = 'ann'",
            "seal of document",
        ),
        (
            "a batch removed from the middle",
            "DELETE FROM batch WHERE first = 1",
            "are missing from the trail",
        ),
        ("the last batch removed", "DELETE FROM batch WHERE first = 3", "the trail ends at record"),
        (
            "batches exchanged",
            "UPDATE batch SET body = (SELECT body FROM batch WHERE first = 0) WHERE first = 1",
            "batch of records from 1",
        ),
        (
            "times of batches",
            "UPDATE batch SET from_time = 0, to_time = 0",
            "batch of records from 1",
        ),
        (
            "the count of a batch",
            "UPDATE batch SET count = 2 WHERE first = 3",
            "batch of records from 3",
        ),
        ("a counter", "UPDATE counter SET value = 0", "stands at 0, the documents make 3"),
        ("a counter removed", "DELETE FROM counter", "stands at 0, the documents make 3"),
        (
            "a counter added",
            "INSERT INTO counter VALUES (1, 'users', 1)",
            "stands at 1, the documents make 0",
        ),
        ("a hint", "UPDATE hint SET value = x'00' WHERE key = 'a'", "seal of hint `a`"),
        (
            "a hint put elsewhere",
            "UPDATE hint SET value = (SELECT value FROM hint WHERE key = 'b') WHERE key = 'a'",
            "seal of hint `a`",
        ),
    ];
    assert_eq!(tampered(|_| {}), Vec::<String>::new());
    for (what, sql, expected) in cases {
        let found = tampered(|connection| connection.execute_batch(sql).unwrap());
        assert!(found.iter().any(|text| text.contains(expected)), "{what}: {found:?}");
    }
}

/// A store whose trail has records in the index and behind it, each a millisecond after the other.
fn long_trail() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::create(dir.path(), &root(), chance()).unwrap();
    let (tell, told) = mpsc::channel();
    for n in 0..5000_i64 {
        let tell = tell.clone();
        let name = if n % 1000 == 0 { "Rare" } else { "Common" };
        let done = Box::new(move |outcome: Result<(), CommitError>| tell.send(outcome).unwrap());
        store.commit(ChangeSet::none(), record(name, "bob", 1_000_000 + n), done);
    }
    (0..5000).for_each(|_| told.recv().unwrap().unwrap());
    drop(store);
    assert_eq!(findings(dir.path()), Vec::<String>::new());
    dir
}

fn change(dir: &Path, sql: &str) {
    let connection = rusqlite::Connection::open(dir.join("keywright.db")).unwrap();
    connection.execute_batch(sql).unwrap();
}

#[test]
fn a_changed_index_of_the_trail_is_found() {
    let cases = [
        ("DELETE FROM posting WHERE value = 'Common'", "1 lists of the index"),
        ("UPDATE posting SET body = x'0000' WHERE value = 'Common'", "1 lists of the index"),
        (
            "INSERT INTO posting SELECT account, attribute, 'Commoner', segment, body FROM posting
             WHERE value = 'Common'",
            "index of records has",
        ),
        // What is rare lies in runs: `Rare` of the first segment.
        ("DELETE FROM posting_run", "and 0 single places"),
        ("UPDATE posting_run SET body = substr(body, 1, length(body) - 2)", "single places"),
        ("UPDATE meta SET value = zeroblob(16) WHERE name = 'posting_salt'", "or others"),
        ("DELETE FROM meta WHERE name = 'posting_salt'", "lost its salt"),
        ("UPDATE meta SET value = 0 WHERE name = 'indexed_segments'", "the records make 0"),
        ("UPDATE meta SET value = 2 WHERE name = 'indexed_segments'", "holds 2 segments of 1"),
    ];
    for (sql, expected) in cases {
        let dir = long_trail();
        change(dir.path(), sql);
        let found = findings(dir.path());
        assert!(found.iter().any(|text| text.contains(expected)), "{sql}: {found:?}");
    }
}

#[test]
fn a_look_up_refuses_batches_whose_columns_were_changed() {
    let (all, old) = ((0, i64::MAX), (1_000_000, 1_000_100));
    let cases = [
        ("UPDATE batch SET from_time = 0, to_time = 0", all),
        ("UPDATE batch SET from_time = 9000000, to_time = 9000000", all),
        ("UPDATE batch SET from_time = 9000000, to_time = 9000000", old),
        ("UPDATE batch SET from_time = 9000000 WHERE first < 4096", old),
        ("UPDATE batch SET count = count - 1", all),
    ];
    for (sql, (from, to)) in cases {
        let dir = long_trail();
        change(dir.path(), sql);
        let opened = Store::open(dir.path(), &root(), chance());
        let rare = wanted(Attribute::EventName, "Rare", from, to, 50);
        let outcome = opened.and_then(|store| store.lookup(&rare));
        assert!(matches!(outcome, Err(StoreError::Tampered(_))), "{sql}: {outcome:?}");
    }
}

#[test]
fn a_hint_that_was_changed_counts_as_lost() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::create(dir.path(), &root(), chance()).unwrap();
    store.note("a", Some(b"1".to_vec()));
    store.note("b", Some(b"2".to_vec()));
    drop(store);
    change(
        dir.path(),
        "UPDATE hint SET value = (SELECT value FROM hint WHERE key = 'b') WHERE key = 'a'",
    );
    let store = Store::open(dir.path(), &root(), chance()).unwrap();
    assert_eq!(store.hint("a").unwrap(), None);
    assert_eq!(store.hint("b").unwrap().unwrap(), b"2");
}
