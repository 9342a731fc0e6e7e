//! Devices of users and of root: enabled, brought into step, taken away, listed.

use api::iam::operations::{
    DeactivateMFADevice, EnableMFADevice, GetMFADevice, ListMFADevices, ResyncMFADevice,
};
use api::iam::{errors, shapes};
use api::{Common, Empty, Fault};
use names::Timestamp;

use super::holder::Holder;
use super::totp;
use crate::counter::Counter;
use crate::entity::{Assigned, HeldMfaDevice, MfaDevice};
use crate::fault;
use crate::handle::{Asking, Asks, Granted, Handle};
use crate::iam::page::{self, Page};
use crate::iam::target::Target;
use crate::iam::{faults, quotas};

/// Steps before and behind now in which the two codes of a device are looked for: its clock may be
/// off by more than eight hours.
const SEARCH_BEFORE: i64 = 998;
const SEARCH_BEHIND: i64 = 1000;

impl Handle for EnableMFADevice {
    fn asks(input: &Self::Input, at: &Asking<'_>) -> Result<Asks, Fault> {
        Ok(Asks::on(Target::user(at, Some(&input.user_name))?))
    }

    fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        let mut holder = Holder::named(cx, Some(&input.user_name))?;
        holder.check_own(cx)?;
        let mut device = cx.mfa_device(&input.serial_number)?;
        if device.is_held_by(&holder.identity()) {
            return Err(faults::mfa_device_of_user(&input.user_name));
        }
        if device.assigned.is_some() {
            return Err(faults::mfa_device_taken());
        }
        if holder.devices().len() >= quotas::MFA_DEVICES_PER_USER {
            return Err(faults::over_quota("MFADevicesPerUser", quotas::MFA_DEVICES_PER_USER));
        }
        let codes = [&*input.authentication_code1, &*input.authentication_code2];
        bring_into_step(cx, &mut device, codes)?;
        let since = cx.now().whole_second();
        device.assigned = Some(Assigned { holder: holder.identity(), since });
        holder.devices_mut().push(HeldMfaDevice { serial: device.serial(), since });
        cx.count_one(&Counter::MfaDevicesInUse);
        cx.put(&device)?;
        holder.save(cx)?;
        Ok(Empty)
    }
}

impl Handle for ResyncMFADevice {
    fn asks(input: &Self::Input, at: &Asking<'_>) -> Result<Asks, Fault> {
        Ok(Asks::on(Target::user(at, Some(&input.user_name))?))
    }

    fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        let holder = Holder::named(cx, Some(&input.user_name))?;
        let mut device = held(cx, &holder, &input.serial_number)?;
        let codes = [&*input.authentication_code1, &*input.authentication_code2];
        bring_into_step(cx, &mut device, codes)?;
        cx.put(&device)?;
        Ok(Empty)
    }
}

impl Handle for DeactivateMFADevice {
    fn asks(input: &Self::Input, at: &Asking<'_>) -> Result<Asks, Fault> {
        Ok(Asks::on(Target::user(at, input.user_name.as_deref())?))
    }

    fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        let mut holder = Holder::named(cx, input.user_name.as_deref())?;
        holder.check_own(cx)?;
        let mut device = held(cx, &holder, &input.serial_number)?;
        let serial = device.serial();
        holder.devices_mut().retain(|held| held.serial != serial);
        device.assigned = None;
        cx.count_down(&Counter::MfaDevicesInUse);
        cx.put(&device)?;
        holder.save(cx)?;
        Ok(Empty)
    }
}

impl Handle for ListMFADevices {
    fn asks(input: &Self::Input, at: &Asking<'_>) -> Result<Asks, Fault> {
        Ok(Asks::on(Target::user(at, input.user_name.as_deref())?))
    }

    fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        let page = Page::of(cx, input.marker.as_deref(), input.max_items)?;
        let holder = Holder::named(cx, input.user_name.as_deref())?;
        let found = page::of_slice(&page, holder.devices())?;
        let shape = |device: &HeldMfaDevice| shapes::MFADevice {
            user_name: holder.name().to_owned(),
            serial_number: device.serial.clone(),
            enable_date: device.since,
        };
        Ok(shapes::ListMFADevicesResponse {
            mfa_devices: found.items.iter().map(shape).collect(),
            is_truncated: Some(found.marker.is_some()),
            marker: found.marker,
        })
    }
}

