//! JSON as text: values with the places where they stand, not taken apart further than asked.
//!
//! The text has been read as a whole before: here nothing is found wrong with it.

use std::fmt;
use std::ops::Range;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// An object's members in their order.
pub(crate) struct Members<'t>(pub(crate) Vec<(String, &'t RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(MembersVisitor)
    }
}

struct MembersVisitor;

impl<'de> Visitor<'de> for MembersVisitor {
    type Value = Members<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = entries.next_entry()? {
            members.push(member);
        }
        Ok(Members(members))
    }
}

/// The members of an object.
pub(crate) fn members(text: &str) -> Option<Vec<(String, &RawValue)>> {
    serde_json::from_str(text).ok().map(|Members(members)| members)
}

/// The items of a list, or the value itself if it is none.
pub(crate) fn items(value: &RawValue) -> Option<Vec<&RawValue>> {
    if value.get().starts_with('[') {
        serde_json::from_str(value.get()).ok()
    } else {
        Some(vec![value])
    }
}

/// The statements of a document.
pub(crate) fn statements(text: &str) -> Option<Vec<&RawValue>> {
    let members = members(text)?;
    items(members.into_iter().find(|(name, _)| name == "Statement")?.1)
}

/// Where in `text` a value stands that is part of it.
pub(crate) fn range(text: &str, value: &RawValue) -> Option<Range<usize>> {
    let part = value.get();
    let start = part.as_ptr().addr().checked_sub(text.as_ptr().addr())?;
    let range = start..start.checked_add(part.len())?;
    (text.get(range.clone()) == Some(part)).then_some(range)
}
