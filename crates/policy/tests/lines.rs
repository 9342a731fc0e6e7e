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
    assert_eq!(refused["reasons"], lacking("resource"));
    let grant = ("/policies/resource", grant(json!({ "AWS": "1" })));
    assert_eq!(decision(&[(owner, json!("2")), grant]), "allow");
    let deny = ("/policies/identity", deny_all());
    assert_eq!(decision(&[(owner, json!("2")), deny]), "explicit_deny");
    let root = ("/request/principal", json!({ "type": "root", "account": "1" }));
    assert_eq!(decision(std::slice::from_ref(&root)), "allow");
    assert_eq!(decision(&[(owner, json!("2")), root]), "implicit_deny");
    let unknown = ("/request/principal", json!({ "type": "user" }));
    assert_eq!(decision(&[(owner, json!("1")), unknown]), "error");
    assert_eq!(decision(&[(owner, json!([]))]), "error");
}

fn lacking(layer: &str) -> Value {
    json!([{ "layer": layer, "policy": null, "statement": null, "sid": null }])
}

/// A resource's policy that allows all to whom it names.
fn grant(principal: Value) -> Value {
    json!({ "Version": "2012-10-17", "Statement": {
        "Sid": "grant", "Effect": "Allow", "Principal": principal, "Action": "*",
        "Resource": "*" } })
}

/// Whether a caller without policies is allowed by a resource's policy that names `granted`.
fn is_named(caller: &Value, granted: Value) -> bool {
    let decided = decision(&[
        ("/request/principal", caller.clone()),
        ("/policies/identity", json!([])),
        ("/policies/resource", grant(granted)),
    ]);
    assert_ne!(decided, "error", "{caller}");
    decided == "allow"
}

#[test]
fn principals_are_known_by_many_names() {
    let aws = |name: &str| json!({ "AWS": name });
    let (user, role) = ("arn:aws:iam::1:user/bob", "arn:aws:iam::1:role/R");
    let session = "arn:aws:sts::1:assumed-role/R/s";
    for kind in ["user", "User", "IAMUser", "iam_user", "AWS", "aws"] {
        assert!(is_named(&json!({ "type": kind, "arn": user }), aws(user)), "{kind}");
    }
    for kind in ["role", "assumed_role", "AssumedRole", "assumed-role-session", "AWS", ""] {
        let caller = json!({ "type": kind, "arn": session });
        assert!(is_named(&caller, aws(session)), "{kind}");
        assert!(is_named(&caller, aws(role)), "{kind}");
        let caller = json!({ "type": kind, "arn": role });
        assert!(is_named(&caller, aws(role)), "{kind}");
        assert!(!is_named(&caller, aws(session)), "{kind}");
    }
    for kind in ["federated_user", "FederatedUser", "aws"] {
        let arn = "arn:aws:sts::1:federated-user/f";
        assert!(is_named(&json!({ "type": kind, "arn": arn }), aws(arn)), "{kind}");
    }
    for caller in [
        json!({ "type": "service", "service": "ec2.amazonaws.com" }),
        json!({ "type": "AWSService", "arn": "ec2.amazonaws.com" }),
        json!({ "type": "AWS", "arn": "ec2.amazonaws.com" }),
        json!({ "service": "ec2.amazonaws.com" }),
    ] {
        assert!(is_named(&caller, json!({ "Service": "ec2.amazonaws.com" })), "{caller}");
        assert!(!is_named(&caller, aws("1")), "{caller}");
    }
    for kind in ["federated", "web_identity", "WebIdentity", "saml"] {
        let caller = json!({ "type": kind, "arn": "accounts.google.com", "account": "1" });
        assert!(is_named(&caller, json!({ "Federated": "accounts.google.com" })), "{kind}");
        assert!(!is_named(&caller, aws("1")), "{kind}");
    }
    assert!(is_named(&json!({ "type": "anonymous" }), json!("*")));
    assert!(!is_named(&json!({ "type": "Anonymous" }), aws("1")));
    assert!(is_named(&json!({ "type": "root", "account": 1 }), aws("2")), "root needs no grant");
}

