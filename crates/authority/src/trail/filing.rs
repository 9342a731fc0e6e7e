//! How records are filed by region: the region stands in front of every value that a record can be
//! found by, so that a lookup in one region reads nothing of the others.
//!
//! Source: CloudTrail User Guide, "Viewing events with CloudTrail event history": events are looked
//! up in the region that they occurred in, those of global services in `us-east-1`.

use store::{Attribute, Record};

/// Between region and value; no region has it.
const MARK: char = '\0';

/// The attributes as they are kept for a record of `region`.
pub(super) fn filed(
    region: &str,
    attributes: Vec<(Attribute, String)>,
) -> Vec<(Attribute, String)> {
    let all = std::iter::once((Attribute::Any, String::new()));
    all.chain(attributes).map(|(name, value)| wanted(region, name, &value)).collect()
}

/// What to look for, to find the records of `region` with this value. All of a region are found by
/// an event source that is empty. Ids are filed by themselves: they are found by their moment.
pub(crate) fn wanted(region: &str, attribute: Attribute, value: &str) -> (Attribute, String) {
    match attribute {
        Attribute::EventId => (attribute, value.to_owned()),
        Attribute::Any => (Attribute::EventSource, format!("{region}{MARK}")),
        _ => (attribute, format!("{region}{MARK}{value}")),
    }
}

/// Whether a record is one of this region's.
pub(super) fn is_of(region: &str, record: &Record) -> bool {
    record.attributes.contains(&wanted(region, Attribute::Any, ""))
}

/// A filed value as it was before.
pub(super) fn shown(value: &str) -> &str {
    value.split_once(MARK).map_or(value, |(_, value)| value)
}
