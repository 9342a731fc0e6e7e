//! The corridor, and the services that lie along it; synchronous, without sockets.
//!
//! Read `corridor.rs` first, `handle.rs` second. Services are one file per noun under `iam/`,
//! `sts/` and `trail/`. Time and chance are handed in; nothing here reads a clock or a file.

pub mod bootstrap;
mod caller;
mod corridor;
mod counter;
mod credentials;
mod cut;
mod desk;
mod entity;
mod fault;
mod handle;
mod iam;
mod last_used;
mod operations;
mod sealed_place;
mod sts;
mod token;
mod trail;

use store::Attribute;

pub use corridor::{Authority, Call, Done, Origin, TlsSession, TurnedAway, Verdict};
pub use operations::implemented;

/// AWS's regions, sorted: those that a signature may be scoped to. Each has a trail of its own.
#[must_use]
pub fn regions() -> &'static [&'static str] {
    corridor::region::REGIONS
}

/// By what the store finds those records of `region` that have this value.
#[must_use]
pub fn filed(region: &str, attribute: Attribute, value: &str) -> (Attribute, String) {
    trail::filed(region, attribute, value)
}

/// The index rows and counters that a document implies: what `keywright check` compares with.
#[must_use]
pub fn implied_by(key: &store::DocKey, body: &[u8]) -> Option<store::Implied> {
    entity::implied_by(key, body)
}
