//! IAM: one file per noun, one function per operation.

mod access_key;
mod account;
pub(crate) mod arn;
mod attachment;
mod authorization_details;
pub(crate) mod aws_managed;
mod boundary;
mod context_keys;
mod credential_report;
mod document;
pub(crate) mod faults;
mod group;
pub(crate) mod holder;
mod inline;
mod instance_profile;
mod last_accessed;
pub(crate) mod managed;
pub(crate) mod page;
mod policies_granting_access;
mod policy_entities;
mod policy_source;
pub(crate) mod quotas;
mod role;
mod service_linked_role;
mod service_names;
mod simulation;
mod tag;
pub(crate) mod target;
pub(crate) mod trust;
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
    AttachRolePolicy,
    AttachUserPolicy,
    DetachGroupPolicy,
    DetachRolePolicy,
    DetachUserPolicy,
    ListAttachedGroupPolicies,
    ListAttachedRolePolicies,
    ListAttachedUserPolicies,
    // authorization_details.rs
    GetAccountAuthorizationDetails,
    // boundary.rs
    DeleteRolePermissionsBoundary,
    DeleteUserPermissionsBoundary,
    PutRolePermissionsBoundary,
    PutUserPermissionsBoundary,
    // context_keys.rs
    GetContextKeysForCustomPolicy,
    GetContextKeysForPrincipalPolicy,
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
    DeleteRolePolicy,
    DeleteUserPolicy,
    GetGroupPolicy,
    GetRolePolicy,
    GetUserPolicy,
    ListGroupPolicies,
    ListRolePolicies,
    ListUserPolicies,
    PutGroupPolicy,
    PutRolePolicy,
    PutUserPolicy,
    // instance_profile.rs
    AddRoleToInstanceProfile,
    CreateInstanceProfile,
    DeleteInstanceProfile,
    GetInstanceProfile,
    ListInstanceProfiles,
    ListInstanceProfilesForRole,
    RemoveRoleFromInstanceProfile,
    // last_accessed.rs
    GenerateServiceLastAccessedDetails,
    GetServiceLastAccessedDetails,
    GetServiceLastAccessedDetailsWithEntities,
    // managed.rs
    CreatePolicy,
    DeletePolicy,
    GetPolicy,
    ListPolicies,
    // policies_granting_access.rs
    ListPoliciesGrantingServiceAccess,
    // policy_entities.rs
    ListEntitiesForPolicy,
    // role.rs
    CreateRole,
    DeleteRole,
    GetRole,
    ListRoles,
    UpdateRole,
    UpdateRoleDescription,
    // service_linked_role.rs
    CreateServiceLinkedRole,
    DeleteServiceLinkedRole,
    GetServiceLinkedRoleDeletionStatus,
    // simulation.rs
    SimulateCustomPolicy,
    SimulatePrincipalPolicy,
    // tag.rs
    ListInstanceProfileTags,
    ListPolicyTags,
    ListRoleTags,
    ListUserTags,
    TagInstanceProfile,
    TagPolicy,
    TagRole,
    TagUser,
    UntagInstanceProfile,
    UntagPolicy,
    UntagRole,
    UntagUser,
    // trust.rs
    UpdateAssumeRolePolicy,
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
