//! The string to sign, line by line as the specification has it. Signs nothing itself.
//!
//! Source: IAM User Guide, "Create a signed AWS API request", steps 2 and 3.

use aws_lc_rs::digest::{SHA256, digest};

use crate::claim::ALGORITHM;
use crate::hexadecimal;

/// Puts the string to sign of a request in the place of its canonical request.
pub(crate) fn of_request(canonical_request: &mut Vec<u8>, moment: &str, scope: &str) {
    let hash = digest(&SHA256, canonical_request);
    let out = canonical_request;
    out.clear();
    push_head(out, ALGORITHM, moment, scope);
    push_hash(out, hash.as_ref());
}

/// Appends the lines that every string to sign begins with.
pub(crate) fn push_head(out: &mut Vec<u8>, algorithm: &str, moment: &str, scope: &str) {
    // Algorithm
    out.extend_from_slice(algorithm.as_bytes());
    out.push(b'\n');
    // RequestDateTime
    out.extend_from_slice(moment.as_bytes());
    out.push(b'\n');
    // CredentialScope
    out.extend_from_slice(scope.as_bytes());
    out.push(b'\n');
}

/// Appends a hash in hexadecimal digits.
pub(crate) fn push_hash(out: &mut Vec<u8>, hash: &[u8]) {
    out.extend_from_slice(&hexadecimal::digits(hash));
}
