//! Account ids: twelve decimal digits.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// An account id. Printed as twelve digits with leading zeros; stored as a number below 10^12.
///
/// Source: AWS Account Management Reference Guide, "View AWS account identifiers".
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountId(u64);

/// The text is not twelve decimal digits, or all of them are zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an account id is exactly twelve decimal digits, not all of them zero")]
pub struct InvalidAccountId;

impl AccountId {
    /// One more than the largest account id.
    const END: u64 = 1_000_000_000_000;

    /// The account with this number.
    ///
    /// # Errors
    /// [`InvalidAccountId`] if `number` has more than twelve digits.
    pub fn from_number(number: u64) -> Result<Self, InvalidAccountId> {
        if number < Self::END { Ok(Self(number)) } else { Err(InvalidAccountId) }
    }

    /// The id as a number below 10^12.
    #[must_use]
    pub fn number(self) -> u64 {
        self.0
    }
}

impl FromStr for AccountId {
    type Err = InvalidAccountId;

    /// Number zero stands for no account inside the house; nobody may have it.
    fn from_str(text: &str) -> Result<Self, InvalidAccountId> {
        if text == "000000000000" || text.len() != 12 || !text.bytes().all(|b| b.is_ascii_digit()) {
            return Err(InvalidAccountId);
        }
        Self::from_number(text.parse().map_err(|_| InvalidAccountId)?)
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:012}", self.0)
    }
}

impl fmt::Debug for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for AccountId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for AccountId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twelve_digits_and_nothing_else() {
        let id: AccountId = "000000000042".parse().unwrap();
        assert_eq!(id.number(), 42);
        assert_eq!(id.to_string(), "000000000042");
        for bad in [
            "",
            "000000000000",
            "42",
            "0000000000042",
            "00000000004x",
            "+00000000042",
            "١٢٣٤٥٦٧٨٩٠١٢",
        ] {
            assert_eq!(bad.parse::<AccountId>(), Err(InvalidAccountId), "{bad}");
        }
    }
}
