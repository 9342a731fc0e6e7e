//! What is counted. Counters move without conflicts, so that many can create at once.

use names::AccountId;
use store::CounterKey;

/// A counter of one account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Counter {
    Users,
    Groups,
    Policies,
    Roles,
    InstanceProfiles,
    ServerCertificates,
    OidcProviders,
    SamlProviders,
    /// Virtual MFA devices.
    MfaDevices,
    /// Virtual MFA devices that somebody holds.
    MfaDevicesInUse,
    /// Members of the group with this id.
    Members(String),
    /// Entities that the managed policy with this ARN is attached to.
    Attachments(String),
    /// Entities whose permissions the managed policy with this ARN bounds.
    Boundaries(String),
    /// Instance profiles that hold the role with this id.
    ProfilesOfRole(String),
}

impl Counter {
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Users => "users".to_owned(),
            Self::Groups => "groups".to_owned(),
            Self::Policies => "policies".to_owned(),
            Self::Roles => "roles".to_owned(),
            Self::InstanceProfiles => "instance profiles".to_owned(),
            Self::ServerCertificates => "server certificates".to_owned(),
            Self::OidcProviders => "oidc providers".to_owned(),
            Self::SamlProviders => "saml providers".to_owned(),
            Self::MfaDevices => "mfa devices".to_owned(),
            Self::MfaDevicesInUse => "mfa devices in use".to_owned(),
            Self::Members(group) => format!("members {group}"),
            Self::Attachments(policy) => format!("attachments {policy}"),
            Self::Boundaries(policy) => format!("boundaries {policy}"),
            Self::ProfilesOfRole(role) => format!("profiles of role {role}"),
        }
    }

    pub(crate) fn key(&self, account: AccountId) -> CounterKey {
        CounterKey { account, name: self.name() }
    }
}