#[test]
fn a_role_is_found_in_what_the_line_says() {
    let aws = |name: &str| json!({ "AWS": name });
    let session = "arn:aws:sts::1:assumed-role/R/s";
    let role = "arn:aws:iam::1:role/path/R";
    for member in ["role_arn", "issuer"] {
        let caller = json!({ "type": "role", "arn": session, member: role });
        assert!(is_named(&caller, aws(role)));
        assert!(!is_named(&caller, aws("arn:aws:iam::1:role/R")));
    }
    for (member, id) in [("id", "AROAR"), ("unique_id", "AROAR"), ("user_id", "AROAR:s")] {
        let caller = json!({ "type": "role", "arn": session, member: id });
        assert!(is_named(&caller, aws("AROAR")), "{member}");
    }
    let from_context = |principal_arn: &str, granted: &str| {
        decision(&[
            ("/request/principal", json!({ "type": "role", "arn": session })),
            ("/request/context/aws:PrincipalArn", json!(principal_arn)),
            ("/policies/identity", json!([])),
            ("/policies/resource", grant(json!({ "AWS": granted }))),
        ])
    };
    assert_eq!(from_context(role, role), "allow");
    assert_eq!(from_context("arn:aws:iam::1:role/path/Other", "arn:aws:iam::1:role/R"), "allow");
    let linked = "arn:aws:iam::1:role/aws-service-role/s.amazonaws.com/L";
    let scp = ("/policies/scp", json!([deny_all()]));
    let caller = json!({ "type": "role", "arn": linked });
    assert_eq!(decision(&[("/request/principal", caller), scp.clone()]), "allow");
    let caller = json!({ "type": "service_linked_role", "arn": session });
    assert_eq!(decision(&[("/request/principal", caller), scp]), "allow");
}

#[test]
fn principals_that_contradict_themselves_are_errors() {
    let principal = |value| decision(&[("/request/principal", value)]);
    assert_eq!(principal(json!({ "type": "usr" })), "error");
    assert_eq!(principal(json!({ "type": 7 })), "error");
    assert_eq!(principal(json!({ "type": "user", "arn": "arn:aws:iam::1:root" })), "error");
    assert_eq!(principal(json!({ "type": "role", "arn": "arn:aws:iam::1:user/b" })), "error");
    assert_eq!(principal(json!({ "type": "service", "arn": "arn:aws:iam::1:role/r" })), "error");
    assert_eq!(principal(json!({ "arn": "arn:aws:iam::1:group/g" })), "error");
    assert_eq!(principal(json!({ "arn": "arn:aws" })), "error");
}

#[test]
fn what_only_its_own_policy_can_allow() {
    let ask = |action: &str, resource: &str| {
        vec![("/request/action", json!(action)), ("/request/resource", json!(resource))]
    };
    let (key, role) = ("arn:aws:kms:us-east-1:1:key/k", "arn:aws:iam::1:role/R");
    for (action, resource, layer) in [
        ("kms:Decrypt", key, "resource"),
        ("KMS:decrypt", key, "resource"),
        ("sts:AssumeRole", role, "trust"),
        ("sts:TagSession", role, "trust"),
    ] {
        let answer = eval(&asked(&ask(action, resource)).to_string());
        assert_eq!(answer["decision"], "implicit_deny", "{action}");
        assert_eq!(answer["reasons"], lacking(layer), "{action}");
        let mut granted = ask(action, resource);
        granted.push(("/policies/resource", grant(json!({ "AWS": "arn:aws:iam::1:root" }))));
        assert_eq!(decision(&granted), "allow", "{action}");
    }
    assert_eq!(decision(&ask("kms:CreateKey", "*")), "allow");
    assert_eq!(decision(&ask("kms:CreateAlias", "arn:aws:kms:us-east-1:1:alias/a")), "allow");
    assert_eq!(decision(&ask("iam:PassRole", role)), "allow");
    let mut denied = ask("kms:Decrypt", key);
    denied.push(("/policies/identity", deny_all()));
    assert_eq!(decision(&denied), "explicit_deny");
    let web = json!({ "type": "web_identity", "arn": "accounts.google.com" });
    let mut assumed = ask("sts:AssumeRoleWithWebIdentity", role);
    assumed.push(("/request/principal", web));
    assumed.push(("/policies/resource", grant(json!({ "AWS": "*" }))));
    assert_eq!(decision(&assumed), "implicit_deny");
    assumed.push(("/policies/resource", grant(json!({ "Federated": "accounts.google.com" }))));
    assert_eq!(decision(&assumed), "allow");
}

