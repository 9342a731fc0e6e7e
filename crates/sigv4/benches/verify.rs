//! What verifying a signature costs, beside the bare cryptography of the same bytes in the same run.

#![expect(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a benchmark measures and prints"
)]
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot go on has failed")]

use std::hint::black_box;
use std::time::Instant;

use aws_lc_rs::{digest, hmac};
use http::Request;
use keywright_sigv4::{Claim, Payload, Rules, Signer, SigningKey, sign};
use names::{Secret, Timestamp};

const ROUNDS: usize = 201;
const CALLS: u32 = 1_000;
const BODY: &[u8] = b"Action=GetCallerIdentity&Version=2011-06-15";

/// Nanoseconds per call.
fn time(mut call: impl FnMut()) -> f64 {
    let begun = Instant::now();
    (0..CALLS).for_each(|_| call());
    begun.elapsed().as_nanos() as f64 / f64::from(CALLS)
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times.get(times.len() / 2).copied().unwrap_or_default()
}

fn main() {
    let now = Timestamp::parse_basic("20150830T123600Z").unwrap();
    let secret = Secret::new("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".to_owned());
    let request = Request::post("/")
        .header("host", "127.0.0.1:4747")
        .header("content-type", "application/x-www-form-urlencoded; charset=utf-8");
    let mut parts = request.body(()).unwrap().into_parts().0;
    let signer = Signer {
        access_key_id: "AKIDEXAMPLE",
        secret: &secret,
        session_token: None,
        region: "us-east-1",
        service: "sts",
    };
    sign(&signer, &mut parts, BODY, now, &Rules::STANDARD).unwrap();
    let key = SigningKey::derive(&secret, "20150830", "us-east-1", "sts");
    let verify = |key: &SigningKey| {
        let claim = Claim::read(&parts).unwrap();
        claim.check(now, &Rules::STANDARD, Some("sts")).unwrap();
        claim.verify(key, &parts, Payload::Whole(BODY), &Rules::STANDARD).unwrap();
    };
    // The bytes that a verifier hashes: the body, the canonical request, the string to sign.
    let (canonical, to_sign) = (vec![b'x'; 212], vec![b'x'; 134]);
    let prepared = hmac::Key::new(hmac::HMAC_SHA256, &[7; 32]);
    let floor = || {
        black_box(digest::digest(&digest::SHA256, black_box(BODY)));
        black_box(digest::digest(&digest::SHA256, black_box(&canonical)));
        black_box(hmac::sign(&prepared, black_box(&to_sign)));
    };
    let derive = || SigningKey::derive(&secret, "20150830", "us-east-1", "sts");
    let four_hmacs = || {
        let mut key =
            hmac::Key::new(hmac::HMAC_SHA256, b"AWS4wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");
        for step in ["20150830", "us-east-1", "sts", "aws4_request"] {
            key = hmac::Key::new(hmac::HMAC_SHA256, hmac::sign(&key, step.as_bytes()).as_ref());
        }
        black_box(key);
        floor();
    };
    let mut table: [Vec<f64>; 4] = Default::default();
    for _ in 0..ROUNDS {
        let row = [
            time(floor),
            time(|| verify(black_box(&key))),
            time(four_hmacs),
            time(|| verify(&derive())),
        ];
        table.iter_mut().zip(row).for_each(|(column, value)| column.push(value));
    }
    // Each round stands in the table beside its own floor, so that a slow moment slows both.
    let ratio = |of: usize, to: usize| {
        let [of, to] = [of, to].map(|column| table.get(column).into_iter().flatten());
        median(of.zip(to).map(|(of, to)| of / to).collect())
    };
    let (ratio_cached, ratio_derived) = (ratio(1, 0), ratio(3, 2));
    let [floor, cached, derived_floor, uncached] = table.map(median);
    println!("| verification | ns | floor | ns | ratio |\n|---|---|---|---|---|");
    println!(
        "| signing key cached | {cached:.0} | SHA-256 + HMAC of the same bytes | {floor:.0} | {ratio_cached:.2} |"
    );
    println!(
        "| signing key derived | {uncached:.0} | the same and four HMACs | {derived_floor:.0} | {ratio_derived:.2} |"
    );
}
