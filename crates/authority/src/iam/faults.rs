//! IAM's refusals in AWS's words. Texts are compatibility data: clients match on some of them.
//!
//! Source: answers of IAM as recorded by its users; the codes are the service model's.

use api::iam::errors;
use api::{Common, Fault};
use names::AccountId;

pub(crate) fn no_such_user(name: &str) -> Fault {
    not_found(format!("The user with name {name} cannot be found."))
}

pub(crate) fn no_such_group(name: &str) -> Fault {
    not_found(format!("The group with name {name} cannot be found."))
}

pub(crate) fn no_such_role(name: &str) -> Fault {
    not_found(format!("The role with name {name} cannot be found."))
}

pub(crate) fn no_such_instance_profile(name: &str) -> Fault {
    not_found(format!("Instance Profile {name} cannot be found."))
}

/// `kind` is `user` or `role`.
pub(crate) fn no_such_boundary(kind: &str, name: &str) -> Fault {
    not_found(format!("The {kind} with name {name} does not have a permissions boundary."))
}

pub(crate) fn no_such_deletion_task(id: &str) -> Fault {
    not_found(format!("The deletion task with id {id} cannot be found."))
}

pub(crate) fn no_such_job(id: &str) -> Fault {
    not_found(format!("The job with id {id} cannot be found."))
}

pub(crate) fn no_such_access_key(id: &str) -> Fault {
    not_found(format!("The Access Key with id {id} cannot be found."))
}

pub(crate) fn no_such_inline_policy(kind: &str, name: &str) -> Fault {
    not_found(format!("The {kind} policy with name {name} cannot be found."))
}

pub(crate) fn no_such_policy(arn: &str) -> Fault {
    not_found(format!("Policy {arn} was not found."))
}

pub(crate) fn not_attachable(arn: &str) -> Fault {
    not_found(format!("Policy {arn} does not exist or is not attachable."))
}

pub(crate) fn no_such_version(arn: &str, version: &str) -> Fault {
    not_found(format!("Policy {arn} version {version} does not exist or is not attachable."))
}

pub(crate) fn no_such_alias(alias: &str) -> Fault {
    not_found(format!("The account alias with name {alias} cannot be found."))
}

/// A session has no keys of its own to act on.
pub(crate) fn user_name_missing() -> Fault {
    let message = "Must specify userName when calling with non-User credentials";
    Fault::common(Common::ValidationError, message)
}

/// For whoever asks about the device itself.
pub(crate) fn no_such_mfa_device(serial: &str) -> Fault {
    not_found(format!("VirtualMFADevice with serial number {serial} doesn't exist."))
}

/// For whoever asks about a holder's device.
pub(crate) fn no_such_held_mfa_device() -> Fault {
    not_found("MFA Device invalid for user.".to_owned())
}

pub(crate) fn no_login_profile(user: &str) -> Fault {
    not_found(format!("Login Profile for User {user} cannot be found."))
}

pub(crate) fn no_password_policy_of(account: AccountId) -> Fault {
    not_found(format!("The Password Policy with domain name {account} cannot be found."))
}

pub(crate) fn no_password_policy() -> Fault {
    not_found("The account policy with name PasswordPolicy cannot be found.".to_owned())
}

pub(crate) fn not_found(message: String) -> Fault {
    Fault::new(&errors::NO_SUCH_ENTITY, message)
}

pub(crate) fn user_exists(name: &str) -> Fault {
    exists(format!("User with name {name} already exists."))
}

pub(crate) fn group_exists(name: &str) -> Fault {
    exists(format!("Group with name {name} already exists."))
}

pub(crate) fn role_exists(name: &str) -> Fault {
    exists(format!("Role with name {name} already exists."))
}

pub(crate) fn instance_profile_exists(name: &str) -> Fault {
    exists(format!("Instance Profile {name} already exists."))
}

pub(crate) fn policy_exists(name: &str) -> Fault {
    exists(format!("A policy called {name} already exists. Duplicate names are not allowed."))
}

pub(crate) fn alias_exists(alias: &str) -> Fault {
    exists(format!("The account alias {alias} already exists."))
}

pub(crate) fn login_profile_exists(user: &str) -> Fault {
    exists(format!("Login Profile for user {user} already exists."))
}

pub(crate) fn mfa_device_exists() -> Fault {
    exists("MFADevice entity at the same path and name already exists.".to_owned())
}

pub(crate) fn mfa_device_of_user(user: &str) -> Fault {
    exists(format!("MFA Device for user {user} already exists."))
}

pub(crate) fn mfa_device_taken() -> Fault {
    exists("MFA Device is already in use.".to_owned())
}

pub(crate) fn exists(message: String) -> Fault {
    Fault::new(&errors::ENTITY_ALREADY_EXISTS, message)
}

/// `what` is the rest of the sentence "Cannot delete entity, must …".
pub(crate) fn delete_conflict(what: &str) -> Fault {
    Fault::new(&errors::DELETE_CONFLICT, format!("Cannot delete entity, must {what}."))
}

pub(crate) fn mfa_device_in_use() -> Fault {
    let message = "MFA VirtualDevice in use. Must deactivate first.";
    Fault::new(&errors::DELETE_CONFLICT, message)
}

pub(crate) fn over_quota(quota: &str, limit: usize) -> Fault {
    Fault::new(&errors::LIMIT_EXCEEDED, format!("Cannot exceed quota for {quota}: {limit}"))
}

pub(crate) fn inline_too_large(limit: usize, kind: &str, name: &str) -> Fault {
    let message = format!("Maximum policy size of {limit} bytes exceeded for {kind} {name}");
    Fault::new(&errors::LIMIT_EXCEEDED, message)
}

/// A role that a service owns is changed by that service alone.
pub(crate) fn protected_role(name: &str) -> Fault {
    let message = format!(
        "Cannot perform the operation on the protected role '{name}' - this role is only modifiable \
         by AWS"
    );
    Fault::new(&errors::UNMODIFIABLE_ENTITY, message)
}

/// The managed policy is for something else than users, groups and roles.
pub(crate) fn policy_not_attachable(arn: &str) -> Fault {
    Fault::new(&errors::POLICY_NOT_ATTACHABLE, format!("Policy {arn} is not attachable."))
}

/// No account here has an instance of IAM Identity Center for a provider to belong to.
pub(crate) fn no_identity_center() -> Fault {
    invalid_input("The account has no instance of IAM Identity Center.")
}

pub(crate) fn malformed_policy(message: impl Into<String>) -> Fault {
    Fault::new(&errors::MALFORMED_POLICY_DOCUMENT, message)
}

pub(crate) fn certificate_has_expired() -> Fault {
    let message = "Certificate is no longer valid. The 'Not After' date restriction on the \
        certificate has passed.";
    Fault::new(&errors::MALFORMED_CERTIFICATE, message)
}

/// Nothing that signs or proves has ever been made Expired by a call.
pub(crate) fn never_expired_by_hand() -> Fault {
    invalid_input("Operation does not support status Expired")
}

pub(crate) fn invalid_input(message: impl Into<String>) -> Fault {
    Fault::new(&errors::INVALID_INPUT, message)
}

pub(crate) fn password_violates(rules: impl Into<String>) -> Fault {
    Fault::new(&errors::PASSWORD_POLICY_VIOLATION, rules)
}

/// The operation is about the caller where it names no user, and the caller is none.
pub(crate) fn must_name_user() -> Fault {
    let message = "Must specify userName when calling with non-User credentials";
    Fault::common(Common::ValidationError, message)
}
