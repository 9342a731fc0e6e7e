//! The grammar at the moment of writing: which document is refused in which words.

#![expect(clippy::indexing_slicing, reason = "a test that cannot go on has failed")]

use keywright_policy as policy;
use policy::{PolicyKind, validate};
use serde_json::{Value, json};

fn said(document: &Value) -> String {
    said_of(PolicyKind::Identity, &document.to_string())
}

fn said_of(kind: PolicyKind, text: &str) -> String {
    validate(kind, text).map_or_else(|malformed| malformed.message, |()| String::new())
}

/// A good statement with other or further elements.
fn statement(changes: Value) -> Value {
    let mut statement = json!({ "Effect": "Allow", "Action": "s3:x", "Resource": "*" });
    if let Value::Object(changes) = changes {
        for (name, value) in changes {
            if ["NotAction", "NotResource"].contains(&name.as_str()) {
                statement
                    .as_object_mut()
                    .map(|members| members.remove(name.trim_start_matches("Not")));
            }
            statement[name] = value;
        }
    }
    statement
}

fn document(statements: Value) -> Value {
    json!({ "Version": "2012-10-17", "Statement": statements })
}

fn with(changes: Value) -> String {
    said(&document(statement(changes)))
}

const LEGACY: &str = "The policy failed legacy parsing";
const VENDORS: &str = "Resource vendor must be fully qualified and cannot contain regexes.";

#[test]
fn actions() {
    for (action, text) in [
        ("*", ""),
        ("iam:*", ""),
        ("no-such.service1:No?Action*", ""),
        ("*:*", "Vendor * is not valid"),
        ("i*m:GetUser", "Vendor i*m is not valid"),
        ("i_m:GetUser", "Vendor i_m is not valid"),
        ("iam:a:b", "Actions/Condition can contain only one colon."),
        ("GetUser", "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."),
    ] {
        assert_eq!(with(json!({ "Action": action })), text, "{action}");
        assert_eq!(with(json!({ "NotAction": [action] })), text, "{action}");
    }
    assert_eq!(with(json!({ "Action": [] })), "Policy statement must contain actions.");
}

#[test]
fn actions_are_looked_at_in_their_order() {
    assert_eq!(with(json!({ "Action": ["a_a:x", "b_b:x"] })), "Vendor a_a is not valid");
    let statements = json!([
        statement(json!({ "NotAction": "a_a:x" })),
        statement(json!({ "Action": "b_b:x" }))
    ]);
    assert_eq!(said(&document(statements)), "Vendor b_b is not valid");
}

#[test]
fn resources() {
    for (resource, text) in [
        ("*", ""),
        ("arn:aws:s3:::b", ""),
        ("arn:aws:sqs:*", ""),
        ("arn:aws:s3:*", "Resource arn:aws:s3:* can not contain region information."),
        ("bob", "Resource bob must be in ARN format or \"*\"."),
        ("arn:nope:s3:::b", "Partition \"nope\" is not valid for resource \"arn:nope:s3:::b\"."),
        ("arn:nope:s3::b", "Partition \"nope\" is not valid for resource \"arn:nope:s3::b:*\"."),
        ("arn:nope", "Partition \"nope\" is not valid for resource \"arn:nope:*:*:*:*\"."),
        ("arn:aws:s3::b", LEGACY),
        ("arn:aws::us-east-1:1:b", LEGACY),
        ("arn:aws:s*:::b", VENDORS),
        ("arn:aws", VENDORS),
        (
            "arn:aws:s3:us-east-1::b",
            "Resource arn:aws:s3:us-east-1::b can not contain region information.",
        ),
        (
            "arn:aws:iam:us-east-1:1:user/b",
            "IAM resource arn:aws:iam:us-east-1:1:user/b cannot contain region information.",
        ),
    ] {
        assert_eq!(with(json!({ "Resource": resource })), text, "{resource}");
        assert_eq!(with(json!({ "NotResource": [resource] })), text, "{resource}");
    }
    let path = with(json!({ "Resource": "arn:aws:iam::1:usr/b" }));
    assert!(path.starts_with("IAM resource path must either be \"*\" or start with user/"));
    assert_eq!(with(json!({ "Resource": [] })), "Policy statement must contain resources.");
}

