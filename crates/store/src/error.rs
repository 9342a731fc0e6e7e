//! What can go wrong with the store, and whose business it is.

use std::path::PathBuf;

use rusqlite::ErrorCode;

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
    #[error("{0} is in use by another Keywright process")]
    InUse(PathBuf),
    /// The directory holds files, and was to be empty.
    #[error("{0} is not empty")]
    NotEmpty(PathBuf),
    /// Its file is none that this program makes, or was not made to its end.
    #[error("its keywright.db is not a Keywright store, or its making was cut short")]
    NotAStore,
    /// A copy cannot be made. The store itself is as it was.
    #[error("cannot copy the store to {to}")]
    Copy {
        /// The directory for the copy.
        to: PathBuf,
        /// What stands in the way.
        #[source]
        cause: Box<StoreError>,
    },
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
    /// A file or directory cannot be read or written.
    #[error("{path} cannot be used")]
    File {
        /// Which one.
        path: PathBuf,
        /// What the system says.
        #[source]
        cause: std::io::Error,
    },
    /// The system does not give what is needed to work.
    #[error("the store cannot begin to work")]
    Disk(#[source] std::io::Error),
    /// SQLite refuses. Its error is part of the text, not a source: it would be said twice.
    #[error("its database cannot be used: {}", said(.0))]
    Database(rusqlite::Error),
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::NotADatabase) => Self::NotAStore,
            _ => Self::Database(error),
        }
    }
}

/// SQLite's words and its number.
fn said(error: &rusqlite::Error) -> String {
    match error {
        rusqlite::Error::SqliteFailure(failure, Some(text)) => {
            format!("{text} (SQLite's error {})", failure.extended_code)
        }
        other => other.to_string(),
    }
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
