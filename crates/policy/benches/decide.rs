//! What a decision costs, beside a naive scan of all statements in the same run.

#![expect(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a benchmark measures and prints"
)]
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot go on has failed")]

use std::hint::black_box;
use std::time::Instant;

use keywright_policy::{
    Context, ContextValue, Document, Policies, PolicySet, Principal, PrincipalKind, Request,
    ResourcePolicy, ResourcePolicyKind, Source, evaluate,
};

const USER: Principal = Principal {
    kind: PrincipalKind::User,
    account: "123456789012",
    arn: "arn:aws:iam::123456789012:user/team/bob",
    issuer: None,
    id: None,
};

const ROUNDS: usize = 9;
const CALLS: u32 = 20_000;

fn time(mut call: impl FnMut()) -> f64 {
    let begun = Instant::now();
    (0..CALLS).for_each(|_| call());
    begun.elapsed().as_nanos() as f64 / f64::from(CALLS)
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times.get(times.len() / 2).copied().unwrap_or_default()
}

/// Statements over many services; the last one is the one that fits.
fn statements(count: usize) -> Vec<(String, String)> {
    let statement = |n: usize| {
        if n + 1 == count {
            return ("iam:GetUser".to_owned(), "arn:aws:iam::123456789012:user/team/*".to_owned());
        }
        (
            format!("service{}:Action{n}", n % 50),
            format!("arn:aws:service{}:*:123456789012:thing/{n}/*", n % 50),
        )
    };
    (0..count).map(statement).collect()
}

fn set(statements: &[(String, String)]) -> PolicySet {
    let text: Vec<String> = statements
        .iter()
        .map(|(a, r)| format!(r#"{{"Effect":"Allow","Action":"{a}","Resource":"{r}"}}"#))
        .collect();
    let text = format!(r#"{{"Version":"2012-10-17","Statement":[{}]}}"#, text.join(","));
    let source = Source { name: "bench".to_owned(), arn: None };
    PolicySet::compile([(source, Document::parse(&text).unwrap())])
}

/// The floor: every statement is looked at, prefixes compared, nothing else.
fn scan(statements: &[(String, String)], action: &str, resource: &str) -> bool {
    statements.iter().any(|(a, r)| {
        a.eq_ignore_ascii_case(action) && resource.starts_with(r.trim_end_matches('*'))
    })
}

/// A layer's statements; the last one allows all of IAM to whom it names, if it names any.
fn layer(count: usize, principal: Option<&str>) -> PolicySet {
    let principal = principal.map(|arn| format!(r#""Principal":{{"AWS":"{arn}"}},"#));
    let principal = principal.unwrap_or_default();
    let last = format!(r#"{{"Effect":"Allow",{principal}"Action":"iam:*","Resource":"*"}}"#);
    let text: Vec<String> = statements(count)
        .iter()
        .take(count - 1)
        .map(|(a, r)| format!(r#"{{"Effect":"Allow",{principal}"Action":"{a}","Resource":"{r}"}}"#))
        .chain([last])
        .collect();
    let text = format!(r#"{{"Version":"2012-10-17","Statement":[{}]}}"#, text.join(","));
    let source = Source { name: "bench".to_owned(), arn: None };
    PolicySet::compile([(source, Document::parse(&text).unwrap())])
}

/// Every kind of policy at once, 50 statements in all, for a role's session that its account is
/// granted something: all of them must be asked.
fn every_kind(context: &Context) {
    let (identity, boundary, session) = (layer(10, None), layer(10, None), layer(10, None));
    let resource = layer(10, Some("arn:aws:iam::123456789012:root"));
    let scps = [layer(5, None), layer(5, None)];
    let policies = Policies {
        identity: Some(&identity),
        boundary: Some(&boundary),
        session: Some(&session),
        scope_downs: &[],
        resource: Some(ResourcePolicy { set: &resource, kind: ResourcePolicyKind::Plain }),
        scps: &scps,
        rcps: &[],
    };
    let principal = Principal {
        kind: PrincipalKind::Role,
        arn: "arn:aws:sts::123456789012:assumed-role/R/s",
        issuer: Some("arn:aws:iam::123456789012:role/R"),
        ..USER
    };
    let request = Request {
        principal,
        action: "iam:GetUser",
        resource: "arn:aws:iam::123456789012:user/team/bob",
        resource_account: None,
        context,
    };
    assert!(evaluate(&request, &policies).allows());
    let mut decisions = Vec::new();
    for _ in 0..ROUNDS {
        decisions.push(time(|| {
            black_box(evaluate(black_box(&request), &policies));
        }));
    }
    println!("\nevery kind, 50 statements: {:.0} ns", median(decisions));
}

fn main() {
    let mut context = Context::new();
    for n in 0..20 {
        context.set(format!("aws:Key{n}"), ContextValue::constant("value"));
    }
    let resource = "arn:aws:iam::123456789012:user/team/bob";
    println!("| statements | decision ns | naive scan ns |\n|---|---|---|");
    for count in [10, 100, 1000] {
        let statements = statements(count);
        let set = set(&statements);
        let policies = Policies { identity: Some(&set), ..Policies::default() };
        let request = Request {
            principal: USER,
            resource_account: None,
            action: "iam:GetUser",
            resource,
            context: &context,
        };
        assert!(
            evaluate(&request, &policies).allows() && scan(&statements, "iam:GetUser", resource)
        );
        let (mut decisions, mut scans) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            decisions.push(time(|| {
                black_box(evaluate(black_box(&request), &policies));
            }));
            scans.push(time(|| {
                black_box(scan(black_box(&statements), "iam:GetUser", resource));
            }));
        }
        println!("| {count} | {:.0} | {:.0} |", median(decisions), median(scans));
    }
    every_kind(&context);
}
