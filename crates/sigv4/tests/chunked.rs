//! Bodies in chunks: AWS's published example in pieces of every size, with every byte changed, and
//! what is refused by name.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use http::Request;
use http::request::Parts;
use keywright_sigv4 as sigv4;
use names::{Secret, Timestamp};
use proptest::prelude::*;
use sigv4::chunked::{ChunkRefusal, Chunking, Decoder, Encoder, Trailer};
use sigv4::{Claim, Payload, Refusal, Rules, Signer, SigningKey, sign};

const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
const SEED: &str = "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9";
const CHUNKS: [&str; 3] = [
    "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648",
    "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497",
    "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9",
];
const TRAILER_SEED: &str = "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e";
const TRAILER_CHUNKS: [&str; 3] = [
    "b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2",
    "1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7",
    "2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992",
];
const TRAILER_SIGNATURE: &str = "d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435";
const CHECKSUM: (&str, &str) = ("x-amz-checksum-crc32c", "sOO8/Q==");
const MANY: usize = 1 << 20;

/// A request for `/examplebucket/chunkObject.txt`, signed.
fn signed(chunking: Chunking, length: &str, headers: &[(&str, &str)]) -> Parts {
    let mut request = Request::put("/examplebucket/chunkObject.txt")
        .header("host", "s3.amazonaws.com")
        .header("x-amz-content-sha256", chunking.name())
        .header("x-amz-decoded-content-length", length)
        .header("x-amz-storage-class", "REDUCED_REDUNDANCY");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let mut parts = request.body(()).unwrap().into_parts().0;
    let signer = Signer {
        access_key_id: "AKIAIOSFODNN7EXAMPLE",
        secret: &Secret::new(SECRET.to_owned()),
        session_token: None,
        region: "us-east-1",
        service: "s3",
    };
    let now = Timestamp::parse_basic("20130524T000000Z").unwrap();
    sign(&signer, &mut parts, b"", now, &Rules::OBJECT_STORAGE).unwrap();
    parts
}

/// The two requests that AWS has published.
fn published(chunking: Chunking) -> Parts {
    match chunking {
        Chunking::Signed => signed(
            chunking,
            "66560",
            &[("content-encoding", "aws-chunked"), ("content-length", "66824")],
        ),
        _ => signed(
            chunking,
            "66560",
            &[("content-encoding", "aws-chunked"), ("x-amz-trailer", CHECKSUM.0)],
        ),
    }
}

fn key() -> SigningKey {
    SigningKey::derive(&Secret::new(SECRET.to_owned()), "20130524", "us-east-1", "s3")
}

fn decoder(parts: &Parts) -> Result<Decoder, ChunkRefusal> {
    let claim = Claim::read(parts).unwrap();
    let verified = claim.verify(&key(), parts, Payload::Streamed, &Rules::OBJECT_STORAGE).unwrap();
    Decoder::new(&verified, &claim, &key(), &parts.headers, MANY)
}

/// The payload and the trailing headers of a body fed in pieces of `size`.
fn decoded(
    parts: &Parts,
    body: &[u8],
    size: usize,
) -> Result<(Vec<u8>, Vec<Trailer>), ChunkRefusal> {
    let (mut decoder, mut out) = (decoder(parts)?, Vec::new());
    for piece in body.chunks(size) {
        decoder.feed(piece, &mut out)?;
    }
    Ok((out, decoder.finish()?))
}

fn encoded(parts: &Parts, chunks: &[&[u8]], trailers: &[(&str, &str)]) -> Vec<u8> {
    let mut encoder = Encoder::new(&Claim::read(parts).unwrap(), &key()).unwrap();
    let mut body = Vec::new();
    chunks.iter().for_each(|chunk| encoder.chunk(chunk, &mut body));
    encoder.finish(trailers, &mut body);
    body
}

