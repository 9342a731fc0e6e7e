//! What can go wrong with the store, and whose business it is.

use std::path::PathBuf;

/// The store cannot be used, or an answer cannot be had from it.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// There is no store in the directory.
    #[error("there is no Keywright store in {0}")]
    Missing(PathBuf),
    /// There is one already.
    #[error("{0} holds a Keywright store already")]
    Exists(PathBuf),
    /// Another process has it open.
    #[error("{0} is in use by another Keywright server")]
    InUse(PathBuf),
    /// The root key is not the one that the store was made with.
    #[error("the root key is not the one this store was made with")]
    WrongRootKey,
    /// It was written by a later version.
    #[error("the store has format {found}, this program knows formats up to {known}")]
    NewerFormat {
        /// The format found.
        found: i64,
        /// The newest format that this program reads.
        known: i64,
    },
    /// A seal is broken: bytes were changed, or moved from where they belong.
    #[error("the seal of {0} is broken: its bytes were changed or moved")]
    Tampered(String),
    /// The file cannot be read or written.
    #[error("the store's file cannot be used")]
    Disk(#[source] std::io::Error),
    /// SQLite refuses.
    #[error("the store's database cannot be used")]
    Database(#[from] rusqlite::Error),
}

/// Why a change was not made. Nothing of it, and no record, is in the store then.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CommitError {
    /// A document that the change was based on has another revision now.
    #[error("a document has changed meanwhile")]
    Conflict,
    /// The store cannot write at the moment.
    #[error("the store cannot write: {0}")]
    Unavailable(String),
}
