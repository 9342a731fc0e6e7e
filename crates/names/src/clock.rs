//! Time as an argument. Nothing here reads a clock; the real one lives at the door.

use crate::Timestamp;

/// Where "now" comes from.
///
/// The running server hands in the system clock, simulation hands in a clock that it moves itself.
pub trait Clock: Send + Sync + std::fmt::Debug {
    /// The current moment, UTC, to the millisecond.
    fn now(&self) -> Timestamp;
}
