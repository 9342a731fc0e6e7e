//! How records are filed by region: the region stands in front of every value that a record can be
//! found by, so that a lookup in one region reads nothing of the others.
//!
//! One attribute is filed for reports alone, and not by region: whose permissions were used for which
//! action. Nobody looks records up by it.
//!
//! Source: CloudTrail User Guide, "Viewing events with CloudTrail event history": events are looked
//! up in the region that they occurred in, those of global services in `us-east-1`.

use store::{Attribute, Attributes, Record};

/// Between region and value; no region has it.
const MARK: &str = "\0";

/// Gathers what a record of a region can be found by.
pub(super) struct Filing<'a> {
    region: &'a str,
    attributes: Attributes,
}

impl<'a> Filing<'a> {
    pub(super) fn new(region: &'a str) -> Self {
        let mut attributes = Attributes::new();
        attributes.push(Attribute::EventSource, &[region, MARK]);
        Self { region, attributes }
    }

    pub(super) fn add(&mut self, attribute: Attribute, value: &str) {
        match attribute {
            Attribute::EventId | Attribute::Access => self.attributes.push(attribute, &[value]),
            _ => self.attributes.push(attribute, &[self.region, MARK, value]),
        }
    }

    /// Files the record under whose permissions were used, and for what.
    pub(super) fn add_access(&mut self, principal: &str, action: &str) {
        self.attributes.push(Attribute::Access, &[principal, MARK, action]);
    }

    pub(super) fn done(self) -> Attributes {
        self.attributes
    }
}

/// What to look for, to find the records of `region` with this value. All of a region are found by
/// an event source that is empty. Ids are filed by themselves: they are found by their moment.
pub(crate) fn wanted(region: &str, attribute: Attribute, value: &str) -> (Attribute, String) {
    match attribute {
        Attribute::EventId | Attribute::Access => (attribute, value.to_owned()),
        Attribute::Any => (Attribute::EventSource, format!("{region}{MARK}")),
        _ => (attribute, format!("{region}{MARK}{value}")),
    }
}

/// By what the calls are found for which the permissions of `principal` were used: the id of a user
/// or role, or of root's account.
pub(crate) fn access(principal: &str, action: &str) -> String {
    format!("{principal}{MARK}{action}")
}

/// The region that a record is filed under.
pub(crate) fn region_of(record: &Record) -> Option<&str> {
    let mut all = record.attributes.iter();
    let (_, value) = all.find(|(name, _)| *name == Attribute::EventSource)?;
    value.split_once(MARK).map(|(region, _)| region)
}

/// Whether a record is one of this region's.
pub(super) fn is_of(region: &str, record: &Record) -> bool {
    let (attribute, value) = wanted(region, Attribute::Any, "");
    record.attributes.has(attribute, &value)
}

/// A filed value as it was before.
pub(super) fn shown(value: &str) -> &str {
    value.split_once(MARK).map_or(value, |(_, value)| value)
}
