//! MFA: virtual devices, their holders, and whether a one-time code is good.
//!
//! A seed leaves this room once, in the answer that creates the device. A code works once. Devices of
//! other kinds, whose seeds their makers know, are unknown here.
//!
//! Source: IAM User Guide, "Multi-factor authentication in IAM"; limits and texts as IAM and STS
//! answer them.

mod assignment;
mod attempts;
mod holder;
mod qr_code;
mod tag;
mod totp;
mod virtual_device;

use api::{Common, Fault};
use names::{AccountId, Timestamp};

use crate::desk::View;
use crate::entity::{MfaDevice, MfaHolder};
use crate::handle::{Asking, Granted};
pub(crate) use attempts::Attempts;

/// A code is accepted so many steps before and behind the device's own time.
const TOLERANCE: i64 = 2;

/// Uses up the code that the holder's device shows, or refuses in STS's words.
///
/// The device is depended on: of two calls with one code, the one that is committed later is run again
/// and finds it used.
///
/// # Errors
/// The device is not the holder's, the code is wrong or was used before, or too many have been tried.
pub(crate) fn verify<O>(
    cx: &mut Granted<'_, O>,
    holder: &MfaHolder,
    serial: &str,
    code: &str,
) -> Result<(), Fault> {
    let key = MfaDevice::key_of(cx.account(), serial).ok_or_else(not_associated)?;
    let device = cx.get::<MfaDevice>(&key)?.filter(|device| device.is_held_by(holder));
    let mut device = device.ok_or_else(not_associated)?;
    let attempts = &cx.authority().mfa_attempts;
    if !attempts.begin(&device, cx.request_id(), cx.now()) {
        return Err(wrong_code());
    }
    let step = accepted_step(&device, code, cx.now()).ok_or_else(wrong_code)?;
    device.last_step = Some(step);
    cx.put(&device)
}

/// Says what [`verify`] would say to the code now, for conditions that ask whether there was MFA.
///
/// It changes nothing, but it is an attempt like any other: it and [`verify`] together count as one
/// attempt of their call.
///
/// # Errors
/// Those of [`verify`].
pub(crate) fn check(
    at: &Asking<'_>,
    holder: &MfaHolder,
    serial: &str,
    code: &str,
) -> Result<(), Fault> {
    let device = find(at.view(), at.account(), serial)?;
    let device = device.filter(|device| device.is_held_by(holder)).ok_or_else(not_associated)?;
    if !at.authority.mfa_attempts.begin(&device, &at.call.request_id, at.now) {
        return Err(wrong_code());
    }
    accepted_step(&device, code, at.now).map(|_| ()).ok_or_else(wrong_code)
}

/// The account's virtual device with this serial number.
fn find(view: &View<'_>, account: AccountId, serial: &str) -> Result<Option<MfaDevice>, Fault> {
    match MfaDevice::key_of(account, serial) {
        Some(key) => view.entity(account, &key),
        None => Ok(None),
    }
}

/// The step whose code it is, if it is near enough and not used up.
fn accepted_step(device: &MfaDevice, code: &str, now: Timestamp) -> Option<i64> {
    let seed = totp::Seed::read(&device.seed)?;
    let middle = totp::step_of(now).saturating_add(device.drift);
    let first = device.last_step.map_or(i64::MIN, |last| last.saturating_add(1));
    let from = middle.saturating_sub(TOLERANCE).max(first);
    (from..=middle.saturating_add(TOLERANCE)).find(|step| seed.is_code_of(*step, code))
}

/// The device is not the caller's, or there is none.
pub(crate) fn not_associated() -> Fault {
    let message = "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify \
        your MFA serial number is valid and associated with this user.";
    Fault::common(Common::AccessDenied, message)
}

fn wrong_code() -> Fault {
    let message = "MultiFactorAuthentication failed with invalid MFA one time pass code. ";
    Fault::common(Common::AccessDenied, message)
}

#[cfg(test)]
mod tests {
    use names::Secret;

    use super::*;

    fn device() -> MfaDevice {
        MfaDevice {
            account: AccountId::default(),
            path: "/".to_owned(),
            name: "bob".to_owned(),
            place: String::new(),
            seed: Secret::new("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ".to_owned()),
            tags: Vec::new(),
            assigned: None,
            drift: 0,
            last_step: None,
        }
    }

    fn code(step: i64) -> String {
        totp::Seed::read(&device().seed).unwrap().code(step)
    }

    #[test]
    fn codes_within_two_steps_of_the_devices_time_are_accepted() {
        let now = Timestamp::from_seconds(1_000_000);
        let step = totp::step_of(now);
        for drift in [0, 7, -900] {
            let device = MfaDevice { drift, ..device() };
            for off in -4..=4 {
                let expected = (-2..=2).contains(&off).then_some(step + drift + off);
                assert_eq!(accepted_step(&device, &code(step + drift + off), now), expected);
            }
        }
        assert_eq!(accepted_step(&device(), "", now), None);
        assert_eq!(accepted_step(&device(), "0000000", now), None);
    }

    #[test]
    fn what_was_accepted_and_what_was_before_it_is_used_up() {
        let now = Timestamp::from_seconds(1_000_000);
        let step = totp::step_of(now);
        let device = MfaDevice { last_step: Some(step), ..device() };
        for (off, accepted) in [(-1, false), (0, false), (1, true), (2, true)] {
            let found = accepted_step(&device, &code(step + off), now);
            assert_eq!(found.is_some(), accepted, "{off}");
        }
    }
}
