//! The oracle's own reading of `Principal` and `NotPrincipal`, from the JSON and by names.

use crate::decision::Layer;
use crate::json::Node;
use crate::request::{Principal, PrincipalKind};

/// In what words a statement means the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Everyone,
    Account,
    User,
    Role,
    Session,
    Outsider,
}

impl Form {
    /// The table "limited by an implicit deny in …", for grants in the caller's own account.
    pub(super) fn waives(self, kind: PrincipalKind, layer: Layer) -> bool {
        let session_of_another = matches!(
            kind,
            PrincipalKind::Role | PrincipalKind::ServiceLinkedRole | PrincipalKind::FederatedUser
        );
        match (self, layer) {
            (_, Layer::Rcp | Layer::Scp | Layer::Resource | Layer::Trust) => false,
            (Self::Account, _) => false,
            (Self::Session | Self::Outsider, _) => true,
            (Self::Role, layer) => layer == Layer::Identity,
            // The user behind a federated session is named, not the session.
            (Self::User, layer) => layer == Layer::Identity || !session_of_another,
            (Self::Everyone, _) if kind == PrincipalKind::Root => false,
            (Self::Everyone, layer) => layer == Layer::Identity || !session_of_another,
        }
    }
}

pub(super) fn is_root(arn: &str) -> bool {
    matches!(
        arn.split(':').collect::<Vec<_>>().as_slice(),
        ["arn", partition, "iam", "", account, "root"] if !partition.is_empty() && is_id(account)
    )
}

fn is_id(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_digit())
}

fn is_account(value: &str, account: &str) -> bool {
    let root_of = || value.split(':').nth(4) == Some(account);
    is_id(account) && (value == account || (is_root(value) && root_of()))
}

/// All values of the element as pairs of kind and value.
fn values(element: &Node) -> Vec<(String, String)> {
    match element {
        Node::Text(star) => vec![("AWS".to_owned(), star.clone())],
        other => other
            .object()
            .into_iter()
            .flatten()
            .flat_map(|(kind, values)| {
                let values = values.texts().unwrap_or_default();
                values.into_iter().map(move |value| (kind.clone(), value))
            })
            .collect(),
    }
}

/// In what words one value means the caller.
fn form(kind: &str, value: &str, caller: &Principal<'_>, trust: bool) -> Option<Form> {
    use PrincipalKind as Kind;
    let outside = |yes: bool| yes.then_some(Form::Outsider);
    match (kind, caller.kind) {
        ("AWS", Kind::Federated) if value == "*" && trust => None,
        ("AWS", _) if value == "*" => Some(Form::Everyone),
        ("Service", Kind::Service) => outside(value == "*" || value == caller.arn),
        ("Federated", Kind::Federated) => outside(value == "*" || value == caller.arn),
        ("AWS", Kind::Service | Kind::Federated | Kind::Anonymous) => None,
        ("AWS", _) if is_id(value) || is_root(value) => {
            is_account(value, caller.account).then_some(Form::Account)
        }
        ("AWS", Kind::User) => {
            let named = value == caller.arn || Some(value) == caller.id;
            (named && !value.is_empty()).then_some(Form::User)
        }
        ("AWS", of) => {
            let behind = Some(value) == caller.issuer || Some(value) == caller.id;
            match of {
                _ if value.is_empty() => None,
                Kind::Root => (value == caller.arn).then_some(Form::Session),
                Kind::FederatedUser if behind => Some(Form::User),
                _ if behind => Some(Form::Role),
                _ => (value == caller.arn).then_some(Form::Session),
            }
        }
        _ => None,
    }
}

/// In what words a statement that allows means the caller: none, not at all.
pub(super) fn forms(statement: &Node, caller: &Principal<'_>, trust: bool) -> Vec<Form> {
    let means = |element: &Node| -> Vec<Form> {
        let values = values(element);
        values.iter().filter_map(|(kind, value)| form(kind, value, caller, trust)).collect()
    };
    match (statement.get("Principal"), statement.get("NotPrincipal")) {
        (Some(element), _) => means(element),
        (None, Some(element)) if means(element).is_empty() => {
            form("AWS", "*", caller, trust).into_iter().collect()
        }
        (None, _) => Vec::new(),
    }
}

/// Whether a statement that denies means the caller.
pub(super) fn is_denied(
    statement: &Node,
    caller: &Principal<'_>,
    trust: bool,
    bounded: bool,
) -> bool {
    let Some(spared) = statement.get("NotPrincipal") else {
        return match statement.get("Principal") {
            Some(_) => !forms(statement, caller, trust).is_empty(),
            None => true,
        };
    };
    let listed: Vec<Form> = values(spared)
        .iter()
        .filter_map(|(kind, value)| form(kind, value, caller, trust))
        .collect();
    // All that the caller is must be listed.
    let session: &[Form] = if caller.arn.is_empty() { &[] } else { &[Form::Session] };
    let mut wanted = match caller.kind {
        PrincipalKind::Root => vec![Form::Account],
        PrincipalKind::User => vec![Form::Account, Form::User],
        PrincipalKind::Role | PrincipalKind::ServiceLinkedRole => vec![Form::Account, Form::Role],
        PrincipalKind::FederatedUser if is_root(caller.issuer.unwrap_or_default()) => {
            vec![Form::Account]
        }
        PrincipalKind::FederatedUser => vec![Form::Account, Form::User],
        PrincipalKind::Service | PrincipalKind::Federated => vec![Form::Outsider],
        PrincipalKind::Anonymous => vec![Form::Everyone],
    };
    let has_session = !matches!(caller.kind, PrincipalKind::Root | PrincipalKind::User)
        && wanted.contains(&Form::Account);
    wanted.extend(if has_session { session } else { &[] });
    let spared =
        listed.contains(&Form::Everyone) || wanted.iter().all(|form| listed.contains(form));
    bounded || !spared
}
