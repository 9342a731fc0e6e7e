//! Loads that are run in two worlds, or beside a floor, in turns.

use std::sync::Arc;
use std::time::Duration;

use crate::client::{Call, Key, Load, Next, draw, drive, element};
use crate::floor::{self, Rows};
use crate::process::Server;
use crate::world::{CONNECTIONS, World, replay, user};

pub(crate) const ROUNDS: usize = 5;
pub(crate) const ROUND: Duration = Duration::from_secs(3);

/// Requests signed in advance for a round: more than are answered in it.
const SIGNED: usize = 200_000;

/// CreateAccessKey and DeleteAccessKey in turns, beside bare SQLite.
pub(crate) async fn keys_beside_floor(small: &World) {
    let server = Server::start(&small.dir);
    let keys = Keys::own(small);
    churn(&server, &keys, ROUND).await;
    let rows = rows_of(small);
    println!("\nCreateAccessKey and DeleteAccessKey in turns, {CONNECTIONS} connections");
    println!("floor: bare SQLite, rows of the same bytes: {rows:?}\n");
    let (mut floors, mut ours) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        floors.push(tokio::task::spawn_blocking(move || floor::rate(rows, ROUND)).await.unwrap());
        ours.push(churn(&server, &keys, ROUND).await);
    }
    let floor = median(floors.iter().map(|floor| floor.0));
    let floor_cpu = median(floors.iter().map(|floor| floor.1));
    let (rate, cpu) = medians(&ours);
    println!(
        "| bare SQLite changes/s | Keywright req/s | ratio | bare CPU µs | Keywright CPU µs |"
    );
    println!("|---|---|---|---|---|");
    println!("| {floor:.0} | {rate:.0} | {:.2} | {floor_cpu:.1} | {cpu:.1} |", rate / floor);
    server.stop();
}

/// The sizes of rows that are met in a world.
fn rows_of(world: &World) -> Rows {
    let database = world.database();
    let one = |sql: &str| {
        database.query_row(sql, [], |row| row.get::<_, f64>(0)).unwrap().round() as usize
    };
    Rows {
        document: one("SELECT avg(length(body)) FROM document WHERE kind = 2"),
        row_key: one("SELECT avg(length(key)) FROM index_row WHERE idx = 1"),
        row_value: one("SELECT avg(length(value)) FROM index_row WHERE idx = 1"),
        record: one("SELECT sum(length(body)) * 1.0 / sum(count) FROM batch"),
    }
}

/// The same loads in both worlds.
pub(crate) async fn worlds(small: &World, big: &World) {
    let (few, many) = (Server::start(&small.dir), Server::start(&big.dir));
    println!("\n{CONNECTIONS} connections; resident at the start: {:.0} MB", many.resident_mb());
    println!("\n| load | 10 users req/s | big req/s | ratio | 10 users CPU µs | big CPU µs |");
    println!("|---|---|---|---|---|---|");
    let hot = (small.keys.clone(), big.spread_keys(1000));
    beside("GetCallerIdentity, 1000 keys", (&few, &many), |server, _| {
        who_am_i(server, if std::ptr::eq(server, &raw const few) { &hot.0 } else { &hot.1 }, 0)
    })
    .await;
    let all = (&small.keys, &big.keys);
    beside("GetCallerIdentity, any key", (&few, &many), |server, round| {
        let keys = if std::ptr::eq(server, &raw const few) { all.0 } else { all.1 };
        who_am_i(server, keys, 1 + round as u64)
    })
    .await;
    beside("GetUser of any user", (&few, &many), |server, round| {
        let world = if std::ptr::eq(server, &raw const few) { small } else { big };
        any_user(server, world, round as u64)
    })
    .await;
    let keys = (Keys::own(small), Keys::spread(big));
    let (mut smalls, mut bigs) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        smalls.push(churn(&few, &keys.0, ROUND).await);
        bigs.push(churn(&many, &keys.1, ROUND).await);
    }
    row("CreateAccessKey and DeleteAccessKey of any user", &smalls, &bigs);
    println!("\nresident after all that: {:.0} MB", many.resident_mb());
    few.stop();
    many.stop();
}

