//! Lines of `policy eval` and `policy check`: what cannot be judged is an error, never an allow.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

use keywright_policy as policy;
use policy::PolicyKind;
use serde_json::{Value, json};

fn answers(output: &[u8]) -> Vec<Value> {
    let text = std::str::from_utf8(output).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn eval(line: &str) -> Value {
    let mut output = Vec::new();
    policy::eval_lines(line.as_bytes(), &mut output).unwrap();
    answers(&output).remove(0)
}

/// A request of a user of account 1 that may do all, with `changes` made to its line.
fn asked(changes: &[(&str, Value)]) -> Value {
    let mut line = json!({
        "id": 1,
        "request": {
            "principal": { "type": "user", "arn": "arn:aws:iam::1:user/bob" },
            "action": "s3:GetObject", "resource": "arn:aws:s3:::b/k", "context": {},
        },
        "policies": { "identity": [{ "Version": "2012-10-17", "Statement": {
            "Effect": "Allow", "Action": "*", "Resource": "*" } }] },
    });
    for (pointer, value) in changes {
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        line.pointer_mut(parent).unwrap()[name] = value.clone();
    }
    line
}

fn decision(changes: &[(&str, Value)]) -> String {
    eval(&asked(changes).to_string())["decision"].as_str().unwrap().to_owned()
}

fn deny_all() -> Value {
    json!([{ "Version": "2012-10-17", "Statement": {
        "Effect": "Deny", "Action": "*", "Resource": "*" } }])
}

#[test]
fn another_account_s_resource_needs_that_account_s_allow() {
    let owner = "/request/resource_account";
    assert_eq!(decision(&[]), "allow");
    assert_eq!(decision(&[(owner, json!("1"))]), "allow");
    assert_eq!(decision(&[(owner, Value::Null)]), "allow");
    assert_eq!(decision(&[(owner, json!("2"))]), "implicit_deny");
    let refused = eval(&asked(&[(owner, json!("2"))]).to_string());
    assert_eq!(refused["reasons"], json!([]));
    let deny = ("/policies/identity", deny_all());
    assert_eq!(decision(&[(owner, json!("2")), deny]), "explicit_deny");
    let root = ("/request/principal", json!({ "type": "root", "account": "1" }));
    assert_eq!(decision(std::slice::from_ref(&root)), "allow");
    assert_eq!(decision(&[(owner, json!("2")), root]), "implicit_deny");
    let unknown = ("/request/principal", json!({ "type": "user" }));
    assert_eq!(decision(&[(owner, json!("1")), unknown]), "error");
    assert_eq!(decision(&[(owner, json!([]))]), "error");
}

#[test]
fn who_is_not_evaluated_yet_is_an_error() {
    let principal = |value| decision(&[("/request/principal", value)]);
    for kind in ["user", "User", "IAMUser", "root", "Account"] {
        assert_eq!(principal(json!({ "type": kind })), "allow", "{kind}");
    }
    for kind in
        ["service", "anonymous", "role", "assumed_role", "AssumedRole", "federated_user", "usr"]
    {
        assert_eq!(principal(json!({ "type": kind })), "error", "{kind}");
    }
    assert_eq!(principal(json!({ "arn": "arn:aws:iam::1:root" })), "allow");
    assert_eq!(principal(json!({ "arn": "arn:aws:sts::1:assumed-role/R/s" })), "error");
    assert_eq!(principal(json!({ "type": "user", "arn": "arn:aws:iam::1:root" })), "error");
    assert_eq!(principal(json!({ "type": 7 })), "error");
}

#[test]
fn what_only_its_own_policy_can_allow_is_an_error() {
    let ask = |action: &str, resource: &str| {
        vec![("/request/action", json!(action)), ("/request/resource", json!(resource))]
    };
    let (key, role) = ("arn:aws:kms:us-east-1:1:key/k", "arn:aws:iam::1:role/R");
    assert_eq!(decision(&ask("kms:Decrypt", key)), "error");
    assert_eq!(decision(&ask("KMS:decrypt", key)), "error");
    assert_eq!(decision(&ask("sts:AssumeRole", role)), "error");
    assert_eq!(decision(&ask("sts:TagSession", role)), "error");
    assert_eq!(decision(&ask("kms:CreateKey", "*")), "allow");
    assert_eq!(decision(&ask("kms:CreateAlias", "arn:aws:kms:us-east-1:1:alias/a")), "allow");
    assert_eq!(decision(&ask("iam:PassRole", role)), "allow");
    let mut denied = ask("kms:Decrypt", key);
    denied.push(("/policies/identity", deny_all()));
    assert_eq!(decision(&denied), "explicit_deny");
}

#[test]
fn kinds_that_are_not_evaluated_yet_are_errors_unless_absent() {
    for kind in ["resource", "boundary", "session", "scp", "rcp", "trust"] {
        let pointer = format!("/policies/{kind}");
        assert_eq!(decision(&[(&pointer, Value::Null)]), "allow");
        assert_eq!(decision(&[(&pointer, json!([]))]), "allow");
        for value in [json!([[]]), json!({}), json!([deny_all()]), json!("")] {
            assert_eq!(decision(&[(&pointer, value)]), "error", "{kind}");
        }
    }
    let spaced = asked(&[("/policies/scp", json!(7))]).to_string();
    for value in ["[[]]", "[ [ ] ]", "[\t[]]"] {
        let line = spaced.replace("\"scp\":7", &format!("\"scp\": {value}"));
        assert_eq!(eval(&line)["decision"], "error", "{value}");
    }
    assert_eq!(eval(&spaced.replace("\"scp\":7", "\"scp\": [ ]"))["decision"], "allow");
}

#[test]
fn a_line_that_is_not_as_it_should_be_says_why() {
    let said = |line: &Value| {
        let answer = eval(&line.to_string());
        assert_eq!(answer["decision"], "error", "{line}");
        answer["reasons"][0].as_str().unwrap().to_owned()
    };
    let cases = [
        ("/request/contxt", json!({}), "request has no member \"contxt\""),
        ("/polices", json!({}), "the line has no member \"polices\""),
        ("/request", json!([]), "request must be a JSON object"),
        ("/request", Value::Null, "the line has no request"),
        ("/request/principal", json!(["user"]), "request.principal must be a JSON object"),
        ("/request/context", json!([]), "request.context must be a JSON object"),
        ("/request/action", json!(["s3:x"]), "action must be a string"),
        ("/request/action", Value::Null, "request.action is missing"),
        ("/request/resource", json!({}), "resource must be a string"),
        ("/policies", json!([]), "policies must be a JSON object"),
        ("/policies/identity", json!({}), "policies.identity must be a list of documents"),
    ];
    for (pointer, value, text) in cases {
        assert_eq!(said(&asked(&[(pointer, value)])), text);
    }
    assert_eq!(said(&json!([1, {}, {}])), "the line must be a JSON object");
    assert_eq!(eval("[1]")["id"], Value::Null);
    let twice = asked(&[]).to_string().replace("\"context\":{}", "\"context\":{\"a\":1,\"a\":2}");
    assert!(eval(&twice)["reasons"][0].as_str().unwrap().contains("twice"));
    assert_eq!(eval(&twice)["id"], 1);
}

#[test]
fn a_number_is_its_text() {
    let condition = |value: &str| {
        format!(
            r#"{{"id":1,"request":{{"action":"s3:x","context":{{"k":{value}}}}},"policies":{{"identity":
            [{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Action":"*","Resource":"*",
            "Condition":{{"StringEquals":{{"k":5.0}}}}}}}}]}}}}"#
        )
        .replace('\n', "")
    };
    assert_eq!(eval(&condition("5.0"))["decision"], "allow");
    assert_eq!(eval(&condition("5"))["decision"], "implicit_deny");
}

