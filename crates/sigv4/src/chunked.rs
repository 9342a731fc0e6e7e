//! Bodies in signed chunks: `Content-Encoding: aws-chunked`, as object storage takes them.
//!
//! A [`Decoder`] is fed the body in pieces of any size and gives back what the chunks carry, each
//! chunk only when its signature is good; an [`Encoder`] is the client's side. Each signature takes
//! in the one before it, and the first that of the request. No I/O, and nothing is held but the
//! chunk at hand.
//!
//! Source: Amazon S3 API Reference, "Transferring payload in multiple chunks", with and without
//! trailing headers.

mod chain;
mod decoder;
mod encoder;
mod refusal;

pub use decoder::{CHUNK_LENGTH_MIN, Decoder, Trailer};
pub use encoder::Encoder;
pub use refusal::ChunkRefusal;

use crate::claim::Claim;

/// What of a body in chunks is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Chunking {
    /// Each chunk.
    Signed,
    /// Each chunk, and headers that follow the last.
    SignedTrailer,
    /// Nothing; headers follow the last chunk.
    UnsignedTrailer,
}

impl Chunking {
    const ALL: [Self; 3] = [Self::Signed, Self::SignedTrailer, Self::UnsignedTrailer];

    /// What stands in `x-amz-content-sha256`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Signed => "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
            Self::SignedTrailer => "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
            Self::UnsignedTrailer => "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
        }
    }

    pub(crate) fn of_name(name: &[u8]) -> Option<Self> {
        Self::ALL.into_iter().find(|chunking| chunking.name().as_bytes() == name)
    }

    const fn is_signed(self) -> bool {
        matches!(self, Self::Signed | Self::SignedTrailer)
    }

    const fn has_trailers(self) -> bool {
        matches!(self, Self::SignedTrailer | Self::UnsignedTrailer)
    }
}

impl Claim<'_> {
    /// In what chunks the body comes, if it does.
    #[must_use]
    pub fn chunking(&self) -> Option<Chunking> {
        self.sent.content_sha256.and_then(|name| Chunking::of_name(name.as_bytes()))
    }
}

/// What separates a chunk's length from its signature.
const SIGNATURE_MARK: &str = ";chunk-signature=";

/// The trailing header that signs the others.
const TRAILER_SIGNATURE: &str = "x-amz-trailer-signature";
