//! LookupEvents: the account's records of one region by one attribute, newest first.
//!
//! Source: CloudTrail API Reference, LookupEvents.

use api::Fault;
use api::cloudtrail::operations::LookupEvents;
use api::cloudtrail::{errors, shapes};
use names::Timestamp;
use serde::Deserialize;
use store::{Attribute, Lookup, LookupPage, Record};

use super::{event_id, filing};
use crate::fault;
use crate::handle::{Asking, Asks, Granted, Handle};
use crate::sealed_place;

const DAY: i64 = 24 * 60 * 60;
/// Events can be looked up this long, in seconds.
const WINDOW: i64 = 90 * DAY;
/// A start may be older by this: clients count in whole days.
const GRACE: i64 = DAY;
const PAGE_DEFAULT: i32 = 50;
const PAGE_MAX: i32 = 50;

impl Handle for LookupEvents {
    fn asks(_: &Self::Input, _: &Asking<'_>) -> Result<Asks, Fault> {
        Ok(Asks::on_any())
    }

    fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        let (attribute, value) = wanted(&input)?;
        let (from, to) = range(&input, cx.now())?;
        let size = input.max_results.unwrap_or(PAGE_DEFAULT);
        let limit = usize::try_from(size).ok().filter(|_| (1..=PAGE_MAX).contains(&size));
        let limit = limit.ok_or_else(|| {
            let message = "MaxResults must be between 1 and 50.";
            Fault::new(&errors::INVALID_MAX_RESULTS, message)
        })?;
        let query = query_of(cx, &input, attribute, &value);
        let given = input.next_token.as_deref();
        let below = given.map(|token| read_token(cx, &query, token)).transpose()?;
        let (attribute, value) = filing::wanted(cx.region(), attribute, &value);
        let lookup = Lookup { account: cx.account(), attribute, value, from, to, below, limit };
        let page = if input.event_category.is_some() {
            // The one category that can be named is that of insights, and nobody has any.
            LookupPage { records: Vec::new(), next_below: None }
        } else {
            find(cx, &lookup)?
        };
        Ok(shapes::LookupEventsResponse {
            events: Some(page.records.iter().map(event).collect()),
            next_token: page.next_below.map(|below| token(cx, &query, below)),
        })
    }
}

fn find(cx: &Granted<'_, LookupEvents>, lookup: &Lookup) -> Result<LookupPage, Fault> {
    let store = cx.view().store();
    let found = if lookup.attribute == Attribute::EventId {
        let moment = event_id::moment(&lookup.value);
        let moment = moment.filter(|at| *at >= lookup.from && *at <= lookup.to);
        let record = moment.map(|at| store.record_by_id(lookup.account, &lookup.value, at));
        let here = |record: &Record| filing::is_of(cx.region(), record);
        let records =
            record.transpose().map(|found| found.flatten().filter(here).into_iter().collect());
        records.map(|records| LookupPage { records, next_below: None })
    } else {
        store.lookup(lookup)
    };
    found.map_err(|error| fault::of_store(&error))
}

/// At most one attribute may be asked for.
fn wanted(input: &shapes::LookupEventsRequest) -> Result<(Attribute, String), Fault> {
    use shapes::LookupAttributeKey as Key;
    let attributes = input.lookup_attributes.as_deref().unwrap_or_default();
    let [one] = attributes else {
        if attributes.is_empty() {
            return Ok((Attribute::Any, String::new()));
        }
        let message = "You can specify only one lookup attribute.";
        return Err(Fault::new(&errors::INVALID_LOOKUP_ATTRIBUTES, message));
    };
    let attribute = match one.attribute_key {
        Key::EventId => Attribute::EventId,
        Key::EventName => Attribute::EventName,
        Key::ReadOnly => Attribute::ReadOnly,
        Key::Username => Attribute::Username,
        Key::ResourceType => Attribute::ResourceType,
        Key::ResourceName => Attribute::ResourceName,
        Key::EventSource => Attribute::EventSource,
        Key::AccessKeyId => Attribute::AccessKeyId,
    };
    Ok((attribute, one.attribute_value.clone()))
}

