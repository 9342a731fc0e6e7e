//! ARNs of IAM and STS resources. Paths begin and end with a slash; an ARN drops the first one.
//!
//! Source: IAM User Guide, "IAM identifiers", section "IAM ARNs".

use names::AccountId;

/// `arn:aws:iam::ACCOUNT:root`.
pub(crate) fn root(account: AccountId) -> String {
    format!("arn:aws:iam::{account}:root")
}

/// `arn:aws:iam::ACCOUNT:user/PATH/NAME`.
pub(crate) fn user(account: AccountId, path: &str, name: &str) -> String {
    format!("arn:aws:iam::{account}:user{path}{name}")
}

/// `arn:aws:iam::ACCOUNT:group/PATH/NAME`.
pub(crate) fn group(account: AccountId, path: &str, name: &str) -> String {
    format!("arn:aws:iam::{account}:group{path}{name}")
}

/// `arn:aws:iam::ACCOUNT:policy/PATH/NAME`.
pub(crate) fn policy(account: AccountId, path: &str, name: &str) -> String {
    format!("arn:aws:iam::{account}:policy{path}{name}")
}

/// `arn:aws:iam::ACCOUNT:role/PATH/NAME`.
pub(crate) fn role(account: AccountId, path: &str, name: &str) -> String {
    format!("arn:aws:iam::{account}:role{path}{name}")
}

/// `arn:aws:iam::ACCOUNT:instance-profile/PATH/NAME`.
pub(crate) fn instance_profile(account: AccountId, path: &str, name: &str) -> String {
    format!("arn:aws:iam::{account}:instance-profile{path}{name}")
}

/// `arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION`: without the role's path.
pub(crate) fn assumed_role(account: AccountId, role: &str, session: &str) -> String {
    format!("arn:aws:sts::{account}:assumed-role/{role}/{session}")
}

/// `arn:aws:sts::ACCOUNT:federated-user/NAME`.
pub(crate) fn federated_user(account: AccountId, name: &str) -> String {
    format!("arn:aws:sts::{account}:federated-user/{name}")
}

/// `arn:aws:iam::ACCOUNT:server-certificate/PATH/NAME`.
pub(crate) fn server_certificate(account: AccountId, path: &str, name: &str) -> String {
    format!("arn:aws:iam::{account}:server-certificate{path}{name}")
}

/// `arn:aws:iam::ACCOUNT:mfa/PATH/NAME`: a virtual MFA device's serial number.
pub(crate) fn mfa(account: AccountId, path: &str, name: &str) -> String {
    format!("arn:aws:iam::{account}:mfa{path}{name}")
}

/// `arn:aws:iam::ACCOUNT:KIND/NAME`.
pub(crate) fn at_root_path(account: AccountId, kind: &str, name: &str) -> String {
    format!("arn:aws:iam::{account}:{kind}/{name}")
}
