//! IAM: one file per noun, one function per operation.

mod access_key;
mod account;
pub(crate) mod arn;
mod attachment;
pub(crate) mod aws_managed;
mod credential_report;
mod document;
pub(crate) mod faults;
mod group;
mod inline;
mod login_profile;
pub(crate) mod managed;
pub(crate) mod mfa;
pub(crate) mod page;
pub(crate) mod password;
mod password_policy;
pub(crate) mod quotas;
mod tag;
pub(crate) mod target;
mod user;
mod version;

use api::iam::operations::*;

use crate::operations::{Entry, entries};

/// The operations of IAM that are built.
pub(crate) const OPERATIONS: &[Entry] = entries![
    // access_key.rs
    CreateAccessKey,
    DeleteAccessKey,
    GetAccessKeyLastUsed,
    ListAccessKeys,
    UpdateAccessKey,
    // account.rs
    CreateAccountAlias,
    DeleteAccountAlias,
    GetAccountSummary,
    ListAccountAliases,
    // attachment.rs
    AttachGroupPolicy,
    AttachUserPolicy,
    DetachGroupPolicy,
    DetachUserPolicy,
    ListAttachedGroupPolicies,
    ListAttachedUserPolicies,
    // credential_report.rs
    GenerateCredentialReport,
    GetCredentialReport,
    // group.rs
    AddUserToGroup,
    CreateGroup,
    DeleteGroup,
    GetGroup,
    ListGroups,
    ListGroupsForUser,
    RemoveUserFromGroup,
    UpdateGroup,
    // inline.rs
    DeleteGroupPolicy,
    DeleteUserPolicy,
    GetGroupPolicy,
    GetUserPolicy,
    ListGroupPolicies,
    ListUserPolicies,
    PutGroupPolicy,
    PutUserPolicy,
    // login_profile.rs
    ChangePassword,
    CreateLoginProfile,
    DeleteLoginProfile,
    GetLoginProfile,
    UpdateLoginProfile,
    // managed.rs
    CreatePolicy,
    DeletePolicy,
    GetPolicy,
    ListEntitiesForPolicy,
    ListPolicies,
    // mfa/assignment.rs
    DeactivateMFADevice,
    EnableMFADevice,
    GetMFADevice,
    ListMFADevices,
    ResyncMFADevice,
    // mfa/tag.rs
    ListMFADeviceTags,
    TagMFADevice,
    UntagMFADevice,
    // mfa/virtual_device.rs
    CreateVirtualMFADevice,
    DeleteVirtualMFADevice,
    ListVirtualMFADevices,
    // password_policy.rs
    DeleteAccountPasswordPolicy,
    GetAccountPasswordPolicy,
    UpdateAccountPasswordPolicy,
    // tag.rs
    ListPolicyTags,
    ListUserTags,
    TagPolicy,
    TagUser,
    UntagPolicy,
    UntagUser,
    // user.rs
    CreateUser,
    DeleteUser,
    GetUser,
    ListUsers,
    UpdateUser,
    // version.rs
    CreatePolicyVersion,
    DeletePolicyVersion,
    GetPolicyVersion,
    ListPolicyVersions,
    SetDefaultPolicyVersion,
];
