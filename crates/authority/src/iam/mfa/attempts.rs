//! How often codes of a device have been tried, so that nobody tries them all.
//!
//! Kept in memory: a refused call changes nothing, so there is no document that could count it. A
//! restart forgives what was tried in its window, which lets through a few more of a million codes.
//!
//! Source: nine verifications of a device in a window of three minutes, as STS has it.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use names::{AccountId, Timestamp};

use crate::entity::{Entity as _, MfaDevice};

/// Attempts with a device in one window.
const ATTEMPTS_MAX: usize = 9;
/// Seconds. Windows follow each other by the clock.
const WINDOW: i64 = 180;
/// Devices that are counted in one window. Codes of further ones are refused, not let through.
const DEVICES_MAX: usize = 65_536;

/// The attempts of the current window.
#[derive(Debug, Default)]
pub(crate) struct Attempts(Mutex<Window>);

#[derive(Debug, Default)]
struct Window {
    number: i64,
    /// Account and key of the device → the calls that have tried a code of it.
    calls: HashMap<(AccountId, String), Vec<String>>,
}

impl Attempts {
    /// Counts the call `request_id` as an attempt with `device`, once however often it asks. Whether
    /// it may go on: `false` where enough have been made.
    pub(crate) fn begin(&self, device: &MfaDevice, request_id: &str, now: Timestamp) -> bool {
        let mut window = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        window.move_to(now.seconds().div_euclid(WINDOW));
        let key = (device.account, device.key());
        let is_full = window.calls.len() >= DEVICES_MAX;
        if is_full && !window.calls.contains_key(&key) {
            return false;
        }
        let calls = window.calls.entry(key).or_default();
        if calls.iter().any(|call| call == request_id) {
            return true;
        }
        if calls.len() >= ATTEMPTS_MAX {
            return false;
        }
        calls.push(request_id.to_owned());
        true
    }
}

impl Window {
    /// A call that began in the window before does not bring it back; a clock that was set does.
    fn move_to(&mut self, number: i64) {
        if number != self.number && number != self.number - 1 {
            *self = Self { number, calls: HashMap::new() };
        }
    }
}

#[cfg(test)]
mod tests {
    use names::Secret;

    use super::*;

    fn device(name: &str) -> MfaDevice {
        MfaDevice {
            account: AccountId::default(),
            path: "/".to_owned(),
            name: name.to_owned(),
            place: String::new(),
            seed: Secret::new(String::new()),
            tags: Vec::new(),
            assigned: None,
            drift: 0,
            last_step: None,
        }
    }

    #[test]
    fn nine_calls_of_a_window_may_try_and_each_may_ask_again() {
        let (attempts, bob, at) = (Attempts::default(), device("bob"), Timestamp::from_seconds);
        for call in 0..9 {
            assert!(attempts.begin(&bob, &call.to_string(), at(1800)));
            assert!(attempts.begin(&bob, &call.to_string(), at(1979)));
        }
        assert!(!attempts.begin(&bob, "9", at(1979)));
        assert!(attempts.begin(&bob, "8", at(1979)));
        assert!(attempts.begin(&device("eve"), "9", at(1979)));
        assert!(attempts.begin(&bob, "10", at(1980)));
        for call in 11..19 {
            assert!(attempts.begin(&bob, &call.to_string(), at(1980)));
        }
        // Late from the window before: it counts in this one.
        assert!(!attempts.begin(&bob, "19", at(1979)));
        assert!(!attempts.begin(&bob, "19", at(1980)));
        assert!(attempts.begin(&bob, "20", at(0)));
    }
}
