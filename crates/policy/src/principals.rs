//! The element `Principal` or `NotPrincipal` of a statement, and whom it means.
//!
//! Values are compared exactly; `*` stands for everybody and is no wildcard inside a value. A
//! statement that denies is matched like one that allows.
//!
//! Source: IAM User Guide, "AWS JSON policy elements: Principal" and "… NotPrincipal".

use crate::document::Malformed;
use crate::json::Node;
use crate::request::{Principal, PrincipalKind, account_of_root, is_account};
use crate::weight;

/// Whom a statement names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Principals {
    /// `NotPrincipal`: all but those named.
    except: bool,
    names: Vec<Name>,
}

/// One value.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Name {
    /// `*`, bare or of the kind `AWS`.
    Everyone,
    /// An account, by its id or its root user.
    Account(String),
    /// A user, role or session by its ARN, or a user or role by its unique id.
    Aws(String),
    /// `None`: any service.
    Service(Option<String>),
    /// `None`: any identity provider.
    Federated(Option<String>),
    /// An S3 canonical user: nobody who asks here is known by such an id.
    Canonical,
}

/// How far a grant reaches: which policies that are silent it leaves without a say.
///
/// Source: IAM User Guide, "Policy evaluation for requests within a single account".
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Reach {
    /// To the account: what its identity policies say decides.
    Account,
    /// To the role or the user behind a session: boundary and session policy still limit it.
    Limited,
    /// To exactly who asks: nothing else has to allow it.
    Full,
}

impl Principals {
    /// Reads the element of a statement; `None` if it has none.
    pub(crate) fn read(statement: &Node) -> Result<Option<Self>, Malformed> {
        let (node, except) = match (statement.get("Principal"), statement.get("NotPrincipal")) {
            (None, None) => return Ok(None),
            (Some(node), None) => (node, false),
            (None, Some(node)) => (node, true),
            (Some(_), Some(_)) => return Err(Malformed::syntax()),
        };
        let names = names(node).ok_or_else(Malformed::syntax)?;
        Ok(Some(Self { except, names }))
    }

    /// Bytes that it takes besides itself.
    pub(crate) fn weight(&self) -> usize {
        weight::of_list(&self.names, |name| match name {
            Name::Account(text) | Name::Aws(text) => weight::of_text(text),
            Name::Service(text) | Name::Federated(text) => {
                text.as_deref().map_or(0, weight::of_text)
            }
            Name::Everyone | Name::Canonical => 0,
        })
    }

    /// How far a statement that allows reaches for `caller`; `None`: it does not mean them.
    pub(crate) fn grant(&self, caller: &Principal<'_>, trust: bool) -> Option<Reach> {
        let named = self.names.iter().filter_map(|name| name.reach(caller, trust)).max();
        match (self.except, named) {
            (false, named) => named,
            (true, None) => Name::Everyone.reach(caller, trust),
            (true, Some(_)) => None,
        }
    }

    /// Whether a statement that denies means `caller`, who has a boundary or not.
    ///
    /// `NotPrincipal` spares a caller only if all that they are is named: the account, the user or
    /// role, and the session. It never spares those who have a boundary.
    pub(crate) fn denies(&self, caller: &Principal<'_>, trust: bool, bounded: bool) -> bool {
        if self.except {
            bounded || !self.spares(caller, trust)
        } else {
            self.names.iter().any(|name| name.reach(caller, trust).is_some())
        }
    }

    fn spares(&self, caller: &Principal<'_>, trust: bool) -> bool {
        let named = |test: &dyn Fn(&Name) -> bool| self.names.iter().any(test);
        let everyone = Name::Everyone.reach(caller, trust).is_some();
        if everyone && self.names.contains(&Name::Everyone) {
            return true;
        }
        if !caller.kind.is_of_an_account() {
            return named(&|name| name.reach(caller, trust).is_some());
        }
        let account = named(&|name| name.is_account(caller.account));
        let session = matches!(caller.kind, PrincipalKind::User) || caller.arn.is_empty();
        let itself = caller.kind == PrincipalKind::Root
            || named(&|name| name.is_lasting(caller))
            || caller.acts_as_root();
        let session = session
            || caller.kind == PrincipalKind::Root
            || named(&|name| matches!(name, Name::Aws(text) if text == caller.arn));
        account && itself && session
    }
}

