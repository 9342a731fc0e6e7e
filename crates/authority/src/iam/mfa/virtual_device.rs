//! Virtual devices: made, listed, deleted.

use api::iam::operations::{CreateVirtualMFADevice, DeleteVirtualMFADevice, ListVirtualMFADevices};
use api::iam::shapes;
use api::{Blob, Common, Empty, Fault};

use super::{qr_code, totp};
use crate::counter::Counter;
use crate::desk::misled;
use crate::entity::{Account, Index, MfaDevice, MfaHolder};
use crate::fault;
use crate::handle::{Asking, Asks, Granted, Handle};
use crate::iam::page::{Found, Page};
use crate::iam::target::Target;
use crate::iam::{arn, faults, tag, user};

/// Characters of a serial number: a longer one could not be given to any operation.
const SERIAL_MAX: usize = 256;

impl Handle for CreateVirtualMFADevice {
    fn asks(input: &Self::Input, at: &Asking<'_>) -> Result<Asks, Fault> {
        let path = input.path.as_deref().unwrap_or("/");
        let made = Target::made(arn::mfa(at.account(), path, &input.virtual_mfa_device_name));
        Ok(tag::asked(Asks::on(made), input.tags.as_deref(), "iam:TagMFADevice"))
    }

    fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        let path = input.path.unwrap_or_else(|| "/".to_owned());
        let name = input.virtual_mfa_device_name;
        let serial = arn::mfa(cx.account(), &path, &name);
        if serial.len() > SERIAL_MAX {
            return Err(too_long(&name));
        }
        let tags = tag::checked(input.tags.unwrap_or_default())?;
        if cx.get::<MfaDevice>(&MfaDevice::key_at(&path, &name))?.is_some() {
            return Err(faults::mfa_device_exists());
        }
        let account = cx.view().entity::<Account>(cx.account(), Account::KEY)?;
        let account = account.ok_or_else(fault::internal)?;
        cx.count_up(&Counter::MfaDevices, account.users_max())
            .map_err(|limit| faults::over_quota("MFADevicesPerAccount", limit))?;
        let seed = totp::mint_seed(cx.chance());
        let account_name = account.alias.unwrap_or_else(|| account.id.to_string());
        let uri = zeroize::Zeroizing::new(qr_code::uri(&name, &account_name, seed.expose()));
        let device = MfaDevice {
            account: cx.account(),
            path,
            name,
            place: place(cx),
            seed,
            tags,
            assigned: None,
            drift: 0,
            last_step: None,
        };
        cx.put(&device)?;
        Ok(shapes::CreateVirtualMFADeviceResponse {
            virtual_mfa_device: shapes::VirtualMFADevice {
                serial_number: serial,
                base32_string_seed: Some(Blob(device.seed.expose().clone().into_bytes())),
                qr_code_png: Some(Blob(qr_code::png(&uri).ok_or_else(fault::internal)?)),
                tags: tag::shapes(&device.tags),
                ..shapes::VirtualMFADevice::default()
            },
        })
    }
}

/// In the order of making; a random tail keeps apart what is made at once.
fn place(cx: &Granted<'_, CreateVirtualMFADevice>) -> String {
    let mut tail = [0; 8];
    cx.chance().fill(&mut tail);
    format!("{:013}-{:016x}", cx.now().millis(), u64::from_be_bytes(tail))
}

fn too_long(name: &str) -> Fault {
    let message = format!(
        "1 validation error detected: Value '{name}' at 'virtualMFADeviceName' failed to satisfy \
         constraint: Member must have length less than or equal to {SERIAL_MAX} together with its \
         path and the rest of its ARN"
    );
    Fault::common(Common::ValidationError, message)
}

impl Handle for DeleteVirtualMFADevice {
    fn asks(input: &Self::Input, at: &Asking<'_>) -> Result<Asks, Fault> {
        Ok(Asks::on(Target::mfa(at, &input.serial_number)?))
    }

    fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        let device = cx.mfa_device(&input.serial_number)?;
        if device.assigned.is_some() {
            return Err(faults::mfa_device_in_use());
        }
        cx.count_down(&Counter::MfaDevices);
        cx.delete(&device);
        Ok(Empty)
    }
}

impl Handle for ListVirtualMFADevices {
    fn asks(_: &Self::Input, _: &Asking<'_>) -> Result<Asks, Fault> {
        Ok(Asks::on_any())
    }

    fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        use shapes::AssignmentStatusType as Status;
        let page = Page::of(cx, input.marker.as_deref(), input.max_items)?;
        let found = devices(
            cx,
            &page,
            match input.assignment_status.unwrap_or(Status::Any) {
                Status::Any => Index::MfaDevice,
                Status::Assigned => Index::MfaDeviceAssigned,
                Status::Unassigned => Index::MfaDeviceUnassigned,
            },
        )?;
        let mut shown = Vec::with_capacity(found.items.len());
        for device in &found.items {
            shown.push(shape(cx, device)?);
        }
        Ok(shapes::ListVirtualMFADevicesResponse {
            virtual_mfa_devices: shown,
            is_truncated: Some(found.marker.is_some()),
            marker: found.marker,
        })
    }
}

/// A page of devices in the order of their places. A row is believed if the device that it leads to
/// has the place.
fn devices<O>(cx: &Granted<'_, O>, page: &Page, index: Index) -> Result<Found<MfaDevice>, Fault> {
    let (account, size) = (cx.account(), page.size());
    let rows = cx.view().scan(index, account, b"", page.after(), size.saturating_add(1))?;
    let mut items = Vec::with_capacity(rows.len());
    for row in rows.iter().take(size) {
        let (place, key) = (String::from_utf8_lossy(&row.key), String::from_utf8_lossy(&row.value));
        let device = cx.view().entity::<MfaDevice>(account, &key)?;
        let device = device.filter(|device| device.place == place);
        items.push(device.ok_or_else(|| misled(index, &place))?);
    }
    let last = items.last().filter(|_| rows.len() > size);
    let marker = last.map(|device: &MfaDevice| page.marker(device.place.as_bytes()));
    Ok(Found { items, marker })
}

/// A device as lists show it: with its user, without seed and tags.
fn shape<O>(cx: &Granted<'_, O>, device: &MfaDevice) -> Result<shapes::VirtualMFADevice, Fault> {
    let holder = device.assigned.as_ref().map(|assigned| &assigned.holder);
    let user = match holder {
        None => None,
        Some(MfaHolder::Root) => {
            let account = cx.view().entity::<Account>(cx.account(), Account::KEY)?;
            account.as_ref().map(user::root_shape)
        }
        Some(MfaHolder::User(id)) => {
            let found = cx.view().user_by_id(cx.account(), id)?;
            found.map(|(_, user)| user::shape(&user))
        }
    };
    Ok(shapes::VirtualMFADevice {
        serial_number: device.serial(),
        user,
        enable_date: device.assigned.as_ref().map(|assigned| assigned.since),
        ..shapes::VirtualMFADevice::default()
    })
}
