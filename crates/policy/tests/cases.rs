//! Cases as data: each line of `cases/identity.jsonl` is one rule with its outcome, decided by both
//! evaluators through the same door as `keywright policy eval`.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use keywright_policy as policy;
use policy::{Context, ContextValue, Effect, Principal, PrincipalKind, Request, oracle};
use serde_json::{Value, json};

fn cases() -> Vec<Value> {
    let text = include_str!("../cases/identity.jsonl");
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn every_case_is_decided_as_it_says() {
    let cases = cases();
    assert!(cases.len() > 130, "{}", cases.len());
    let line = |case: &Value| {
        let request = json!({
            "principal": { "type": "user" },
            "action": case["action"], "resource": case["resource"], "context": case["context"],
        });
        json!({ "id": case["name"], "request": request, "policies": { "identity": [case["document"]] } })
            .to_string()
    };
    let input: Vec<String> = cases.iter().map(line).collect();
    let mut output = Vec::new();
    policy::eval_lines(input.join("\n").as_bytes(), &mut output).unwrap();
    let output = String::from_utf8(output).unwrap();
    let mut wrong = Vec::new();
    for (case, answer) in cases.iter().zip(output.lines()) {
        let answer: Value = serde_json::from_str(answer).unwrap();
        if answer["decision"] != case["decision"] {
            wrong.push(format!("{}: {}", case["name"], answer["decision"]));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_oracle_agrees() {
    for case in cases() {
        let text = case["document"].to_string();
        let mut context = Context::new();
        for (key, value) in case["context"].as_object().unwrap() {
            let value = match value {
                Value::Array(list) => {
                    ContextValue::many(list.iter().map(|item| item.as_str().unwrap()))
                }
                one => ContextValue::one(one.as_str().unwrap()),
            };
            context.set(key.clone(), value);
        }
        let (action, resource) =
            (case["action"].as_str().unwrap(), case["resource"].as_str().unwrap());
        let request = Request {
            principal: Principal {
                kind: PrincipalKind::User,
                account: "",
                arn: "",
                issuer: None,
                id: None,
            },
            action,
            resource,
            resource_account: None,
            context: &context,
        };
        let documents = oracle::Documents { identity: Some(vec![text]), ..Default::default() };
        let decided = match oracle::decide(&request, &documents).unwrap().0 {
            Effect::Allow => "allow",
            Effect::ExplicitDeny => "explicit_deny",
            Effect::ImplicitDeny => "implicit_deny",
        };
        assert_eq!(decided, case["decision"], "{}", case["name"]);
    }
}

#[test]
fn hostile_documents_take_bounded_time() {
    let pattern = "*?".repeat(3000);
    let text = json!({ "Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Action": "*", "Resource": format!("arn:aws:s3:::{pattern}b"),
        "Condition": { "StringLike": { "k": format!("{pattern}c") } } }] });
    let line = json!({ "id": 1, "policies": { "identity": [text] }, "request": {
        "principal": {}, "action": "s3:x", "resource": format!("arn:aws:s3:::{}", "a".repeat(2000)),
        "context": { "k": "a".repeat(2000) } } });
    let nested = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let many = json!({ "Version": "2012-10-17", "Statement": vec![
        json!({ "Effect": "Allow", "Action": "iam:a", "Resource": "*" }); 10_000] });
    let many =
        json!({ "id": 2, "policies": { "identity": [many] }, "request": { "action": "iam:a" } });
    let mut output = Vec::new();
    policy::eval_lines(format!("{line}\n{nested}\n{many}\n").as_bytes(), &mut output).unwrap();
    let output = String::from_utf8(output).unwrap();
    let decisions: Vec<Value> = output
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["decision"].clone())
        .collect();
    assert_eq!(decisions, ["implicit_deny", "error", "allow"]);
}
