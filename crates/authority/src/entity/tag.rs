//! A key and a value that a person hangs on an entity.

use serde::{Deserialize, Serialize};

/// One tag. Keys of users and roles are compared without regard to case, all others exactly, though
/// no two are added that differ in case alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Tag {
    pub(crate) key: String,
    pub(crate) value: String,
}

/// Bytes of memory that tags take, about.
pub(crate) fn weight_of_tags(tags: &[Tag]) -> usize {
    tags.iter().map(|tag| size_of::<Tag>() + 48 + tag.key.len() + tag.value.len()).sum()
}
