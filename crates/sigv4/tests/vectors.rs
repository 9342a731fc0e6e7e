//! Published and recomputed test vectors, each also tampered with one byte at a time.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

use http::Request;
use http::request::Parts;
use names::{Secret, Timestamp};
use sigv4::{Claim, Payload, Refusal, Rules, SigningKey};

use keywright_sigv4 as sigv4;

const SUITE_SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const S3_SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
const FORM: &str = "application/x-www-form-urlencoded; charset=utf-8";
const SINGLE: Rules = Rules { double_encode: false, ..Rules::STANDARD };

struct Vector {
    name: &'static str,
    rules: Rules,
    secret: &'static str,
    method: &'static str,
    uri: &'static str,
    headers: &'static [(&'static str, &'static str)],
    signed: &'static str,
    scope: &'static str,
    body: &'static str,
    signature: &'static str,
}

const SUITE: Vector = Vector {
    name: "get-vanilla",
    rules: Rules::STANDARD,
    secret: SUITE_SECRET,
    method: "GET",
    uri: "/",
    headers: &[("host", "example.amazonaws.com"), ("x-amz-date", "20150830T123600Z")],
    signed: "host;x-amz-date",
    scope: "AKIDEXAMPLE/20150830/us-east-1/service/aws4_request",
    body: "",
    signature: "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
};

const S3: Vector = Vector {
    name: "s3 get object range",
    rules: Rules::OBJECT_STORAGE,
    secret: S3_SECRET,
    method: "GET",
    uri: "/test.txt",
    headers: &[
        ("host", "examplebucket.s3.amazonaws.com"),
        ("range", "bytes=0-9"),
        (
            "x-amz-content-sha256",
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        ),
        ("x-amz-date", "20130524T000000Z"),
    ],
    signed: "host;range;x-amz-content-sha256;x-amz-date",
    scope: "AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request",
    body: "",
    signature: "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
};

const STS_TOKEN: &str = "AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfIeoIYRqTflfKD8YUuwthAx7mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcHNVXAkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+scqKmlzm8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA==";

