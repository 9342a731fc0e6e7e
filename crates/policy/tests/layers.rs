//! All kinds of policies together: two evaluators and the explanation, one answer.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

mod common;

use std::collections::HashSet;

use keywright_policy as policy;
use policy::oracle::{self, Documents, Texts};
use policy::{
    Context, ContextValue, Decision, Principal, PrincipalKind, Request, ResourcePolicyKind, Says,
    evaluate, explain,
};
use proptest::prelude::*;
use serde_json::{Value, json};

use common::{
    ACCOUNT, BOB, BOB_ID, CALLERS, Compiled, FEDERATED, OTHER, PROVIDER, ROLE, ROLE_ID, ROOT,
    SERVICE, SESSION,
};

/// Callers with something missing.
fn odd_callers() -> Vec<Principal<'static>> {
    let of = |name| CALLERS.iter().find(|(of, _)| *of == name).unwrap().1;
    vec![
        Principal { id: None, ..of("user") },
        Principal { arn: "", ..of("role") },
        Principal { issuer: None, ..of("role") },
        Principal { issuer: None, id: None, ..of("role") },
        Principal { issuer: None, id: None, ..of("federated user") },
        Principal { account: OTHER, ..of("user") },
        Principal { account: "", ..of("role") },
        Principal { kind: PrincipalKind::Service, ..of("role") },
    ]
}

fn caller() -> impl Strategy<Value = Principal<'static>> {
    let all: Vec<_> = CALLERS.iter().map(|(_, caller)| *caller).chain(odd_callers()).collect();
    proptest::sample::select(all)
}

const VALUES: &[&str] = &[
    "*",
    ROOT,
    ACCOUNT,
    OTHER,
    BOB,
    BOB_ID,
    ROLE,
    ROLE_ID,
    SESSION,
    FEDERATED,
    SERVICE,
    PROVIDER,
    "",
    "arn:aws:iam::222222222222:root",
    "arn::iam::111111111111:root",
    "arn:aws:iam::111111111111:user/*",
    "arn:aws:sts::111111111111:assumed-role/R/t",
];

fn values() -> impl Strategy<Value = Value> {
    let value = proptest::sample::select(VALUES);
    prop_oneof![
        value.clone().prop_map(Value::from),
        proptest::collection::vec(value, 0..5).prop_map(Value::from),
    ]
}

fn element() -> impl Strategy<Value = Value> {
    let kinds = proptest::sample::select(
        &["AWS", "AWS", "AWS", "Service", "Federated", "CanonicalUser"][..],
    );
    prop_oneof![
        1 => Just(json!("*")),
        5 => proptest::collection::btree_map(kinds, values(), 0..3)
            .prop_map(|kinds| json!(kinds)),
    ]
}

/// Statements that mostly apply and mostly allow, so that later layers have their say.
fn statement(denies: f64) -> impl Strategy<Value = Value> {
    (
        proptest::bool::weighted(denies),
        proptest::option::weighted(0.9, (proptest::bool::weighted(0.2), element())),
        proptest::sample::select(&["*", "s3:*", "s3:GetObject", "S3:get*", "iam:*"][..]),
        proptest::sample::select(&["*", "arn:aws:s3:::b/*", "arn:aws:s3:::c/${a:k}"][..]),
        proptest::option::weighted(0.2, proptest::sample::select(&["a:k", "none"][..])),
    )
        .prop_map(|(denies, principal, action, resource, key)| {
            let effect = if denies { "Deny" } else { "Allow" };
            let mut statement = json!({ "Effect": effect, "Action": action, "Resource": resource });
            if let Some((except, element)) = principal {
                statement[if except { "NotPrincipal" } else { "Principal" }] = element;
            }
            if let Some(key) = key {
                statement["Condition"] = json!({ "StringEquals": { key: "v" } });
            }
            statement
        })
}

