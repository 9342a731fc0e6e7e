//! The vocabulary: account ids, ARNs, access key ids, timestamps, secrets.
//!
//! Every other crate speaks in these words. This crate does no I/O, reads neither clock nor
//! entropy (it defines [`Clock`] and [`Chance`], through which both are handed in) and uses no
//! other crate of the workspace.

mod account;
mod arn;
mod chance;
mod clock;
mod id;
mod secret;
mod timestamp;

pub use account::{AccountId, InvalidAccountId};
pub use arn::{Arn, InvalidArn};
pub use chance::Chance;
pub use clock::Clock;
pub use id::{
    IdKind, UniqueId, account_of_id, mint_id, mint_secret_access_key, mint_uuid, uuid_text,
};
pub use secret::Secret;
pub use timestamp::{InvalidTimestamp, Timestamp};
