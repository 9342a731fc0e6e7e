//! The models' patterns. They are written for Java's engine; here a linear-time engine runs them.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use regex::Regex;

/// Whether the whole of `text` matches `pattern`.
///
/// A pattern that the engine cannot run matches nothing: closed by default. A test keeps the
/// models free of such patterns, save those that [`rewritten`] says otherwise.
pub(crate) fn matches(pattern: &'static str, text: &str) -> bool {
    static COMPILED: RwLock<Option<HashMap<&'static str, Option<Regex>>>> = RwLock::new(None);
    {
        let cache = COMPILED.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(regex) = cache.as_ref().and_then(|cache| cache.get(pattern)) {
            return regex.as_ref().is_some_and(|regex| regex.is_match(text));
        }
    }
    let regex = compile(pattern);
    let matched = regex.as_ref().is_some_and(|regex| regex.is_match(text));
    let mut cache = COMPILED.write().unwrap_or_else(PoisonError::into_inner);
    cache.get_or_insert_default().insert(pattern, regex);
    matched
}

/// The pattern for the whole text, in this engine's dialect.
pub(crate) fn compile(pattern: &str) -> Option<Regex> {
    let body = rewritten(pattern).map_or_else(|| translated(pattern), str::to_owned);
    Regex::new(&format!(r"\A(?:{body})\z")).ok()
}

/// Patterns with look-around or with halves of surrogate pairs, said without them.
fn rewritten(pattern: &str) -> Option<&'static str> {
    const NOT_ONLY_DIGITS: &str = "[a-zA-Z0-9_-]*[a-zA-Z_-][a-zA-Z0-9_-]*";
    match pattern {
        "^[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]$" => Some("[a-z0-9](?:-?[a-z0-9])+"),
        "(?!^[0-9]+$)([a-zA-Z0-9-_]+)" | "((?!^\\d+$)^[0-9a-zA-Z-_]+$)" => Some(NOT_ONLY_DIGITS),
        "(^(?!(system\\x2e)))(^[_a-zA-Z0-9])([^$]*)" => Some(
            "(?:[_a-rt-zA-Z0-9][^$]*|s(?:[^y$][^$]*|y(?:[^s$][^$]*|s(?:[^t$][^$]*|t(?:[^e$][^$]*|\
             e(?:[^m$][^$]*|m(?:[^.$][^$]*)?)?)?)?)?)?)",
        ),
        "(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}:)?(\\d{12}:)?(function:)?([a-zA-Z0-9-_]{1,64})(:((?!\\d+$)[0-9a-zA-Z-_]+))?" => {
            Some(
                "(?:arn:(?:aws[a-zA-Z-]*)?:lambda:)?(?:(?:eusc-)?[a-z]{2}(?:-gov|-iso[a-z]?)?-\
                 [a-z]+-[0-9]:)?(?:[0-9]{12}:)?(?:function:)?[a-zA-Z0-9_-]{1,64}\
                 (?::[a-zA-Z0-9_-]*[a-zA-Z_-][a-zA-Z0-9_-]*)?",
            )
        }
        "[\\u0020-\\uD7FF\\uE000-\\uFFFD\\uD800\\uDC00-\\uDBFF\\uDFFF\\t]*" => {
            Some(r"[\x{20}-\x{D7FF}\x{E000}-\x{FFFD}\x{10000}-\x{10FFFF}\t]*")
        }
        "[0-9A-Za-z\\.\\-_]*(?<!\\.)" => Some("(?:[0-9A-Za-z._-]*[0-9A-Za-z_-])?"),
        _ => None,
    }
}

/// Java's `\w`, `\d` and `\s` are ASCII; its `\uXXXX` is `\x{XXXX}` here; a bracket inside a class
/// needs an escape here.
fn translated(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len() + 16);
    let mut chars = pattern.chars().peekable();
    let mut in_class = false;
    let mut class_is_empty = false;
    while let Some(c) = chars.next() {
        let first_in_class = class_is_empty;
        class_is_empty = false;
        match c {
            '\\' => escape(&mut out, &mut chars, in_class),
            '[' if in_class => out.push_str("\\["),
            '[' => {
                in_class = true;
                class_is_empty = true;
                out.push('[');
                if chars.next_if_eq(&'^').is_some() {
                    out.push('^');
                }
            }
            ']' if in_class && !first_in_class => {
                in_class = false;
                out.push(']');
            }
            '&' | '~' if in_class => out.extend(['\\', c]),
            '{' if !in_class && !chars.peek().is_some_and(char::is_ascii_digit) => {
                out.push_str("\\{");
            }
            _ => out.push(c),
        }
    }
    out
}

fn escape(out: &mut String, chars: &mut std::iter::Peekable<std::str::Chars<'_>>, in_class: bool) {
    let ascii = |inside: &str| if in_class { inside.to_owned() } else { format!("[{inside}]") };
    match chars.next() {
        Some('w') => out.push_str(&ascii("0-9A-Za-z_")),
        Some('d') => out.push_str(&ascii("0-9")),
        Some('s') => out.push_str(&ascii(r" \t\n\x0B\f\r")),
        Some('u') => {
            let digits: String = chars.by_ref().take(4).collect();
            out.push_str(&format!("\\x{{{digits}}}"));
        }
        Some('Z') => out.push_str("\\z"),
        Some(c) if c.is_ascii_alphanumeric() => out.extend(['\\', c]),
        Some(c) if c.is_ascii() => out.extend(['\\', c]),
        Some(c) => out.push(c),
        None => out.push_str("\\\\"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_of_every_model_runs() {
        let mut broken = std::collections::BTreeSet::new();
        let mut open: Vec<&'static api::Type> = api::SERVICES
            .iter()
            .flat_map(|service| service.operations)
            .flat_map(|operation| [operation.input, operation.output])
            .collect();
        let mut seen = std::collections::HashSet::new();
        while let Some(ty) = open.pop() {
            if !seen.insert(std::ptr::from_ref(ty)) {
                continue;
            }
            if let Some(pattern) = ty.pattern.filter(|pattern| compile(pattern).is_none()) {
                broken.insert((ty.name, pattern));
            }
            match &ty.kind {
                api::Kind::List { item, .. } => open.push(item),
                api::Kind::Map { key, value } => open.extend([*key, *value]),
                api::Kind::Structure(members) => open.extend(members.iter().map(|m| m.ty)),
                _ => {}
            }
        }
        assert!(seen.len() > 1000, "{}", seen.len());
        assert!(broken.is_empty(), "{broken:#?}");
    }

    #[test]
    fn dialects_differ_where_it_matters() {
        assert!(matches(r"[\w+=,.@-]+", "a_B+=,.@-9"));
        assert!(!matches(r"[\w+=,.@-]+", "ü"));
        assert!(!matches(r"[\w+=,.@-]+", "ab\n"));
        assert!(matches(r"[\u0020-\u00FF]+", "ÿ"));
        assert!(matches("^[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]$", "a-b"));
        assert!(!matches("^[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]$", "a--b"));
    }
}