#[test]
fn resources_of_all_statements_come_before_those_excepted() {
    let list = json!({ "Resource": ["a", "b"] });
    assert_eq!(with(list), "Resource b must be in ARN format or \"*\".");
    let statements =
        json!([statement(json!({ "NotResource": "b" })), statement(json!({ "Resource": "a" }))]);
    assert_eq!(said(&document(statements)), "Resource a must be in ARN format or \"*\".");
    let earlier = json!({ "Resource": "b", "Action": [] });
    assert_eq!(with(earlier), "Policy statement must contain actions.");
    let later = json!({ "Resource": "b", "Action": "GetUser" });
    assert_eq!(with(later), "Resource b must be in ARN format or \"*\".");
}

#[test]
fn literals_that_cannot_be_read_are_refused_except_in_a_session() {
    for (operator, good, bad) in [
        (
            "ArnLike",
            &["*", "arn:aws:iam::*:user/b", "arn:aws:s3:*", "${aws:PrincipalArn}"][..],
            &["bob", "", "arn:aws:iam::1", "user/b"][..],
        ),
        ("ForAnyValue:ArnNotEqualsIfExists", &["arn:aws:iam::1:root"], &["bob"]),
        (
            "DateLessThan",
            &["0", "9223372036854775807", "2026-01-01", "292278993-12-31", "-292275054-01-01"],
            &["yesterday", "9223372036854775808", "-1", "2026-13-01", "292278994-01-01", ""],
        ),
        ("NotIpAddress", &["10.0.0.0/8", "::1"], &["10.0.0.0/33", "bob"]),
    ] {
        let condition = |value: &str| json!({ "Condition": { operator: { "k": ["*", value] } } });
        let one = |value: &str| json!({ "Condition": { operator: { "k": value } } });
        for value in good {
            assert_eq!(with(one(value)), "", "{operator} {value}");
        }
        for value in bad {
            assert_eq!(with(one(value)), LEGACY, "{operator} {value}");
            assert_eq!(with(condition(value)), LEGACY, "{operator} {value}");
            let text = document(statement(one(value))).to_string();
            assert!(validate(PolicyKind::Session, &text).is_ok(), "{operator} {value}");
        }
    }
}

#[test]
fn syntax() {
    let wrong = "Syntax errors in policy.";
    for changes in [
        json!({ "effect": "Allow" }),
        json!({ "Effect": "Permit" }),
        json!({ "Effect": ["Allow"] }),
        json!({ "Sid": 7 }),
        json!({ "Action": 7 }),
        json!({ "Resource": [7] }),
        json!({ "Condition": [] }),
        json!({ "Condition": { "Bool": [] } }),
        json!({ "Condition": { "NotBool": { "k": "true" } } }),
        json!({ "Condition": { "Bool": { "k": {} } } }),
    ] {
        assert_eq!(with(changes.clone()), wrong, "{changes}");
    }
    assert_eq!(with(json!({ "Condition": { "NotBool": {} } })), "");
    assert_eq!(with(json!({ "Condition": { "Bool": { "k": true } } })), "");
    assert_eq!(with(json!({ "Effect": "allow" })), LEGACY);
    for (member, value, text) in [
        ("Conditions", json!([]), ""),
        ("Id", json!("i"), ""),
        ("Id", json!(7), wrong),
        ("Extra", json!(7), wrong),
        ("Statement", json!([]), wrong),
        ("Statement", json!([7]), wrong),
        ("Version", json!("2012"), wrong),
        ("Version", json!("2008-10-17"), "Policy document must be version 2012-10-17 or greater."),
    ] {
        let mut document = document(statement(json!({})));
        document[member] = value;
        assert_eq!(said(&document), text, "{member}");
    }
}

