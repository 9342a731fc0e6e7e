//! The trail: records of all calls, and looking them up.

mod event_id;
mod filing;
mod lookup;
pub(crate) mod record;

use api::cloudtrail::operations::LookupEvents;

use crate::operations::{Entry, entries};

pub(crate) use filing::{access, region_of, wanted as filed};

/// The operations of CloudTrail that are built.
pub(crate) const OPERATIONS: &[Entry] = entries![LookupEvents];