fn allow_all() -> Value {
    json!([{ "Version": "2012-10-17", "Statement": {
        "Effect": "Allow", "Action": "*", "Resource": "*" } }])
}

fn allow_elsewhere() -> Value {
    json!([{ "Version": "2012-10-17", "Statement": {
        "Effect": "Allow", "Action": "iam:*", "Resource": "*" } }])
}

#[test]
fn every_kind_has_its_say() {
    for kind in ["boundary", "session", "scp"] {
        let pointer = format!("/policies/{kind}");
        for absent in [Value::Null, json!([])] {
            assert_eq!(decision(&[(&pointer, absent)]), "allow", "{kind}");
        }
        assert_eq!(decision(&[(&pointer, allow_all())]), "allow", "{kind}");
        assert_eq!(decision(&[(&pointer, json!([allow_all()[0].to_string()]))]), "allow");
        let silent = eval(&asked(&[(&pointer, allow_elsewhere())]).to_string());
        assert_eq!(silent["reasons"], lacking(kind));
        let denied = eval(&asked(&[(&pointer, deny_all())]).to_string());
        assert_eq!(denied["decision"], "explicit_deny");
        assert_eq!(denied["reasons"][0]["layer"], kind);
        for value in [json!(7), json!({}), json!(""), json!([7]), json!("{}")] {
            assert_eq!(decision(&[(&pointer, value)]), "error", "{kind}");
        }
    }
    assert_eq!(decision(&[("/policies/trust", json!({}))]), "error");
    assert_eq!(decision(&[("/policies/trust", json!([]))]), "allow");
}

#[test]
fn each_level_must_allow() {
    for kind in ["scp", "rcp"] {
        let all = if kind == "scp" { allow_all() } else { json!([grant(json!("*"))]) };
        let pointer = format!("/policies/{kind}");
        assert_eq!(decision(&[(&pointer, json!([all, all]))]), "allow");
        assert_eq!(decision(&[(&pointer, json!([all, allow_elsewhere()]))]), "implicit_deny");
        assert_eq!(decision(&[(&pointer, json!([all, []]))]), "implicit_deny");
        assert_eq!(decision(&[(&pointer, json!([all, all[0]]))]), "error");
        let denied = eval(&asked(&[(&pointer, json!([all, deny_all()]))]).to_string());
        let reason = json!([{
            "layer": kind, "policy": format!("{kind}.1.0"), "statement": 0, "sid": null }]);
        assert_eq!(denied["reasons"], reason);
    }
    let resource = eval(
        &asked(&[("/policies/resource", grant(json!({ "AWS": "arn:aws:iam::1:user/bob" })))])
            .to_string(),
    );
    let reason = json!([{
        "layer": "resource", "policy": "resource.0", "statement": 0, "sid": "grant" }]);
    assert_eq!(resource["reasons"], reason);
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
fn every_kind_is_checked() {
    let statement = |more: Value| {
        let mut statement = json!({ "Effect": "Deny", "Action": "s3:x" });
        for (name, value) in more.as_object().unwrap() {
            statement[name] = value.clone();
        }
        json!({ "id": "a", "policy": { "Version": "2012-10-17", "Statement": statement } })
            .to_string()
    };
    let plain = statement(json!({ "Resource": "*" }));
    let named = statement(json!({ "Resource": "*", "Principal": "*" }));
    let trust = statement(json!({ "Action": "sts:AssumeRole", "Principal": { "AWS": "*" } }));
    for (kind, good, bad) in [
        ("identity", &plain, &named),
        ("boundary", &plain, &named),
        ("session", &plain, &named),
        ("scp", &plain, &named),
        ("rcp", &named, &plain),
        ("resource", &named, &plain),
        ("trust", &trust, &named),
    ] {
        assert_eq!(check(kind, good), json!({ "id": "a", "valid": true, "errors": [] }), "{kind}");
        let refused = check(kind, bad);
        assert_eq!(refused["valid"], false, "{kind}");
        assert_eq!(refused["errors"].as_array().unwrap().len(), 1);
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
