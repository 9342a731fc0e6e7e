//! The last step: is the signature the one that this key makes of this request?

use aws_lc_rs::digest;
use http::request::Parts;

use crate::canonical;
use crate::claim::{Claim, Form};
use crate::key::SigningKey;
use crate::refusal::Refusal;
use crate::rules::Rules;

/// What is known of the request's body.
#[derive(Debug, Clone, Copy)]
pub enum Payload<'a> {
    /// The whole body.
    Whole(&'a [u8]),
    /// The body comes in chunks that are checked one by one: only for object storage.
    Streamed,
}

/// The proof that a request was signed with the key: made by [`Claim::verify`] alone.
#[derive(Debug)]
pub struct Verified(());

impl Claim<'_> {
    /// Checks the signature with `key`, and the body against the hash that was signed.
    ///
    /// # Errors
    /// [`Refusal`] if header, body, key or signature don't belong together.
    pub fn verify(
        &self,
        key: &SigningKey,
        parts: &Parts,
        payload: Payload<'_>,
        rules: &Rules,
    ) -> Result<Verified, Refusal> {
        let mut buffer = Vec::with_capacity(1024);
        let mut hash = [0_u8; 64];
        let payload_hash = self.payload_hash(parts, payload, rules, &mut hash)?;
        let presigned = self.form == Form::Query;
        let headers = &*self.signed_headers;
        canonical::request(&mut buffer, parts, headers, payload_hash, presigned, rules)
            .ok_or_else(|| Refusal::SignedHeaderAbsent(headers.to_owned()))?;
        let request_hash = digest::digest(&digest::SHA256, &buffer);
        buffer.clear();
        self.string_to_sign(&mut buffer, request_hash.as_ref());
        let mut signature = [0_u8; 32];
        let lower_case = !self.signature.bytes().any(|byte| byte.is_ascii_uppercase());
        if !lower_case || hex::decode_to_slice(self.signature.as_bytes(), &mut signature).is_err() {
            return Err(Refusal::Mismatch);
        }
        if key.accepts(&buffer, &signature) { Ok(Verified(())) } else { Err(Refusal::Mismatch) }
    }

    fn string_to_sign(&self, out: &mut Vec<u8>, request_hash: &[u8]) {
        push_string_to_sign(
            out,
            &self.basic,
            [&self.scope.date, &self.scope.region, &self.scope.service, &self.scope.terminator],
            request_hash,
        );
    }

    /// The last line of the canonical request. A hash that the request sends must be the body's.
    fn payload_hash<'b>(
        &self,
        parts: &'b Parts,
        payload: Payload<'_>,
        rules: &Rules,
        buffer: &'b mut [u8; 64],
    ) -> Result<&'b [u8], Refusal> {
        let sent = parts.headers.get("x-amz-content-sha256").map(http::HeaderValue::as_bytes);
        let constant = |sent: &[u8]| sent == b"UNSIGNED-PAYLOAD" || sent.starts_with(b"STREAMING-");
        match (sent, payload) {
            (Some(sent), _) if rules.object_storage && constant(sent) => return Ok(sent),
            (None, _) if rules.object_storage && self.form == Form::Query => {
                return Ok(b"UNSIGNED-PAYLOAD");
            }
            (_, Payload::Streamed) => return Err(Refusal::PayloadMismatch),
            _ => {}
        }
        let Payload::Whole(body) = payload else { return Err(Refusal::PayloadMismatch) };
        let hash = digest::digest(&digest::SHA256, body);
        hex::encode_to_slice(hash.as_ref(), buffer).map_err(|_| Refusal::PayloadMismatch)?;
        match sent {
            Some(sent) if sent != buffer.as_slice() => Err(Refusal::PayloadMismatch),
            _ => Ok(buffer.as_slice()),
        }
    }
}

/// Appends the string to sign (step 2).
pub(crate) fn push_string_to_sign(
    out: &mut Vec<u8>,
    moment: &str,
    scope: [&str; 4],
    request_hash: &[u8],
) {
    out.extend_from_slice(b"AWS4-HMAC-SHA256\n");
    out.extend_from_slice(moment.as_bytes());
    out.push(b'\n');
    for (at, part) in scope.into_iter().enumerate() {
        if at > 0 {
            out.push(b'/');
        }
        out.extend_from_slice(part.as_bytes());
    }
    out.push(b'\n');
    let mut digits = [0_u8; 64];
    if hex::encode_to_slice(request_hash, &mut digits).is_ok() {
        out.extend_from_slice(&digits);
    }
}
