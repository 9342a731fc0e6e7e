//! IAM's limits on one page.
//!
//! Source: IAM User Guide, "IAM and AWS STS quotas".

/// Users in an account, unless its operator says otherwise.
pub(crate) const USERS: u64 = 5000;
/// Groups in an account.
pub(crate) const GROUPS: u64 = 300;
/// Customer managed policies in an account.
pub(crate) const POLICIES: u64 = 1500;
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
/// Characters of a user's embedded policies together, white space not counted.
pub(crate) const INLINE_SIZE_PER_USER: usize = 2048;
/// Characters of a group's embedded policies together, white space not counted.
pub(crate) const INLINE_SIZE_PER_GROUP: usize = 5120;
/// Characters of a managed policy, white space not counted.
pub(crate) const POLICY_SIZE: usize = 6144;
/// Versions of a managed policy.
pub(crate) const VERSIONS_PER_POLICY: usize = 5;
/// Tags of an entity.
pub(crate) const TAGS: usize = 50;
