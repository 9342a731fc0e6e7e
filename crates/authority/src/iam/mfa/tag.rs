//! Tags of virtual devices. Their keys are compared exactly.

use api::iam::operations::{ListMFADeviceTags, TagMFADevice, UntagMFADevice};
use api::iam::shapes;
use api::{Empty, Fault};

use crate::handle::{Asking, Asks, Granted, Handle};
use crate::iam::page::{self, Page};
use crate::iam::target::Target;
use crate::iam::{faults, tag};

impl Handle for TagMFADevice {
    fn asks(input: &Self::Input, at: &Asking<'_>) -> Result<Asks, Fault> {
        let target = Target::mfa(at, &input.serial_number)?;
        Ok(Asks::on(target).with_tags(&tag::entities(&input.tags)))
    }

    fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        let mut device = cx.mfa_device(&input.serial_number)?;
        tag::merge(&mut device.tags, tag::exact_case(input.tags)?, str::to_owned)?;
        cx.put(&device)?;
        Ok(Empty)
    }
}

impl Handle for UntagMFADevice {
    fn asks(input: &Self::Input, at: &Asking<'_>) -> Result<Asks, Fault> {
        let target = Target::mfa(at, &input.serial_number)?;
        Ok(Asks::on(target).with_tag_keys(&input.tag_keys))
    }

    fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        let mut device = cx.mfa_device(&input.serial_number)?;
        if input.tag_keys.is_empty() {
            return Err(faults::invalid_input("The provided tag keys must not be null/empty."));
        }
        tag::remove(&mut device.tags, &input.tag_keys, str::to_owned);
        cx.put(&device)?;
        Ok(Empty)
    }
}

impl Handle for ListMFADeviceTags {
    fn asks(input: &Self::Input, at: &Asking<'_>) -> Result<Asks, Fault> {
        Ok(Asks::on(Target::mfa(at, &input.serial_number)?))
    }

    fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        let page = Page::of(cx, input.marker.as_deref(), input.max_items)?;
        let device = cx.mfa_device(&input.serial_number)?;
        let found = page::of_slice(&page, &device.tags)?;
        Ok(shapes::ListMFADeviceTagsResponse {
            tags: tag::list(&found.items),
            is_truncated: Some(found.marker.is_some()),
            marker: found.marker,
        })
    }
}
