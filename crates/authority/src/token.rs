//! Session tokens: sealed, self-contained, and bound to their access key id.
//!
//! A token holds the session's secret, so nothing about a session is stored. It is revoked through
//! the user or role that it is a session of: deleted, sessions declared invalid before a moment, or
//! denied by policy.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use names::{AccountId, Secret, Timestamp, UniqueId};
use serde::{Deserialize, Serialize};
use vault::Vault;
use zeroize::Zeroizing;

use crate::entity::{self, Tag};

/// What a token seals.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Session {
    /// The account of whoever the session is of.
    pub(crate) account: AccountId,
    pub(crate) bearer: Bearer,
    pub(crate) secret: Secret<String>,
    pub(crate) issued: Timestamp,
    pub(crate) expires: Timestamp,
    /// When a second factor was shown, if one was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) mfa: Option<Timestamp>,
    /// What was passed when the session began; it is packed apart.
    #[serde(skip)]
    pub(crate) passed: Passed,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) source_identity: Option<String>,
}

/// Whose permissions a session has, and under which name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Bearer {
    /// Root itself.
    Root,
    /// A user itself.
    User(UniqueId),
    /// Whoever assumed the role, under a name of their choice.
    Role { id: UniqueId, name: String },
    /// Somebody to whom a user lends a part of its permissions; without a user, root.
    Federated { user: Option<UniqueId>, name: String },
    /// Root of a member account, for one task; as long as `manager` manages the account.
    RootTask { manager: AccountId },
}

/// What is passed when a session begins, and what it inherits from the session before.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Passed {
    /// Policies that the session's permissions are cut to.
    #[serde(default, skip_serializing_if = "SessionPolicies::is_empty")]
    pub(crate) policies: SessionPolicies,
    /// Tags passed when the session began, and those inherited.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) tags: Vec<Tag>,
    /// Keys of those tags that go on to the next session.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) transitive: Vec<String>,
}

impl Passed {
    /// Whether nothing was.
    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// As it lies in a token: texts repeat themselves, and a token goes with every call. Nothing
    /// that is secret is in it. Empty if nothing was passed.
    pub(crate) fn packed(&self) -> Option<Vec<u8>> {
        if self.is_empty() {
            return Some(Vec::new());
        }
        zstd::bulk::compress(&serde_json::to_vec(self).ok()?, 3).ok()
    }

    fn unpacked(packed: &[u8]) -> Option<Self> {
        if packed.is_empty() {
            return Some(Self::default());
        }
        serde_json::from_slice(&zstd::decode_all(packed).ok()?).ok()
    }
}

/// Policies passed when a session begins.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SessionPolicies {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) inline: Option<String>,
    /// Managed policies, read at each call in their version in force.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) arns: Vec<String>,
    /// The ids of those that are the account's own: one that is made anew under the ARN of a deleted
    /// one was not passed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) pinned: Vec<(String, UniqueId)>,
}

impl SessionPolicies {
    /// Whether none were passed.
    pub(crate) fn is_empty(&self) -> bool {
        self.inline.is_none() && self.arns.is_empty()
    }
}

/// Tokens of this form begin as AWS's do (`IQoJb3JpZ2luX2Vj`), so that tools that look at the
/// beginning are content. Twelve bytes are sixteen whole characters of base64.
const PREFIX: &[u8; 12] = b"\x21\x0a\x09origin_ec";

/// No token of ours is longer, in characters.
pub(crate) const LENGTH_MAX: usize = 8192;

fn place(access_key_id: &str) -> Vec<u8> {
    [b"session token ".as_slice(), access_key_id.as_bytes()].concat()
}

/// Seals `session` for this access key id: its facts and what was passed, behind their lengths, and
/// as much behind them that the token has `least` characters. `None` if it would be longer than a
/// token can be.
pub(crate) fn seal(vault: &Vault, id: &str, session: &Session, least: usize) -> Option<String> {
    let (facts, packed) = (entity::to_json(session).ok()?, session.passed.packed()?);
    let [first, second] = [facts.len(), packed.len()].map(u16::try_from);
    let (first, second) = (first.ok()?.to_be_bytes(), second.ok()?.to_be_bytes());
    let plain = [first.as_slice(), &second, &facts, &packed].concat();
    let mut plain = Zeroizing::new(plain);
    let sealed = |plain: &[u8]| {
        let sealed = vault.seal(&place(id), plain);
        STANDARD.encode([PREFIX.as_slice(), &sealed].concat())
    };
    let mut token = sealed(&plain);
    if token.len() < least {
        // Four characters are three bytes.
        let missing = (least - token.len()).div_ceil(4) * 3;
        let padded = [plain.as_slice(), &vec![0; missing]].concat();
        plain = Zeroizing::new(padded);
        token = sealed(&plain);
    }
    (token.len() <= LENGTH_MAX).then_some(token)
}

