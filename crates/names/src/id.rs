//! Unique ids and secret access keys: minting them from handed-in chance, reading the account back.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{AccountId, Chance, Secret};

/// What an id identifies; decides its four-letter prefix and its length.
///
/// Source: IAM User Guide, "IAM identifiers", section "Unique identifiers".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum IdKind {
    /// `AKIA`, 20 characters: a long-term access key of a user or of root.
    AccessKey,
    /// `ASIA`, 20 characters: a temporary access key from STS.
    TemporaryAccessKey,
    /// `AIDA`, 21 characters.
    User,
    /// `AROA`, 21 characters.
    Role,
    /// `AGPA`, 21 characters.
    Group,
    /// `ANPA`, 21 characters.
    ManagedPolicy,
    /// `AIPA`, 21 characters.
    InstanceProfile,
    /// `ASCA`, 21 characters.
    ServerCertificate,
    /// `APKA`, 20 characters: an SSH public key.
    PublicKey,
    /// `ACCA`, 21 characters: a service-specific credential.
    ServiceCredential,
}

impl IdKind {
    const fn prefix(self) -> &'static str {
        match self {
            Self::AccessKey => "AKIA",
            Self::TemporaryAccessKey => "ASIA",
            Self::User => "AIDA",
            Self::Role => "AROA",
            Self::Group => "AGPA",
            Self::ManagedPolicy => "ANPA",
            Self::InstanceProfile => "AIPA",
            Self::ServerCertificate => "ASCA",
            Self::PublicKey => "APKA",
            Self::ServiceCredential => "ACCA",
        }
    }

    const fn has_tail(self) -> bool {
        !matches!(self, Self::AccessKey | Self::TemporaryAccessKey | Self::PublicKey)
    }
}

/// A unique id such as `AIDA…` or `AKIA…`: 20 or 21 characters that carry their account.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UniqueId(String);

