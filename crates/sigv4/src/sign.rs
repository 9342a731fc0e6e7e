//! The client's side: signing a request by header. For our own clients and tests.

use aws_lc_rs::digest;
use http::header::{AUTHORIZATION, HeaderValue, InvalidHeaderValue};
use http::request::Parts;
use names::{Secret, Timestamp};

use crate::canonical;
use crate::key::SigningKey;
use crate::rules::Rules;
use crate::verify::push_string_to_sign;

/// Who signs, and for what.
#[derive(Debug)]
pub struct Signer<'a> {
    /// The access key id.
    pub access_key_id: &'a str,
    /// The secret access key.
    pub secret: &'a Secret<String>,
    /// The session token of temporary credentials.
    pub session_token: Option<&'a str>,
    /// `us-east-1`, …
    pub region: &'a str,
    /// `iam`, `sts`, …
    pub service: &'a str,
}

/// Adds `X-Amz-Date`, the session token and `Authorization` to `parts`; signs every header that is
/// there by then. `Host` must be among them.
///
/// # Errors
/// If a value that is to become a header cannot be one.
pub fn sign(
    signer: &Signer<'_>,
    parts: &mut Parts,
    body: &[u8],
    now: Timestamp,
    rules: &Rules,
) -> Result<(), InvalidHeaderValue> {
    parts.headers.insert("x-amz-date", HeaderValue::from_str(&now.basic())?);
    if let Some(token) = signer.session_token {
        parts.headers.insert("x-amz-security-token", HeaderValue::from_str(token)?);
    }
    let mut names: Vec<String> = parts.headers.keys().map(ToString::to_string).collect();
    names.sort_unstable();
    names.dedup();
    let signed_headers = names.join(";");
    let body_hash = hex::encode(digest::digest(&digest::SHA256, body));
    let mut text = Vec::new();
    let hash = body_hash.as_bytes();
    let _ = canonical::request(&mut text, parts, &signed_headers, hash, false, rules);
    let request_hash = digest::digest(&digest::SHA256, &text);
    text.clear();
    let date = now.day();
    let scope = [date.as_str(), signer.region, signer.service, "aws4_request"];
    push_string_to_sign(&mut text, &now.basic(), scope, request_hash.as_ref());
    let key = SigningKey::derive(signer.secret, &date, signer.region, signer.service);
    let signature = hex::encode(key.sign(&text));
    let header = format!(
        "AWS4-HMAC-SHA256 Credential={}/{}, SignedHeaders={signed_headers}, Signature={signature}",
        signer.access_key_id,
        scope.join("/"),
    );
    parts.headers.insert(AUTHORIZATION, HeaderValue::from_str(&header)?);
    Ok(())
}
