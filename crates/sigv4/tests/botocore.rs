//! What botocore signs, our verifier accepts, and our signer signs alike. The requests were made by
//! `botocore/make.py`, once.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

use http::request::Parts;
use http::{HeaderName, HeaderValue, Request};
use keywright_sigv4 as sigv4;
use names::{Secret, Timestamp};
use serde_json::Value;
use sigv4::{Claim, Payload, Rules, Signer, SigningKey, presign, sign};

const SIGNED: &str = include_str!("botocore/signed.jsonl");
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

/// The requests; the first line names who made them.
fn requests() -> impl Iterator<Item = Value> {
    SIGNED.lines().skip(1).map(|line| serde_json::from_str(line).unwrap())
}

fn parts(request: &Value, uri: &str, headers: &str) -> Parts {
    let builder = Request::builder()
        .method(request["method"].as_str().unwrap())
        .uri(request[uri].as_str().unwrap());
    let mut parts = builder.body(()).unwrap().into_parts().0;
    for header in request[headers].as_array().unwrap() {
        let name: HeaderName = header[0].as_str().unwrap().parse().unwrap();
        parts.headers.append(name, header[1].as_str().unwrap().parse().unwrap());
    }
    parts
}

fn rules(request: &Value) -> Rules {
    if request["storage"].as_bool().unwrap() { Rules::OBJECT_STORAGE } else { Rules::STANDARD }
}

fn body(request: &Value) -> Vec<u8> {
    let pairs = request["body"].as_str().unwrap().as_bytes().chunks(2);
    let digits = pairs.map(|pair| std::str::from_utf8(pair).unwrap());
    digits.map(|digits| u8::from_str_radix(digits, 16).unwrap()).collect()
}

fn signature(parts: &Parts) -> String {
    let header = parts.headers.get("authorization").map(HeaderValue::as_bytes);
    let text = header.unwrap_or_else(|| parts.uri.query().unwrap().as_bytes());
    String::from_utf8(text[text.len() - 64..].to_vec()).unwrap()
}

#[test]
fn what_botocore_signs_is_accepted() {
    let mut tried = 0;
    for request in requests() {
        let parts = parts(&request, "signed_uri", "signed_headers");
        let (rules, body) = (rules(&request), body(&request));
        let claim = Claim::read(&parts).unwrap();
        claim.check(claim.moment, &rules, Some("service")).unwrap();
        let secret = Secret::new(SECRET.to_owned());
        let key = SigningKey::derive(&secret, "20150830", "eu-west-1", "service");
        let outcome = claim.verify(&key, &parts, Payload::Whole(&body), &rules);
        assert!(outcome.is_ok(), "{request}");
        tried += 1;
    }
    assert_eq!(tried, 120);
}

#[test]
fn what_we_sign_is_what_botocore_signs() {
    for request in requests() {
        let mut ours = parts(&request, "uri", "headers");
        let theirs = parts(&request, "signed_uri", "signed_headers");
        let signer = Signer {
            access_key_id: "AKIDEXAMPLE",
            secret: &Secret::new(SECRET.to_owned()),
            session_token: request["token"].as_bool().unwrap().then_some("a/session+token=="),
            region: "eu-west-1",
            service: "service",
        };
        let now = Timestamp::parse_basic("20150830T123600Z").unwrap();
        let (rules, body) = (rules(&request), body(&request));
        if request["presigned"].as_bool().unwrap() {
            presign(&signer, &mut ours, &body, now, 3600, &rules).unwrap();
        } else {
            sign(&signer, &mut ours, &body, now, &rules).unwrap();
        }
        assert_eq!(signature(&ours), signature(&theirs), "{request}");
    }
}
