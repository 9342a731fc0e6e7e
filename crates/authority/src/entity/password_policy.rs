//! An account's rules for its users' passwords, as they were last set: never the built-in ones, which
//! hold while there are none here.

use serde::{Deserialize, Serialize};

/// What the passwords of an account's users must be like.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PasswordPolicy {
    /// Characters.
    pub(crate) minimum_length: i32,
    pub(crate) symbols: bool,
    pub(crate) numbers: bool,
    pub(crate) uppercase: bool,
    pub(crate) lowercase: bool,
    /// Whether users may change their own passwords without a policy that allows it.
    pub(crate) users_may_change: bool,
    /// Days after which a password expires.
    #[serde(default)]
    pub(crate) max_age: Option<i32>,
    /// So many of a user's last passwords may not be used again; the one in force is the first.
    #[serde(default)]
    pub(crate) reuse_prevention: Option<i32>,
    /// Whether an expired password can be set anew by an administrator alone.
    #[serde(default)]
    pub(crate) hard_expiry: bool,
}
