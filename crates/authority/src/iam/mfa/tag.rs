//! Virtual devices as something with tags. What is done with tags, `iam/tag.rs` says.

use api::{Fault, Operation};

use crate::entity::{MfaDevice, Tag};
use crate::handle::{Asking, Granted};
use crate::iam::tag::Tagged;
use crate::iam::target::Target;

impl Tagged for MfaDevice {
    const FOLDS_CASE: bool = false;

    fn to_tag<O: Operation>(cx: &mut Granted<'_, O>, named: &str) -> Result<Self, Fault> {
        cx.mfa_device(named)
    }

    fn target(at: &Asking<'_>, named: &str) -> Result<Target, Fault> {
        Target::mfa(at, named)
    }

    fn tags_mut(&mut self) -> &mut Vec<Tag> {
        &mut self.tags
    }
}