impl Name {
    /// How far a grant to this name reaches for `caller`; `None`: it is not theirs.
    fn reach(&self, caller: &Principal<'_>, trust: bool) -> Option<Reach> {
        let kind = caller.kind;
        match self {
            Self::Everyone => everyone(kind, trust),
            Self::Account(_) => self.is_account_of(caller).then_some(Reach::Account),
            Self::Aws(text) if kind.is_of_an_account() => {
                if self.is_lasting(caller) {
                    let itself = kind == PrincipalKind::User;
                    return Some(if itself { Reach::Full } else { Reach::Limited });
                }
                (!text.is_empty() && text == caller.arn).then_some(Reach::Full)
            }
            Self::Service(name) if kind == PrincipalKind::Service => is(name, caller.arn),
            Self::Federated(name) if kind == PrincipalKind::Federated => is(name, caller.arn),
            Self::Aws(_) | Self::Service(_) | Self::Federated(_) | Self::Canonical => None,
        }
    }

    fn is_account(&self, account: &str) -> bool {
        matches!(self, Self::Account(named) if named == account)
    }

    fn is_account_of(&self, caller: &Principal<'_>) -> bool {
        caller.kind.is_of_an_account() && self.is_account(caller.account)
    }

    /// Whether it names the user, the role, or the user behind the session.
    fn is_lasting(&self, caller: &Principal<'_>) -> bool {
        let Self::Aws(text) = self else { return false };
        let lasting = match caller.kind {
            PrincipalKind::User => Some(caller.arn),
            PrincipalKind::FederatedUser
            | PrincipalKind::Role
            | PrincipalKind::ServiceLinkedRole => caller.issuer,
            _ => return false,
        };
        !text.is_empty() && (lasting == Some(text.as_str()) || caller.id == Some(text.as_str()))
    }
}

/// A grant to everybody reaches a user fully, and a session like a grant to its role. A trust policy
/// with `*` admits no one whom only an identity provider knows.
fn everyone(kind: PrincipalKind, trust: bool) -> Option<Reach> {
    match kind {
        PrincipalKind::Federated if trust => None,
        PrincipalKind::Root => Some(Reach::Account),
        PrincipalKind::FederatedUser | PrincipalKind::Role | PrincipalKind::ServiceLinkedRole => {
            Some(Reach::Limited)
        }
        PrincipalKind::User
        | PrincipalKind::Service
        | PrincipalKind::Federated
        | PrincipalKind::Anonymous => Some(Reach::Full),
    }
}

fn is(named: &Option<String>, caller: &str) -> Option<Reach> {
    named.as_ref().is_none_or(|named| named == caller).then_some(Reach::Full)
}

fn names(node: &Node) -> Option<Vec<Name>> {
    if let Some(text) = node.text() {
        return (text == "*").then(|| vec![Name::Everyone]);
    }
    let mut names = Vec::new();
    for (kind, values) in node.object()? {
        for value in values.texts()? {
            let any = value == "*";
            names.push(match kind.as_str() {
                "AWS" => aws(value),
                "Service" => Name::Service((!any).then_some(value)),
                "Federated" => Name::Federated((!any).then_some(value)),
                "CanonicalUser" => Name::Canonical,
                _ => return None,
            });
        }
    }
    Some(names)
}

fn aws(value: String) -> Name {
    match account_of_root(&value) {
        _ if value == "*" => Name::Everyone,
        Some(account) => Name::Account(account.to_owned()),
        None if is_account(&value) => Name::Account(value),
        None => Name::Aws(value),
    }
}
