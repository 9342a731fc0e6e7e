//! Signer and verifier agree about any request, in both forms and under both rules; and a request
//! changed in one byte is good exactly if its canonical form, written here once more and naively,
//! has stayed the same.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeMap;

use http::request::Parts;
use http::{HeaderName, HeaderValue, Request, Uri};
use keywright_sigv4 as sigv4;
use names::{Secret, Timestamp};
use percent_encoding::percent_decode;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use sigv4::{Claim, Payload, Refusal, Rules, Signer, SigningKey, presign, sign};

const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

/// A request before it is signed, and how it is to be.
#[derive(Debug, Clone)]
struct Wanted {
    rules: Rules,
    presigned: bool,
    token: bool,
    method: &'static str,
    uri: Uri,
    headers: Vec<(&'static str, Vec<u8>)>,
    body: Vec<u8>,
}

fn uri() -> impl Strategy<Value = Uri> {
    let piece = select(
        &[
            "a", "b", "Z", "0", "~", "-", "_", ".", "..", "/", "//", "/./", "/../", "%20", "%2F",
            "%2f", "%C3%A9", "%", "+", "$", "@", ":", ";", ",", "=", "!", "*", "(", "'",
        ][..],
    );
    let pair = select(
        &[
            "a",
            "b",
            "aa",
            "Z",
            "0",
            "~",
            "-",
            "=",
            "=",
            "&",
            "&",
            "+",
            "%20",
            "%2B",
            "%7e",
            "%C3%A9",
            "%26",
            "/",
            "?",
            ":",
            "*",
            "Action=x&",
            "%",
        ][..],
    );
    let text = |piece, most| {
        proptest::collection::vec(piece, 0..most).prop_map(|pieces: Vec<&str>| pieces.concat())
    };
    let query = proptest::option::of(text(pair.boxed(), 12));
    (text(piece.boxed(), 10), query).prop_filter_map("no URI", |(path, query)| {
        let query = query.map(|query| format!("?{query}")).unwrap_or_default();
        format!("/{path}{query}").parse().ok()
    })
}

fn value() -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![
        4 => 0x21_u8..0x7f, 2 => Just(b' '), 1 => Just(b'\t'), 1 => 0x80_u8..=0xff,
    ];
    proptest::collection::vec(byte, 0..24)
}

fn wanted() -> impl Strategy<Value = Wanted> {
    let name = select(
        &[
            "content-type",
            "content-type",
            "date",
            "range",
            "x-amz-meta-note",
            "x-amz-target",
            "x-tag",
            "x-tag",
        ][..],
    );
    let headers = proptest::collection::vec((name, value()), 0..6);
    let body = proptest::collection::vec(any::<u8>(), 0..100);
    let rules = select(&[Rules::STANDARD, Rules::OBJECT_STORAGE][..]);
    let method = select(&["GET", "POST", "PUT", "DELETE"][..]);
    (rules, any::<bool>(), any::<bool>(), method, uri(), headers, body).prop_map(
        |(rules, presigned, token, method, uri, headers, body)| Wanted {
            rules,
            presigned,
            token,
            method,
            uri,
            headers,
            body,
        },
    )
}

impl Wanted {
    fn signed(&self) -> Parts {
        let request = Request::builder().method(self.method).uri(self.uri.clone());
        let mut parts = request.header("host", "example.com:4747").body(()).unwrap().into_parts().0;
        for (name, value) in &self.headers {
            parts.headers.append(*name, HeaderValue::from_bytes(value).unwrap());
        }
        let signer = Signer {
            access_key_id: "AKIDEXAMPLE",
            secret: &Secret::new(SECRET.to_owned()),
            session_token: self.token.then_some("a/session+token=="),
            region: "eu-west-1",
            service: "service",
        };
        let now = Timestamp::parse_basic("20150830T123600Z").unwrap();
        if self.presigned {
            presign(&signer, &mut parts, &self.body, now, 60, &self.rules).unwrap();
        } else {
            sign(&signer, &mut parts, &self.body, now, &self.rules).unwrap();
        }
        parts
    }

    fn verify(&self, parts: &Parts, body: &[u8]) -> Result<(), Refusal> {
        let claim = Claim::read(parts)?;
        claim.check(claim.moment, &self.rules, Some("service"))?;
        let scope = &claim.scope;
        let secret = Secret::new(SECRET.to_owned());
        let key = SigningKey::derive(&secret, &scope.date, &scope.region, &scope.service);
        claim.verify(&key, parts, Payload::Whole(body), &self.rules).map(drop)
    }

    /// What is signed of `parts`, naively.
    fn canonical(&self, parts: &Parts) -> Vec<String> {
        let mut lines = vec![parts.method.to_string(), self.path(parts.uri.path())];
        lines.push(query(parts.uri.query().unwrap_or_default()));
        let mut headers: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for (name, value) in &parts.headers {
            let words = value.as_bytes().split(|byte| matches!(byte, b' ' | b'\t'));
            let words: Vec<&[u8]> = words.filter(|word| !word.is_empty()).collect();
            headers
                .entry(name.as_str())
                .or_default()
                .push(words.join(&b' ').escape_ascii().to_string());
        }
        headers.remove("authorization");
        lines.extend(headers.iter().map(|(name, values)| format!("{name}:{}", values.join(","))));
        lines
    }

