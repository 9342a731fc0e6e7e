//! A virtual MFA device: a seed that is shared with an authenticator, and whose it is.

use names::{AccountId, Arn, Secret, Timestamp, UniqueId};
use serde::{Deserialize, Serialize};
use store::IndexRow;

use super::index::Index;
use super::{Entity, Kind, Tag, folded};
use crate::counter::Counter;

/// A virtual MFA device. Its serial number is its ARN.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct MfaDevice {
    pub(crate) account: AccountId,
    pub(crate) path: String,
    pub(crate) name: String,
    /// Where it stands in lists: the moment of its making and some random digits. It never changes.
    pub(crate) place: String,
    /// Base32.
    pub(crate) seed: Secret<String>,
    #[serde(default)]
    pub(crate) tags: Vec<Tag>,
    #[serde(default)]
    pub(crate) assigned: Option<Assigned>,
    /// Steps by which the authenticator's clock is ahead of ours.
    #[serde(default)]
    pub(crate) drift: i64,
    /// The step of the last code that was accepted: this one and those before are used up.
    #[serde(default)]
    pub(crate) last_step: Option<i64>,
}

/// Whose device it is, and since when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Assigned {
    pub(crate) holder: MfaHolder,
    pub(crate) since: Timestamp,
}

/// Who may hold devices: root, or the user with this id, whatever the name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum MfaHolder {
    Root,
    User(UniqueId),
}

/// A device as its holder's document knows it, so that the holder is not deleted, and does not get
/// too many of them, while one is being enabled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct HeldMfaDevice {
    pub(crate) serial: String,
    pub(crate) since: Timestamp,
}

impl MfaDevice {
    /// `arn:aws:iam::ACCOUNT:mfa/PATH/NAME`.
    pub(crate) fn serial(&self) -> String {
        crate::iam::arn::mfa(self.account, &self.path, &self.name)
    }

    /// The key of the device with this serial number, if it is one of `account`'s virtual devices.
    pub(crate) fn key_of(account: AccountId, serial: &str) -> Option<String> {
        let arn = Arn::parse(serial).ok()?;
        let ours = arn.service == "iam" && arn.account.parse() == Ok(account);
        let path_and_name = arn.resource.strip_prefix("mfa").filter(|_| ours)?;
        let (path, name) = path_and_name.rsplit_once('/')?;
        Some(key(&format!("{path}/"), name))
    }

    /// The key of the device with this path and name.
    pub(crate) fn key_at(path: &str, name: &str) -> String {
        key(path, name)
    }

    pub(crate) fn is_held_by(&self, holder: &MfaHolder) -> bool {
        self.assigned.as_ref().is_some_and(|assigned| assigned.holder == *holder)
    }
}

/// A device is known by path and name together.
///
/// Source: IAM API Reference, CreateVirtualMFADevice, "VirtualMFADeviceName".
fn key(path: &str, name: &str) -> String {
    format!("{path}{}", folded(name))
}

impl Entity for MfaDevice {
    const KIND: Kind = Kind::MfaDevice;

    fn account(&self) -> AccountId {
        self.account
    }

    fn key(&self) -> String {
        key(&self.path, &self.name)
    }

    fn index_rows(&self) -> Vec<IndexRow> {
        let key = self.key();
        let status = match self.assigned {
            Some(_) => Index::MfaDeviceAssigned,
            None => Index::MfaDeviceUnassigned,
        };
        let row = |index: Index| index.row(self.account, &[&self.place], key.as_bytes());
        vec![row(Index::MfaDevice), row(status)]
    }

    fn counts(&self) -> Vec<Counter> {
        let in_use = self.assigned.as_ref().map(|_| Counter::MfaDevicesInUse);
        [Counter::MfaDevices].into_iter().chain(in_use).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_serial_number_leads_to_the_device_it_names() {
        let account = AccountId::from_number(111_122_223_333).unwrap();
        let key = |serial| MfaDevice::key_of(account, serial);
        assert_eq!(key("arn:aws:iam::111122223333:mfa/Bob").as_deref(), Some("/bob"));
        let deep = key("arn:aws:iam::111122223333:mfa/A/b/Bob");
        assert_eq!(deep, Some(MfaDevice::key_at("/A/b/", "BOB")));
        for other in [
            "arn:aws:iam::111122223334:mfa/Bob",
            "arn:aws:iam::111122223333:u2f/Bob",
            "arn:aws:iam::111122223333:mfa",
            "arn:aws:sts::111122223333:mfa/Bob",
            "GAHT12345678",
        ] {
            assert_eq!(key(other), None, "{other}");
        }
    }
}
