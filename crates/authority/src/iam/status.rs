//! Active and inactive: what a call may ask for, and how answers say it.
//!
//! Nothing becomes expired here: time does that.

use api::Fault;
use api::iam::shapes;

use super::faults;
use crate::entity::KeyStatus;

/// The status that a call asks for; nobody makes a credential expired by asking.
pub(super) fn wanted(status: shapes::StatusType) -> Result<KeyStatus, Fault> {
    match status {
        shapes::StatusType::Active => Ok(KeyStatus::Active),
        shapes::StatusType::Inactive => Ok(KeyStatus::Inactive),
        shapes::StatusType::Expired => Err(faults::never_expired_by_hand()),
    }
}

pub(super) fn shape(status: KeyStatus) -> shapes::StatusType {
    match status {
        KeyStatus::Active => shapes::StatusType::Active,
        KeyStatus::Inactive => shapes::StatusType::Inactive,
    }
}