    fn path(&self, path: &str) -> String {
        if !self.rules.normalize_path {
            return encoded(&percent_decode(path.as_bytes()).collect::<Vec<_>>(), b"/");
        }
        let mut kept = vec![];
        for segment in path.split('/') {
            match segment {
                "" | "." => {}
                ".." => drop(kept.pop()),
                _ => kept.push(segment),
            }
        }
        let open = ["/", "/.", "/.."].iter().any(|end| path.ends_with(end)) && !kept.is_empty();
        encoded(format!("/{}{}", kept.join("/"), if open { "/" } else { "" }).as_bytes(), b"/")
    }
}

fn encoded(bytes: &[u8], also: &[u8]) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let each = bytes.iter().map(|byte| match *byte {
        byte if plain(byte) || also.contains(&byte) => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    });
    each.collect()
}

fn query(text: &str) -> String {
    let mut pairs = vec![];
    for pair in text.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let recoded = |text: &str| {
            let text = text.replace('+', "%20");
            encoded(&percent_decode(text.as_bytes()).collect::<Vec<_>>(), b"")
        };
        pairs.push((recoded(name), recoded(value)));
    }
    pairs.sort();
    let pairs: Vec<String> = pairs.into_iter().map(|(n, v)| format!("{n}={v}")).collect();
    pairs.join("&")
}

/// `bytes` with one of them, at `at`, exchanged for `byte`.
fn changed(bytes: &[u8], at: Index, byte: u8) -> Vec<u8> {
    let mut changed = bytes.to_vec();
    if !changed.is_empty() {
        let at = at.index(changed.len());
        changed.iter_mut().skip(at).take(1).for_each(|old| *old = byte);
    }
    changed
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn what_is_signed_is_accepted(wanted in wanted()) {
        let parts = wanted.signed();
        prop_assert_eq!(wanted.verify(&parts, &wanted.body), Ok(()));
    }

    #[test]
    fn a_changed_path_or_query_is_refused(
        wanted in wanted(),
        at in any::<Index>(),
        byte in 0x21_u8..0x7f,
    ) {
        let original = wanted.signed();
        let text = original.uri.to_string();
        let text = changed(text.as_bytes(), at, byte);
        let Ok(uri) = Uri::try_from(text) else { return Ok(()) };
        prop_assume!(uri.scheme().is_none() && uri.path().starts_with('/'));
        let mut parts = original.clone();
        parts.uri = uri;
        let same = wanted.canonical(&parts) == wanted.canonical(&original);
        prop_assert_eq!(wanted.verify(&parts, &wanted.body).is_ok(), same, "{}", parts.uri);
    }

    #[test]
    fn a_changed_header_is_refused(
        wanted in wanted(),
        which in any::<Index>(),
        at in any::<Index>(),
        byte in prop_oneof![0x20_u8..0x7f, Just(b'\t'), 0x80_u8..=0xff],
    ) {
        let original = wanted.signed();
        let names: Vec<HeaderName> =
            original.headers.keys().filter(|name| *name != "authorization").cloned().collect();
        let name = which.get(&names).clone();
        let mut parts = original.clone();
        let mut values: Vec<Vec<u8>> =
            parts.headers.get_all(&name).iter().map(|value| value.as_bytes().to_vec()).collect();
        let one = which.index(values.len());
        values.iter_mut().skip(one).take(1).for_each(|old| *old = changed(old, at, byte));
        parts.headers.remove(&name);
        for value in values {
            parts.headers.append(&name, HeaderValue::from_bytes(&value).unwrap());
        }
        let same = wanted.canonical(&parts) == wanted.canonical(&original);
        prop_assert_eq!(wanted.verify(&parts, &wanted.body).is_ok(), same, "{}", name);
    }

    #[test]
    fn a_changed_body_is_refused(wanted in wanted(), at in any::<Index>(), byte in any::<u8>()) {
        let body = changed(&wanted.body, at, byte);
        let open = wanted.presigned && wanted.rules.object_storage;
        let outcome = wanted.verify(&wanted.signed(), &body);
        prop_assert_eq!(outcome.is_ok(), open || body == wanted.body);
    }

    #[test]
    fn a_changed_signature_is_refused(
        wanted in wanted(),
        at in 0_usize..64,
        byte in 0x21_u8..0x7f,
    ) {
        let mut parts = wanted.signed();
        // In either form the signature is what stands last.
        let exchange = |text: &[u8]| {
            let (rest, signature) = text.split_at(text.len() - 64);
            let mut signature = signature.to_vec();
            signature.iter_mut().skip(at).take(1).for_each(|old| *old = byte);
            [rest, &signature].concat()
        };
        let original = parts.clone();
        if wanted.presigned {
            let Ok(uri) = Uri::try_from(exchange(parts.uri.to_string().as_bytes())) else {
                return Ok(());
            };
            parts.uri = uri;
        } else {
            let text = exchange(parts.headers["authorization"].as_bytes());
            parts.headers.insert("authorization", HeaderValue::from_bytes(&text).unwrap());
        }
        let same = parts.uri == original.uri && parts.headers == original.headers;
        prop_assert_eq!(wanted.verify(&parts, &wanted.body).is_ok(), same);
    }
}
