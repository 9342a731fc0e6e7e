//! A seeded world for the real authority: a disk that fails, a clock that is moved by hand, calls
//! drawn by lot, and a simple model that says what must come of them.
//!
//! Nothing of the product is replaced but time, chance and the medium under SQLite. The same seed
//! gives the same calls, the same faults and the same answers. Nothing here runs in the product.

mod answer;
mod audit;
mod call;
mod chance;
mod clock;
mod disk;
mod faults;
#[cfg(test)]
mod later;
mod model;
mod reading;
mod story;
mod vfs;
mod world;

pub use answer::Answer;
pub use call::Signed;
pub use story::{Ending, run};
pub use world::{Broken, World};
