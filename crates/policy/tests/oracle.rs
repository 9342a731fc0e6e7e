//! Two evaluators, one answer: random policies over a small, mean vocabulary.

#![expect(clippy::indexing_slicing, reason = "a test that cannot go on has failed")]

use keywright_policy as policy;
use policy::{
    Context, ContextValue, Document, Effect, Policies, PolicySet, Principal, PrincipalKind,
    Request, Source, evaluate, oracle,
};
use proptest::prelude::*;
use serde_json::{Value, json};

const USER: Principal = Principal {
    kind: PrincipalKind::User,
    account: "123456789012",
    arn: "arn:aws:iam::123456789012:user/team/bob",
    issuer: None,
    id: None,
};

fn one_of(texts: &'static [&'static str]) -> impl Strategy<Value = String> {
    proptest::sample::select(texts).prop_map(str::to_owned)
}

const ACTIONS: &[&str] = &[
    "iam:GetUser",
    "IAM:getuser",
    "iam:Get*",
    "iam:*",
    "*",
    "s3:GetObject",
    "i?m:*",
    "iam:Get?ser",
    "s3:*",
];
const RESOURCES: &[&str] = &[
    "*",
    "arn:aws:iam::1:user/bob",
    "arn:aws:iam::*:user/*",
    "arn:aws:iam::1:user/${aws:username}",
    "arn:aws:iam::?:user/b?b",
    "arn:aws:iam:*",
    "arn:aws:s3:::b/${a:k, 'x'}/*",
    "arn:*",
    "arn:aws:i*m::1:user/bob",
    "arn:aws:iam::1:user/${*}",
    "arn:aws:iam::1*:bob",
    "arn:aws:iam::1:user/${no}",
];
const OPERATORS: &[&str] = &[
    "StringEquals",
    "StringNotEquals",
    "StringLike",
    "StringNotLike",
    "StringEqualsIgnoreCase",
    "StringNotEqualsIgnoreCase",
    "StringEqualsIfExists",
    "StringNotLikeIfExists",
    "ForAllValues:StringEquals",
    "ForAnyValue:StringEquals",
    "ForAllValues:StringNotLike",
    "ForAnyValue:StringNotEquals",
    "ForAllValues:StringLikeIfExists",
    "Null",
    "Bool",
    "BoolIfExists",
    "NumericEquals",
    "NumericNotEquals",
    "NumericLessThan",
    "NumericGreaterThanEquals",
    "DateEquals",
    "DateNotEquals",
    "DateLessThan",
    "DateGreaterThanEqualsIfExists",
    "BinaryEquals",
    "IpAddress",
    "NotIpAddress",
    "ForAnyValue:NotIpAddress",
    "ArnLike",
    "ArnNotLike",
    "ArnEquals",
    "ForAnyValue:ArnLike",
];
const KEYS: &[&str] = &["a:k", "A:K", "aws:username", "m", "none"];
const VALUES: &[&str] = &[
    "bob",
    "BOB",
    "b*",
    "?ob",
    "true",
    "false",
    "7",
    "07",
    "7.0",
    "",
    "arn:aws:iam::1:user/bob",
    "arn:aws:iam::*:user/*",
    "${aws:username}",
    "${m}",
    "${none, 'bob'}",
    "b${*}",
    "*",
    "x",
    "9223372036854775807",
    "9223372036854775808",
    "2026-01-01T01:00:00+01:00",
    "2026-01",
    "-0001-12-31",
    "1767225600",
    "QUFB",
    "QUF",
    "10.1.2.3",
    "10.1.0.0/16",
    "::ffff:10.1.2.3",
    "2001:db8::/32",
    "2001:db8::1/32",
    "10.0.0.0/33",
];

fn strings(texts: &'static [&'static str]) -> impl Strategy<Value = Value> {
    prop_oneof![
        one_of(texts).prop_map(Value::from),
        proptest::collection::vec(one_of(texts), 1..4).prop_map(Value::from),
    ]
}

fn statement() -> impl Strategy<Value = Value> {
    let condition = proptest::option::of((one_of(OPERATORS), one_of(KEYS), strings(VALUES)));
    (any::<bool>(), any::<bool>(), strings(ACTIONS), any::<bool>(), strings(RESOURCES), condition)
        .prop_map(|(allow, not_action, actions, not_resource, resources, condition)| {
            let mut statement = json!({ "Effect": if allow { "Allow" } else { "Deny" } });
            statement[if not_action { "NotAction" } else { "Action" }] = actions;
            statement[if not_resource { "NotResource" } else { "Resource" }] = resources;
            if let Some((operator, key, values)) = condition {
                statement["Condition"] = json!({ operator: { key: values } });
            }
            statement
        })
}

fn document() -> impl Strategy<Value = String> {
    let statements = proptest::collection::vec(statement(), 1..4);
    (statements, proptest::sample::select(&["2012-10-17", "2008-10-17"][..])).prop_map(
        |(statements, version)| json!({ "Version": version, "Statement": statements }).to_string(),
    )
}

fn context() -> impl Strategy<Value = Context> {
    let value = prop_oneof![
        one_of(VALUES).prop_map(ContextValue::one),
        proptest::collection::vec(one_of(VALUES), 0..3).prop_map(ContextValue::many),
    ];
    let keys = proptest::collection::btree_map(one_of(&["a:k", "aws:username", "m"]), value, 0..4);
    keys.prop_map(|keys| {
        let mut context = Context::new();
        keys.into_iter().for_each(|(key, value)| context.set(key, value));
        context
    })
}

fn decided(request: &Request<'_>, identity: Vec<String>) -> Option<Effect> {
    let documents = oracle::Documents { identity: Some(identity), ..Default::default() };
    oracle::decide(request, &documents).map(|(effect, _)| effect)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn both_evaluators_decide_alike(
        documents in proptest::collection::vec(document(), 0..3),
        action in one_of(&["iam:GetUser", "iam:getuser", "s3:GetObject", "iam:Get"]),
        resource in one_of(&["*", "arn:aws:iam::1:user/bob", "arn:aws:iam::1:2:user/bob", "arn:aws:s3:::b/x/y:z"]),
        context in context(),
    ) {
        let sources = documents.iter().map(|text| {
            (Source { name: String::new(), arn: None }, Document::parse(text).unwrap())
        });
        let set = PolicySet::compile(sources);
        let request = Request { principal: USER, resource_account: None, action: &action, resource: &resource, context: &context };
        let found = evaluate(&request, &Policies { identity: Some(&set), ..Policies::default() }).effect;
        prop_assert_eq!(Some(found), decided(&request, documents));
    }
}

#[test]
fn the_vocabulary_reaches_every_effect() {
    use proptest::strategy::ValueTree as _;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut seen = std::collections::HashSet::new();
    for _ in 0..500 {
        let text = document().new_tree(&mut runner).unwrap().current();
        let context = context().new_tree(&mut runner).unwrap().current();
        let request = Request {
            principal: USER,
            resource_account: None,
            action: "iam:GetUser",
            resource: "arn:aws:iam::1:user/bob",
            context: &context,
        };
        seen.insert(decided(&request, vec![text]));
    }
    assert_eq!(seen.len(), 3);
}