#[test]
fn sids_are_unique_save_empty_ones() {
    let two = |a: &str, b: &str| {
        said(&document(json!([statement(json!({ "Sid": a })), statement(json!({ "Sid": b }))])))
    };
    assert_eq!(two("a", "b"), "");
    assert_eq!(two("", ""), "");
    assert_eq!(two("a", "a"), "Statement IDs (SID) in a single policy must be unique.");
    assert!(two("a b", "").starts_with("Statement IDs (SID) must be alpha-numeric."));
}

/// What is said of a statement of this kind, good but for `changes`; null takes an element away.
fn of_kind(kind: PolicyKind, changes: &Value) -> String {
    let mut statement = match kind {
        PolicyKind::Trust => json!({
            "Effect": "Allow", "Principal": { "AWS": "111111111111" }, "Action": "sts:AssumeRole" }),
        PolicyKind::Rcp => json!({
            "Effect": "Deny", "Principal": "*", "Action": "s3:x", "Resource": "*" }),
        PolicyKind::Resource => json!({
            "Effect": "Allow", "Principal": "*", "Action": "s3:x", "Resource": "*" }),
        _ => json!({ "Effect": "Allow", "Action": "s3:x", "Resource": "*" }),
    };
    for (name, value) in changes.as_object().into_iter().flatten() {
        statement[name] = value.clone();
        if value.is_null() {
            statement.as_object_mut().map(|members| members.remove(name));
        }
    }
    said_of(kind, &document(statement).to_string())
}

fn invalid(kind: &str, value: &str) -> String {
    format!("Invalid principal in policy: \"{kind}\":\"{value}\"")
}

#[test]
fn principals_by_their_form() {
    let aws = |value: &str| json!({ "Principal": { "AWS": value } });
    for value in [
        "*",
        "111111111111",
        "arn:aws:iam::111111111111:root",
        "arn:aws-cn:iam::111111111111:user/path/bob",
        "arn:aws:iam::111111111111:role/R",
        "arn:aws:sts::111111111111:assumed-role/R/s",
        "arn:aws:sts::111111111111:federated-user/f",
        "AROAEXAMPLEEXAMPLE123",
    ] {
        assert_eq!(of_kind(PolicyKind::Trust, &aws(value)), "", "{value}");
        assert_eq!(of_kind(PolicyKind::Resource, &aws(value)), "", "{value}");
    }
    for value in [
        "arn:aws:iam::111111111111:user/*",
        "arn:aws:iam::111111111111:role/R?",
        "arn:aws:iam::*:root",
        "arn:aws:iam::1:root",
        "arn:nope:iam::111111111111:root",
        "arn:aws:iam:us-east-1:111111111111:root",
        "arn:aws:iam::111111111111:group/g",
        "arn:aws:iam::111111111111:user/",
        "arn:aws:sts::111111111111:assumed-role/R",
        "arn:aws:sts::111111111111:assumed-role/R/*",
        "1111",
        "bob",
        "",
    ] {
        assert_eq!(of_kind(PolicyKind::Trust, &aws(value)), invalid("AWS", value), "{value}");
        assert_eq!(of_kind(PolicyKind::Resource, &aws(value)), invalid("AWS", value), "{value}");
    }
    for (kind, shown, good, bad) in [
        ("Service", "SERVICE", "ec2.amazonaws.com", "ec2"),
        ("Service", "SERVICE", "delivery.logs.amazonaws.com", "*.amazonaws.com"),
        ("Federated", "FEDERATED", "accounts.google.com", "example.com"),
        (
            "Federated",
            "FEDERATED",
            "arn:aws:iam::111111111111:oidc-provider/example.com",
            "arn:aws:iam::111111111111:oidc-provider/*",
        ),
    ] {
        let of =
            |value: &str| of_kind(PolicyKind::Trust, &json!({ "Principal": { kind: [value] } }));
        assert_eq!(of(good), "");
        assert_eq!(of(bad), invalid(shown, bad));
    }
    let canonical = json!({ "Principal": { "CanonicalUser": "0a".repeat(32) } });
    assert_eq!(of_kind(PolicyKind::Resource, &canonical), "");
    assert_ne!(of_kind(PolicyKind::Trust, &canonical), "");
}

