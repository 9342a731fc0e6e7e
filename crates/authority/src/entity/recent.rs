//! The newest things of one kind that an account may ask about for some days. More are not kept, so
//! that whoever makes many fills no disk.

use names::Timestamp;
use serde::{Deserialize, Serialize};

/// Ids with the moments in which they were given out, oldest first.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Recent(Vec<Given>);

#[derive(Debug, Serialize, Deserialize)]
struct Given {
    id: String,
    made: Timestamp,
}

impl Recent {
    /// Seconds for which an id can be asked about.
    const LIFETIME: i64 = 7 * 24 * 60 * 60;
    /// The oldest one goes when there are more.
    const MAX: usize = 100;

    /// Adds an id, and lets go of those that are too old or too many.
    pub(crate) fn add(&mut self, id: String, now: Timestamp) {
        self.0.retain(|given| given.is_alive(now));
        if self.0.len() >= Self::MAX {
            self.0.remove(0);
        }
        self.0.push(Given { id, made: now });
    }

    /// When the id was given out; `None` if it was not, or too long ago.
    pub(crate) fn made(&self, id: &str, now: Timestamp) -> Option<Timestamp> {
        self.0.iter().find(|given| given.id == id && given.is_alive(now)).map(|given| given.made)
    }
}

impl Given {
    fn is_alive(&self, now: Timestamp) -> bool {
        now < self.made.plus_seconds(Recent::LIFETIME)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(0).plus_seconds(seconds)
    }

    #[test]
    fn the_newest_hundred_of_a_week_are_kept() {
        let mut recent = Recent::default();
        (0..150).for_each(|number| recent.add(number.to_string(), at(number)));
        assert_eq!(recent.0.len(), 100);
        assert_eq!((recent.made("49", at(150)), recent.made("50", at(150))), (None, Some(at(50))));
        let week = 7 * 24 * 60 * 60;
        assert_eq!(recent.made("149", at(149 + week - 1)), Some(at(149)));
        assert_eq!(recent.made("149", at(149 + week)), None);
        recent.add("new".to_owned(), at(149 + week));
        assert_eq!(recent.0.len(), 1);
    }
}