const VECTORS: &[Vector] = &[
    SUITE,
    Vector {
        name: "get-space",
        rules: SINGLE,
        uri: "/example%20space/",
        signature: "652487583200325589f1fba4c7e578f72c47cb61beeca81406b39ddec1366741",
        ..SUITE
    },
    Vector {
        name: "post-sts-header-before",
        method: "POST",
        headers: &[
            ("host", "example.amazonaws.com"),
            ("x-amz-date", "20150830T123600Z"),
            ("x-amz-security-token", STS_TOKEN),
        ],
        signed: "host;x-amz-date;x-amz-security-token",
        signature: "85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead",
        ..SUITE
    },
    Vector {
        name: "post-sts-header-after",
        method: "POST",
        headers: &[
            ("host", "example.amazonaws.com"),
            ("x-amz-date", "20150830T123600Z"),
            ("x-amz-security-token", STS_TOKEN),
        ],
        signature: "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b",
        ..SUITE
    },
    Vector {
        name: "sts GetCallerIdentity",
        method: "POST",
        headers: &[
            ("content-type", FORM),
            ("host", "sts.amazonaws.com"),
            ("x-amz-date", "20150830T123600Z"),
        ],
        signed: "content-type;host;x-amz-date",
        scope: "AKIDEXAMPLE/20150830/us-east-1/sts/aws4_request",
        body: "Action=GetCallerIdentity&Version=2011-06-15",
        signature: "6fb20d31f734d876c5682fdd2678d194cf68b862755f83b7ba1373c0874be25c",
        ..SUITE
    },
    Vector {
        name: "sts GetCallerIdentity with token, us-west-2",
        method: "POST",
        headers: &[
            ("content-type", FORM),
            ("host", "sts.us-west-2.amazonaws.com"),
            ("x-amz-date", "20150830T123600Z"),
            (
                "x-amz-security-token",
                "IQoJb3JpZ2luX2VjEXAMPLETOKEN//////////wEaCXVzLWVhc3QtMSJHMEU=",
            ),
        ],
        signed: "content-type;host;x-amz-date;x-amz-security-token",
        scope: "AKIDEXAMPLE/20150830/us-west-2/sts/aws4_request",
        body: "Action=GetCallerIdentity&Version=2011-06-15",
        signature: "ae7a4cf394004a43324a7f5204d0bbf1b7abd2c4da5f7584988ce3380551fb3e",
        ..SUITE
    },
    Vector {
        name: "iam ListUsers by query",
        uri: "/?Action=ListUsers&Version=2010-05-08",
        headers: &[
            ("content-type", FORM),
            ("host", "iam.amazonaws.com"),
            ("x-amz-date", "20150830T123600Z"),
        ],
        signed: "content-type;host;x-amz-date",
        scope: "AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request",
        signature: "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7",
        ..SUITE
    },
    Vector {
        name: "iam CreateAccessKey",
        method: "POST",
        headers: &[
            ("content-type", FORM),
            ("host", "iam.amazonaws.com"),
            ("x-amz-date", "20150830T123600Z"),
        ],
        signed: "content-type;host;x-amz-date",
        scope: "AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request",
        body: "Action=CreateAccessKey&UserName=Bob&Version=2010-05-08",
        signature: "02fe0f7a0fc51a42460b50006b54b8e5291427ac04987429ade7adecd61845d9",
        ..SUITE
    },
    S3,
    Vector {
        name: "s3 put object",
        method: "PUT",
        uri: "/test%24file.text",
        headers: &[
            ("date", "Fri, 24 May 2013 00:00:00 GMT"),
            ("host", "examplebucket.s3.amazonaws.com"),
            (
                "x-amz-content-sha256",
                "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072",
            ),
            ("x-amz-date", "20130524T000000Z"),
            ("x-amz-storage-class", "REDUCED_REDUNDANCY"),
        ],
        signed: "date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class",
        body: "Welcome to Amazon S3.",
        signature: "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
        ..S3
    },
    Vector {
        name: "s3 list objects",
        uri: "/?max-keys=2&prefix=J",
        headers: &[
            ("host", "examplebucket.s3.amazonaws.com"),
            (
                "x-amz-content-sha256",
                "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            ),
            ("x-amz-date", "20130524T000000Z"),
        ],
        signed: "host;x-amz-content-sha256;x-amz-date",
        signature: "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
        ..S3
    },
];

impl Vector {
    fn parts(&self) -> Parts {
        let mut request = Request::builder().method(self.method).uri(self.uri);
        for (name, value) in self.headers {
            request = request.header(*name, *value);
        }
        let authorization = format!(
            "AWS4-HMAC-SHA256 Credential={}, SignedHeaders={}, Signature={}",
            self.scope, self.signed, self.signature
        );
        request.header("authorization", authorization).body(()).unwrap().into_parts().0
    }

    fn verify(&self, parts: &Parts, body: &[u8]) -> Result<(), Refusal> {
        verify(parts, body, self.secret, &self.rules)
    }
}

fn verify(parts: &Parts, body: &[u8], secret: &str, rules: &Rules) -> Result<(), Refusal> {
    let claim = Claim::read(parts)?;
    claim.check(claim.moment, rules, None)?;
    let scope = &claim.scope;
    let secret = Secret::new(secret.to_owned());
    let key = SigningKey::derive(&secret, &scope.date, &scope.region, &scope.service);
    claim.verify(&key, parts, Payload::Whole(body), rules).map(drop)
}

#[test]
fn every_vector_verifies() {
    for vector in VECTORS {
        let outcome = vector.verify(&vector.parts(), vector.body.as_bytes());
        assert_eq!(outcome, Ok(()), "{}", vector.name);
    }
}

/// Texts that differ from `text` in one byte each.
fn tampered(text: &str) -> impl Iterator<Item = String> + '_ {
    (0..text.len()).filter_map(move |at| {
        let mut bytes = text.as_bytes().to_vec();
        bytes[at] = match bytes[at] {
            b'a' => b'b',
            b' ' => b'x',
            _ => b'a',
        };
        String::from_utf8(bytes).ok().filter(|changed| changed != text)
    })
}

#[test]
fn one_changed_byte_of_a_signed_header_is_refused() {
    let mut tried = 0;
    for vector in VECTORS {
        let signed: Vec<&str> = vector.signed.split(';').collect();
        for (name, value) in vector.headers.iter().filter(|(name, _)| signed.contains(name)) {
            for changed in tampered(value) {
                let mut parts = vector.parts();
                parts.headers.insert(*name, changed.parse().unwrap());
                let outcome = vector.verify(&parts, vector.body.as_bytes());
                assert!(outcome.is_err(), "{}: {name}: {changed}", vector.name);
                tried += 1;
            }
        }
    }
    assert!(tried > 500, "{tried}");
}

