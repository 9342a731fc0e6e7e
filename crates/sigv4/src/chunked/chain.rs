//! The chain of signatures that holds a body in chunks together. Knows nothing of framing.

use aws_lc_rs::digest::{SHA256, digest};

use crate::claim::Claim;
use crate::key::SigningKey;
use crate::string_to_sign::{push_hash, push_head};

/// The SHA-256 of nothing: what stands for a chunk's headers, which there are none of.
const EMPTY: &[u8] = b"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\n";

/// What the next signature takes in.
#[derive(Debug)]
pub(super) struct Chain {
    key: SigningKey,
    moment: String,
    scope: String,
    previous: String,
    text: Vec<u8>,
}

impl Chain {
    /// The chain that begins with the request's own signature.
    pub(super) fn of(claim: &Claim<'_>, key: &SigningKey) -> Self {
        Self {
            key: key.clone(),
            moment: claim.basic.clone().into_owned(),
            scope: claim.scope.signed.clone().into_owned(),
            previous: claim.signature.clone().into_owned(),
            text: Vec::with_capacity(512),
        }
    }

    /// The next chunk's signature; it becomes part of the chain.
    pub(super) fn sign_chunk(&mut self, data: &[u8]) -> &str {
        self.write_chunk(data);
        self.sign()
    }

    /// The trailing headers' signature; it becomes part of the chain.
    pub(super) fn sign_trailer(&mut self, headers: &[u8]) -> &str {
        self.write_trailer(headers);
        self.sign()
    }

    /// Whether `signature` is the next chunk's. If so, it becomes part of the chain.
    pub(super) fn accepts_chunk(&mut self, data: &[u8], signature: &str) -> bool {
        self.write_chunk(data);
        self.accepts(signature)
    }

    /// Whether `signature` is the trailing headers'. If so, it becomes part of the chain.
    pub(super) fn accepts_trailer(&mut self, headers: &[u8], signature: &str) -> bool {
        self.write_trailer(headers);
        self.accepts(signature)
    }

    fn write_chunk(&mut self, data: &[u8]) {
        self.write_head("AWS4-HMAC-SHA256-PAYLOAD");
        // Hash of no headers
        self.text.extend_from_slice(EMPTY);
        // Hash of the chunk's data
        push_hash(&mut self.text, digest(&SHA256, data).as_ref());
    }

    fn write_trailer(&mut self, headers: &[u8]) {
        self.write_head("AWS4-HMAC-SHA256-TRAILER");
        // Hash of the trailing headers
        push_hash(&mut self.text, digest(&SHA256, headers).as_ref());
    }

    fn write_head(&mut self, algorithm: &str) {
        self.text.clear();
        push_head(&mut self.text, algorithm, &self.moment, &self.scope);
        // Previous signature
        self.text.extend_from_slice(self.previous.as_bytes());
        self.text.push(b'\n');
    }

    fn sign(&mut self) -> &str {
        self.previous.clear();
        self.previous.push_str(&String::from_utf8_lossy(&self.key.signature(&self.text)));
        &self.previous
    }

    fn accepts(&mut self, signature: &str) -> bool {
        let good = self.key.accepts(&self.text, signature.as_bytes());
        if good {
            self.previous.clear();
            self.previous.push_str(signature);
        }
        good
    }
}
