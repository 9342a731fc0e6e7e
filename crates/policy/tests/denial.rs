//! How each kind of policy refuses, in AWS's words.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use keywright_policy as policy;
use policy::{
    Context, Document, Policies, PolicySet, Request, ResourcePolicy, ResourcePolicyKind, Source,
    evaluate,
};

use common::CALLERS;

fn set(effect: &str, action: &str, arn: Option<&str>) -> PolicySet {
    let text =
        format!(r#"{{"Statement":{{"Effect":"{effect}","Principal":"*","Action":"{action}"}}}}"#);
    let source = Source { name: "p".to_owned(), arn: arn.map(str::to_owned) };
    PolicySet::compile([(source, Document::parse(&text).unwrap())])
}

/// What the policies say to a user of another account, who needs both sides.
fn refusal(policies: &Policies<'_>) -> String {
    let context = Context::new();
    let request = Request {
        principal: CALLERS.iter().find(|(name, _)| *name == "user").unwrap().1,
        action: "iam:GetUser",
        resource: "*",
        resource_account: Some("222222222222"),
        context: &context,
    };
    evaluate(&request, policies).denial("ARN", "iam:GetUser", Some("R"))
}

type Put = for<'a> fn(&mut Policies<'a>, &'a [PolicySet]);

const KINDS: [(&str, &str, Put); 8] = [
    ("an identity-based policy", "identity-based policy", |p, set| p.identity = set.first()),
    ("a permissions boundary", "permissions boundary", |p, set| p.boundary = set.first()),
    ("a session policy", "session policy", |p, set| p.session = set.first()),
    ("a session policy", "session policy", |p, set| p.scope_downs = set),
    ("a service control policy", "service control policy", |p, set| p.scps = set),
    ("a resource control policy", "resource control policy", |p, set| p.rcps = set),
    ("a resource-based policy", "resource-based policy", |p, set| {
        let plain = |set| ResourcePolicy { set, kind: ResourcePolicyKind::Plain };
        p.resource = set.first().map(plain);
    }),
    ("the role trust policy", "role trust policy", |p, set| {
        let trust = |set| ResourcePolicy { set, kind: ResourcePolicyKind::Trust };
        p.resource = set.first().map(trust);
    }),
];

#[test]
fn each_kind_refuses_in_its_words() {
    let begin = "User: ARN is not authorized to perform: iam:GetUser on resource: R";
    let arn = "arn:aws:iam::111111111111:policy/p";
    let allow = [set("Allow", "*", None)];
    for (denying, silent, put) in KINDS {
        let refused = |sets: &[PolicySet]| {
            let mut policies = Policies { identity: allow.first(), ..Policies::default() };
            let plain = |set| ResourcePolicy { set, kind: ResourcePolicyKind::Plain };
            policies.resource = allow.first().map(plain);
            put(&mut policies, sets);
            refusal(&policies)
        };
        let text = format!("{begin} with an explicit deny in {denying}");
        assert_eq!(refused(&[set("Deny", "*", None)]), text);
        assert_eq!(refused(&[set("Deny", "*", Some(arn))]), format!("{text}: {arn}"));
        let text = format!("{begin} because no {silent} allows the iam:GetUser action");
        assert_eq!(refused(&[set("Allow", "s3:*", Some(arn))]), text);
    }
}

#[test]
fn a_resource_may_be_left_out() {
    let identity = set("Allow", "s3:*", None);
    let policies = Policies { identity: Some(&identity), ..Policies::default() };
    let context = Context::new();
    let request = Request {
        principal: CALLERS.iter().find(|(name, _)| *name == "role").unwrap().1,
        action: "iam:GetUser",
        resource: "*",
        resource_account: None,
        context: &context,
    };
    assert_eq!(
        evaluate(&request, &policies).denial("ARN", "iam:GetUser", None),
        "User: ARN is not authorized to perform: iam:GetUser because no identity-based policy \
         allows the iam:GetUser action"
    );
}
