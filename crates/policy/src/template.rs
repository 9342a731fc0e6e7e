//! Text with policy variables: `${key}`, `${key, 'default'}`, `${*}`, `${?}`, `${$}`.
//!
//! What a variable brings in is literal: a wildcard in a substituted value matches itself only.
//! Source: IAM User Guide, "IAM policy elements: Variables and tags".

use crate::context::Context;
use crate::glob::{Glob, Token, tokens};
use crate::weight;

/// A text that may hold variables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Template(Vec<Part>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    /// Text in which wildcards are wildcards.
    Text(String),
    /// A character that stands for itself.
    Literal(char),
    Variable {
        key: String,
        default: Option<String>,
    },
}

/// A substituted text: characters with a mark of whether a wildcard among them is one.
pub(crate) type Substituted = Vec<(char, bool)>;

impl Template {
    /// Takes `text` apart. Without `variables` (an old version) it is all text.
    pub(crate) fn new(text: &str, variables: bool) -> Self {
        let mut parts = Vec::new();
        let mut rest = text;
        while variables && let Some((before, inside, after)) = next_variable(rest) {
            if !before.is_empty() {
                parts.push(Part::Text(before.to_owned()));
            }
            parts.push(variable(inside));
            rest = after;
        }
        if !rest.is_empty() {
            parts.push(Part::Text(rest.to_owned()));
        }
        Self(parts)
    }

    /// The text, if there is no variable in it.
    pub(crate) fn fixed(&self) -> Option<&str> {
        match self.0.as_slice() {
            [] => Some(""),
            [Part::Text(text)] => Some(text),
            _ => None,
        }
    }

    /// Bytes that it takes besides itself.
    pub(crate) fn weight(&self) -> usize {
        weight::of_list(&self.0, |part| match part {
            Part::Text(text) => weight::of_text(text),
            Part::Literal(_) => 0,
            Part::Variable { key, default } => {
                weight::of_text(key) + default.as_deref().map_or(0, weight::of_text)
            }
        })
    }

    /// The keys of its variables.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|part| match part {
            Part::Variable { key, .. } => Some(key.as_str()),
            Part::Text(_) | Part::Literal(_) => None,
        })
    }

    /// The keys of variables that have no default.
    pub(crate) fn required_keys(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|part| match part {
            Part::Variable { key, default: None } => Some(key.as_str()),
            Part::Variable { .. } | Part::Text(_) | Part::Literal(_) => None,
        })
    }

    /// With all variables replaced; `None` if one has no value.
    pub(crate) fn substitute(&self, context: &Context) -> Option<Substituted> {
        let mut out = Vec::new();
        for part in &self.0 {
            match part {
                Part::Text(text) => out.extend(text.chars().map(|c| (c, true))),
                Part::Literal(c) => out.push((*c, false)),
                Part::Variable { key, default } => {
                    let value = context.single(key).or(default.as_deref())?;
                    out.extend(value.chars().map(|c| (c, false)));
                }
            }
        }
        Some(out)
    }
}

/// What stands before the next variable, inside it and behind it. An open `${` is text.
fn next_variable(text: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = text.split_once("${")?;
    let (inside, after) = rest.split_once('}')?;
    Some((before, inside, after))
}

fn variable(inside: &str) -> Part {
    if let ("*" | "?" | "$", Some(c)) = (inside, inside.chars().next()) {
        return Part::Literal(c);
    }
    let (key, default) = match inside.split_once(',') {
        Some((key, default)) => (key.trim(), quoted(default.trim())),
        None => (inside.trim(), None),
    };
    Part::Variable { key: key.to_owned(), default }
}

fn quoted(text: &str) -> Option<String> {
    text.strip_prefix('\'').and_then(|text| text.strip_suffix('\'')).map(str::to_owned)
}

/// The substituted text as it reads.
pub(crate) fn plain(substituted: &[(char, bool)]) -> String {
    substituted.iter().map(|(c, _)| *c).collect()
}

/// The substituted text as a pattern.
pub(crate) fn glob(substituted: &[(char, bool)]) -> Glob {
    Glob::from_tokens(&pattern_tokens(substituted))
}

pub(crate) fn pattern_tokens(substituted: &[(char, bool)]) -> Vec<Token> {
    let mut out = Vec::with_capacity(substituted.len());
    let mut buffer = [0_u8; 4];
    for (c, wild) in substituted {
        let text = c.encode_utf8(&mut buffer);
        if *wild {
            out.extend(tokens(text));
        } else {
            out.extend(text.encode_utf16().map(Token::Is));
        }
    }
    out
}
