//! The full story: which statements match, where they stand, and which keys are missing.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

mod common;

use keywright_policy as policy;
use policy::oracle::Documents;
use policy::{
    Context, ContextValue, Effect, Explanation, Layer, Matched, Request, ResourcePolicyKind, Says,
    explain,
};

use common::{CALLERS, Compiled};

fn told(caller: usize, documents: &Documents, context: &Context) -> Explanation {
    let request = Request {
        principal: CALLERS[caller].1,
        action: "s3:GetObject",
        resource: "arn:aws:s3:::b/k",
        resource_account: None,
        context,
    };
    explain(&request, &Compiled::new(documents).policies())
}

fn identity(text: &str) -> Documents {
    Documents { identity: Some(vec![text.to_owned()]), ..Documents::default() }
}

const USER: usize = 1;

fn place(matched: &Matched) -> [usize; 4] {
    let span = matched.span.unwrap();
    [span.start.line, span.start.column, span.end.line, span.end.column]
}

#[test]
fn statements_are_found_in_their_text() {
    let text = "{\n \"Statement\": [\n  {\"Effect\":\"Allow\",\"Action\":\"iam:*\"},\n  \
        {\"Sid\":\"né\",\"Effect\":\"Allow\",\r\n  \"Action\":\"s3:*\"}, {\"Effect\":\"Deny\",\"Action\":\"*\"}\n]}";
    let told = told(USER, &identity(text), &Context::new());
    assert_eq!(
        (told.decision.effect, told.decision.layer),
        (Effect::ExplicitDeny, Layer::Identity)
    );
    let [part] = told.parts.as_slice() else { panic!("{told:?}") };
    assert_eq!((part.layer, part.level, part.says), (Layer::Identity, None, Says::Denies));
    let [allow, deny] = part.matched.as_slice() else { panic!("{part:?}") };
    assert_eq!((allow.statement, allow.sid.as_deref(), allow.allows), (1, Some("né"), true));
    assert_eq!((deny.statement, deny.allows), (2, false));
    assert_eq!(allow.source.name, "identity.0");
    assert_eq!(place(allow), [4, 3, 5, 19]);
    assert_eq!(place(deny), [5, 21, 5, 51]);
    let single = identity("{\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"*\"}}");
    assert_eq!(place(&explained(&single).matched[0]), [1, 14, 1, 45]);
}

fn explained(documents: &Documents) -> policy::Part {
    told(USER, documents, &Context::new()).parts.remove(0)
}

#[test]
fn levels_and_layers_are_told_apart() {
    let all = r#"{"Statement":{"Effect":"Allow","Principal":"*","Action":"*"}}"#.to_owned();
    let none = r#"{"Statement":{"Effect":"Allow","Principal":"*","Action":"iam:*"}}"#.to_owned();
    let documents = Documents {
        identity: Some(vec![all.clone()]),
        boundary: Some(vec![none.clone()]),
        session: Some(vec![all.clone()]),
        scope_downs: vec![vec![none.clone()], vec![all.clone()]],
        resource: Some((ResourcePolicyKind::Trust, vec![none.clone()])),
        scps: vec![vec![all.clone()], vec![none]],
        rcps: vec![vec![all]],
    };
    let parts = told(USER, &documents, &Context::new()).parts;
    let seen: Vec<_> = parts.iter().map(|part| (part.layer, part.level, part.says)).collect();
    assert_eq!(
        seen,
        [
            (Layer::Rcp, Some(0), Says::Allows),
            (Layer::Scp, Some(0), Says::Allows),
            (Layer::Scp, Some(1), Says::Nothing),
            (Layer::Trust, None, Says::Nothing),
            (Layer::Identity, None, Says::Allows),
            (Layer::Boundary, None, Says::Nothing),
            (Layer::Session, None, Says::Allows),
            (Layer::ScopeDown, Some(0), Says::Nothing),
            (Layer::ScopeDown, Some(1), Says::Allows),
        ]
    );
    // What does not bind root is not told.
    let parts = told(0, &documents, &Context::new()).parts;
    assert!(parts.iter().all(|part| ![Layer::Identity, Layer::Boundary].contains(&part.layer)));
}

/// The keys that are missing from a request with `a:k` for a statement with these elements.
fn missing(elements: &str) -> Vec<String> {
    let text = format!(
        r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Action":"s3:*",{elements}}}}}"#
    );
    let mut context = Context::new();
    context.set("a:k", ContextValue::one("v"));
    context.set("m", ContextValue::many(["v"]));
    told(USER, &identity(&text), &context).parts.remove(0).missing
}

#[test]
fn keys_are_missing_where_their_absence_alone_matters() {
    let none: [&str; 0] = [];
    let all = r#""Resource":"*""#;
    for (condition, keys) in [
        (r#"{"StringEquals":{"a:k":"v","X:y":"v"}}"#, &["X:y"][..]),
        (r#"{"StringEquals":{"X:y":"v"},"StringLike":{"x:Y":"v","z":"v"}}"#, &["X:y", "z"]),
        (r#"{"StringEquals":{"a:k":"w","x":"v"}}"#, &none),
        (r#"{"StringEqualsIfExists":{"x":"v"}}"#, &none),
        (r#"{"StringNotEquals":{"x":"v"}}"#, &none),
        (r#"{"Null":{"x":"false"}}"#, &["x"]),
        (r#"{"Null":{"x":"true"},"Bool":{"a:k":"true"}}"#, &none),
        (r#"{"ForAnyValue:StringEquals":{"x":"v"}}"#, &["x"]),
        (r#"{"StringEquals":{"a:k":"${x}"}}"#, &["x"]),
        (r#"{"StringEquals":{"a:k":"${x, 'w'}"}}"#, &none),
        (r#"{"StringEquals":{"a:k":"${m}"}}"#, &none),
    ] {
        assert_eq!(missing(&format!(r#"{all},"Condition":{condition}"#)), keys, "{condition}");
    }
    for (resource, keys) in [
        (r#""Resource":"arn:aws:s3:::b/${x}""#, &["x"][..]),
        (r#""Resource":["arn:aws:s3:::b/${x}","*"]"#, &none),
        (r#""Resource":"arn:aws:s3:::c""#, &none),
        (r#""NotResource":["arn:aws:s3:::b/${x}","*"]"#, &none),
    ] {
        assert_eq!(missing(resource), keys, "{resource}");
    }
    let other = r#""Resource":"arn:aws:s3:::c","Condition":{"Bool":{"x":"true"}}"#;
    assert_eq!(missing(other), none);
}
