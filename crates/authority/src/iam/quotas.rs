//! IAM's limits on one page.
//!
//! Source: IAM User Guide, "IAM and AWS STS quotas".

/// Users in an account, unless its operator says otherwise.
pub(crate) const USERS: u64 = 5000;
/// Groups in an account.
pub(crate) const GROUPS: u64 = 300;
/// Customer managed policies in an account.
pub(crate) const POLICIES: u64 = 1500;
/// Roles in an account.
pub(crate) const ROLES: u64 = 1000;
/// Instance profiles in an account.
pub(crate) const INSTANCE_PROFILES: u64 = 1000;
/// Groups that a user may be in.
pub(crate) const GROUPS_PER_USER: usize = 10;
/// Access keys of a user or of root; inactive ones count.
pub(crate) const ACCESS_KEYS_PER_USER: usize = 2;
/// MFA devices of a user or of root.
pub(crate) const MFA_DEVICES_PER_USER: usize = 8;
/// Managed policies attached to a user.
pub(crate) const ATTACHED_PER_USER: usize = 10;
/// Managed policies attached to a group.
pub(crate) const ATTACHED_PER_GROUP: usize = 10;
/// Managed policies attached to a role.
pub(crate) const ATTACHED_PER_ROLE: usize = 20;
/// Characters of a user's embedded policies together, white space not counted.
pub(crate) const INLINE_SIZE_PER_USER: usize = 2048;
/// Characters of a group's embedded policies together, white space not counted.
pub(crate) const INLINE_SIZE_PER_GROUP: usize = 5120;
/// Characters of a role's embedded policies together, white space not counted.
pub(crate) const INLINE_SIZE_PER_ROLE: usize = 10_240;
/// Characters of a trust policy, white space not counted.
pub(crate) const TRUST_SIZE: usize = 2048;
/// Characters of a managed policy, white space not counted.
pub(crate) const POLICY_SIZE: usize = 6144;
/// Characters of policies as they were written, all of them counted, for which there is room under a
/// quota that does not count white space. AWS names no such bound; this one is ours: documents are
/// kept as they were written, and must not grow without end. Ample indentation fits four times over.
pub(crate) const fn written_max(quota: usize) -> usize {
    4 * quota + 4096
}
/// Versions of a managed policy.
pub(crate) const VERSIONS_PER_POLICY: usize = 5;
/// Server certificates in an account.
pub(crate) const SERVER_CERTIFICATES: u64 = 20;
/// Signing certificates of a user or of root.
pub(crate) const SIGNING_CERTIFICATES_PER_USER: usize = 2;
/// SSH public keys of a user.
pub(crate) const SSH_PUBLIC_KEYS_PER_USER: usize = 5;
/// Credentials of a user for one service.
pub(crate) const CREDENTIALS_PER_SERVICE: usize = 2;
/// OpenID Connect providers in an account.
pub(crate) const OIDC_PROVIDERS: u64 = 100;
/// Client ids of an OpenID Connect provider.
pub(crate) const CLIENT_IDS_PER_OIDC_PROVIDER: usize = 100;
/// Thumbprints of an OpenID Connect provider.
pub(crate) const THUMBPRINTS_PER_OIDC_PROVIDER: usize = 5;
/// SAML providers in an account.
pub(crate) const SAML_PROVIDERS: u64 = 100;
/// Private keys of a SAML provider.
pub(crate) const PRIVATE_KEYS_PER_SAML_PROVIDER: usize = 2;
/// Tags of an entity.
pub(crate) const TAGS: usize = 50;
