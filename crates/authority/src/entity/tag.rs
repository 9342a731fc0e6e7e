//! A key and a value that a person hangs on an entity.

use serde::{Deserialize, Serialize};

/// One tag. Keys of users and roles are compared without regard to case, all others exactly.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Tag {
    pub(crate) key: String,
    pub(crate) value: String,
}
