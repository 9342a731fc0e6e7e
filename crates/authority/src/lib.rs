//! The corridor, and the services that lie along it; synchronous, without sockets.
//!
//! Read `corridor.rs` first, `handle.rs` second. Services are one file per noun under `iam/`,
//! `sts/` and `trail/`. Time and chance are handed in; nothing here reads a clock or a file.

pub mod bootstrap;
mod caller;
mod corridor;
mod counter;
mod credentials;
mod desk;
mod entity;
mod fault;
mod handle;
mod iam;
mod last_used;
mod operations;
mod sts;
mod token;
mod trail;

pub use corridor::{Authority, Call, Origin, TlsSession, Verdict};
pub use operations::implemented;

/// The index rows and counters that a document implies: what `keywright check` compares with.
#[must_use]
pub fn implied_by(key: &store::DocKey, body: &[u8]) -> Option<store::Implied> {
    entity::implied_by(key, body)
}
