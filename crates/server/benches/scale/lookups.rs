//! LookupEvents on a long trail: every attribute, rare, frequent and absent values, three ranges.

use std::time::Instant;

use crate::client::{Call, Connection, Key, draw, now};
use crate::process::Server;
use crate::world::{World, user};

/// Queries of each kind.
const QUERIES: usize = 100;

/// What is asked for, and how its values are drawn.
struct Question<'a> {
    attribute: &'static str,
    what: &'static str,
    value: Box<dyn FnMut(&mut u64) -> String + 'a>,
}

/// A span of time to look in, in seconds since 1970.
struct Range {
    name: &'static str,
    from: Option<i64>,
    to: Option<i64>,
}

/// Asks everything and prints how long the answers took.
pub(crate) async fn measure(server: &Server, world: &World, first: i64) {
    let now = now().seconds();
    let ranges = [
        Range { name: "none", from: None, to: None },
        Range { name: "last minute", from: Some(now - 60), to: None },
        Range { name: "oldest minute", from: Some(first), to: Some(first + 60) },
    ];
    let ids = event_ids(server, world, first).await;
    println!("| attribute | value | range | events a page | p50 ms | p99 ms |");
    println!("|---|---|---|---|---|---|");
    let mut worst = 0.0_f64;
    let mut connection = Connection::open(&server.address).await;
    for mut question in questions(world, &ids) {
        for range in &ranges {
            let (events, times) =
                ask(&mut connection, server, &world.root, &mut question, range).await;
            let (p50, p99) = (percentile(&times, 50), percentile(&times, 99));
            worst = worst.max(p99);
            println!(
                "| {} | {} | {} | {events:.0} | {p50:.2} | {p99:.2} |",
                question.attribute, question.what, range.name
            );
        }
    }
    println!("\nworst p99: {worst:.2} ms");
}

fn questions<'a>(world: &'a World, ids: &'a [String]) -> Vec<Question<'a>> {
    let fixed = |attribute, what, value: &'static str| Question {
        attribute,
        what,
        value: Box::new(move |_: &mut u64| value.to_owned()),
    };
    let hot = world.spread_keys(1000);
    vec![
        fixed("", "all", ""),
        fixed("EventName", "frequent: GetCallerIdentity", "GetCallerIdentity"),
        fixed("EventName", "old: CreateUser", "CreateUser"),
        fixed("EventName", "absent", "DeleteTrail"),
        fixed("EventSource", "frequent: sts", "sts.amazonaws.com"),
        fixed("EventSource", "rare: keywright", "keywright"),
        fixed("EventSource", "absent", "s3.amazonaws.com"),
        fixed("ReadOnly", "true", "true"),
        fixed("ReadOnly", "false", "false"),
        fixed("Username", "frequent: root", "root"),
        Question {
            attribute: "Username",
            what: "one of a thousand who call often",
            value: Box::new(|seed| user(draw(seed, 1000) * world.size.users / 1000)),
        },
        Question {
            attribute: "Username",
            what: "rare: any user",
            value: Box::new(|seed| user(draw(seed, world.size.users))),
        },
        fixed("Username", "absent", "nobody"),
        Question {
            attribute: "AccessKeyId",
            what: "one of a thousand that sign often",
            value: Box::new(move |seed| hot.get(draw(seed, hot.len())).unwrap().id.clone()),
        },
        Question {
            attribute: "AccessKeyId",
            what: "rare: any key",
            value: Box::new(|seed| {
                world.keys.get(draw(seed, world.keys.len())).unwrap().id.clone()
            }),
        },
        fixed("AccessKeyId", "absent", "AKIAAAAAAAAAAAAAAAAA"),
        fixed("ResourceType", "frequent: a user", "AWS::IAM::User"),
        fixed("ResourceType", "absent", "AWS::IAM::Role"),
        Question {
            attribute: "ResourceName",
            what: "rare: any user",
            value: Box::new(|seed| user(draw(seed, world.size.users))),
        },
        fixed("ResourceName", "absent", "nobody"),
        Question {
            attribute: "EventId",
            what: "any of a thousand",
            value: Box::new(|seed| ids.get(draw(seed, ids.len())).unwrap().clone()),
        },
        fixed("EventId", "absent", "01920000-0000-7000-8000-000000000000"),
    ]
}

/// Ids of events all over the trail: pages of moments that lie evenly between its ends.
async fn event_ids(server: &Server, world: &World, first: i64) -> Vec<String> {
    let mut connection = Connection::open(&server.address).await;
    let (last, mut ids) = (now().seconds(), Vec::new());
    for step in 0..20 {
        let to = first + 5 + (last - first) * step / 20;
        let call = Call::LookupEvents(format!("{{\"EndTime\":{to}}}"));
        let answer = connection.call(server, &world.root, &call).await;
        let found = answer.split("\"EventId\":\"").skip(1);
        ids.extend(found.filter_map(|rest| rest.get(..36)).map(str::to_owned));
    }
    assert!(!ids.is_empty(), "there are events");
    ids
}

/// Events a page in the mean, and all times in milliseconds, sorted.
async fn ask(
    connection: &mut Connection,
    server: &Server,
    key: &Key,
    question: &mut Question<'_>,
    range: &Range,
) -> (f64, Vec<f64>) {
    let (mut seed, mut times, mut events) = (7, Vec::with_capacity(QUERIES), 0);
    for _ in 0..QUERIES {
        let call = Call::LookupEvents(body(question, range, &mut seed));
        let request = call.signed(&server.address, key);
        let begun = Instant::now();
        let answer = connection.send(&request).await;
        times.push(begun.elapsed().as_secs_f64() * 1e3);
        let text = String::from_utf8_lossy(answer);
        events += text.matches("\"CloudTrailEvent\":").count();
    }
    times.sort_by(f64::total_cmp);
    (events as f64 / QUERIES as f64, times)
}

fn body(question: &mut Question<'_>, range: &Range, seed: &mut u64) -> String {
    let mut members = Vec::new();
    if !question.attribute.is_empty() {
        members.push(format!(
            "\"LookupAttributes\":[{{\"AttributeKey\":\"{}\",\"AttributeValue\":\"{}\"}}]",
            question.attribute,
            (question.value)(seed)
        ));
    }
    members.extend(range.from.map(|from| format!("\"StartTime\":{from}")));
    members.extend(range.to.map(|to| format!("\"EndTime\":{to}")));
    format!("{{{}}}", members.join(","))
}

/// Of sorted values.
pub(crate) fn percentile(sorted: &[f64], percent: usize) -> f64 {
    let at = (sorted.len() * percent).div_ceil(100).saturating_sub(1);
    sorted.get(at).copied().unwrap_or_default()
}
