//! A call's record as the store keeps it. What the JSON says is the caller's affair.

use names::{AccountId, Timestamp};

/// What is kept of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// In whose trail it stands.
    pub account: AccountId,
    /// When the call was judged.
    pub time: Timestamp,
    /// What it can be found by. One attribute may stand here more than once.
    pub attributes: Attributes,
    /// The event as JSON.
    pub json: Vec<u8>,
}

/// What one record can be found by, in the order in which it was added.
///
/// One buffer, since every call has some ten of them: for each its number (1 byte), the length of its
/// value (4 bytes, big-endian) and the value. They lie like this in a batch, too.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Attributes(Vec<u8>);

impl Attributes {
    /// None yet, and room for those of most calls.
    #[must_use]
    pub fn new() -> Self {
        Self(Vec::with_capacity(448))
    }

    /// Adds one, whose value is `parts` put together.
    pub fn push(&mut self, attribute: Attribute, parts: &[&str]) {
        let length: usize = parts.iter().map(|part| part.len()).sum();
        self.0.push(attribute as u8);
        self.0.extend_from_slice(&u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes());
        parts.iter().for_each(|part| self.0.extend_from_slice(part.as_bytes()));
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = (Attribute, &str)> {
        let mut rest = self.0.as_slice();
        std::iter::from_fn(move || take(&mut rest))
    }

    /// Whether this one is among them.
    #[must_use]
    pub fn has(&self, attribute: Attribute, value: &str) -> bool {
        self.iter().any(|one| one == (attribute, value))
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// `None` for bytes that are no attributes.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut rest = bytes;
        while !rest.is_empty() {
            take(&mut rest)?;
        }
        Some(Self(bytes.to_vec()))
    }
}

/// Takes the first attribute off the front.
fn take<'a>(rest: &mut &'a [u8]) -> Option<(Attribute, &'a str)> {
    let (number, behind) = rest.split_first()?;
    let (length, behind) = behind.split_first_chunk()?;
    let (value, behind) = behind.split_at_checked(u32::from_be_bytes(*length) as usize)?;
    *rest = behind;
    Some((Attribute::from_number(*number)?, std::str::from_utf8(value).ok()?))
}

impl<S: AsRef<str>> FromIterator<(Attribute, S)> for Attributes {
    fn from_iter<T: IntoIterator<Item = (Attribute, S)>>(all: T) -> Self {
        let mut attributes = Self::new();
        all.into_iter().for_each(|(name, value)| attributes.push(name, &[value.as_ref()]));
        attributes
    }
}

impl std::fmt::Debug for Attributes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

/// What records can be found by. The numbers are on disk and never change meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Attribute {
    /// Every record has it, with an empty value.
    Any = 0,
    /// The event's id.
    EventId = 1,
    /// The operation.
    EventName = 2,
    /// `true` or `false`.
    ReadOnly = 3,
    /// Who called.
    Username = 4,
    /// The type of a resource.
    ResourceType = 5,
    /// The name of a resource.
    ResourceName = 6,
    /// The service.
    EventSource = 7,
    /// The access key that signed.
    AccessKeyId = 8,
    /// Whose permissions were used, and for which action.
    Access = 9,
}

impl Attribute {
    const ALL: [Self; 10] = [
        Self::Any,
        Self::EventId,
        Self::EventName,
        Self::ReadOnly,
        Self::Username,
        Self::ResourceType,
        Self::ResourceName,
        Self::EventSource,
        Self::AccessKeyId,
        Self::Access,
    ];

    pub(crate) fn from_number(number: u8) -> Option<Self> {
        Self::ALL.get(usize::from(number)).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_are_read_as_they_were_added_and_nothing_else_is() {
        let mut all = Attributes::new();
        all.push(Attribute::EventName, &["us-east-1", "\0", "CreateUser"]);
        all.push(Attribute::Username, &[]);
        let expected = [(Attribute::EventName, "us-east-1\0CreateUser"), (Attribute::Username, "")];
        assert!(all.iter().eq(expected) && all.has(Attribute::Username, ""));
        assert_eq!(Attributes::from_bytes(all.as_bytes()), Some(all.clone()));
        assert_eq!(expected.into_iter().collect::<Attributes>(), all);
        for end in 1..all.as_bytes().len() {
            let cut = all.as_bytes().get(..end).and_then(Attributes::from_bytes);
            assert!(cut.is_none_or(|cut| cut.iter().count() == 1), "cut at {end}");
        }
        assert_eq!(Attributes::from_bytes(&[99, 0, 0, 0, 0]), None);
        assert_eq!(Attributes::from_bytes(&[2, 0, 0, 0, 1, 0xff]), None);
    }
}