impl UniqueId {
    /// Takes a text for an id, whatever its form: a look-up by it finds something or doesn't.
    pub fn from_text(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for UniqueId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for UniqueId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// RFC 4648, section 6.
const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// Bit 47 of the first six bytes: set in ids that carry their account.
const CARRIES_ACCOUNT: u64 = 1 << 47;

/// Makes a fresh id of `kind` that carries `account`.
///
/// Sixteen base32 characters hold ten bytes: a flag bit, forty bits of account id, thirty-nine
/// random bits. Ids of 21 characters end in one more random character.
pub fn mint_id(kind: IdKind, account: AccountId, chance: &dyn Chance) -> UniqueId {
    let mut random = [0_u8; 6];
    chance.fill(&mut random);
    let [low, a, b, c, d, tail] = random;
    let head = CARRIES_ACCOUNT | (account.number() << 7) | u64::from(low & 0x7f);
    let [_, _, h0, h1, h2, h3, h4, h5] = head.to_be_bytes();
    let mut id = String::with_capacity(21);
    id.push_str(kind.prefix());
    push_base32(&mut id, [h0, h1, h2, h3, h4]);
    push_base32(&mut id, [h5, a, b, c, d]);
    if kind.has_tail() {
        id.push(base32_digit(tail));
    }
    UniqueId(id)
}

/// The account that an id carries, or `None` for a malformed id or one without an account.
#[must_use]
pub fn account_of_id(id: &str) -> Option<AccountId> {
    let body = id.as_bytes().get(4..20)?;
    let mut head = 0_u64;
    for &digit in body.get(..10)? {
        head = (head << 5) | base32_value(digit)?;
    }
    for &digit in body.get(10..)? {
        base32_value(digit)?;
    }
    let head = head >> 2;
    if head & CARRIES_ACCOUNT == 0 {
        return None;
    }
    AccountId::from_number((head & !CARRIES_ACCOUNT) >> 7).ok()
}

/// Makes a secret access key: forty characters of `[A-Za-z0-9/+]`, 240 random bits.
pub fn mint_secret_access_key(chance: &dyn Chance) -> Secret<String> {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut random = [0_u8; 40];
    chance.fill(&mut random);
    let key = random
        .iter()
        .map(|byte| ALPHABET.get(usize::from(byte & 63)).map_or('A', |&c| char::from(c)))
        .collect();
    zeroize::Zeroize::zeroize(&mut random);
    Secret::new(key)
}

/// Makes a random UUID, version 4 (RFC 9562, section 5.4), in its hyphenated form.
pub fn mint_uuid(chance: &dyn Chance) -> String {
    let mut bytes = [0_u8; 16];
    chance.fill(&mut bytes);
    let mut number = u128::from_be_bytes(bytes);
    number = (number & !(0xf << 76)) | (0x4 << 76);
    number = (number & !(0x3 << 62)) | (0x2 << 62);
    uuid_text(number)
}

/// A UUID's hyphenated form (RFC 9562, section 4).
#[must_use]
pub fn uuid_text(number: u128) -> String {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    let mut text = String::with_capacity(36);
    for (at, byte) in number.to_be_bytes().into_iter().enumerate() {
        if matches!(at, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        for digit in [byte >> 4, byte & 15] {
            text.push(HEX.get(usize::from(digit)).map_or('0', |&digit| char::from(digit)));
        }
    }
    text
}

fn base32_digit(value: u8) -> char {
    BASE32.get(usize::from(value & 31)).map_or('A', |&c| char::from(c))
}

fn base32_value(digit: u8) -> Option<u64> {
    match digit {
        b'A'..=b'Z' => Some(u64::from(digit - b'A')),
        b'2'..=b'7' => Some(u64::from(digit - b'2') + 26),
        _ => None,
    }
}

fn push_base32(out: &mut String, five: [u8; 5]) {
    let [a, b, c, d, e] = five.map(u64::from);
    let bits = (a << 32) | (b << 24) | (c << 16) | (d << 8) | e;
    for digit in (0..8).rev() {
        out.push(base32_digit(((bits >> (digit * 5)) & 31) as u8));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct Constant(u8);
    impl Chance for Constant {
        fn fill(&self, buffer: &mut [u8]) {
            buffer.fill(self.0);
        }
    }

    #[test]
    fn a_uuid_is_written_in_five_groups() {
        let text = uuid_text(0x0123_4567_89ab_cdef_0011_2233_4455_66ff);
        assert_eq!(text, "01234567-89ab-cdef-0011-2233445566ff");
    }

    #[test]
    fn known_ids_give_their_accounts() {
        assert_eq!(account_of_id("ASIAY34FZKBOKMUTVV7A").unwrap().to_string(), "609629065308");
        assert_eq!(account_of_id("ASIAQNZGKIQY56JQ7WML").unwrap().to_string(), "029608264753");
        assert_eq!(account_of_id("AKIAIOSFODNN7EXAMPLE"), None);
        assert_eq!(account_of_id("AKIA"), None);
        assert_eq!(account_of_id("AKIAAAAAAAAAAAAAAA0A"), None);
    }

    #[test]
    fn minted_ids_have_the_documented_form() {
        let account = "123456789012".parse().unwrap();
        let id = mint_id(IdKind::AccessKey, account, &Constant(0));
        assert!(id.as_str().starts_with("AKIARZPUZDIK"), "{id}");
        assert_eq!(id.as_str().len(), 20);
        let user = mint_id(IdKind::User, account, &Constant(0xff));
        assert_eq!(user.as_str().len(), 21);
        assert_eq!(account_of_id(user.as_str()), Some(account));
        let none = mint_id(IdKind::AccessKey, AccountId::from_number(0).unwrap(), &Constant(0));
        assert!(none.as_str().starts_with("AKIAQAAAAAAA"), "{none}");
    }

    #[test]
    fn secrets_and_uuids_have_the_documented_form() {
        let secret = mint_secret_access_key(&Constant(7));
        assert_eq!(secret.expose().len(), 40);
        assert_eq!(mint_uuid(&Constant(0xff)), "ffffffff-ffff-4fff-bfff-ffffffffffff");
        assert_eq!(mint_uuid(&Constant(0)), "00000000-0000-4000-8000-000000000000");
    }
}