#[test]
fn one_changed_byte_of_the_authorization_is_refused() {
    for vector in VECTORS {
        let original = vector.parts();
        let header = original.headers["authorization"].to_str().unwrap().to_owned();
        for changed in tampered(&header) {
            let mut parts = vector.parts();
            parts.headers.insert("authorization", changed.parse().unwrap());
            // The key id is not part of what is signed: it only says whose key is to be looked up.
            let same_key = changed.contains(vector.scope.split('/').next().unwrap());
            let outcome = vector.verify(&parts, vector.body.as_bytes());
            assert!(outcome.is_err() || !same_key, "{}: {changed}", vector.name);
        }
    }
}

#[test]
fn one_changed_byte_of_body_path_or_query_is_refused() {
    for vector in VECTORS {
        for changed in tampered(vector.body) {
            assert!(vector.verify(&vector.parts(), changed.as_bytes()).is_err(), "{}", vector.name);
        }
        for changed in tampered(vector.uri).filter(|uri| uri.starts_with('/')) {
            let Ok(uri) = changed.parse() else { continue };
            let mut parts = vector.parts();
            parts.uri = uri;
            let outcome = vector.verify(&parts, vector.body.as_bytes());
            assert!(outcome.is_err(), "{}: {changed}", vector.name);
        }
    }
}

fn presigned(uri: &str, headers: &[(&str, &str)]) -> Parts {
    let mut request = Request::builder().method("GET").uri(uri);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(()).unwrap().into_parts().0
}

const PRESIGNED_STS: &str = "/?Action=GetCallerIdentity&Version=2011-06-15&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDEXAMPLE%2F20150830%2Fus-east-1%2Fsts%2Faws4_request&X-Amz-Date=20150830T123600Z&X-Amz-Expires=60&X-Amz-SignedHeaders=host%3Bx-k8s-aws-id&X-Amz-Signature=fb9423f206ba3d23c0a8d9893dacddc44d41346a301fa87a31cded9058c6e4c1";
const PRESIGNED_STS_HEADERS: &[(&str, &str)] =
    &[("host", "sts.us-east-1.amazonaws.com"), ("x-k8s-aws-id", "demo")];
const PRESIGNED_SUITE: &str = "/?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDEXAMPLE%2F20150830%2Fus-east-1%2Fservice%2Faws4_request&X-Amz-Date=20150830T123600Z&X-Amz-Expires=3600&X-Amz-SignedHeaders=host&X-Amz-Signature=e93c787ed7f371d5c6b165c1b38ede9550f4dce4144713e844b25b7192d3865d";
const PRESIGNED_S3: &str = "/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404";

#[test]
fn presigned_vectors_verify_and_break_with_one_byte() {
    let cases = [
        (PRESIGNED_STS, PRESIGNED_STS_HEADERS, SUITE_SECRET, Rules::STANDARD),
        (PRESIGNED_SUITE, &[("host", "example.amazonaws.com")], SUITE_SECRET, Rules::STANDARD),
        (
            PRESIGNED_S3,
            &[("host", "examplebucket.s3.amazonaws.com")],
            S3_SECRET,
            Rules::OBJECT_STORAGE,
        ),
    ];
    for (uri, headers, secret, rules) in cases {
        assert_eq!(verify(&presigned(uri, headers), b"", secret, &rules), Ok(()), "{uri}");
        let key_id = uri.split("Credential=").nth(1).unwrap().split('%').next().unwrap();
        for changed in tampered(uri).filter(|uri| uri.starts_with('/') && uri.contains(key_id)) {
            let Ok(parsed) = changed.parse::<http::Uri>() else { continue };
            let mut parts = presigned(uri, headers);
            parts.uri = parsed;
            assert!(verify(&parts, b"", secret, &rules).is_err(), "{changed}");
        }
    }
}

#[test]
fn the_clock_is_held_to_the_minute_in_both_forms() {
    let moment = Timestamp::parse_basic("20150830T123600Z").unwrap();
    let url = presigned(PRESIGNED_STS, PRESIGNED_STS_HEADERS);
    for parts in [SUITE.parts(), url] {
        let claim = Claim::read(&parts).unwrap();
        let at = |seconds| claim.check(moment.plus_seconds(seconds), &Rules::STANDARD, None);
        assert_eq!(at(900), Ok(()));
        assert_eq!(at(-900), Ok(()));
        assert_eq!(
            at(901).unwrap_err().message(),
            "Signature expired: 20150830T123600Z is now earlier than 20150830T123601Z \
             (20150830T125101Z - 15 min.)"
        );
        assert_eq!(
            at(-901).unwrap_err().message(),
            "Signature not yet current: 20150830T123600Z is still later than 20150830T123559Z \
             (20150830T122059Z + 15 min.)"
        );
    }
}

