//! The rows by which documents are found: every index, its key layout and its value, on one page.
//!
//! Keys are parts joined by a NUL byte, which no name, path or id can contain. Rows of all
//! accounts lie in one table; the account is the first part of every row but those of the three
//! indexes that lead *to* an account.

use names::AccountId;
use store::{DocKey, IndexRow};

use super::{Account, Entity, Group, Home, Kind, ManagedPolicy, User};

/// Every index. The numbers are on disk and never change meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u16)]
pub(crate) enum Index {
    /// Access key id → [`Owner`]. Any account.
    AccessKey = 1,
    /// Alias → account id. Any account.
    Alias = 2,
    /// Account id → nothing. Any account.
    Account = 3,
    /// Folded user name → nothing: users in the order of their names.
    UserByName = 10,
    /// Path, folded user name → nothing.
    UserByPath = 11,
    /// User id → folded user name.
    UserById = 12,
    /// Folded group name → nothing.
    GroupByName = 20,
    /// Path, folded group name → nothing.
    GroupByPath = 21,
    /// Group id → folded group name.
    GroupById = 22,
    /// Group id, folded user name → nothing: a group's members.
    GroupMember = 23,
    /// Folded policy name → nothing.
    PolicyByName = 30,
    /// Path, folded policy name → nothing.
    PolicyByPath = 31,
    /// Policy ARN, `user` or `group`, folded name → nothing: what a managed policy is attached to.
    PolicyAttachment = 32,
}

impl Index {
    /// The row of this index with `parts` as its key.
    pub(crate) fn row(self, account: AccountId, parts: &[&str], value: &[u8]) -> IndexRow {
        IndexRow::new(self as u16, account, joined(parts), value.to_vec())
    }

    pub(crate) fn access_key(id: &str, owner: &[u8]) -> IndexRow {
        Self::AccessKey.row(nobody(), &[id], owner)
    }

    pub(crate) fn alias(alias: &str, account: &str) -> IndexRow {
        Self::Alias.row(nobody(), &[alias], account.as_bytes())
    }

    pub(crate) fn account(id: &str) -> IndexRow {
        Self::Account.row(nobody(), &[id], b"")
    }
}

/// Rows that lead to an account are filed under account number zero.
pub(crate) fn nobody() -> AccountId {
    AccountId::default()
}

/// `parts` as the key of an index row.
pub(crate) fn joined(parts: &[&str]) -> Vec<u8> {
    parts.join("\0").into_bytes()
}

/// Whose access key it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Owner {
    Root(AccountId),
    /// With the folded user name.
    User(AccountId, String),
}

impl Owner {
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        match self {
            Self::Root(account) => account.to_string().into_bytes(),
            Self::User(account, name) => format!("{account}\0{name}").into_bytes(),
        }
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(bytes).ok()?;
        match text.split_once('\0') {
            None => text.parse().ok().map(Self::Root),
            Some((account, name)) => Some(Self::User(account.parse().ok()?, name.to_owned())),
        }
    }
}

/// The rows that the document `key` with this body must have; `None` if it can't be read.
///
/// `keywright check` compares them with the rows that are there.
pub(crate) fn expected_index_rows(key: &DocKey, body: &[u8]) -> Option<Vec<IndexRow>> {
    fn rows<E: Entity>(body: &[u8]) -> Option<Vec<IndexRow>> {
        serde_json::from_slice::<E>(body).ok().map(|entity| entity.index_rows())
    }
    match key.kind() {
        kind if kind == Kind::Account as u16 => rows::<Account>(body),
        kind if kind == Kind::User as u16 => rows::<User>(body),
        kind if kind == Kind::Group as u16 => rows::<Group>(body),
        kind if kind == Kind::ManagedPolicy as u16 => rows::<ManagedPolicy>(body),
        kind if kind == Kind::CredentialReport as u16 => Some(Vec::new()),
        kind if kind == Kind::Home as u16 => rows::<Home>(body),
        _ => None,
    }
}