impl Handle for GetMFADevice {
    fn asks(input: &Self::Input, at: &Asking<'_>) -> Result<Asks, Fault> {
        Ok(Asks::on(Target::user(at, input.user_name.as_deref())?))
    }

    /// It tells of security keys alone, and those are registered at sign-in pages alone: nobody has
    /// one here.
    fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        Holder::named(cx, input.user_name.as_deref())?;
        if !input.serial_number.contains(":u2f/") {
            let message = "The MFA device serial number sent in the request is invalid or not \
                supported by this API. Currently, only hardware FIDO security keys are supported.";
            return Err(Fault::common(Common::ValidationError, message));
        }
        Err(faults::no_such_held_mfa_device())
    }
}

/// The holder's device with this serial number.
fn held<O>(cx: &mut Granted<'_, O>, holder: &Holder, serial: &str) -> Result<MfaDevice, Fault> {
    let device = match MfaDevice::key_of(cx.account(), serial) {
        Some(key) => cx.get::<MfaDevice>(&key)?,
        None => None,
    };
    let device = device.filter(|device| device.is_held_by(&holder.identity()));
    device.ok_or_else(faults::no_such_held_mfa_device)
}

/// Finds out how far the device's clock is off, by two codes that follow each other. Both are used
/// up then, and so is what was before them.
///
/// It is an attempt like any other: nobody tries all codes here either.
fn bring_into_step<O>(
    cx: &Granted<'_, O>,
    device: &mut MfaDevice,
    codes: [&str; 2],
) -> Result<(), Fault> {
    if !cx.authority().mfa_attempts.begin(device, cx.request_id(), cx.now()) {
        return Err(wrong_codes());
    }
    settle(device, codes, cx.now())
}

fn settle(device: &mut MfaDevice, [first, second]: [&str; 2], now: Timestamp) -> Result<(), Fault> {
    let seed = totp::Seed::read(&device.seed).ok_or_else(fault::internal)?;
    let now = totp::step_of(now);
    let unused = |step: i64| device.last_step.is_none_or(|last| step > last);
    let fits = |step: &i64| {
        unused(*step) && seed.is_code_of(*step - 1, first) && seed.is_code_of(*step, second)
    };
    // The second code is the one that the device shows now.
    let mut steps = now - SEARCH_BEFORE + 1..=now + SEARCH_BEHIND;
    let found = if first == second { None } else { steps.find(fits) };
    let step = found.ok_or_else(wrong_codes)?;
    device.drift = step - now;
    device.last_step = Some(step);
    Ok(())
}

fn wrong_codes() -> Fault {
    let message = "Authentication code for device is not valid.";
    Fault::new(&errors::INVALID_AUTHENTICATION_CODE, message)
}

#[cfg(test)]
mod tests {
    use names::{AccountId, Secret};

    use super::*;

    const NOW: i64 = 1_000_000;

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

    fn synced(device: &mut MfaDevice, first: i64, second: i64) -> bool {
        let (first, second) = (code(NOW + first), code(NOW + second));
        let now = Timestamp::from_seconds(NOW * 30 + 29);
        settle(device, [&first, &second], now).is_ok()
    }

    #[test]
    fn a_clock_may_be_off_by_eight_hours() {
        for (second, found) in [(-998, false), (-997, true), (0, true), (1000, true), (1001, false)]
        {
            let mut device = device();
            assert_eq!(synced(&mut device, second - 1, second), found, "{second}");
            let expected = if found { (second, Some(NOW + second)) } else { (0, None) };
            assert_eq!((device.drift, device.last_step), expected);
        }
    }

    #[test]
    fn codes_follow_each_other_and_were_not_used() {
        for (first, second) in [(0, 0), (0, -1), (0, 2)] {
            assert!(!synced(&mut device(), first, second), "{first} {second}");
        }
        let mut used = MfaDevice { last_step: Some(NOW), drift: 3, ..device() };
        assert!(!synced(&mut used, -1, 0));
        assert_eq!((used.drift, used.last_step), (3, Some(NOW)));
        assert!(synced(&mut used, 0, 1));
        assert_eq!((used.drift, used.last_step), (1, Some(NOW + 1)));
    }
}
