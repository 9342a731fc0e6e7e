//! The server's side of bodies in chunks: gives back nothing that was not signed, where it should
//! be. After a refusal it takes no more.

use http::HeaderMap;

use super::chain::Chain;
use super::{ChunkRefusal, Chunking, SIGNATURE_MARK, TRAILER_SIGNATURE};
use crate::claim::Claim;
use crate::key::SigningKey;
use crate::verify::Verified;

/// Only the last chunk may be shorter.
pub const CHUNK_LENGTH_MIN: usize = 8192;

/// The longest line: a chunk's length and signature, or a trailing header.
const LINE_LENGTH_MAX: usize = 1024;

/// More trailing headers nobody sends.
const TRAILERS_MAX: usize = 16;

/// A header that followed the last chunk: its name in lower case, and its value.
pub type Trailer = (String, String);

/// Takes a body in chunks apart.
#[derive(Debug)]
pub struct Decoder {
    chunking: Chunking,
    chain: Chain,
    chunk_length_max: usize,
    /// What is still to come by `x-amz-decoded-content-length`.
    left: u64,
    next: Next,
    line: Vec<u8>,
    /// The chunk at hand, whose signature can be checked when it is whole.
    held: Vec<u8>,
    signature: String,
    /// A chunk that was too short unless it was the last.
    short: bool,
    /// What `x-amz-trailer` names.
    announced: Vec<String>,
    trailers: Vec<Trailer>,
    trailer_signature: Option<String>,
    refused: Option<ChunkRefusal>,
}

/// What the next bytes are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    /// A chunk's length and signature.
    ChunkHead,
    /// A chunk's data, of which so much is missing.
    ChunkData(usize),
    /// The end of line after a chunk's data.
    ChunkEnd,
    /// A trailing header, or the empty line that ends the body.
    Trailer,
    /// The empty line that ends a body without trailing headers.
    End,
    /// Nothing: the body has ended.
    Nothing,
}

impl Decoder {
    /// A decoder for the body of a request whose own signature has been verified with `key`.
    /// Chunks longer than `chunk_length_max` are refused where they must be held to be checked.
    ///
    /// # Errors
    /// [`ChunkRefusal`] if the request does not say how long the payload is, or announces trailing
    /// headers that cannot come, or none where they must.
    pub fn new(
        _: &Verified,
        claim: &Claim<'_>,
        key: &SigningKey,
        headers: &HeaderMap,
        chunk_length_max: usize,
    ) -> Result<Self, ChunkRefusal> {
        let chunking = claim.chunking().ok_or(ChunkRefusal::Incomplete)?;
        let length = headers.get("x-amz-decoded-content-length");
        let left = length.and_then(|length| read_number(length.as_bytes(), 10));
        let announced = announced(headers)?;
        if announced.is_empty() == chunking.has_trailers() {
            return Err(ChunkRefusal::BadTrailer);
        }
        Ok(Self {
            chunking,
            chain: Chain::of(claim, key),
            chunk_length_max,
            left: left.ok_or(ChunkRefusal::NoLength)?,
            next: Next::ChunkHead,
            line: Vec::new(),
            held: Vec::new(),
            signature: String::new(),
            short: false,
            announced,
            trailers: Vec::new(),
            trailer_signature: None,
            refused: None,
        })
    }

    /// Takes the next piece of the body, and appends to `out` what is known to be good.
    ///
    /// # Errors
    /// [`ChunkRefusal`] if the body is not what was signed; the same for all that is fed later.
    pub fn feed(&mut self, input: &[u8], out: &mut Vec<u8>) -> Result<(), ChunkRefusal> {
        if let Some(refusal) = self.refused {
            return Err(refusal);
        }
        let mut rest = input;
        while !rest.is_empty() {
            let taken = match self.next {
                Next::ChunkData(missing) => self.data(rest, missing, out),
                // Something follows the end.
                Next::Nothing => Err(ChunkRefusal::Incomplete),
                _ => self.line(rest),
            };
            rest = taken.inspect_err(|refusal| self.refuse(*refusal))?;
        }
        Ok(())
    }

    /// Ends the body.
    ///
    /// # Errors
    /// [`ChunkRefusal`] if the body has not come to its end, or was refused before.
    pub fn finish(self) -> Result<Vec<Trailer>, ChunkRefusal> {
        match (self.refused, self.next) {
            (Some(refusal), _) => Err(refusal),
            (None, Next::Nothing) => Ok(self.trailers),
            (None, _) => Err(ChunkRefusal::Incomplete),
        }
    }

    fn refuse(&mut self, refusal: ChunkRefusal) {
        self.refused = Some(refusal);
        self.held = Vec::new();
    }

