//! Why a body in chunks is refused, in object storage's codes and texts.

/// Why a body in chunks is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChunkRefusal {
    /// A signature of a chunk or of the trailing headers is another than the key makes.
    Mismatch,
    /// The body ends early, is longer than it says, or is not made of chunks.
    Incomplete,
    /// A chunk other than the last is shorter than [`super::CHUNK_LENGTH_MIN`].
    ChunkTooSmall,
    /// A chunk is longer than the caller holds in memory.
    ChunkTooLarge,
    /// `x-amz-decoded-content-length` is absent or no number.
    NoLength,
    /// The trailing headers are not those that `x-amz-trailer` names, or not well-formed.
    BadTrailer,
}

impl ChunkRefusal {
    /// AWS's code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Mismatch => "SignatureDoesNotMatch",
            Self::Incomplete => "IncompleteBody",
            Self::ChunkTooSmall => "InvalidChunkSizeError",
            Self::ChunkTooLarge => "EntityTooLarge",
            Self::NoLength => "MissingContentLength",
            Self::BadTrailer => "MalformedTrailerError",
        }
    }

    /// The HTTP status.
    #[must_use]
    pub const fn status(self) -> u16 {
        match self {
            Self::Mismatch | Self::ChunkTooSmall => 403,
            Self::Incomplete | Self::ChunkTooLarge | Self::BadTrailer => 400,
            Self::NoLength => 411,
        }
    }

    /// AWS's text.
    #[must_use]
    pub const fn message(self) -> &'static str {
        match self {
            Self::Mismatch => {
                "The request signature we calculated does not match the signature you provided. \
                 Check your key and signing method."
            }
            Self::Incomplete => {
                "You did not provide the number of bytes specified by the Content-Length HTTP \
                 header."
            }
            Self::ChunkTooSmall => {
                "Only the last chunk is allowed to have a size less than 8192 bytes"
            }
            Self::ChunkTooLarge => "Your proposed upload exceeds the maximum allowed size",
            Self::NoLength => "You must provide the Content-Length HTTP header.",
            Self::BadTrailer => {
                "The request contained trailing data that was not well-formed or did not conform \
                 to our published schema."
            }
        }
    }
}
