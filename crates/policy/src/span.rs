//! Where a statement stands in the text of its document.

use crate::raw;

/// A place in a text; both count from 1, columns in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// Which line.
    pub line: usize,
    /// Which character of the line.
    pub column: usize,
}

/// From a statement's first character up to just behind its last one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// Its first character.
    pub start: Position,
    /// Just behind its last character.
    pub end: Position,
}

/// The spans of all statements of a document; none if the text is no policy.
pub(crate) fn of_statements(text: &str) -> Vec<Span> {
    let statements = raw::statements(text).unwrap_or_default();
    let mut walk = Walk { at: Position { line: 1, column: 1 }, offset: 0, rest: text };
    let span = |statement| {
        let range = raw::range(text, statement)?;
        Some(Span { start: walk.to(range.start), end: walk.to(range.end) })
    };
    statements.into_iter().map_while(span).collect()
}

/// Goes through a text once, from its start.
struct Walk<'t> {
    at: Position,
    offset: usize,
    rest: &'t str,
}

impl Walk<'_> {
    fn to(&mut self, offset: usize) -> Position {
        let passed = self.rest.split_at_checked(offset.saturating_sub(self.offset));
        if let Some((passed, rest)) = passed {
            for c in passed.chars() {
                self.at = match c {
                    '\n' => Position { line: self.at.line + 1, column: 1 },
                    _ => Position { line: self.at.line, column: self.at.column + 1 },
                };
            }
            (self.offset, self.rest) = (offset, rest);
        }
        self.at
    }
}
