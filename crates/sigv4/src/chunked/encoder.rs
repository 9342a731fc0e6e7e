//! The client's side of bodies in chunks: frames and signs what it is given, and keeps none of it.

use super::chain::Chain;
use super::{Chunking, SIGNATURE_MARK, TRAILER_SIGNATURE};
use crate::claim::Claim;
use crate::key::SigningKey;

/// Writes a body in chunks.
#[derive(Debug)]
pub struct Encoder {
    chunking: Chunking,
    chain: Chain,
}

impl Encoder {
    /// An encoder for the body of a signed request, whose own claim this is; `None` if that does
    /// not say that the body comes in chunks.
    #[must_use]
    pub fn new(claim: &Claim<'_>, key: &SigningKey) -> Option<Self> {
        Some(Self { chunking: claim.chunking()?, chain: Chain::of(claim, key) })
    }

    /// Appends a chunk. Nothing is written for no data: an empty chunk is the last.
    pub fn chunk(&mut self, data: &[u8], out: &mut Vec<u8>) {
        if !data.is_empty() {
            self.head(data, out);
            out.extend_from_slice(data);
            out.extend_from_slice(b"\r\n");
        }
    }

    /// Appends the last chunk, and the trailing headers if the chunking has such: names in lower
    /// case, in the order of `x-amz-trailer`.
    pub fn finish(mut self, trailers: &[(&str, &str)], out: &mut Vec<u8>) {
        self.head(b"", out);
        if self.chunking.has_trailers() {
            let mut signed = Vec::new();
            for (name, value) in trailers {
                out.extend_from_slice(format!("{name}:{value}\r\n").as_bytes());
                signed.extend_from_slice(format!("{name}:{}\n", value.trim_ascii()).as_bytes());
            }
            if self.chunking.is_signed() {
                let signature = self.chain.sign_trailer(&signed);
                out.extend_from_slice(format!("{TRAILER_SIGNATURE}:{signature}\r\n").as_bytes());
            }
        }
        out.extend_from_slice(b"\r\n");
    }

    fn head(&mut self, data: &[u8], out: &mut Vec<u8>) {
        out.extend_from_slice(format!("{:x}", data.len()).as_bytes());
        if self.chunking.is_signed() {
            out.extend_from_slice(SIGNATURE_MARK.as_bytes());
            out.extend_from_slice(self.chain.sign_chunk(data).as_bytes());
        }
        out.extend_from_slice(b"\r\n");
    }
}
