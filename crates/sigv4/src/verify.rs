//! The last step: is the signature the one that this key makes of this request?

use aws_lc_rs::digest;
use http::HeaderValue;
use http::request::Parts;

use crate::canonical;
use crate::chunked::Chunking;
use crate::claim::{Claim, Form};
use crate::hexadecimal;
use crate::key::SigningKey;
use crate::refusal::Refusal;
use crate::rules::Rules;
use crate::string_to_sign;

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
    /// Checks the signature with `key`, and the body against the hash that was signed. `parts` are
    /// those that the claim was read from.
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
        let payload_hash = self.payload_hash(payload, rules, &mut hash)?;
        let presigned = self.form == Form::Query;
        let headers = &*self.signed_headers;
        canonical::request(&mut buffer, parts, &self.sent, headers, payload_hash, presigned, rules)
            .ok_or_else(|| Refusal::SignedHeaderAbsent(headers.to_owned()))?;
        string_to_sign::of_request(&mut buffer, &self.basic, &self.scope.signed);
        if key.accepts(&buffer, self.signature.as_bytes()) {
            Ok(Verified(()))
        } else {
            Err(Refusal::Mismatch)
        }
    }

    /// The last line of the canonical request. A hash that the request sends must be the body's.
    fn payload_hash<'b>(
        &'b self,
        payload: Payload<'_>,
        rules: &Rules,
        buffer: &'b mut [u8; 64],
    ) -> Result<&'b [u8], Refusal> {
        let sent = self.sent.content_sha256.map(HeaderValue::as_bytes);
        let chunked = |sent: &[u8]| Chunking::of_name(sent).is_some();
        match (sent, payload) {
            (Some(sent), _) if rules.object_storage && sent == b"UNSIGNED-PAYLOAD" => {
                return Ok(sent);
            }
            // The chunks are checked one by one, by a `chunked::Decoder`.
            (Some(sent), Payload::Streamed) if rules.object_storage && chunked(sent) => {
                return Ok(sent);
            }
            (None, _) if rules.object_storage && self.form == Form::Query => {
                return Ok(b"UNSIGNED-PAYLOAD");
            }
            (_, Payload::Streamed) => return Err(Refusal::PayloadMismatch),
            _ => {}
        }
        let Payload::Whole(body) = payload else { return Err(Refusal::PayloadMismatch) };
        let hash = digest::digest(&digest::SHA256, body);
        *buffer = hexadecimal::digits(hash.as_ref());
        match sent {
            Some(sent) if sent != buffer.as_slice() => Err(Refusal::PayloadMismatch),
            _ => Ok(buffer.as_slice()),
        }
    }
}
