//! The client's side: signing a request by header or by query. For our own clients and tests.

use aws_lc_rs::digest::{SHA256, digest};
use http::header::{AUTHORIZATION, HeaderValue, InvalidHeaderValue};
use http::request::Parts;
use http::uri::{PathAndQuery, Uri};
use names::{Secret, Timestamp};

use crate::canonical;
use crate::chunked::Chunking;
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

impl Signer<'_> {
    fn scope(&self, now: Timestamp) -> String {
        format!("{}/{}/{}/aws4_request", now.day(), self.region, self.service)
    }

    /// The signature of a request whose header or query is complete but for it.
    fn signature(
        &self,
        parts: &Parts,
        signed_headers: &str,
        payload_hash: &[u8],
        now: Timestamp,
        rules: &Rules,
    ) -> String {
        let mut text = Vec::new();
        let sent = SentHeaders::gather(&parts.headers);
        // That a signed header is absent cannot be: they are those that are there.
        let _ =
            canonical::request(&mut text, parts, &sent, signed_headers, payload_hash, false, rules);
        string_to_sign::of_request(&mut text, &now.basic(), &self.scope(now));
        let key = SigningKey::derive(self.secret, &now.day(), self.region, self.service);
        String::from_utf8_lossy(&key.signature(&text)).into_owned()
    }
}

/// Adds `X-Amz-Date`, the session token and `Authorization` to `parts`; signs every header that is
/// there by then. `Host` must be among them. Object storage wants `X-Amz-Content-Sha256` too: if it
/// is there already and says `UNSIGNED-PAYLOAD` or a [`Chunking`], the body is left open.
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
    let hash = payload_hash(parts, body, rules);
    if rules.object_storage {
        parts.headers.insert("x-amz-content-sha256", HeaderValue::from_bytes(&hash)?);
    }
    let signed_headers = all_headers(parts);
    let signature = signer.signature(parts, &signed_headers, &hash, now, rules);
    let header = format!(
        "{ALGORITHM} Credential={}/{}, SignedHeaders={signed_headers}, Signature={signature}",
        signer.access_key_id,
        signer.scope(now),
    );
    parts.headers.insert(AUTHORIZATION, HeaderValue::from_str(&header)?);
    Ok(())
}

/// Adds to the query of `parts` what makes it a presigned URL; signs every header that is there.
/// `Host` must be among them. For object storage, the body is left open.
///
/// # Errors
/// If the URL becomes too long to be one.
pub fn presign(
    signer: &Signer<'_>,
    parts: &mut Parts,
    body: &[u8],
    now: Timestamp,
    expires_seconds: u32,
    rules: &Rules,
) -> Result<(), http::Error> {
    let signed_headers = all_headers(parts);
    let (credential, expires) =
        (format!("{}/{}", signer.access_key_id, signer.scope(now)), expires_seconds.to_string());
    let mut query = parts.uri.query().unwrap_or_default().as_bytes().to_vec();
    let moment = now.basic();
    push_parameter(&mut query, "X-Amz-Algorithm", ALGORITHM);
    push_parameter(&mut query, "X-Amz-Credential", &credential);
    push_parameter(&mut query, "X-Amz-Date", &moment);
    push_parameter(&mut query, "X-Amz-Expires", &expires);
    push_parameter(&mut query, "X-Amz-SignedHeaders", &signed_headers);
    if let Some(token) = signer.session_token {
        push_parameter(&mut query, "X-Amz-Security-Token", token);
    }
    parts.uri = with_query(&parts.uri, &query)?;
    let hash = match rules.object_storage && !parts.headers.contains_key("x-amz-content-sha256") {
        true => b"UNSIGNED-PAYLOAD".to_vec(),
        false => payload_hash(parts, body, rules),
    };
    let signature = signer.signature(parts, &signed_headers, &hash, now, rules);
    push_parameter(&mut query, "X-Amz-Signature", &signature);
    parts.uri = with_query(&parts.uri, &query)?;
    Ok(())
}

/// The names of all headers that are there, as `SignedHeaders` has them.
fn all_headers(parts: &Parts) -> String {
    let mut names: Vec<&str> = parts.headers.keys().map(http::HeaderName::as_str).collect();
    names.sort_unstable();
    names.join(";")
}

fn payload_hash(parts: &Parts, body: &[u8], rules: &Rules) -> Vec<u8> {
    let sent = parts.headers.get("x-amz-content-sha256").map(HeaderValue::as_bytes);
    let open = |sent: &[u8]| sent == b"UNSIGNED-PAYLOAD" || Chunking::of_name(sent).is_some();
    match sent {
        Some(sent) if rules.object_storage && open(sent) => sent.to_vec(),
        _ => hexadecimal::digits(digest(&SHA256, body).as_ref()).to_vec(),
    }
}

fn push_parameter(query: &mut Vec<u8>, name: &str, value: &str) {
    if !query.is_empty() {
        query.push(b'&');
    }
    query.extend_from_slice(name.as_bytes());
    query.push(b'=');
    canonical::push_value(query, value);
}

fn with_query(uri: &Uri, query: &[u8]) -> Result<Uri, http::Error> {
    let mut parts = uri.clone().into_parts();
    let text = [uri.path().as_bytes(), b"?", query].concat();
    parts.path_and_query = Some(PathAndQuery::try_from(text.as_slice())?);
    Ok(Uri::from_parts(parts)?)
}
