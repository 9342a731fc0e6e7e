//! A user's password, as a digest, and how it may be used. Never the password itself.

use names::{Secret, Timestamp};
use serde::{Deserialize, Serialize};

/// A user's password and what is known of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct LoginProfile {
    pub(crate) created: Timestamp,
    /// When the password in force was set.
    pub(crate) changed: Timestamp,
    /// Whether the user must set a new password at the next sign-in.
    pub(crate) reset_required: bool,
    pub(crate) password: PasswordDigest,
    /// The passwords before, newest first.
    #[serde(default)]
    pub(crate) former: Vec<PasswordDigest>,
    /// When the user last signed in with the password.
    #[serde(default)]
    pub(crate) last_used: Option<Timestamp>,
    /// How long a sign-in lasts at most, in seconds, if it is bounded.
    #[serde(default)]
    pub(crate) max_session: Option<i32>,
}

impl LoginProfile {
    /// Passwords that are remembered, the one in force included: as many as a policy can forbid to
    /// use again.
    const REMEMBERED: usize = 24;

    /// Takes `password` as the one in force.
    pub(crate) fn change(&mut self, password: PasswordDigest, now: Timestamp) {
        let former = std::mem::replace(&mut self.password, password);
        self.former.insert(0, former);
        self.former.truncate(Self::REMEMBERED - 1);
        self.changed = now;
    }

    /// The last passwords, newest first, beginning with the one in force.
    pub(crate) fn latest(&self, count: usize) -> impl Iterator<Item = &PasswordDigest> {
        std::iter::once(&self.password).chain(&self.former).take(count)
    }
}

/// The digest of a password, and how to compute it again.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct PasswordDigest {
    pub(crate) recipe: Recipe,
    /// Base64.
    pub(crate) digest: Secret<String>,
}

/// What besides the password goes into a digest by Argon2id, version 1.3.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Recipe {
    pub(crate) memory_kib: u32,
    pub(crate) passes: u32,
    pub(crate) lanes: u32,
    /// Base64.
    pub(crate) salt: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(text: &str) -> PasswordDigest {
        let recipe = Recipe { memory_kib: 8, passes: 1, lanes: 1, salt: String::new() };
        PasswordDigest { recipe, digest: Secret::new(text.to_owned()) }
    }

    #[test]
    fn as_many_passwords_are_remembered_as_a_policy_can_forbid() {
        let start = Timestamp::from_millis(0);
        let mut profile = LoginProfile {
            created: start,
            changed: start,
            reset_required: false,
            password: digest("0"),
            former: Vec::new(),
            last_used: None,
            max_session: None,
        };
        for turn in 1..=30 {
            profile.change(digest(&turn.to_string()), start.plus_seconds(turn));
        }
        let latest: Vec<&str> = profile.latest(100).map(|d| d.digest.expose().as_str()).collect();
        assert_eq!((latest.len(), latest.first(), latest.last()), (24, Some(&"30"), Some(&"7")));
        assert_eq!(profile.latest(3).count(), 3);
        assert_eq!(profile.changed, start.plus_seconds(30));
    }
}
