//! The client's side: signing a request by header. For our own clients and tests.

use aws_lc_rs::digest;
use http::header::{AUTHORIZATION, HeaderValue, InvalidHeaderValue};
use http::request::Parts;
use names::{Secret, Timestamp};

use crate::canonical;
use crate::claim::ALGORITHM;
use crate::hexadecimal;
use crate::key::SigningKey;
use crate::rules::Rules;
use crate::sent::SentHeaders;
use crate::string_to_sign;

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
    let hash = hexadecimal::digits(digest::digest(&digest::SHA256, body).as_ref());
    let mut text = Vec::new();
    let sent = SentHeaders::gather(&parts.headers);
    let _ = canonical::request(&mut text, parts, &sent, &signed_headers, &hash, false, rules);
    let date = now.day();
    let scope = format!("{date}/{}/{}/aws4_request", signer.region, signer.service);
    string_to_sign::of_request(&mut text, &now.basic(), &scope);
    let key = SigningKey::derive(signer.secret, &date, signer.region, signer.service);
    let signature = key.signature(&text);
    let header = format!(
        "{ALGORITHM} Credential={}/{scope}, SignedHeaders={signed_headers}, Signature={}",
        signer.access_key_id,
        String::from_utf8_lossy(&signature),
    );
    parts.headers.insert(AUTHORIZATION, HeaderValue::from_str(&header)?);
    Ok(())
}
