//! Finding bytes in short texts: names, scopes, header values. The pieces are so short that setting
//! out costs more than searching, so eight bytes are looked at together and nothing is prepared.

use http::HeaderValue;

const LOW: u64 = u64::MAX / 255;
const HIGH: u64 = LOW << 7;

/// Where the first byte equal to `byte` is.
#[inline]
pub(crate) fn position(text: &[u8], byte: u8) -> Option<usize> {
    let same = LOW * u64::from(byte);
    // A byte of `word ^ same` is zero where the bytes are equal.
    first(text, |word| (word ^ same).wrapping_sub(LOW) & !(word ^ same), |other| other == byte)
}

/// Where the first byte equal to `byte` is, in a text where it may be far away. The fold has no
/// early end, so that the compiler looks at a block at once.
#[inline]
pub(crate) fn position_far(text: &[u8], byte: u8) -> Option<usize> {
    let (blocks, _) = text.as_chunks::<32>();
    let has = |block: &[u8; 32]| block.iter().fold(false, |any, other| any | (*other == byte));
    let passed = blocks.iter().position(has).unwrap_or(blocks.len()) * 32;
    Some(passed + position(text.get(passed..)?, byte)?)
}

/// Where the first blank or tab is. No other byte of a header's value is below `!`.
#[inline]
pub(crate) fn blank_position(value: &[u8]) -> Option<usize> {
    first(value, |word| word.wrapping_sub(LOW * u64::from(b'!')) & !word, |byte| byte < b'!')
}

/// The first hit. `in_word` leaves the highest bit of the first byte hit, and of none before it.
#[inline]
fn first(text: &[u8], in_word: impl Fn(u64) -> u64, is_hit: impl Fn(u8) -> bool) -> Option<usize> {
    let (words, rest) = text.as_chunks::<8>();
    let hits = |word: &[u8; 8]| in_word(u64::from_le_bytes(*word)) & HIGH;
    match words.iter().position(|word| hits(word) != 0) {
        Some(at) => Some(at * 8 + words.get(at).map_or(0, hits).trailing_zeros() as usize / 8),
        None => Some(words.len() * 8 + rest.iter().position(|byte| is_hit(*byte))?),
    }
}

/// Whether two texts are the same. Not for secrets: it ends at the first difference.
#[inline]
pub(crate) fn same(one: &[u8], other: &[u8]) -> bool {
    if one.len() != other.len() {
        return false;
    }
    let ((words, rest), (other_words, other_rest)) = (one.as_chunks::<8>(), other.as_chunks());
    let word = |bytes: &[u8; 8]| u64::from_le_bytes(*bytes);
    words.iter().zip(other_words).all(|(one, other)| word(one) == word(other))
        && rest.iter().zip(other_rest).all(|(one, other)| one == other)
}

/// What stands before and after the first `byte`, which is ASCII.
#[inline]
pub(crate) fn split_once(text: &str, byte: u8) -> Option<(&str, &str)> {
    cut(text, position(text.as_bytes(), byte)?)
}

/// What stands before and after the ASCII byte at `at`.
#[inline]
fn cut(text: &str, at: usize) -> Option<(&str, &str)> {
    let (before, after) = text.split_at_checked(at)?;
    Some((before, after.get(1..)?))
}

/// The pieces between `byte`s, which are ASCII and stand far apart: as `str::split` gives them.
#[inline]
pub(crate) fn split_far(text: &str, byte: u8) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let all = rest?;
        let found = position_far(all.as_bytes(), byte).and_then(|at| cut(all, at));
        let (piece, after) = found.map_or((all, None), |(piece, after)| (piece, Some(after)));
        rest = after;
        Some(piece)
    })
}

/// The piece before the first `byte`, or all; and what follows it.
#[inline]
pub(crate) fn split_first(text: &[u8], byte: u8) -> (&[u8], Option<&[u8]>) {
    let found = position(text, byte).and_then(|at| text.split_at_checked(at));
    match found {
        Some((before, after)) => (before, after.get(1..)),
        None => (text, None),
    }
}

/// The pieces between `byte`s: as `<[u8]>::split` gives them.
#[inline]
pub(crate) fn split(text: &[u8], byte: u8) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let piece;
        (piece, rest) = split_first(rest?, byte);
        Some(piece)
    })
}

/// A header's value, if it is ASCII.
pub(crate) fn of_header(value: &HeaderValue) -> Option<&str> {
    let bytes = value.as_bytes();
    if bytes.is_ascii() { std::str::from_utf8(bytes).ok() } else { None }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn pieces_are_those_of_the_standard_library() {
        for text in ["", ";", "a", "a;", ";a", "a;b;;c", "é;ü", "content-type;host;x-amz-date"] {
            let bytes: Vec<&[u8]> = split(text.as_bytes(), b';').collect();
            assert_eq!(bytes, text.split(';').map(str::as_bytes).collect::<Vec<_>>());
            assert_eq!(
                split_far(text, b';').collect::<Vec<_>>(),
                text.split(';').collect::<Vec<_>>()
            );
            assert_eq!(split_once(text, b';'), text.split_once(';'));
        }
    }

    proptest! {
        #[test]
        fn a_byte_is_found_where_it_is(
            text in proptest::collection::vec(prop_oneof![Just(b';'), Just(b':'), Just(b' '),
                Just(b'\t'), Just(b'!'), any::<u8>()], 0..90),
            byte in prop_oneof![Just(b';'), any::<u8>()],
        ) {
            let expected = text.iter().position(|other| *other == byte);
            prop_assert_eq!(position(&text, byte), expected);
            prop_assert_eq!(position_far(&text, byte), expected);
            let blank = text.iter().position(|byte| *byte < b'!');
            prop_assert_eq!(blank_position(&text), blank);
        }

        #[test]
        fn same_texts_are_the_same(one in "[ab]{0,20}", other in "[ab]{0,20}", at in 0_usize..20) {
            prop_assert!(same(one.as_bytes(), one.as_bytes()));
            prop_assert_eq!(same(one.as_bytes(), other.as_bytes()), one == other);
            let mut changed = one.clone().into_bytes();
            if let Some(byte) = changed.get_mut(at) {
                *byte ^= 1;
                prop_assert!(!same(one.as_bytes(), &changed));
            }
        }
    }
}
