//! How often users have shown a wrong old password of theirs, so that nobody tries many with a key
//! that leaked.
//!
//! Kept in memory, as a refused call changes nothing. A restart forgives the current window. No
//! password is kept here.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use names::{Timestamp, UniqueId};

/// Wrong ones of a user in one window. Calls that are under way together may add one each.
const WRONG_MAX: u32 = 10;
/// Seconds. Windows follow each other by the clock.
const WINDOW: i64 = 300;
/// Users that are counted in one window. Passwords of further ones are refused, not looked at.
const USERS_MAX: usize = 65_536;

/// The wrong passwords of the current window.
#[derive(Debug, Default)]
pub(crate) struct WrongPasswords(Mutex<Window>);

#[derive(Debug, Default)]
struct Window {
    number: i64,
    /// Id of the user → wrong passwords.
    counts: HashMap<UniqueId, u32>,
}

impl WrongPasswords {
    /// Whether another password of `user` may be looked at.
    pub(crate) fn may_try(&self, user: &UniqueId, now: Timestamp) -> bool {
        let window = self.at(now);
        let is_full = window.counts.len() >= USERS_MAX;
        window.counts.get(user).map_or(!is_full, |count| *count < WRONG_MAX)
    }

    /// Counts a wrong password of `user`.
    pub(crate) fn count(&self, user: &UniqueId, now: Timestamp) {
        let mut window = self.at(now);
        let is_full = window.counts.len() >= USERS_MAX;
        match window.counts.get_mut(user) {
            Some(count) => *count = count.saturating_add(1),
            None if is_full => {}
            None => {
                window.counts.insert(user.clone(), 1);
            }
        }
    }

    /// The window at `now`. A call that began in the window before does not bring it back; a clock
    /// that was set does.
    fn at(&self, now: Timestamp) -> MutexGuard<'_, Window> {
        let mut window = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let number = now.seconds().div_euclid(WINDOW);
        if number != window.number && number != window.number - 1 {
            *window = Window { number, counts: HashMap::new() };
        }
        window
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(name: &str) -> UniqueId {
        UniqueId::from_text(format!("AIDA{name}"))
    }

    #[test]
    fn ten_wrong_ones_of_a_window_are_enough() {
        let (wrong, at) = (WrongPasswords::default(), Timestamp::from_seconds);
        let (bob, eve) = (user("bob"), user("eve"));
        for _ in 0..10 {
            assert!(wrong.may_try(&bob, at(3000)));
            wrong.count(&bob, at(3299));
        }
        assert!(!wrong.may_try(&bob, at(3299)));
        assert!(wrong.may_try(&eve, at(3299)));
        assert!(wrong.may_try(&bob, at(3300)));
        // Late from the window before: it counts in this one.
        (0..10).for_each(|_| wrong.count(&bob, at(3299)));
        assert!(!wrong.may_try(&bob, at(3300)));
        assert!(wrong.may_try(&bob, at(0)));
    }

    #[test]
    fn memory_is_bounded() {
        let wrong = WrongPasswords::default();
        let now = Timestamp::from_seconds(0);
        for number in 0..USERS_MAX {
            wrong.at(now).counts.insert(user(&number.to_string()), 1);
        }
        let bob = user("bob");
        assert!(!wrong.may_try(&bob, now));
        wrong.count(&bob, now);
        assert_eq!(wrong.at(now).counts.len(), USERS_MAX);
    }
}
