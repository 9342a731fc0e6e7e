//! IAM: one file per noun, one function per operation.

mod access_key;
mod account;
mod account_properties;
mod account_settings;
pub(crate) mod arn;
mod attachment;
mod authorization_details;
pub(crate) mod aws_managed;
mod boundary;
mod certificate;
mod context_keys;
mod credential_report;
mod delegation_request;
mod document;
pub(crate) mod faults;
mod group;
pub(crate) mod holder;
mod inline;
mod instance_profile;
mod last_accessed;
mod login_profile;
pub(crate) mod managed;
pub(crate) mod mfa;
mod oidc_provider;
mod organization;
pub(crate) mod page;
pub(crate) mod password;
mod password_policy;
mod policies_granting_access;
mod policy_entities;
mod policy_source;
pub(crate) mod quotas;
mod role;
mod role_template;
mod rsa_public_key;
mod saml_metadata;
mod saml_provider;
mod server_certificate;
mod service_linked_role;
mod service_names;
mod service_specific_credential;
mod signing_certificate;
mod simulation;
mod ssh_public_key;
mod status;
mod tag;
pub(crate) mod target;
pub(crate) mod trust;
mod user;
mod version;
pub(crate) mod wrong_passwords;

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
    // account_properties.rs
    GetAccountProperties,
    PutAccountProperties,
    // account_settings.rs
    DisableOutboundWebIdentityFederation,
    EnableOutboundWebIdentityFederation,
    GetOutboundWebIdentityFederationInfo,
    SetSecurityTokenServicePreferences,
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
    // delegation_request.rs
    AcceptDelegationRequest,
    AssociateDelegationRequest,
    CreateDelegationRequest,
    GetDelegationRequest,
    GetHumanReadableSummary,
    ListDelegationRequests,
    RejectDelegationRequest,
    SendDelegationToken,
    UpdateDelegationRequest,
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
    ListPolicies,
    // mfa/assignment.rs
    DeactivateMFADevice,
    EnableMFADevice,
    GetMFADevice,
    ListMFADevices,
    ResyncMFADevice,
    // mfa/virtual_device.rs
    CreateVirtualMFADevice,
    DeleteVirtualMFADevice,
    ListVirtualMFADevices,
    // oidc_provider.rs
    AddClientIDToOpenIDConnectProvider,
    CreateOpenIDConnectProvider,
    DeleteOpenIDConnectProvider,
    GetOpenIDConnectProvider,
    ListOpenIDConnectProviders,
    RemoveClientIDFromOpenIDConnectProvider,
    UpdateOpenIDConnectProvider,
    UpdateOpenIDConnectProviderThumbprint,
    // organization.rs
    DisableOrganizationsRootCredentialsManagement,
    DisableOrganizationsRootSessions,
    EnableOrganizationsRootCredentialsManagement,
    EnableOrganizationsRootSessions,
    GenerateOrganizationsAccessReport,
    GetOrganizationsAccessReport,
    ListOrganizationsFeatures,
    // password_policy.rs
    DeleteAccountPasswordPolicy,
    GetAccountPasswordPolicy,
    UpdateAccountPasswordPolicy,
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
    // role_template.rs
    AcquireRole,
    GetRoleTemplateVersion,
    // saml_provider.rs
    CreateSAMLProvider,
    DeleteSAMLProvider,
    GetSAMLProvider,
    ListSAMLProviders,
    UpdateSAMLProvider,
    // server_certificate.rs
    DeleteServerCertificate,
    GetServerCertificate,
    ListServerCertificates,
    UpdateServerCertificate,
    UploadServerCertificate,
    // service_linked_role.rs
    CreateServiceLinkedRole,
    DeleteServiceLinkedRole,
    GetServiceLinkedRoleDeletionStatus,
    // service_specific_credential.rs
    CreateServiceSpecificCredential,
    DeleteServiceSpecificCredential,
    ListServiceSpecificCredentials,
    ResetServiceSpecificCredential,
    UpdateServiceSpecificCredential,
    // signing_certificate.rs
    DeleteSigningCertificate,
    ListSigningCertificates,
    UpdateSigningCertificate,
    UploadSigningCertificate,
    // simulation.rs
    SimulateCustomPolicy,
    SimulatePrincipalPolicy,
    // ssh_public_key.rs
    DeleteSSHPublicKey,
    GetSSHPublicKey,
    ListSSHPublicKeys,
    UpdateSSHPublicKey,
    UploadSSHPublicKey,
    // tag.rs
    ListInstanceProfileTags,
    ListMFADeviceTags,
    ListOpenIDConnectProviderTags,
    ListPolicyTags,
    ListRoleTags,
    ListSAMLProviderTags,
    ListServerCertificateTags,
    ListUserTags,
    TagInstanceProfile,
    TagMFADevice,
    TagOpenIDConnectProvider,
    TagPolicy,
    TagRole,
    TagSAMLProvider,
    TagServerCertificate,
    TagUser,
    UntagInstanceProfile,
    UntagMFADevice,
    UntagOpenIDConnectProvider,
    UntagPolicy,
    UntagRole,
    UntagSAMLProvider,
    UntagServerCertificate,
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