    /// Takes data of the chunk at hand; the rest of the input.
    fn data<'a>(
        &mut self,
        input: &'a [u8],
        missing: usize,
        out: &mut Vec<u8>,
    ) -> Result<&'a [u8], ChunkRefusal> {
        let (data, rest) = input.split_at_checked(missing).unwrap_or((input, b""));
        if !self.chunking.is_signed() {
            out.extend_from_slice(data);
        } else if data.len() < missing || !self.held.is_empty() {
            self.held.extend_from_slice(data);
        }
        self.next = Next::ChunkData(missing - data.len());
        if data.len() == missing {
            if self.chunking.is_signed() {
                let chunk = if self.held.is_empty() { data } else { &self.held };
                self.chain
                    .accepts_chunk(chunk, &self.signature)
                    .then(|| out.extend_from_slice(chunk))
                    .ok_or(ChunkRefusal::Mismatch)?;
                self.held.clear();
            }
            self.next = Next::ChunkEnd;
        }
        Ok(rest)
    }

    /// Takes bytes of a line, and reads it when it is whole; the rest of the input.
    fn line<'a>(&mut self, input: &'a [u8]) -> Result<&'a [u8], ChunkRefusal> {
        let end = input.iter().position(|byte| *byte == b'\n').map_or(input.len(), |at| at + 1);
        let (part, rest) = input.split_at_checked(end).unwrap_or((input, b""));
        if self.line.len() + part.len() > LINE_LENGTH_MAX {
            return Err(self.malformed());
        }
        self.line.extend_from_slice(part);
        if part.ends_with(b"\n") {
            let line = std::mem::take(&mut self.line);
            let text = line.strip_suffix(b"\r\n").and_then(|line| std::str::from_utf8(line).ok());
            self.whole_line(text.ok_or_else(|| self.malformed())?)?;
            self.line = line;
            self.line.clear();
        }
        Ok(rest)
    }

    const fn malformed(&self) -> ChunkRefusal {
        match self.next {
            Next::Trailer => ChunkRefusal::BadTrailer,
            _ => ChunkRefusal::Incomplete,
        }
    }

    fn whole_line(&mut self, line: &str) -> Result<(), ChunkRefusal> {
        match (self.next, line) {
            (Next::ChunkHead, _) => self.chunk_head(line),
            (Next::ChunkEnd, "") => {
                self.next = Next::ChunkHead;
                Ok(())
            }
            (Next::End, "") => {
                self.next = Next::Nothing;
                Ok(())
            }
            (Next::Trailer, "") => self.end(),
            (Next::Trailer, _) => self.trailer(line),
            _ => Err(ChunkRefusal::Incomplete),
        }
    }

    /// `HEX;chunk-signature=SIGNATURE`, or `HEX` alone.
    fn chunk_head(&mut self, line: &str) -> Result<(), ChunkRefusal> {
        let length = if self.chunking.is_signed() {
            let (length, signature) = line.split_once(SIGNATURE_MARK).unwrap_or((line, ""));
            signature.clone_into(&mut self.signature);
            length
        } else {
            line
        };
        let length = read_number(length.as_bytes(), 16).ok_or(ChunkRefusal::Incomplete)?;
        self.left = self.left.checked_sub(length).ok_or(ChunkRefusal::Incomplete)?;
        let length = usize::try_from(length).map_err(|_| ChunkRefusal::ChunkTooLarge)?;
        if length == 0 {
            return self.last_chunk();
        }
        if self.short {
            return Err(ChunkRefusal::ChunkTooSmall);
        }
        if self.chunking.is_signed() && length > self.chunk_length_max {
            return Err(ChunkRefusal::ChunkTooLarge);
        }
        self.short = length < CHUNK_LENGTH_MIN;
        self.next = Next::ChunkData(length);
        Ok(())
    }

    fn last_chunk(&mut self) -> Result<(), ChunkRefusal> {
        if self.chunking.is_signed() && !self.chain.accepts_chunk(b"", &self.signature) {
            return Err(ChunkRefusal::Mismatch);
        }
        if self.left > 0 {
            return Err(ChunkRefusal::Incomplete);
        }
        self.next = if self.chunking.has_trailers() { Next::Trailer } else { Next::End };
        Ok(())
    }

    fn trailer(&mut self, line: &str) -> Result<(), ChunkRefusal> {
        let (name, value) = line.split_once(':').ok_or(ChunkRefusal::BadTrailer)?;
        let (name, value) = (name.to_ascii_lowercase(), value.trim_ascii().to_owned());
        let known = self.trailers.iter().any(|(other, _)| *other == name);
        // Nothing follows the signature.
        if self.trailer_signature.is_some() || known || self.trailers.len() == TRAILERS_MAX {
            return Err(ChunkRefusal::BadTrailer);
        }
        if name == TRAILER_SIGNATURE && self.chunking.is_signed() {
            self.trailer_signature = Some(value);
        } else if self.announced.contains(&name) {
            self.trailers.push((name, value));
        } else {
            return Err(ChunkRefusal::BadTrailer);
        }
        Ok(())
    }

    /// The empty line at the end: all trailing headers have come, and are those that were signed.
    fn end(&mut self) -> Result<(), ChunkRefusal> {
        if self.trailers.len() != self.announced.len() {
            return Err(ChunkRefusal::BadTrailer);
        }
        if self.chunking == Chunking::SignedTrailer {
            let mut signed = String::new();
            for (name, value) in &self.trailers {
                signed.extend([name, ":", value, "\n"]);
            }
            let signature = self.trailer_signature.as_deref().unwrap_or_default();
            if !self.chain.accepts_trailer(signed.as_bytes(), signature) {
                return Err(ChunkRefusal::Mismatch);
            }
        }
        self.next = Next::Nothing;
        Ok(())
    }
}

/// The names in `x-amz-trailer`, in lower case.
fn announced(headers: &HeaderMap) -> Result<Vec<String>, ChunkRefusal> {
    let mut names = Vec::new();
    for value in headers.get_all("x-amz-trailer") {
        let value = value.to_str().map_err(|_| ChunkRefusal::BadTrailer)?;
        for name in value.split(',').map(str::trim_ascii).filter(|name| !name.is_empty()) {
            let name = name.to_ascii_lowercase();
            if names.contains(&name) || names.len() == TRAILERS_MAX {
                return Err(ChunkRefusal::BadTrailer);
            }
            names.push(name);
        }
    }
    Ok(names)
}

/// A number of digits alone; `str::parse` and its kin would take a sign.
fn read_number(digits: &[u8], radix: u32) -> Option<u64> {
    let text = std::str::from_utf8(digits).ok()?;
    let digits_only = text.bytes().all(|byte| byte.is_ascii_hexdigit());
    digits_only.then(|| u64::from_str_radix(text, radix).ok())?
}
