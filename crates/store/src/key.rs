//! Keys of documents and index rows.

use names::AccountId;

/// What a document is found by: kind, account, and a key within both.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DocKey {
    kind: u16,
    account: AccountId,
    key: String,
}

impl DocKey {
    /// The key `key` of kind `kind` in `account`.
    pub fn new(kind: u16, account: AccountId, key: impl Into<String>) -> Self {
        Self { kind, account, key: key.into() }
    }

    /// The caller's number for the kind of document.
    #[must_use]
    pub fn kind(&self) -> u16 {
        self.kind
    }

    /// The account that owns the document.
    #[must_use]
    pub fn account(&self) -> AccountId {
        self.account
    }

    /// The key within kind and account.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Where a body of this document at this revision belongs: what its seal is bound to.
    pub(crate) fn place(&self, revision: u64) -> Vec<u8> {
        let mut place = b"document ".to_vec();
        place.extend_from_slice(&self.kind.to_be_bytes());
        place.extend_from_slice(&self.account.number().to_be_bytes());
        place.extend_from_slice(&revision.to_be_bytes());
        place.extend_from_slice(self.key.as_bytes());
        place
    }
}

/// Where a hint with this key belongs: what its seal is bound to.
pub(crate) fn place_of_hint(key: &str) -> Vec<u8> {
    [b"hint ".as_slice(), key.as_bytes()].concat()
}

/// A row by which documents are found. Rows of an index are sorted by account and key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct IndexRow {
    /// The caller's number for the index.
    pub index: u16,
    /// The account, or account zero for rows of no account.
    pub account: AccountId,
    /// The key.
    pub key: Vec<u8>,
    /// The value; often empty.
    pub value: Vec<u8>,
}

impl IndexRow {
    /// A row.
    #[must_use]
    pub fn new(index: u16, account: AccountId, key: Vec<u8>, value: Vec<u8>) -> Self {
        Self { index, account, key, value }
    }
}
