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
    pub attributes: Vec<(Attribute, String)>,
    /// The event as JSON.
    pub json: Vec<u8>,
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
}

impl Attribute {
    const ALL: [Self; 9] = [
        Self::Any,
        Self::EventId,
        Self::EventName,
        Self::ReadOnly,
        Self::Username,
        Self::ResourceType,
        Self::ResourceName,
        Self::EventSource,
        Self::AccessKeyId,
    ];

    pub(crate) fn from_number(number: u8) -> Option<Self> {
        Self::ALL.get(usize::from(number)).copied()
    }
}
