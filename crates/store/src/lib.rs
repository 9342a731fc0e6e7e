//! Durable sealed documents, their index rows, counters and the audit trail, in one SQLite file.
//!
//! [`Snapshot`] reads, [`ChangeSet`] and [`Record`] go in together, one committer gathers what is
//! queued into one transaction and one fsync. Nothing here knows what a document means. Every
//! document and every batch of records is sealed by `vault`; index rows hold names, never secrets.

mod batch;
mod change;
mod check;
mod commit;
mod disk;
mod error;
mod events;
mod key;
mod postings;
mod recent;
mod record;
mod runs;
mod schema;
mod snapshot;
mod store;
mod tail;

pub use change::{ChangeSet, CounterKey, CounterStep};
pub use check::{Finding, Implied, Implies};
pub use disk::Medium;
pub use error::{CommitError, StoreError};
pub use events::{Lookup, LookupPage, Newest};
pub use key::{DocKey, IndexRow};
pub use record::{Attribute, Attributes, Record};
pub use snapshot::{Body, Snapshot};
pub use store::{Done, Listener, Store, Teller};
