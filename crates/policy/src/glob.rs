//! Wildcards: `*` for any run of characters, `?` for one, in time bounded by text × pattern.
//!
//! A pattern becomes tokens; a set of open places walks along the text once. No place is visited
//! twice for one character, so no pattern can make the matcher go back and forth.

/// A unit of a pattern. Characters are UTF-16 units: IAM's `?` takes one of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Token {
    Is(u16),
    /// One unit.
    One,
    /// One unit, but no colon.
    OneInSegment,
    /// Any run.
    Any,
    /// Any run without a colon.
    AnyInSegment,
}

/// A compiled pattern, with short ways for the common forms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Glob {
    All,
    Exact(String),
    Prefix(String),
    Tokens(Vec<Token>),
}

impl Glob {
    /// `*` and `?` over the whole text.
    pub(crate) fn new(pattern: &str) -> Self {
        Self::from_tokens(tokens(pattern).collect())
    }

    pub(crate) fn from_tokens(tokens: Vec<Token>) -> Self {
        let literal = |tokens: &[Token]| -> Option<String> {
            let units: Option<Vec<u16>> = tokens
                .iter()
                .map(|token| match token {
                    Token::Is(unit) => Some(*unit),
                    _ => None,
                })
                .collect();
            String::from_utf16(&units?).ok()
        };
        match tokens.split_last() {
            Some((Token::Any, [])) => return Self::All,
            Some((Token::Any, head)) => {
                if let Some(prefix) = literal(head) {
                    return Self::Prefix(prefix);
                }
            }
            _ => {
                if let Some(text) = literal(&tokens) {
                    return Self::Exact(text);
                }
            }
        }
        Self::Tokens(tokens)
    }

    pub(crate) fn matches(&self, text: &str) -> bool {
        match self {
            Self::All => true,
            Self::Exact(exact) => exact == text,
            Self::Prefix(prefix) => text.starts_with(prefix.as_str()),
            Self::Tokens(tokens) => walk(tokens, text),
        }
    }
}

/// The tokens of a plain pattern.
pub(crate) fn tokens(pattern: &str) -> impl Iterator<Item = Token> + '_ {
    pattern.encode_utf16().map(|unit| match char::from_u32(u32::from(unit)) {
        Some('*') => Token::Any,
        Some('?') => Token::One,
        _ => Token::Is(unit),
    })
}

const COLON: u16 = b':' as u16;

/// The places in a pattern that can be reached, each at most once.
struct Places {
    open: Vec<usize>,
    seen: Vec<bool>,
}

impl Places {
    fn new(tokens: usize) -> Self {
        Self { open: Vec::new(), seen: vec![false; tokens + 1] }
    }

    /// Opens a place, and those behind it that need no character.
    fn add(&mut self, tokens: &[Token], mut place: usize) {
        while let Some(seen) = self.seen.get_mut(place).filter(|seen| !**seen) {
            *seen = true;
            self.open.push(place);
            match tokens.get(place) {
                Some(Token::Any | Token::AnyInSegment) => place += 1,
                _ => return,
            }
        }
    }

    fn clear(&mut self) {
        for place in self.open.drain(..) {
            if let Some(seen) = self.seen.get_mut(place) {
                *seen = false;
            }
        }
    }
}

fn walk(tokens: &[Token], text: &str) -> bool {
    let (mut now, mut next) = (Places::new(tokens.len()), Places::new(tokens.len()));
    now.add(tokens, 0);
    for unit in text.encode_utf16() {
        for &place in &now.open {
            match tokens.get(place) {
                Some(Token::Is(wanted)) if *wanted == unit => next.add(tokens, place + 1),
                Some(Token::One) => next.add(tokens, place + 1),
                Some(Token::OneInSegment) if unit != COLON => next.add(tokens, place + 1),
                Some(Token::Any) => next.add(tokens, place),
                Some(Token::AnyInSegment) if unit != COLON => next.add(tokens, place),
                _ => {}
            }
        }
        now.clear();
        std::mem::swap(&mut now, &mut next);
        if now.open.is_empty() {
            return false;
        }
    }
    now.seen.last().copied().unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_match_what_they_say() {
        let cases = [
            ("*", "", true),
            ("*", "a:b/c\n", true),
            ("", "", true),
            ("", "a", false),
            ("a*c", "abc", true),
            ("a*c", "ac", true),
            ("a*c", "acb", false),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("?", "é", true),
            ("?", "𝄞", false),
            ("??", "𝄞", true),
            ("*a*b*", "xxaxxbxx", true),
            ("*a*b*", "bbaa", false),
            ("a**b", "ab", true),
            ("ab*", "ab", true),
            ("ab*", "a", false),
            ("A", "a", false),
        ];
        for (pattern, text, expected) in cases {
            assert_eq!(Glob::new(pattern).matches(text), expected, "{pattern} on {text}");
        }
    }

    #[test]
    fn a_hostile_pattern_takes_its_time_but_once() {
        let pattern = "*?".repeat(32 * 1024) + "b";
        assert!(!Glob::new(&pattern).matches(&"a".repeat(2048)));
        let pattern = "*a".repeat(3000) + "b";
        assert!(!Glob::new(&pattern).matches(&"a".repeat(2048)));
    }
}
