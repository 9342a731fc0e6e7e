//! Which operations may take long: tens of milliseconds of a processor and more, whoever asks.
//!
//! A door runs these apart from the threads that all connections share. An operation belongs here for
//! what it can cost, not for what it mostly does; what a call costs is bounded in its own file.

use api::cloudtrail::operations::*;
use api::iam::operations::*;
use api::{Operation, OperationInfo};

/// Lists operations by what the model says about them.
macro_rules! infos {
    ($($operation:ident),* $(,)?) => { &[$(<$operation as Operation>::INFO),*] };
}

/// The costly operations.
pub(super) const COSTLY: &[&OperationInfo] = infos![
    // Digests of passwords.
    ChangePassword,
    CreateLoginProfile,
    UpdateLoginProfile,
    // A QR code in a PNG.
    CreateVirtualMFADevice,
    // Certificates, their chains and keys; metadata documents.
    UploadServerCertificate,
    UploadSigningCertificate,
    CreateSAMLProvider,
    UpdateSAMLProvider,
    // Policies that are given or gathered, and looked at statement by statement.
    GetContextKeysForCustomPolicy,
    GetContextKeysForPrincipalPolicy,
    ListPoliciesGrantingServiceAccess,
    SimulateCustomPolicy,
    SimulatePrincipalPolicy,
    // Reports that read a whole account, or much of its trail.
    GenerateCredentialReport,
    GenerateServiceLastAccessedDetails,
    GetAccountAuthorizationDetails,
    GetCredentialReport,
    GetServiceLastAccessedDetails,
    GetServiceLastAccessedDetailsWithEntities,
    LookupEvents,
];