/// Opens a token that came with this access key id; `None` for anything that is not ours.
pub(crate) fn open(vault: &Vault, access_key_id: &str, token: &str) -> Option<Session> {
    if token.len() > LENGTH_MAX {
        return None;
    }
    let bytes = STANDARD.decode(token).ok()?;
    let sealed = bytes.strip_prefix(PREFIX)?;
    let plain = vault.open_sealed(&place(access_key_id), sealed).ok()?;
    let (first, rest) = plain.split_first_chunk()?;
    let (second, rest) = rest.split_first_chunk()?;
    let (facts, rest) = rest.split_at_checked(u16::from_be_bytes(*first).into())?;
    let (packed, _) = rest.split_at_checked(u16::from_be_bytes(*second).into())?;
    let facts: Session = serde_json::from_slice(facts).ok()?;
    Some(Session { passed: Passed::unpacked(packed)?, ..facts })
}

#[cfg(test)]
mod tests {
    use names::Chance;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    #[derive(Debug, Default)]
    struct Counting(AtomicU64);

    impl Chance for Counting {
        fn fill(&self, buffer: &mut [u8]) {
            buffer.fill_with(|| self.0.fetch_add(1, Ordering::Relaxed).to_le_bytes()[0]);
        }
    }

    fn session(passed: Passed) -> Session {
        Session {
            account: "111122223333".parse().unwrap(),
            bearer: Bearer::Federated { user: None, name: "n".repeat(32) },
            secret: Secret::new("s".repeat(40)),
            issued: Timestamp::from_millis(1),
            expires: Timestamp::from_millis(2),
            mfa: None,
            passed,
            source_identity: Some("i".repeat(256)),
        }
    }

    #[test]
    fn what_was_sealed_is_opened_with_all_that_was_passed() {
        let chance = Arc::new(Counting::default());
        let (vault, _) = Vault::create(&vault::RootKey::generate(&*chance), chance.clone());
        let tag = |n: u32| Tag { key: format!("{n}{}", "k".repeat(120)), value: "v".repeat(256) };
        let much = Passed {
            policies: SessionPolicies {
                inline: Some(" ".repeat(100_000)),
                arns: (0..10)
                    .map(|n| format!("arn:aws:iam::1:policy/{n}{}", "p".repeat(500)))
                    .collect(),
                ..SessionPolicies::default()
            },
            tags: (0..50).map(tag).collect(),
            transitive: (0..50).map(|n| tag(n).key).collect(),
        };
        for passed in [Passed::default(), much] {
            let token = seal(&vault, "ASIA1", &session(passed.clone()), 0).unwrap();
            assert!(token.len() < 2048, "{}", token.len());
            let opened = open(&vault, "ASIA1", &token).unwrap();
            assert_eq!((&opened.passed, opened.issued), (&passed, Timestamp::from_millis(1)));
            assert!(open(&vault, "ASIA2", &token).is_none());
            for least in [0, 1, token.len(), token.len() + 1, 4095, 4096] {
                let wide = seal(&vault, "ASIA1", &session(opened.passed.clone()), least).unwrap();
                assert!(wide.len() >= least && wide.len() < least.max(token.len()) + 8, "{least}");
                assert_eq!(open(&vault, "ASIA1", &wide).unwrap().passed, opened.passed);
            }
        }
    }

    #[test]
    fn no_token_is_made_that_would_not_be_taken() {
        let chance = Arc::new(Counting::default());
        let (vault, _) = Vault::create(&vault::RootKey::generate(&*chance), chance.clone());
        let mut state = 1_u64;
        let mut noise = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            format!("{state:x}")
        };
        let inline = (0..1000).map(|_| noise()).collect::<String>();
        let policies = SessionPolicies { inline: Some(inline), ..SessionPolicies::default() };
        let passed = Passed { policies, ..Passed::default() };
        assert!(seal(&vault, "ASIA1", &session(passed), 0).is_none());
    }
}
