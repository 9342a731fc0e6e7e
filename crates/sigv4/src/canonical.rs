//! The canonical request, block by block as the specification has it.
//!
//! Source: IAM User Guide, "Create a signed AWS API request", step 1. Every function appends to
//! one buffer and takes a short way where the text is canonical already.

use http::HeaderName;
use http::request::Parts;
use percent_encoding::percent_decode;

use crate::rules::Rules;
use crate::sent::SentHeaders;
use crate::text;

/// Appends the canonical request of `parts`; `None` if a signed header is absent.
pub(crate) fn request(
    out: &mut Vec<u8>,
    parts: &Parts,
    sent: &SentHeaders<'_>,
    signed_headers: &str,
    payload_hash: &[u8],
    presigned: bool,
    rules: &Rules,
) -> Option<()> {
    // Method
    out.extend_from_slice(parts.method.as_str().as_bytes());
    out.push(b'\n');
    // CanonicalURI
    uri(out, parts.uri.path(), rules);
    out.push(b'\n');
    // CanonicalQueryString
    if let Some(text) = parts.uri.query() {
        query(out, text, presigned);
    }
    out.push(b'\n');
    // CanonicalHeaders
    for name in text::split(signed_headers.as_bytes(), b';') {
        header(out, parts, sent, name)?;
    }
    out.push(b'\n');
    // SignedHeaders
    out.extend_from_slice(signed_headers.as_bytes());
    out.push(b'\n');
    // HashedPayload
    out.extend_from_slice(payload_hash);
    Some(())
}

const fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

fn push_encoded(out: &mut Vec<u8>, byte: u8) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    let digit = |value: u8| HEX.get(usize::from(value & 15)).copied().unwrap_or(b'0');
    out.extend_from_slice(&[b'%', digit(byte >> 4), digit(byte)]);
}

fn push_byte(out: &mut Vec<u8>, byte: u8) {
    if is_unreserved(byte) { out.push(byte) } else { push_encoded(out, byte) }
}

/// Appends a query's value, encoded.
pub(crate) fn push_value(out: &mut Vec<u8>, value: &str) {
    value.bytes().for_each(|byte| push_byte(out, byte));
}

fn push_path_byte(out: &mut Vec<u8>, byte: u8) {
    if byte == b'/' { out.push(byte) } else { push_byte(out, byte) }
}

#[inline]
fn uri(out: &mut Vec<u8>, path: &str, rules: &Rules) {
    if path.is_empty() || path == "/" { out.push(b'/') } else { push_path(out, path, rules) }
}

fn push_path(out: &mut Vec<u8>, path: &str, rules: &Rules) {
    let normal = if rules.normalize_path { normalized(path) } else { path.to_owned() };
    if rules.double_encode {
        normal.bytes().for_each(|byte| push_path_byte(out, byte));
    } else {
        percent_decode(normal.as_bytes()).for_each(|byte| push_path_byte(out, byte));
    }
}

/// The path without dot segments and doubled slashes (RFC 3986, section 5.2.4).
fn normalized(path: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => {
                kept.pop();
            }
            other => kept.push(other),
        }
    }
    let mut out = String::with_capacity(path.len());
    for segment in &kept {
        out.push('/');
        out.push_str(segment);
    }
    let open = path.ends_with('/') || path.ends_with("/.") || path.ends_with("/..");
    if open || kept.is_empty() {
        out.push('/');
    }
    out
}

fn query(out: &mut Vec<u8>, query: &str, presigned: bool) {
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    let mut pairs: Vec<(Vec<u8>, Vec<u8>)> = pairs
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (recoded(name), recoded(value))
        })
        .filter(|(name, _)| !(presigned && name == b"X-Amz-Signature"))
        .collect();
    pairs.sort_unstable();
    for (at, (name, value)) in pairs.iter().enumerate() {
        if at > 0 {
            out.push(b'&');
        }
        out.extend_from_slice(name);
        out.push(b'=');
        out.extend_from_slice(value);
    }
}

