//! What is fuzzed: everything that reads bytes of strangers. A target panics if an invariant breaks.

use std::sync::{Arc, LazyLock};

use api::{OperationInfo, ServiceInfo};
use http::HeaderValue;
use http::request::Parts;
use names::{Chance, Secret, Timestamp};
use sigv4::chunked::{Chunking, Decoder};
use sigv4::{Claim, Payload, Rules, Signer, SigningKey};
use vault::{RootKey, Vault};

/// A target's name and what it does with an input.
pub(crate) type Target = (&'static str, fn(&[u8]));

/// All targets.
pub(crate) const TARGETS: &[Target] = &[
    ("canonical", canonical),
    ("chunked", chunked),
    ("claim", claim),
    ("decide", crate::policies::decide),
    ("json", json),
    ("layers", crate::policies::layers),
    ("policy", crate::policies::document),
    ("query", query),
    ("token", token),
    ("xml", crate::xml::answers),
];

/// A request line, headers, an empty line and a body, as far as that can be read from `input`.
fn request(input: &[u8]) -> Option<(Parts, Vec<u8>)> {
    let text = String::from_utf8_lossy(input);
    let (head, body) = text.split_once("\n\n").unwrap_or((&text, ""));
    let mut lines = head.lines();
    let (method, uri) = lines.next()?.split_once(' ')?;
    let mut builder = http::Request::builder().method(method).uri(uri);
    for line in lines {
        let (name, value) = line.split_once(':')?;
        builder = builder.header(name, value.trim());
    }
    Some((builder.body(()).ok()?.into_parts().0, body.as_bytes().to_vec()))
}

/// No signature is good but the one that was made with the key, and nobody has it here.
fn claim(input: &[u8]) {
    let Some((parts, body)) = request(input) else { return };
    let Ok(claim) = Claim::read(&parts) else { return };
    for rules in [Rules::STANDARD, Rules::OBJECT_STORAGE] {
        let _ = claim.check(claim.moment, &rules, Some("sts"));
        let secret = Secret::new("nobody has this secret".to_owned());
        let scope = &claim.scope;
        let key = SigningKey::derive(&secret, &scope.date, &scope.region, &scope.service);
        assert!(claim.verify(&key, &parts, Payload::Whole(&body), &rules).is_err());
    }
}

/// What the signing side makes of a request, the verifying side makes of it, too; also when the
/// query's parameters come in another order, and not when another method is asked.
fn canonical(input: &[u8]) {
    let Some((mut parts, body)) = request(input) else { return };
    for name in ["authorization", "date", "x-amz-security-token", "x-amz-content-sha256"] {
        parts.headers.remove(name);
    }
    parts.headers.insert("host", HeaderValue::from_static("sts.amazonaws.com"));
    let secret = Secret::new("a secret of these tests".to_owned());
    let (region, service) = ("us-east-1", "sts");
    let signer = Signer {
        access_key_id: "AKIDEXAMPLE",
        secret: &secret,
        session_token: None,
        region,
        service,
    };
    let Ok(now) = Timestamp::parse_basic("20150830T123600Z") else { return };
    let key = SigningKey::derive(&secret, &now.day(), region, service);
    for rules in [Rules::STANDARD, Rules::OBJECT_STORAGE] {
        let mut signed = parts.clone();
        if sigv4::sign(&signer, &mut signed, &body, now, &rules).is_err() {
            return;
        }
        let verify = |parts: &Parts| {
            let claim = Claim::read(parts).ok()?;
            Some(claim.verify(&key, parts, Payload::Whole(&body), &rules).is_ok())
        };
        let Some(good) = verify(&signed) else { return };
        assert!(good, "what was signed is verified");
        let mut other = signed.clone();
        other.method = http::Method::TRACE;
        assert!(verify(&other) == Some(false) || signed.method == http::Method::TRACE);
        if let Some(reversed) = with_reversed_query(&signed) {
            assert_eq!(verify(&reversed), Some(true), "the order of parameters is of no account");
        }
    }
}

fn with_reversed_query(parts: &Parts) -> Option<Parts> {
    let query: Vec<&str> = parts.uri.query()?.split('&').rev().collect();
    let mut reversed = parts.clone();
    reversed.uri = format!("{}?{}", parts.uri.path(), query.join("&")).parse().ok()?;
    Some(reversed)
}

/// Nothing comes out of signed chunks but what was signed, whatever the pieces in which they come.
/// The first byte says which chunking, the second how long a piece is.
fn chunked(input: &[u8]) {
    let [which, size, body @ ..] = input else { return };
    let all = [Chunking::Signed, Chunking::SignedTrailer, Chunking::UnsignedTrailer];
    let Some(chunking) = all.get(usize::from(*which) % all.len()) else { return };
    let secret = Secret::new("a secret".to_owned());
    let Some(parts) = chunked_request(*chunking, &secret) else { return };
    let key = SigningKey::derive(&secret, "20130524", "us-east-1", "s3");
    let decode = |size: usize| {
        let claim = Claim::read(&parts).ok()?;
        let verified =
            claim.verify(&key, &parts, Payload::Streamed, &Rules::OBJECT_STORAGE).ok()?;
        let mut decoder = Decoder::new(&verified, &claim, &key, &parts.headers, 4096).ok()?;
        let mut out = Vec::new();
        let _ = body.chunks(size).try_for_each(|piece| decoder.feed(piece, &mut out));
        Some((decoder.finish(), out))
    };
    let whole = decode(body.len().max(1));
    let Some((_, out)) = &whole else { return };
    let signed = *chunking != Chunking::UnsignedTrailer;
    assert!(!signed || out.is_empty() || out == b"hello world");
    assert_eq!(decode(usize::from(*size).max(1)), whole);
}

fn chunked_request(chunking: Chunking, secret: &Secret<String>) -> Option<Parts> {
    let mut request = http::Request::put("/")
        .header("host", "h")
        .header("x-amz-content-sha256", chunking.name())
        .header("x-amz-decoded-content-length", "11");
    if chunking != Chunking::Signed {
        request = request.header("x-amz-trailer", "x-sum");
    }
    let mut parts = request.body(()).ok()?.into_parts().0;
    let (access_key_id, region, service) = ("K", "us-east-1", "s3");
    let signer = Signer { access_key_id, secret, session_token: None, region, service };
    let now = Timestamp::parse_basic("20130524T000000Z").ok()?;
    sigv4::sign(&signer, &mut parts, b"", now, &Rules::OBJECT_STORAGE).ok()?;
    Some(parts)
}

/// What is decoded has passed every constraint: encoding a fault or decoding again changes nothing.
fn decode(
    service: &'static ServiceInfo,
    operation: &'static OperationInfo,
    parts: &Parts,
    body: &[u8],
) {
    match wire::decode(service, operation, parts, body) {
        Ok(input) => {
            let again =
                operation.through_types.first().and_then(|through| through(input.value.clone()));
            assert!(again.is_some(), "a decoded value fits its type");
            let mut record = String::new();
            wire::trail_parameters(&mut record, operation.input, &input.value, &[]);
        }
        Err(fault) => {
            let answer = wire::encode_fault(service, &fault, "id", wire::Form::Native);
            assert!(std::str::from_utf8(answer.body()).is_ok());
        }
    }
}

fn query(input: &[u8]) {
    let parts = http::Request::post("/").body(()).map(|request| request.into_parts().0);
    let Ok(parts) = parts else { return };
    for service in [&api::iam::SERVICE, &api::sts::SERVICE] {
        if let Ok(operation) = wire::select(service, &parts, input) {
            decode(service, operation, &parts, input);
        }
    }
}

fn json(input: &[u8]) {
    let parts = http::Request::post("/").body(()).map(|request| request.into_parts().0);
    let Ok(parts) = parts else { return };
    for service in [&api::cloudtrail::SERVICE, &api::secretsmanager::SERVICE, &api::kms::SERVICE] {
        let at = input.first().map_or(0, |byte| usize::from(*byte)) % service.operations.len();
        if let Some(operation) = service.operations.get(at) {
            decode(service, operation, &parts, input.get(1..).unwrap_or_default());
        }
    }
}

#[derive(Debug)]
struct Sevens;
impl Chance for Sevens {
    fn fill(&self, buffer: &mut [u8]) {
        buffer.fill(7);
    }
}

/// Nothing opens but what was sealed, and only at its place.
fn token(input: &[u8]) {
    static VAULT: LazyLock<Vault> =
        LazyLock::new(|| Vault::create(&RootKey::generate(&Sevens), Arc::new(Sevens)).0);
    assert!(VAULT.open_sealed(b"session token ASIA", input).is_err());
    let sealed = VAULT.seal(b"session token ASIA", input);
    assert!(VAULT.open_sealed(b"session token ASIA", &sealed).is_ok_and(|plain| *plain == input));
    assert!(VAULT.open_sealed(b"session token AKIA", &sealed).is_err());
    let _ = Timestamp::parse_basic(&String::from_utf8_lossy(input));
    let _ = Timestamp::parse_iso(&String::from_utf8_lossy(input));
    let _ = RootKey::from_text(&String::from_utf8_lossy(input));
}
