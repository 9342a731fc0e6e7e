//! What a call is about: the ARN that policies are asked about, and how a refusal names it.
//!
//! A target may not exist. Then its ARN is the one that it would have at the root path, and the
//! caller learns of its absence only after being allowed to ask.

use std::sync::Arc;

use api::Fault;

use super::{arn, faults};
use crate::corridor::Touched;
use crate::credentials::{ControlSets, RoleFacts};
use crate::entity::{Group, InstanceProfile, ManagedPolicy, MfaDevice, Role, Tag, User, folded};
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
    /// The permissions boundary of the user or role, or the one that the call would give it.
    pub(crate) boundary: Option<String>,
    /// What the resource itself says, where its own policies take part in the decision.
    pub(crate) own: Option<Own>,
}

/// The side of the resource: whose it is, and the policies that stand on that side.
#[derive(Debug, Clone)]
pub(crate) struct Own {
    /// The id of the account that owns it.
    pub(crate) account: String,
    /// The role, if it is one that is to be assumed: its trust policy must allow.
    pub(crate) role: Option<Arc<RoleFacts>>,
    /// The control policies of the account that owns it.
    pub(crate) controls: Arc<ControlSets>,
}

impl Target {
    /// For actions without a resource type.
    pub(crate) fn any() -> Self {
        Self::made("*".to_owned())
    }

    /// Something that the call would make, or that is known by its ARN only.
    pub(crate) fn made(arn: String) -> Self {
        Self { shown: arn.clone(), arn, tags: Vec::new(), boundary: None, own: None }
    }

    /// What the trail says of the resource, if it has an owner of its own.
    pub(crate) fn touched(&self) -> Option<Touched> {
        let own = self.own.as_ref()?;
        let owner = own.account.parse().ok()?;
        own.role.as_ref().map(|role| Touched {
            arn: role.arn.clone(),
            owner,
            kind: "AWS::IAM::Role",
        })
    }

    /// The same thing, without what its owner has hung on it.
    pub(crate) fn without_tags(&self) -> Self {
        Self { tags: Vec::new(), ..self.clone() }
    }

    /// The same thing under the ARN that the call would give it.
    pub(crate) fn moved(&self, arn: String) -> Self {
        Self { shown: arn.clone(), arn, ..self.clone() }
    }

    /// The user of this name; without a name the caller, root included.
    pub(crate) fn user(at: &Asking<'_>, name: Option<&str>) -> Result<Self, Fault> {
        let shown = format!("user {}", name.unwrap_or("null"));
        let Some(name) = name.or_else(|| at.caller().user_name()) else {
            if !at.caller().is_root() {
                return Err(faults::user_name_missing());
            }
            return Ok(Self { shown, ..Self::made(at.caller().arn().to_owned()) });
        };
        Ok(match at.view().entity::<User>(at.account(), &folded(name))? {
            Some(user) => Self {
                shown,
                boundary: user.boundary.clone(),
                tags: user.tags.clone(),
                ..Self::made(user.arn())
            },
            None => Self { shown, ..Self::made(arn::user(at.account(), "/", name)) },
        })
    }

    pub(crate) fn role(at: &Asking<'_>, name: &str) -> Result<Self, Fault> {
        let shown = format!("role {name}");
        Ok(match at.view().entity::<Role>(at.account(), &folded(name))? {
            Some(role) => Self {
                shown,
                boundary: role.boundary.clone(),
                tags: role.tags.clone(),
                ..Self::made(role.arn())
            },
            None => Self { shown, ..Self::made(arn::role(at.account(), "/", name)) },
        })
    }

    pub(crate) fn instance_profile(at: &Asking<'_>, name: &str) -> Result<Self, Fault> {
        let shown = format!("instance profile {name}");
        let found = at.view().entity::<InstanceProfile>(at.account(), &folded(name))?;
        Ok(match found {
            Some(found) => Self { shown, tags: found.tags.clone(), ..Self::made(found.arn()) },
            None => Self { shown, ..Self::made(arn::instance_profile(at.account(), "/", name)) },
        })
    }

    /// The same thing with the boundary that the call gives it, if it gives one.
    pub(crate) fn bounded(self, boundary: Option<String>) -> Self {
        Self { boundary: boundary.or(self.boundary), ..self }
    }

    pub(crate) fn group(at: &Asking<'_>, name: &str) -> Result<Self, Fault> {
        let group = at.view().entity::<Group>(at.account(), &folded(name))?;
        let arn = group.map_or_else(|| arn::group(at.account(), "/", name), |group| group.arn());
        Ok(Self { shown: format!("group {name}"), ..Self::made(arn) })
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
            shown: format!("policy {arn}"),
            tags: tags.map(|policy| policy.tags.clone()).unwrap_or_default(),
            ..Self::made(arn.to_owned())
        })
    }
}