/// Decoded and encoded again; a plus stands for a blank.
fn recoded(text: &str) -> Vec<u8> {
    if text.bytes().all(is_unreserved) {
        return text.as_bytes().to_vec();
    }
    let mut out = Vec::with_capacity(text.len() + 8);
    let blanks: Vec<u8> = text.bytes().map(|byte| if byte == b'+' { b' ' } else { byte }).collect();
    percent_decode(&blanks).for_each(|byte| push_byte(&mut out, byte));
    out
}

/// One header: its name and value.
#[inline]
fn header(out: &mut Vec<u8>, parts: &Parts, sent: &SentHeaders<'_>, name: &[u8]) -> Option<()> {
    out.extend_from_slice(name);
    out.push(b':');
    match sent.only(name) {
        Some(value) => push_collapsed(out, value),
        None => push_values(out, parts, name)?,
    }
    out.push(b'\n');
    Some(())
}

/// All values of a header, trimmed, inner blanks collapsed, joined by commas.
fn push_values(out: &mut Vec<u8>, parts: &Parts, name: &[u8]) -> Option<()> {
    let sent_as = if name == b":authority" { b"host" } else { name };
    let same = |name: &HeaderName| text::same(name.as_str().as_bytes(), sent_as);
    let mut found = false;
    for (_, value) in parts.headers.iter().filter(|(name, _)| same(name)) {
        if found {
            out.push(b',');
        }
        found = true;
        push_collapsed(out, value.as_bytes());
    }
    if found { Some(()) } else { push_authority(out, parts, sent_as) }
}

/// HTTP/2 has no Host header: the authority stands for it.
#[cold]
fn push_authority(out: &mut Vec<u8>, parts: &Parts, sent_as: &[u8]) -> Option<()> {
    let authority = parts.uri.authority().filter(|_| sent_as == b"host")?;
    out.extend_from_slice(authority.as_str().as_bytes());
    Some(())
}

#[inline]
fn push_collapsed(out: &mut Vec<u8>, value: &[u8]) {
    if is_collapsed(value) { out.extend_from_slice(value) } else { push_words(out, value) }
}

#[cold]
fn push_words(out: &mut Vec<u8>, value: &[u8]) {
    let words = value.split(|byte| is_blank(*byte)).filter(|word| !word.is_empty());
    for (at, word) in words.enumerate() {
        if at > 0 {
            out.push(b' ');
        }
        out.extend_from_slice(word);
    }
}

const fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

/// No tab, and every blank stands between two other characters.
fn is_collapsed(value: &[u8]) -> bool {
    let mut rest = value;
    while let Some(at) = text::blank_position(rest) {
        let after = rest.get(at + 1).copied().unwrap_or(b' ');
        if at == 0 || is_blank(after) || rest.get(at) == Some(&b'\t') {
            return false;
        }
        rest = rest.get(at + 1..).unwrap_or_default();
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_normalized_and_encoded_as_the_rules_say() {
        let canonical = |path: &str, rules: &Rules| {
            let mut out = Vec::new();
            uri(&mut out, path, rules);
            String::from_utf8(out).unwrap()
        };
        let standard = |path: &str| canonical(path, &Rules::STANDARD);
        assert_eq!(standard("/a/../b//c/./d/"), "/b/c/d/");
        assert_eq!(standard("/../.."), "/");
        assert_eq!(standard("/a%20b"), "/a%2520b");
        let storage = |path: &str| canonical(path, &Rules::OBJECT_STORAGE);
        assert_eq!(storage("/a//b/../c%20d%2f"), "/a//b/../c%20d/");
        assert_eq!(storage("/test$file.text"), "/test%24file.text");
    }

    #[test]
    fn queries_are_sorted_by_encoded_name_then_value() {
        let canonical = |text: &str| {
            let mut out = Vec::new();
            query(&mut out, text, true);
            String::from_utf8(out).unwrap()
        };
        assert_eq!(canonical("b=2&a=2&a=1&c"), "a=1&a=2&b=2&c=");
        assert_eq!(canonical("a=x+y&%61b=%7e&X-Amz-Signature=f"), "a=x%20y&ab=~");
        assert_eq!(canonical("&&"), "");
    }
}