fn range(
    input: &shapes::LookupEventsRequest,
    now: Timestamp,
) -> Result<(Timestamp, Timestamp), Fault> {
    let oldest = now.plus_seconds(-WINDOW);
    if input.start_time.is_some_and(|start| start < oldest.plus_seconds(-GRACE)) {
        let message = "The start time must be within the last 90 days.";
        return Err(Fault::new(&errors::INVALID_TIME_RANGE, message));
    }
    let from = input.start_time.unwrap_or(oldest).max(oldest);
    // Times are given to the second; an event of that second belongs to it.
    let to = input.end_time.map_or(Timestamp::from_millis(i64::MAX), |to| {
        Timestamp::from_millis(to.whole_second().millis().saturating_add(999))
    });
    if from > to {
        let message = "The start time must be before the end time.";
        return Err(Fault::new(&errors::INVALID_TIME_RANGE, message));
    }
    Ok((from, to))
}

/// What a token is good for: the same question by the same account. The size of a page is no part
/// of it.
fn query_of(
    cx: &Granted<'_, LookupEvents>,
    input: &shapes::LookupEventsRequest,
    attribute: Attribute,
    value: &str,
) -> Vec<u8> {
    let moment = |at: Option<Timestamp>| at.map_or_else(String::new, |at| at.millis().to_string());
    let (from, to) = (moment(input.start_time), moment(input.end_time));
    let (account, region) = (cx.account(), cx.region());
    format!("lookup {account} {region} {} {from} {to} {value}", attribute as u8).into_bytes()
}

fn token(cx: &Granted<'_, LookupEvents>, query: &[u8], below: u64) -> String {
    sealed_place::seal(cx.authority().store.vault(), query, &below.to_be_bytes())
}

fn read_token(cx: &Granted<'_, LookupEvents>, query: &[u8], token: &str) -> Result<u64, Fault> {
    let place = sealed_place::open(cx.authority().store.vault(), query, token);
    let below = place.and_then(|place| place.try_into().ok()).map(u64::from_be_bytes);
    below.ok_or_else(|| Fault::new(&errors::INVALID_NEXT_TOKEN, "The next token is not valid."))
}

/// What of a record stands beside it in the answer.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Glance {
    #[serde(rename = "eventID")]
    event_id: String,
    event_name: String,
    event_source: String,
    read_only: bool,
}

fn event(record: &Record) -> shapes::Event {
    let text = String::from_utf8_lossy(&record.json).into_owned();
    let glance: Option<Glance> = serde_json::from_str(&text).ok();
    let values = |wanted: Attribute| {
        let of_name = record.attributes.iter().filter(move |(name, _)| *name == wanted);
        of_name.map(|(_, value)| filing::shown(value).to_owned())
    };
    let resources = values(Attribute::ResourceType).zip(values(Attribute::ResourceName));
    let resources = resources.map(|(kind, name)| shapes::Resource {
        resource_type: Some(kind),
        resource_name: Some(name),
    });
    shapes::Event {
        event_id: glance.as_ref().map(|glance| glance.event_id.clone()),
        event_name: glance.as_ref().map(|glance| glance.event_name.clone()),
        read_only: glance.as_ref().map(|glance| glance.read_only.to_string()),
        access_key_id: values(Attribute::AccessKeyId).next(),
        event_time: Some(record.time.whole_second()),
        event_source: glance.map(|glance| glance.event_source),
        username: values(Attribute::Username).next(),
        resources: Some(resources.collect()),
        cloud_trail_event: Some(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_start_in_the_last_ninety_days_is_one() {
        let now = Timestamp::parse_iso("2026-09-11T13:14:43Z").unwrap();
        let from = |seconds_ago: i64| {
            let start_time = Some(now.plus_seconds(-seconds_ago));
            let input = shapes::LookupEventsRequest { start_time, ..Default::default() };
            range(&input, now).map(|(from, _)| from)
        };
        assert_eq!(from(60), Ok(now.plus_seconds(-60)));
        // Whoever counts in whole days may be before the window's begin, and gets all of it.
        assert_eq!(from(WINDOW + 60), Ok(now.plus_seconds(-WINDOW)));
        assert!(from(WINDOW + GRACE + 1).is_err());
    }
}