/// A body as AWS writes it: chunks of 64 KiB and 1 KiB of `a`.
fn written(signatures: [&str; 3], end: &str) -> Vec<u8> {
    let [first, second, last] = signatures;
    let data = |length: usize| "a".repeat(length);
    format!(
        "10000;chunk-signature={first}\r\n{}\r\n400;chunk-signature={second}\r\n{}\r\n\
         0;chunk-signature={last}\r\n{end}\r\n",
        data(65536),
        data(1024),
    )
    .into_bytes()
}

fn signed_example() -> (Parts, Vec<u8>) {
    (published(Chunking::Signed), written(CHUNKS, ""))
}

fn trailer_example() -> (Parts, Vec<u8>) {
    let end =
        format!("{}:{}\r\nx-amz-trailer-signature:{TRAILER_SIGNATURE}\r\n", CHECKSUM.0, CHECKSUM.1);
    (published(Chunking::SignedTrailer), written(TRAILER_CHUNKS, &end))
}

#[test]
fn published_examples_are_what_the_encoder_writes() {
    let chunks: [&[u8]; 2] = [&[b'a'; 65536], &[b'a'; 1024]];
    let (parts, body) = signed_example();
    assert!(parts.headers["authorization"].to_str().unwrap().ends_with(SEED));
    assert_eq!(body.len(), 66824);
    assert!(encoded(&parts, &chunks, &[]) == body);
    let (parts, body) = trailer_example();
    assert!(parts.headers["authorization"].to_str().unwrap().ends_with(TRAILER_SEED));
    assert!(encoded(&parts, &chunks, &[CHECKSUM]) == body);
}

#[test]
fn published_examples_are_read_in_pieces_of_any_size() {
    let trailer = vec![(CHECKSUM.0.to_owned(), CHECKSUM.1.to_owned())];
    for ((parts, body), trailers) in [(signed_example(), vec![]), (trailer_example(), trailer)] {
        let sizes = (1..300).chain([8191, 8192, 65535, 65536, 65537, body.len()]);
        for size in sizes {
            let (payload, found) = decoded(&parts, &body, size).unwrap();
            assert!(payload == [b'a'; 66560], "{size}");
            assert_eq!(found, trailers, "{size}");
        }
    }
}

/// Where anything but the middle of a chunk's data stands.
fn telling(body: &[u8]) -> impl Iterator<Item = usize> + '_ {
    let dull = |at: usize| (200..65400).contains(&at) && !at.is_multiple_of(4099);
    (0..body.len()).filter(move |at| !dull(*at))
}

#[test]
fn one_changed_byte_anywhere_is_refused() {
    for (parts, body) in [signed_example(), trailer_example()] {
        let mut tried = 0;
        for at in telling(&body) {
            for flip in [1, 0x20, 0x80] {
                let mut changed = body.clone();
                changed.iter_mut().skip(at).take(1).for_each(|byte| *byte ^= flip);
                let outcome = decoded(&parts, &changed, body.len());
                // Names and lengths may be written in either case: that changes nothing signed.
                let same = outcome.as_ref().is_ok_and(|(payload, _)| payload == &[b'a'; 66560]);
                let letter = body.get(at).is_some_and(u8::is_ascii_alphabetic);
                assert!(outcome.is_err() || (same && letter && flip == 0x20), "{at} ^ {flip}");
                tried += 1;
            }
        }
        assert!(tried > 4000, "{tried}");
    }
}

#[test]
fn nothing_comes_out_of_a_chunk_that_is_not_good() {
    let (parts, mut body) = signed_example();
    body.iter_mut().skip(65000).take(1).for_each(|byte| *byte = b'b');
    let (mut decoder, mut out) = (decoder(&parts).unwrap(), Vec::new());
    let outcome = body.chunks(1000).try_for_each(|piece| decoder.feed(piece, &mut out));
    assert_eq!(outcome, Err(ChunkRefusal::Mismatch));
    assert!(out.is_empty());
    // Nor afterwards.
    assert_eq!(decoder.feed(b"0\r\n\r\n", &mut out), Err(ChunkRefusal::Mismatch));
    assert_eq!(decoder.finish(), Err(ChunkRefusal::Mismatch));
}

