//! The rows by which documents are found: every index, its key layout and its value, on one page.
//!
//! Keys are parts joined by a NUL byte, which no name, path or id can contain. Rows of all
//! accounts lie in one table; the account is the first part of every row but those of the three
//! indexes that lead *to* an account.

use names::AccountId;
use store::IndexRow;

/// Every index. The numbers are on disk and never change meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u16)]
pub(crate) enum Index {
    /// Access key id → [`Owner`]. Any account.
    AccessKey = 1,
    /// Alias → account id. Any account.
    Alias = 2,
    /// Account id → nothing. Any account.
    Account = 3,
    /// Folded user name → nothing: users in the order of their names.
    UserByName = 10,
    /// Path, folded user name → nothing.
    UserByPath = 11,
    /// User id → folded user name.
    UserById = 12,
    /// Folded group name → nothing.
    GroupByName = 20,
    /// Path, folded group name → nothing.
    GroupByPath = 21,
    /// Group id → folded group name.
    GroupById = 22,
    /// Group id, folded user name → nothing: a group's members.
    GroupMember = 23,
    /// Folded policy name → nothing.
    PolicyByName = 30,
    /// Path, folded policy name → nothing.
    PolicyByPath = 31,
    /// Policy ARN, `user`, `group` or `role`, folded name → nothing: what a managed policy is
    /// attached to.
    PolicyAttachment = 32,
    /// Policy ARN, `user` or `role`, folded name → nothing: whose permissions a managed policy bounds.
    PolicyBoundary = 33,
    /// Folded role name → nothing.
    RoleByName = 40,
    /// Path, folded role name → nothing.
    RoleByPath = 41,
    /// Role id → folded role name.
    RoleById = 42,
    /// Folded instance-profile name → nothing.
    InstanceProfileByName = 50,
    /// Path, folded instance-profile name → nothing.
    InstanceProfileByPath = 51,
    /// Role id, folded instance-profile name → nothing: the profiles that hold a role.
    ProfileOfRole = 52,
    /// Milliseconds of its creation in fifteen digits, job id → nothing: reports on last accesses in
    /// the order in which they expire.
    LastAccessedJob = 100,
    /// Folded server certificate name → nothing.
    ServerCertificateByName = 70,
    /// Path, folded server certificate name → nothing.
    ServerCertificateByPath = 71,
    /// Signing certificate id → folded user name, or nothing for root.
    SigningCertificate = 72,
    /// URL of an OpenID Connect provider, without its scheme → nothing.
    OidcProvider = 80,
    /// Name of a SAML provider → nothing.
    SamlProvider = 81,
    /// Id of a service-specific credential → folded user name.
    ServiceCredential = 91,
    /// A virtual MFA device's place → its key: all of them in the order of their making.
    MfaDevice = 60,
    /// The same, of those that somebody holds.
    MfaDeviceAssigned = 61,
    /// The same, of those that nobody holds.
    MfaDeviceUnassigned = 62,
}

impl Index {
    /// The row of this index with `parts` as its key.
    pub(crate) fn row(self, account: AccountId, parts: &[&str], value: &[u8]) -> IndexRow {
        IndexRow::new(self as u16, account, joined(parts), value.to_vec())
    }

    /// The rows of the managed policies attached to the entity of this kind and folded name.
    pub(crate) fn attachments(
        account: AccountId,
        attached: &[String],
        (kind, name): (&str, &str),
    ) -> Vec<IndexRow> {
        let row = |arn: &String| Self::PolicyAttachment.row(account, &[arn, kind, name], b"");
        attached.iter().map(row).collect()
    }

    /// The row of the managed policy that bounds the entity of this kind and folded name.
    pub(crate) fn boundary(
        account: AccountId,
        boundary: Option<&str>,
        (kind, name): (&str, &str),
    ) -> Option<IndexRow> {
        boundary.map(|arn| Self::PolicyBoundary.row(account, &[arn, kind, name], b""))
    }

    pub(crate) fn access_key(id: &str, owner: &[u8]) -> IndexRow {
        Self::AccessKey.row(nobody(), &[id], owner)
    }

    pub(crate) fn alias(alias: &str, account: &str) -> IndexRow {
        Self::Alias.row(nobody(), &[alias], account.as_bytes())
    }

    pub(crate) fn account(id: &str) -> IndexRow {
        Self::Account.row(nobody(), &[id], b"")
    }
}

/// Rows that lead to an account are filed under account number zero.
pub(crate) fn nobody() -> AccountId {
    AccountId::default()
}

/// `parts` as the key of an index row.
pub(crate) fn joined(parts: &[&str]) -> Vec<u8> {
    parts.join("\0").into_bytes()
}

/// Whose access key it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Owner {
    Root(AccountId),
    /// With the folded user name.
    User(AccountId, String),
}

impl Owner {
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        match self {
            Self::Root(account) => account.to_string().into_bytes(),
            Self::User(account, name) => format!("{account}\0{name}").into_bytes(),
        }
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(bytes).ok()?;
        match text.split_once('\0') {
            None => text.parse().ok().map(Self::Root),
            Some((account, name)) => Some(Self::User(account.parse().ok()?, name.to_owned())),
        }
    }
}
