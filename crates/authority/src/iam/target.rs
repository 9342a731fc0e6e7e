//! What a call is about: the ARN that policies are asked about, and how a refusal names it.
//!
//! A target may not exist. Then its ARN is the one that it would have at the root path, and the
//! caller learns of its absence only after being allowed to ask.

use api::Fault;

use super::arn;
use crate::entity::{Group, ManagedPolicy, MfaDevice, Tag, User, folded};
use crate::handle::Asking;

/// One resource of a question to the policies.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    /// The resource's ARN, or `*`.
    pub(crate) arn: String,
    /// What stands behind "on resource:" in a refusal.
    pub(crate) shown: String,
    /// The resource's own tags, for `aws:ResourceTag` and `iam:ResourceTag`.
    pub(crate) tags: Vec<Tag>,
}

impl Target {
    /// For actions without a resource type.
    pub(crate) fn any() -> Self {
        Self::made("*".to_owned())
    }

    /// Something that the call would make, or that is known by its ARN only.
    pub(crate) fn made(arn: String) -> Self {
        Self { shown: arn.clone(), arn, tags: Vec::new() }
    }

    /// The same thing under the ARN that the call would give it.
    pub(crate) fn moved(&self, arn: String) -> Self {
        Self { shown: arn.clone(), arn, tags: self.tags.clone() }
    }

    /// The user of this name; without a name the caller, root included.
    pub(crate) fn user(at: &Asking<'_>, name: Option<&str>) -> Result<Self, Fault> {
        let shown = format!("user {}", name.unwrap_or("null"));
        let Some(name) = name.or_else(|| at.caller().user_name()) else {
            return Ok(Self { arn: at.caller().arn().to_owned(), shown, tags: Vec::new() });
        };
        let user = at.view().entity::<User>(at.account(), &folded(name))?;
        Ok(user.map_or_else(
            || Self { arn: arn::user(at.account(), "/", name), shown: shown.clone(), tags: vec![] },
            |user| Self { arn: user.arn(), shown: shown.clone(), tags: user.tags.clone() },
        ))
    }

    pub(crate) fn group(at: &Asking<'_>, name: &str) -> Result<Self, Fault> {
        let group = at.view().entity::<Group>(at.account(), &folded(name))?;
        let arn = group.map_or_else(|| arn::group(at.account(), "/", name), |group| group.arn());
        Ok(Self { arn, shown: format!("group {name}"), tags: Vec::new() })
    }

    /// The MFA device with this serial number. One that is not known is called as it calls itself.
    pub(crate) fn mfa(at: &Asking<'_>, serial: &str) -> Result<Self, Fault> {
        let device = match MfaDevice::key_of(at.account(), serial) {
            Some(key) => at.view().entity::<MfaDevice>(at.account(), &key)?,
            None => None,
        };
        let arn = device.as_ref().map_or_else(|| serial.to_owned(), MfaDevice::serial);
        let tags = device.map(|device| device.tags.clone()).unwrap_or_default();
        Ok(Self { tags, ..Self::made(arn) })
    }

    /// The managed policy with this ARN.
    pub(crate) fn policy(at: &Asking<'_>, arn: &str) -> Result<Self, Fault> {
        let tags = match ManagedPolicy::key_of(at.account(), arn) {
            Some(key) => at.view().entity::<ManagedPolicy>(at.account(), &key)?,
            None => None,
        };
        Ok(Self {
            arn: arn.to_owned(),
            shown: format!("policy {arn}"),
            tags: tags.map(|policy| policy.tags.clone()).unwrap_or_default(),
        })
    }
}