#[test]
fn a_body_cut_short_anywhere_is_incomplete() {
    for (parts, body) in [signed_example(), trailer_example()] {
        for end in telling(&body) {
            let cut = body.get(..end).unwrap();
            assert!(decoded(&parts, cut, MANY) == Err(ChunkRefusal::Incomplete), "{end}");
        }
        let longer = [&*body, b"x"].concat();
        assert!(decoded(&parts, &longer, MANY) == Err(ChunkRefusal::Incomplete));
        let (head, rest) = body.split_at(88 + 65536 + 2);
        let swapped = [rest, head].concat();
        assert!(decoded(&parts, &swapped, MANY).is_err());
    }
}

#[test]
fn an_unsigned_body_is_read_with_its_trailers() {
    let parts =
        signed(Chunking::UnsignedTrailer, "11", &[("x-amz-trailer", "X-Amz-Checksum-Crc32")]);
    let body = b"b\r\nhello world\r\n0\r\nx-amz-checksum-crc32: DUoRhQ== \r\n\r\n";
    for size in 1..=body.len() {
        let (payload, trailers) = decoded(&parts, body, size).unwrap();
        assert_eq!(payload, b"hello world");
        let expected = ("x-amz-checksum-crc32".to_owned(), "DUoRhQ==".to_owned());
        assert_eq!(trailers, [expected]);
    }
}

#[test]
fn refusals_have_their_names() {
    let unsigned = |length: &str, trailer: &str| {
        signed(Chunking::UnsignedTrailer, length, &[("x-amz-trailer", trailer)])
    };
    let outcome = |length: &str, body: &str| {
        decoded(&unsigned(length, "x-sum"), body.as_bytes(), MANY).map(drop).unwrap_err()
    };
    let end = "0\r\nx-sum:1\r\n\r\n";
    assert_eq!(outcome("5", &format!("4\r\nabcd\r\n{end}")), ChunkRefusal::Incomplete);
    assert_eq!(outcome("3", &format!("4\r\nabcd\r\n{end}")), ChunkRefusal::Incomplete);
    assert_eq!(outcome("4", &format!("2\r\nab\r\n2\r\ncd\r\n{end}")), ChunkRefusal::ChunkTooSmall);
    for head in ["", "+4", "0x4", "4 ", "4;x", "g", "-0", "10000000000000000"] {
        let body = format!("{head}\r\nabcd\r\n{end}");
        assert_eq!(outcome("4", &body), ChunkRefusal::Incomplete, "{head}");
    }
    assert_eq!(outcome("4", &format!("4\nabcd\r\n{end}")), ChunkRefusal::Incomplete);
    assert_eq!(outcome("4", &format!("4\r\nabcdx\r\n{end}")), ChunkRefusal::Incomplete);
    assert_eq!(outcome("4", &"0".repeat(2000)), ChunkRefusal::Incomplete);
    for trailers in
        ["", "x-sum:1\r\nx-sum:2\r\n", "x-other:1\r\n", "x-sum\r\n", "x-sum:1\r\nx-other:1\r\n"]
    {
        let body = format!("4\r\nabcd\r\n0\r\n{trailers}\r\n");
        assert_eq!(outcome("4", &body), ChunkRefusal::BadTrailer, "{trailers}");
    }
    for length in ["", "x", "+4", "-1", "18446744073709551616"] {
        assert_eq!(outcome(length, ""), ChunkRefusal::NoLength, "{length}");
    }
    let none = signed(Chunking::UnsignedTrailer, "4", &[]);
    assert_eq!(decoder(&none).unwrap_err(), ChunkRefusal::BadTrailer);
    let two = signed(Chunking::Signed, "4", &[("x-amz-trailer", "x-sum")]);
    assert_eq!(decoder(&two).unwrap_err(), ChunkRefusal::BadTrailer);
    let much = signed(Chunking::Signed, "4000000", &[]);
    let body = format!("200000;chunk-signature={SEED}\r\n");
    assert_eq!(decoded(&much, body.as_bytes(), MANY), Err(ChunkRefusal::ChunkTooLarge));
    let codes = [
        (ChunkRefusal::Mismatch, "SignatureDoesNotMatch", 403),
        (ChunkRefusal::Incomplete, "IncompleteBody", 400),
        (ChunkRefusal::ChunkTooSmall, "InvalidChunkSizeError", 403),
        (ChunkRefusal::ChunkTooLarge, "EntityTooLarge", 400),
        (ChunkRefusal::NoLength, "MissingContentLength", 411),
        (ChunkRefusal::BadTrailer, "MalformedTrailerError", 400),
    ];
    for (refusal, code, status) in codes {
        assert_eq!((refusal.code(), refusal.status()), (code, status));
        assert!(!refusal.message().is_empty());
    }
}