async fn beside(
    name: &str,
    (few, many): (&Server, &Server),
    requests: impl Fn(&Server, usize) -> Vec<Vec<u8>>,
) {
    let (mut smalls, mut bigs) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        for (server, loads) in [(few, &mut smalls), (many, &mut bigs)] {
            let requests = Arc::new(requests(server, round));
            loads.push(replay(server, &requests, ROUND).await);
        }
    }
    row(name, &smalls, &bigs);
}

fn row(name: &str, small: &[Load], big: &[Load]) {
    let ((small, small_cpu), (big, big_cpu)) = (medians(small), medians(big));
    println!(
        "| {name} | {small:.0} | {big:.0} | {:.2} | {small_cpu:.1} | {big_cpu:.1} |",
        big / small
    );
}

/// With a seed, keys are drawn at random; without one, each is used in turn.
fn who_am_i(server: &Server, keys: &[Key], mut seed: u64) -> Vec<Vec<u8>> {
    if seed == 0 || keys.len() < 1000 {
        return keys.iter().map(|key| Call::WhoAmI.signed(&server.address, key)).collect();
    }
    let drawn = (0..SIGNED).map(|_| keys.get(draw(&mut seed, keys.len())).unwrap());
    drawn.map(|key| Call::WhoAmI.signed(&server.address, key)).collect()
}

fn any_user(server: &Server, world: &World, mut seed: u64) -> Vec<Vec<u8>> {
    let drawn = (0..SIGNED).map(|_| draw(&mut seed, world.size.users));
    let calls = drawn.map(|n| Call::iam("GetUser", &format!("&UserName={}", user(n))));
    calls.map(|call| call.signed(&server.address, &world.root)).collect()
}

/// Whose keys come and go: no two connections ever meet.
pub(crate) struct Keys {
    root: Key,
    /// The number of a connection's user at random.
    number: fn(&mut u64, usize, usize) -> usize,
    users: usize,
}

impl Keys {
    /// One user for each connection, behind those who have keys.
    pub(crate) fn own(world: &World) -> Self {
        let number = |_: &mut u64, connection, users| users - CONNECTIONS + connection;
        Self { root: world.root.clone(), number, users: world.size.users }
    }

    /// Any user of those who have one key, as every second one has.
    pub(crate) fn spread(world: &World) -> Self {
        let number = |seed: &mut u64, connection, users| {
            2 * (connection + CONNECTIONS * draw(seed, users / (2 * CONNECTIONS)))
        };
        Self { root: world.root.clone(), number, users: world.size.users }
    }
}

/// Creates and deletes in turns. A key that is left at the end is deleted afterwards.
pub(crate) async fn churn(server: &Server, keys: &Keys, time: Duration) -> Load {
    let deadline = std::time::Instant::now() + time;
    let nexts = (0..CONNECTIONS).map(|connection| -> Next {
        let (address, root) = (server.address.clone(), keys.root.clone());
        let (number, users) = (keys.number, keys.users);
        let mut seed = connection as u64 ^ u64::from(std::process::id()) << 32;
        let mut name = String::new();
        Box::new(move |answer| {
            let answer = std::str::from_utf8(answer).unwrap();
            let call = if answer.contains("<AccessKeyId>") {
                let id = element(answer, "AccessKeyId");
                Call::iam("DeleteAccessKey", &format!("&UserName={name}&AccessKeyId={id}"))
            } else if std::time::Instant::now() < deadline {
                name = user(number(&mut seed, connection, users));
                Call::iam("CreateAccessKey", &format!("&UserName={name}"))
            } else {
                return None;
            };
            Some(call.signed(&address, &root))
        })
    });
    drive(server, nexts.collect(), None).await
}

pub(crate) fn medians(loads: &[Load]) -> (f64, f64) {
    (median(loads.iter().map(|load| load.rate)), median(loads.iter().map(|load| load.cpu)))
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}