#[test]
fn trust_policies() {
    let said = |changes: Value| of_kind(PolicyKind::Trust, &changes);
    let actions = "Trust Policy statement actions can only be sts:AssumeRole, \
        sts:AssumeRoleWithSAML,  and sts:AssumeRoleWithWebIdentity";
    let missing = "Missing required field Principal";
    for (changes, text) in [
        (json!({ "Action": ["sts:AssumeRole", "STS:tagsession", "sts:*"] }), ""),
        (json!({ "Action": "s3:x" }), actions),
        (json!({ "Action": "*" }), actions),
        (json!({ "Action": null, "NotAction": "sts:x" }), actions),
        (json!({ "Action": null }), "Policy statement must contain actions."),
        (json!({ "Resource": "*" }), "Has prohibited field Resource."),
        (json!({ "NotResource": "*" }), "Has prohibited field NotResource."),
        (json!({ "Principal": null }), missing),
        (json!({ "Principal": {} }), missing),
        (json!({ "Principal": { "AWS": [] } }), missing),
        (
            json!({ "Principal": null, "NotPrincipal": { "AWS": "*" } }),
            "Has prohibited field NotPrincipal.",
        ),
        (json!({ "Principal": "*" }), "Invalid principal in policy: \"AWS\":\"*\""),
        (json!({ "Principal": { "AWS": 7 } }), "Syntax errors in policy."),
        (json!({ "Principal": { "Aws": "*" } }), "Syntax errors in policy."),
        (json!({ "Principal": { "AWS": "*" }, "NotPrincipal": "*" }), "Syntax errors in policy."),
        (json!({ "Principal": ["*"] }), "Syntax errors in policy."),
        (json!({ "Effect": "allow" }), LEGACY),
        (json!({ "Resource": "*", "Action": "s3:x" }), actions),
        (json!({ "Resource": "*", "Principal": null }), "Has prohibited field Resource."),
    ] {
        assert_eq!(said(changes.clone()), text, "{changes}");
    }
    let twice = r#"{"Statement":[],"Statement":[]}"#;
    assert_eq!(said_of(PolicyKind::Trust, twice), "Syntax errors in policy.");
    assert_eq!(said_of(PolicyKind::Trust, "{"), "This policy contains invalid Json");
}

#[test]
fn resource_policies() {
    let said = |changes: Value| of_kind(PolicyKind::Resource, &changes);
    for (changes, text) in [
        (json!({}), ""),
        (json!({ "Sid": "blanks and, more" }), ""),
        (json!({ "Principal": null, "NotPrincipal": { "AWS": "111111111111" } }), ""),
        (json!({ "Principal": null }), "Missing required field Principal"),
        (json!({ "Resource": null }), "Policy statement must contain resources."),
        (json!({ "Resource": "b" }), "Resource b must be in ARN format or \"*\"."),
        (json!({ "Action": "i*:x" }), "Vendor i* is not valid"),
    ] {
        assert_eq!(said(changes.clone()), text, "{changes}");
    }
}