fn texts() -> impl Strategy<Value = Texts> {
    let document = |denies| {
        proptest::collection::vec(statement(denies), 1..4).prop_map(|statements| {
            json!({ "Version": "2012-10-17", "Statement": statements }).to_string()
        })
    };
    prop_oneof![
        4 => proptest::collection::vec(document(0.02), 0..3),
        1 => proptest::collection::vec(document(0.3), 1..3),
    ]
}

fn documents() -> impl Strategy<Value = Documents> {
    let kind = proptest::sample::select(
        &[ResourcePolicyKind::Plain, ResourcePolicyKind::Trust, ResourcePolicyKind::Key][..],
    );
    let few = |chance| proptest::option::weighted(chance, texts());
    let levels =
        || prop_oneof![2 => Just(Vec::new()), 1 => proptest::collection::vec(texts(), 1..3)];
    (
        few(0.8),
        few(0.4),
        few(0.4),
        levels(),
        proptest::option::weighted(0.8, (kind, texts())),
        levels(),
        levels(),
    )
        .prop_map(|(identity, boundary, session, scope_downs, resource, scps, rcps)| {
            Documents { identity, boundary, session, scope_downs, resource, scps, rcps }
        })
}

fn context() -> impl Strategy<Value = Context> {
    proptest::option::of(proptest::sample::select(&["v", "w"][..])).prop_map(|value| {
        let mut context = Context::new();
        value.into_iter().for_each(|value| context.set("a:k", ContextValue::one(value)));
        context
    })
}

fn owner() -> impl Strategy<Value = Option<&'static str>> {
    proptest::sample::select(vec![None, None, Some(ACCOUNT), Some(OTHER), Some("")])
}

const ACTION: &str = "s3:GetObject";

fn request<'a>(
    principal: Principal<'a>,
    resource_account: Option<&'a str>,
    context: &'a Context,
) -> Request<'a> {
    Request { principal, action: ACTION, resource: "arn:aws:s3:::b/k", resource_account, context }
}

/// Whether the decision follows from what the parts of an explanation say.
fn follows(decision: &Decision, explanation: &policy::Explanation) -> bool {
    let of = |says| explanation.parts.iter().filter(move |part| part.says == says);
    let denies = of(Says::Denies).any(|part| part.layer == decision.layer);
    match decision.effect {
        policy::Effect::ExplicitDeny => denies,
        policy::Effect::Allow => of(Says::Denies).next().is_none(),
        policy::Effect::ImplicitDeny => {
            let silent = of(Says::Nothing).any(|part| part.layer == decision.layer);
            let there = explanation.parts.iter().any(|part| part.layer == decision.layer);
            of(Says::Denies).next().is_none() && (silent || !there)
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8192))]

    #[test]
    fn all_decide_alike(
        caller in caller(),
        owner in owner(),
        context in context(),
        documents in documents(),
    ) {
        let request = request(caller, owner, &context);
        let compiled = Compiled::new(&documents);
        let found = evaluate(&request, &compiled.policies());
        let expected = oracle::decide(&request, &documents).unwrap();
        prop_assert_eq!((found.effect, found.layer), expected);
        let told = explain(&request, &compiled.policies());
        prop_assert_eq!((told.decision.effect, told.decision.layer), expected);
        prop_assert!(follows(&told.decision, &told), "{:?}", told);
        for reason in &found.because {
            let part = |part: &&policy::Part| part.layer == reason.layer;
            prop_assert!(told.parts.iter().filter(part).flat_map(|part| &part.matched).any(
                |matched| matched.source == reason.source && matched.statement == reason.statement
            ));
        }
    }
}

#[test]
fn every_layer_decides_in_some_case() {
    use proptest::strategy::ValueTree as _;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut seen = HashSet::new();
    for _ in 0..5_000 {
        let (caller, owner, context, documents) =
            (caller(), owner(), context(), documents()).new_tree(&mut runner).unwrap().current();
        let decided = oracle::decide(&request(caller, owner, &context), &documents).unwrap();
        seen.insert(decided);
    }
    // Each of eight layers denies and is silent; four of them can grant.
    assert_eq!(seen.len(), 8 + 8 + 4, "{seen:?}");
}