#[test]
fn a_trailer_without_its_signature_is_refused() {
    let (parts, body) = trailer_example();
    let text = String::from_utf8(body).unwrap();
    let line = format!("x-amz-trailer-signature:{TRAILER_SIGNATURE}\r\n");
    let without = text.replace(&line, "");
    assert!(decoded(&parts, without.as_bytes(), MANY) == Err(ChunkRefusal::Mismatch));
    let last = format!("0;chunk-signature={}\r\n", TRAILER_CHUNKS[2]);
    let early = text.replace(&line, "").replace(&last, &format!("{last}{line}"));
    assert!(decoded(&parts, early.as_bytes(), MANY) == Err(ChunkRefusal::BadTrailer));
}

#[test]
fn a_body_in_chunks_is_not_taken_for_a_whole_one() {
    for chunking in [Chunking::Signed, Chunking::SignedTrailer, Chunking::UnsignedTrailer] {
        let parts = published(chunking);
        let claim = Claim::read(&parts).unwrap();
        assert_eq!(claim.chunking(), Some(chunking));
        let whole = Payload::Whole(b"");
        let outcome = claim.verify(&key(), &parts, whole, &Rules::OBJECT_STORAGE);
        assert_eq!(outcome.unwrap_err(), Refusal::PayloadMismatch);
        let outcome = claim.verify(&key(), &parts, Payload::Streamed, &Rules::STANDARD);
        assert_eq!(outcome.unwrap_err(), Refusal::PayloadMismatch);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_encoded_is_decoded(
        which in 0_usize..3,
        lengths in proptest::collection::vec(8192_usize..20_000, 0..4),
        last in 0_usize..9000,
        value in "[a-zA-Z0-9+/=]{0,40}",
        size in 1_usize..30_000,
    ) {
        let chunking = [Chunking::Signed, Chunking::SignedTrailer, Chunking::UnsignedTrailer];
        let chunking = chunking.into_iter().nth(which).unwrap();
        let total = lengths.iter().sum::<usize>() + last;
        let payload: Vec<u8> = (0..total).map(|at| (at * 31 % 251) as u8).collect();
        let (mut chunks, mut rest): (Vec<&[u8]>, &[u8]) = (Vec::new(), &payload);
        for length in lengths.iter().chain([&last]) {
            let (chunk, after) = rest.split_at(*length);
            chunks.push(chunk);
            rest = after;
        }
        let trailers = [("x-amz-checksum-sha1", &*value)];
        let (announced, trailers) = match chunking {
            Chunking::Signed => (None, &[][..]),
            _ => (Some(("x-amz-trailer", "x-amz-checksum-sha1")), &trailers[..]),
        };
        let parts = signed(chunking, &total.to_string(), announced.as_slice());
        let (found, back) = decoded(&parts, &encoded(&parts, &chunks, trailers), size).unwrap();
        prop_assert!(found == payload);
        let back: Vec<(&str, &str)> = back.iter().map(|(n, v)| (&**n, &**v)).collect();
        prop_assert_eq!(back, trailers);
    }
}