#[test]
fn versions_by_kind() {
    let kinds = [
        (PolicyKind::Identity, false),
        (PolicyKind::Session, false),
        (PolicyKind::Trust, true),
        (PolicyKind::Resource, true),
        (PolicyKind::Scp, true),
        (PolicyKind::Rcp, true),
    ];
    for (kind, free) in kinds {
        let statement = match kind {
            PolicyKind::Trust => json!({
                "Effect": "Allow", "Principal": { "AWS": "*" }, "Action": "sts:AssumeRole" }),
            PolicyKind::Rcp | PolicyKind::Resource => json!({
                "Effect": "Deny", "Principal": "*", "Action": "s3:x", "Resource": "*" }),
            _ => json!({ "Effect": "Deny", "Action": "s3:x", "Resource": "*" }),
        };
        let old = json!({ "Version": "2008-10-17", "Statement": statement }).to_string();
        let none = json!({ "Statement": statement }).to_string();
        assert_eq!(validate(kind, &old).is_ok(), free, "{kind:?}");
        assert_eq!(validate(kind, &none).is_ok(), free, "{kind:?}");
        let wrong = json!({ "Version": "2020-01-01", "Statement": statement }).to_string();
        assert!(validate(kind, &wrong).is_err(), "{kind:?}");
    }
}

#[test]
fn policies_of_organizations() {
    let unmet = "The provided policy document does not meet the requirements of the specified \
        policy type.";
    for (kind, changes, good) in [
        (PolicyKind::Scp, json!({}), true),
        (PolicyKind::Scp, json!({ "Action": null, "NotAction": "iam:*" }), true),
        (PolicyKind::Scp, json!({ "Resource": "arn:aws:s3:::b", "Condition": {} }), true),
        (PolicyKind::Scp, json!({ "Resource": null, "NotResource": "arn:aws:s3:::b" }), true),
        (PolicyKind::Scp, json!({ "Action": "*" }), true),
        (PolicyKind::Scp, json!({ "Principal": "*" }), false),
        (PolicyKind::Scp, json!({ "NotPrincipal": "*" }), false),
        (PolicyKind::Scp, json!({ "Resource": null }), false),
        (PolicyKind::Scp, json!({ "Effect": "deny" }), false),
        (PolicyKind::Rcp, json!({}), true),
        (PolicyKind::Rcp, json!({ "Principal": { "AWS": "*" } }), true),
        (PolicyKind::Rcp, json!({ "Action": ["S3:NoSuchAction", "sts:*", "kms:De*"] }), true),
        (PolicyKind::Rcp, json!({ "Resource": null, "NotResource": "arn:aws:s3:::b" }), true),
        (PolicyKind::Rcp, json!({ "Effect": "Allow" }), false),
        (PolicyKind::Rcp, json!({ "Principal": { "AWS": ["*"] } }), false),
        (PolicyKind::Rcp, json!({ "Principal": { "AWS": "111111111111" } }), false),
        (PolicyKind::Rcp, json!({ "Principal": { "AWS": "*", "Service": "s.a" } }), false),
        (PolicyKind::Rcp, json!({ "Principal": null }), false),
        (PolicyKind::Rcp, json!({ "Principal": null, "NotPrincipal": "*" }), false),
        (PolicyKind::Rcp, json!({ "Action": "*" }), false),
        (PolicyKind::Rcp, json!({ "Action": "iam:x" }), false),
        (PolicyKind::Rcp, json!({ "Action": ["s3:x", "cloudtrail:x"] }), false),
        (PolicyKind::Rcp, json!({ "Action": null, "NotAction": "s3:x" }), false),
    ] {
        let text = if good { "" } else { unmet };
        assert_eq!(of_kind(kind, &changes), text, "{kind:?} {changes}");
    }
    let sized = |size: usize| {
        let shell = document(statement(json!({ "Sid": "" }))).to_string();
        shell.replace("\"Sid\":\"\"", &format!("\"Sid\":\"{}\"", "a".repeat(size - shell.len())))
    };
    assert_eq!(said_of(PolicyKind::Scp, &sized(5120)), "");
    assert_eq!(said_of(PolicyKind::Scp, &sized(5121)), unmet);
}
