//! Callers and policies for tests of whole decisions, compiled from the texts that the oracle reads.

#![allow(dead_code, reason = "each test takes what it needs")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use keywright_policy as policy;
use policy::oracle::{Documents, Texts};
use policy::{
    Document, Policies, PolicySet, Principal, PrincipalKind, ResourcePolicy, ResourcePolicyKind,
    Source,
};

pub(crate) const ACCOUNT: &str = "111111111111";
pub(crate) const OTHER: &str = "222222222222";
pub(crate) const ROOT: &str = "arn:aws:iam::111111111111:root";
pub(crate) const BOB: &str = "arn:aws:iam::111111111111:user/bob";
pub(crate) const BOB_ID: &str = "AIDABOB";
pub(crate) const ROLE: &str = "arn:aws:iam::111111111111:role/team/R";
pub(crate) const ROLE_ID: &str = "AROAR";
pub(crate) const SESSION: &str = "arn:aws:sts::111111111111:assumed-role/R/s";
pub(crate) const FEDERATED: &str = "arn:aws:sts::111111111111:federated-user/f";
pub(crate) const SERVICE: &str = "ec2.amazonaws.com";
pub(crate) const PROVIDER: &str = "arn:aws:iam::111111111111:oidc-provider/accounts.example.com";

const fn caller(kind: PrincipalKind, arn: &'static str) -> Principal<'static> {
    Principal { kind, account: ACCOUNT, arn, issuer: None, id: None }
}

const fn from_outside(kind: PrincipalKind, arn: &'static str) -> Principal<'static> {
    Principal { kind, account: "", arn, issuer: None, id: None }
}

/// A caller of each kind.
pub(crate) const CALLERS: [(&str, Principal<'static>); 9] = [
    ("root", caller(PrincipalKind::Root, ROOT)),
    ("user", Principal { id: Some(BOB_ID), ..caller(PrincipalKind::User, BOB) }),
    ("role", role(PrincipalKind::Role)),
    (
        "federated user",
        Principal {
            issuer: Some(BOB),
            id: Some(BOB_ID),
            ..caller(PrincipalKind::FederatedUser, FEDERATED)
        },
    ),
    (
        "federated root",
        Principal { issuer: Some(ROOT), ..caller(PrincipalKind::FederatedUser, FEDERATED) },
    ),
    ("linked role", role(PrincipalKind::ServiceLinkedRole)),
    ("service", from_outside(PrincipalKind::Service, SERVICE)),
    ("federated", from_outside(PrincipalKind::Federated, PROVIDER)),
    ("anonymous", from_outside(PrincipalKind::Anonymous, "")),
];

const fn role(kind: PrincipalKind) -> Principal<'static> {
    Principal { issuer: Some(ROLE), id: Some(ROLE_ID), ..caller(kind, SESSION) }
}

fn set(name: &str, texts: &Texts) -> PolicySet {
    let document = |(at, text): (usize, &String)| {
        let source = Source { name: format!("{name}.{at}"), arn: None };
        (source, Document::parse(text).unwrap())
    };
    PolicySet::compile(texts.iter().enumerate().map(document))
}

/// All policies of a question, compiled.
pub(crate) struct Compiled {
    identity: Option<PolicySet>,
    boundary: Option<PolicySet>,
    session: Option<PolicySet>,
    scope_downs: Vec<PolicySet>,
    resource: Option<(ResourcePolicyKind, PolicySet)>,
    scps: Vec<PolicySet>,
    rcps: Vec<PolicySet>,
}

impl Compiled {
    pub(crate) fn new(documents: &Documents) -> Self {
        let one = |name, texts: &Option<Texts>| texts.as_ref().map(|texts| set(name, texts));
        let many = |name, levels: &[Texts]| levels.iter().map(|texts| set(name, texts)).collect();
        let resource = documents.resource.as_ref();
        Self {
            identity: one("identity", &documents.identity),
            boundary: one("boundary", &documents.boundary),
            session: one("session", &documents.session),
            scope_downs: many("scope_down", &documents.scope_downs),
            resource: resource.map(|(kind, texts)| (*kind, set("resource", texts))),
            scps: many("scp", &documents.scps),
            rcps: many("rcp", &documents.rcps),
        }
    }

    pub(crate) fn policies(&self) -> Policies<'_> {
        Policies {
            identity: self.identity.as_ref(),
            boundary: self.boundary.as_ref(),
            session: self.session.as_ref(),
            scope_downs: &self.scope_downs,
            resource: self.resource.as_ref().map(|(kind, set)| ResourcePolicy { set, kind: *kind }),
            scps: &self.scps,
            rcps: &self.rcps,
        }
    }
}
