//! Key creation beside bare SQLite; a big world beside a small one; look-ups on a long trail.
//!
//! The real release binary over loopback. What is compared alternates in one run. Arguments choose
//! parts (`keys`, `sessions`, `world`, `lookups`; all of them if none is named) and, for a quick look, a number
//! of users instead of a million.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a benchmark measures, prints, and tells how far it is"
)]
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a benchmark that cannot go on has failed"
)]

mod client;
mod compare;
mod floor;
mod lookups;
mod process;
mod sessions;
mod world;

use std::time::{Duration, Instant};

use client::{Call, Connection, now};
use process::Server;
use world::{Size, World};

const SMALL: Size = Size { users: 10 + world::CONNECTIONS, with_keys: 10, events: 0 };

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|a| a != "--bench").collect();
    let users = arguments.iter().find_map(|a| a.parse().ok()).unwrap_or(1_000_000);
    let parts: Vec<&String> = arguments.iter().filter(|a| a.parse::<usize>().is_err()).collect();
    let wanted = |part: &str| parts.is_empty() || parts.iter().any(|name| *name == part);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let dir = tempfile::tempdir().unwrap();
        let small = World::make(&dir.path().join("small"), SMALL).await;
        if wanted("keys") {
            compare::keys_beside_floor(&small).await;
        }
        if wanted("sessions") {
            sessions::measure(&dir.path().join("roles")).await;
        }
        if wanted("world") || wanted("lookups") {
            let big = Size { users, with_keys: users, events: 5 * users as u64 };
            let big = World::kept(big).await;
            println!(
                "\n{}: {users} users, {} keys, {} events",
                big.dir.display(),
                big.keys.len(),
                big.events()
            );
            if wanted("world") {
                compare::worlds(&small, &big).await;
                pages(&big).await;
                starts(&big).await;
            }
            if wanted("lookups") {
                lookups(&big).await;
            }
        }
    });
}

/// ListUsers at the beginning, the middle and the end.
async fn pages(big: &World) {
    let server = Server::start(&big.dir);
    let mut connection = Connection::open(&server.address).await;
    let mut markers = vec![String::new()];
    let begun = Instant::now();
    loop {
        let last = markers.last().unwrap();
        let call = Call::iam("ListUsers", &format!("&MaxItems=1000{last}"));
        let answer = connection.call(&server, &big.root, &call).await;
        if !answer.contains("<Marker>") {
            break;
        }
        markers.push(format!("&Marker={}", client::element(&answer, "Marker")));
    }
    println!(
        "\nall users, 1000 a page: {} pages in {:.1} s\n",
        markers.len(),
        begun.elapsed().as_secs_f64()
    );
    println!("| ListUsers, 100 a page | p50 ms | p99 ms |");
    println!("|---|---|---|");
    for (name, at) in [("first", 0), ("middle", markers.len() / 2), ("last", markers.len() - 1)] {
        let call = Call::iam("ListUsers", markers.get(at).unwrap());
        let mut times = Vec::new();
        for _ in 0..200 {
            let request = call.signed(&server.address, &big.root);
            let begun = Instant::now();
            connection.send(&request).await;
            times.push(begun.elapsed().as_secs_f64() * 1e3);
        }
        times.sort_by(f64::total_cmp);
        let (p50, p99) = (lookups::percentile(&times, 50), lookups::percentile(&times, 99));
        println!("| {name} | {p50:.2} | {p99:.2} |");
    }
    server.stop();
}

/// From nothing to the first answer: after a stop, and after a kill.
async fn starts(big: &World) {
    println!("\n| start of the big store | ms to the first answer (5 runs) |");
    println!("|---|---|");
    for (name, killed) in [("after a stop", false), ("after kill -9 under load", true)] {
        let mut times = Vec::new();
        for _ in 0..5 {
            let begun = Instant::now();
            let server = Server::start(&big.dir);
            let mut connection = Connection::open(&server.address).await;
            connection.call(&server, &big.root, &Call::WhoAmI).await;
            times.push(begun.elapsed().as_millis().to_string());
            let keys = compare::Keys::spread(big);
            compare::churn(&server, &keys, Duration::from_secs(1)).await;
            if killed { drop(server) } else { server.stop() }
        }
        if !killed {
            // The first one met whatever the part before had left.
            times.remove(0);
        }
        println!("| {name} | {} |", times.join(", "));
    }
}

async fn lookups(big: &World) {
    let server = Server::start(&big.dir);
    let first = oldest(&server, big).await;
    println!(
        "\nLookupEvents, one at a time, on {} events that span {} s\n",
        big.events(),
        now().seconds() - first
    );
    lookups::measure(&server, big, first).await;
    println!("\nresident after the look-ups: {:.0} MB", server.resident_mb());
    server.stop();
}

/// When the first event was, found by halving.
async fn oldest(server: &Server, big: &World) -> i64 {
    let mut connection = Connection::open(&server.address).await;
    let (mut none, mut some) = (now().seconds() - 89 * 86_400, now().seconds());
    while some - none > 1 {
        let middle = i64::midpoint(none, some);
        let body = format!("{{\"EndTime\":{middle},\"MaxResults\":1}}");
        let answer = connection.call(server, &big.root, &Call::LookupEvents(body)).await;
        if answer.contains("CloudTrailEvent") { some = middle } else { none = middle }
    }
    some
}
