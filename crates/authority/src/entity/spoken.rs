//! What a document is called before a person. Its body is not read: it may be what is broken.

use store::DocKey;

use super::Kind;

/// All kinds: whoever adds one is led here by [`noun`], which does not compile without it.
const KINDS: [Kind; 16] = [
    Kind::Account,
    Kind::User,
    Kind::Group,
    Kind::ManagedPolicy,
    Kind::CredentialReport,
    Kind::Role,
    Kind::InstanceProfile,
    Kind::Controls,
    Kind::LastAccessedJob,
    Kind::DeletionTask,
    Kind::ServerCertificate,
    Kind::OidcProvider,
    Kind::SamlProvider,
    Kind::OrganizationAccessReports,
    Kind::MfaDevice,
    Kind::Home,
];

/// What a document of this kind is.
const fn noun(kind: Kind) -> &'static str {
    match kind {
        Kind::Account => "settings",
        Kind::User => "user",
        Kind::Group => "group",
        Kind::ManagedPolicy => "managed policy",
        Kind::CredentialReport => "credential report",
        Kind::Role => "role",
        Kind::InstanceProfile => "instance profile",
        Kind::Controls => "control policies",
        Kind::LastAccessedJob => "report of service last accessed",
        Kind::DeletionTask => "deletion task",
        Kind::ServerCertificate => "server certificate",
        Kind::OidcProvider => "OpenID Connect provider",
        Kind::SamlProvider => "SAML provider",
        Kind::OrganizationAccessReports => "reports of organizations",
        Kind::MfaDevice => "MFA device",
        Kind::Home => "note of the first account",
    }
}

/// The noun for documents of the kind that has this number on disk.
#[must_use]
pub fn kind_name(kind: u16) -> &'static str {
    let found = KINDS.into_iter().find(|known| *known as u16 == kind);
    found.map_or("document of an unknown kind", noun)
}

/// `user bob of account 123456789012`; what an account has one of has no name of its own.
#[must_use]
pub fn document_name(key: &DocKey) -> String {
    /// An account has one of these, under a key that says nothing.
    const SINGLE: [Kind; 5] = [
        Kind::Account,
        Kind::CredentialReport,
        Kind::Controls,
        Kind::OrganizationAccessReports,
        Kind::Home,
    ];
    let name = kind_name(key.kind());
    if key.kind() == Kind::Home as u16 {
        return name.to_owned();
    }
    if SINGLE.iter().any(|single| *single as u16 == key.kind()) {
        return format!("{name} of account {}", key.account());
    }
    format!("{name} {} of account {}", key.key().escape_debug(), key.account())
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn key(kind: u16, key: &str) -> DocKey {
        DocKey::new(kind, "123456789012".parse().unwrap(), key)
    }

    #[test]
    fn documents_are_called_by_kind_name_and_account() {
        let user = key(Kind::User as u16, "bob");
        assert_eq!(document_name(&user), "user bob of account 123456789012");
        let account = key(Kind::Account as u16, "account");
        assert_eq!(document_name(&account), "settings of account 123456789012");
        let stranger = document_name(&key(999, "a\nb"));
        assert_eq!(stranger, "document of an unknown kind a\\nb of account 123456789012");
    }

    #[test]
    fn every_kind_that_has_documents_has_a_name() {
        let nouns: HashSet<_> = KINDS.into_iter().map(|kind| kind_name(kind as u16)).collect();
        assert_eq!(nouns.len(), KINDS.len());
        assert!(!nouns.contains(kind_name(u16::MAX)));
        for (kind, name) in [(2, "user"), (6, "role"), (8, "MFA device"), (14, "deletion task")] {
            assert_eq!(kind_name(kind), name);
        }
    }
}
