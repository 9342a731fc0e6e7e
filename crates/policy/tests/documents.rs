//! What is read out of documents and written into them, beside decisions.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use keywright_policy as policy;
use policy::{context_keys, map_principals};

#[test]
fn keys_stand_in_conditions_and_variables() {
    let text = r#"{ "Version": "2012-10-17", "Statement": [
        { "Effect": "Allow", "Action": "s3:*",
          "Resource": ["arn:aws:s3:::b/${aws:UserName}/${*}", "arn:aws:s3:::${aws:PrincipalTag/t, 'x'}"],
          "Condition": {
            "NumericLessThan": { "s3:max-keys": "${no:variable}" },
            "StringLike": { "s3:Prefix": ["${AWS:username}", "${aws:userid}/${$}"] },
            "Null": { "aws:PrincipalTag/t": "true" } } },
        { "Effect": "Deny", "NotAction": "s3:*", "NotResource": "arn:aws:s3:::${Second:key}" } ] }"#;
    assert_eq!(
        context_keys(text).unwrap(),
        [
            "aws:UserName",
            "aws:PrincipalTag/t",
            "s3:max-keys",
            "s3:Prefix",
            "aws:userid",
            "Second:key"
        ]
    );
}

#[test]
fn a_document_of_the_old_version_has_no_variables() {
    let text = r#"{"Statement":{"Effect":"Allow","Action":"*","Resource":"${a:k}",
        "Condition":{"Bool":{"b:k":"${c:k}"}}}}"#;
    assert_eq!(context_keys(text).unwrap(), ["b:k"]);
    assert_eq!(context_keys("{").unwrap_err().message, "Syntax errors in policy.");
}

/// Rewrites every value to its kind and itself, save those that begin with `keep`.
fn mapped(text: &str) -> String {
    map_principals::<()>(text, |kind, value| {
        Ok((!value.starts_with("keep")).then(|| format!("{kind}|{value}")))
    })
    .unwrap()
}

#[test]
fn principals_are_replaced_where_they_stand() {
    let text = "{ \"Statement\" :[\n\t{\"Principal\":  \"*\", \"Sid\": \"Principal\"},\n\
        {\"NotPrincipal\" : { \"AWS\":[ \"a\" ,\"keep\", \"b\\u0041\\\"\"], \"Service\": \"s\" } ,\
        \"Condition\":{\"x\":{\"Principal\":\"a\"}}} ] , \"Principal\":\"a\" }\r\n";
    let expected = "{ \"Statement\" :[\n\t{\"Principal\":  \"*|*\", \"Sid\": \"Principal\"},\n\
        {\"NotPrincipal\" : { \"AWS\":[ \"AWS|a\" ,\"keep\", \"AWS|bA\\\"\"], \"Service\": \"Service|s\" } ,\
        \"Condition\":{\"x\":{\"Principal\":\"a\"}}} ] , \"Principal\":\"a\" }\r\n";
    assert_eq!(mapped(text), expected);
}

#[test]
fn a_single_statement_and_escapes_are_found_too() {
    let text = "{\"Statement\":{\"Princip\\u0061l\":{\"A\\u0057S\":\"\\u0061\"}}}";
    assert_eq!(mapped(text), "{\"Statement\":{\"Princip\\u0061l\":{\"A\\u0057S\":\"AWS|a\"}}}");
}

#[test]
fn what_is_no_policy_stays_as_it_is() {
    for text in [
        "",
        "{",
        "[]",
        "{\"Statement\":7}",
        "{\"Statement\":{\"Principal\":\"a\",\"Principal\":\"a\"}}",
    ] {
        assert_eq!(mapped(text), text);
    }
    let refused = map_principals("{\"Statement\":{\"Principal\":{\"AWS\":\"x\"}}}", |_, value| {
        Err::<Option<String>, _>(value.to_owned())
    });
    assert_eq!(refused, Err("x".to_owned()));
}