#[test]
fn an_object_storage_url_lives_as_long_as_it_says() {
    let parts = presigned(PRESIGNED_S3, &[("host", "examplebucket.s3.amazonaws.com")]);
    let claim = Claim::read(&parts).unwrap();
    let at = |s| claim.check(claim.moment.plus_seconds(s), &Rules::OBJECT_STORAGE, None);
    assert_eq!(at(86_400), Ok(()));
    assert_eq!(at(86_401), Err(Refusal::UrlExpired));
}

fn refusal(headers: &[(&str, &str)], uri: &str) -> String {
    match Claim::read(&presigned(uri, headers)) {
        Ok(claim) => {
            claim.check(claim.moment, &Rules::STANDARD, Some("sts")).unwrap_err().message()
        }
        Err(refusal) => refusal.message(),
    }
}

#[test]
fn refusals_speak_as_aws_does() {
    let date = ("x-amz-date", "20150830T123600Z");
    let auth = |text: &'static str| [("host", "h"), date, ("authorization", text)];
    assert_eq!(refusal(&[("host", "h")], "/"), "Request is missing Authentication Token");
    assert_eq!(refusal(&auth("Basic x"), "/"), "Unsupported AWS 'algorithm': 'Basic'.");
    assert_eq!(
        refusal(&auth("AWS4-HMAC-SHA256 Credential=a, oops"), "/"),
        "'oops' not a valid key=value pair (missing equal-sign) in Authorization header: \
         'AWS4-HMAC-SHA256 Credential=a, oops'."
    );
    assert_eq!(
        refusal(&[("host", "h"), ("authorization", "AWS4-HMAC-SHA256 x=1")], "/"),
        "Authorization header requires 'Credential' parameter. Authorization header requires \
         'Signature' parameter. Authorization header requires 'SignedHeaders' parameter. \
         Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. \
         Authorization=AWS4-HMAC-SHA256 x=1"
    );
    assert_eq!(
        refusal(&[("host", "h")], "/?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date=x"),
        "AWS query-string parameters must include 'X-Amz-Credential'. AWS query-string parameters \
         must include 'X-Amz-Signature'. AWS query-string parameters must include \
         'X-Amz-SignedHeaders'. Re-examine the query-string parameters."
    );
    let signed = "AWS4-HMAC-SHA256 Credential=K/20150830/us-east-1/sts/aws4_request, Signature=0, ";
    let with = |rest: &str| -> &'static str { format!("{signed}{rest}").leak() };
    assert_eq!(
        refusal(&auth(with("SignedHeaders=x-amz-date")), "/"),
        "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization."
    );
    assert_eq!(
        refusal(&auth(with("SignedHeaders=host")), "/"),
        "'X-Amz-Date' must be a 'SignedHeader' in the AWS Authorization."
    );
    let whole = "AWS4-HMAC-SHA256 SignedHeaders=host;x-amz-date, Signature=0, Credential=";
    let with = |credential: &str| -> &'static str { format!("{whole}{credential}").leak() };
    assert_eq!(
        refusal(&auth(with("K/x")), "/"),
        "Credential must have exactly 5 slash-delimited elements, e.g. \
         keyid/date/region/service/term, got 'K/x'"
    );
    assert_eq!(
        refusal(&auth(with("K/20150831/US EAST/iam/aws3")), "/"),
        "Credential should be scoped to a valid region, not 'US EAST'. Credential should be scoped \
         to correct service: 'sts'. Credential should be scoped with a valid terminator: \
         'aws4_request', not 'aws3'. Date in Credential scope does not match YYYYMMDD from \
         ISO-8601 version of date from HTTP: '20150831' != '20150830', from '20150830T123600Z'."
    );
}

#[test]
fn two_signatures_at_once_are_refused() {
    let mut parts = SUITE.parts();
    parts.uri = PRESIGNED_SUITE.parse().unwrap();
    assert_eq!(Claim::read(&parts).unwrap_err(), Refusal::SignedTwice);
}