fn check(kind: &str, line: &str) -> Value {
    let mut output = Vec::new();
    let kind = PolicyKind::parse(kind).unwrap();
    policy::check_lines(kind, line.as_bytes(), &mut output).unwrap();
    answers(&output).remove(0)
}

#[test]
fn a_kind_that_cannot_be_checked_is_neither_valid_nor_invalid() {
    let good = json!({ "id": "a", "policy": { "Version": "2012-10-17", "Statement": {
        "Effect": "Allow", "Action": "s3:x", "Resource": "*" } } })
    .to_string();
    for kind in ["identity", "boundary", "session"] {
        assert_eq!(check(kind, &good), json!({ "id": "a", "valid": true, "errors": [] }));
    }
    for kind in ["resource", "trust", "scp", "rcp"] {
        let errors = ["Policies of this kind are not supported yet."];
        for line in [good.as_str(), r#"{"id":"a","policy_text":"{"}"#] {
            assert_eq!(check(kind, line), json!({ "id": "a", "valid": null, "errors": errors }));
        }
        assert_eq!(check(kind, "{")["valid"], false);
    }
}

#[test]
fn a_line_to_check_brings_one_document() {
    for (line, text) in [
        (r#"{"id":1}"#, "the line has neither `policy` nor `policy_text`"),
        (
            r#"{"id":1,"policy":{},"policy_text":""}"#,
            "the line has both `policy` and `policy_text`",
        ),
        (r#"[1,{}]"#, "unreadable line: it must be a JSON object"),
        (r#"{"id":1,"polcy":{}}"#, "unreadable line: unknown field `polcy`"),
    ] {
        let answer = check("identity", line);
        assert_eq!(answer["valid"], false);
        assert!(answer["errors"][0].as_str().unwrap().starts_with(text), "{answer}");
    }
}
