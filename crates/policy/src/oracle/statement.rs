//! The oracle's own reading of actions, resources and conditions. It shares no code with the first
//! evaluator's, and does not care what it costs.

use super::literal;
use crate::context::{Context, ContextValue};
use crate::json::Node;

/// Whether action, resource and conditions of a statement fit; `None` if it is no statement.
pub(super) fn applies(
    statement: &Node,
    action: &str,
    resource: &str,
    context: &Context,
    variables: bool,
) -> Option<bool> {
    let is_action = |pattern: &String| {
        wild(&plain(&pattern.to_ascii_lowercase()), &chars(&action.to_ascii_lowercase()), false)
    };
    let named = match (statement.get("Action"), statement.get("NotAction")) {
        (Some(list), _) => list.texts()?.iter().any(is_action),
        (None, Some(list)) => !list.texts()?.iter().any(is_action),
        (None, None) => return None,
    };
    let is_resource = |pattern: &String| is_resource(pattern, resource, context, variables);
    let on_it = match (statement.get("Resource"), statement.get("NotResource")) {
        (Some(list), _) => list.texts()?.iter().any(is_resource),
        (None, Some(list)) => !list.texts()?.iter().any(is_resource),
        (None, None) => true,
    };
    let mut conditions = true;
    if let Some(operators) = statement.get("Condition") {
        for (operator, keys) in operators.object()? {
            for (key, values) in keys.object()? {
                conditions &= condition(operator, key, &values.scalars()?, context, variables);
            }
        }
    }
    Some(named && on_it && conditions)
}

/// A pattern's character: literal, or a wildcard.
#[derive(Clone, Copy, PartialEq)]
enum Mark {
    Literal(char),
    Star,
    Question,
}

fn chars(text: &str) -> Vec<char> {
    text.chars().collect()
}

fn plain(text: &str) -> Vec<Mark> {
    text.chars()
        .map(|c| match c {
            '*' => Mark::Star,
            '?' => Mark::Question,
            c => Mark::Literal(c),
        })
        .collect()
}

/// Replaces variables by hand; `None` if one has no value.
fn filled(text: &str, context: &Context, variables: bool) -> Option<Vec<Mark>> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find("${").filter(|_| variables) {
        let Some(end) = rest.get(start..)?.find('}') else { break };
        out.extend(plain(rest.get(..start)?));
        let inside = rest.get(start + 2..start + end)?;
        let value = match inside {
            "*" | "?" | "$" => inside.to_owned(),
            _ => {
                let (key, default) = inside.split_once(',').unwrap_or((inside, ""));
                let default = default.trim();
                let fallback =
                    (default.len() >= 2 && default.starts_with('\'') && default.ends_with('\''))
                        .then(|| default.get(1..default.len() - 1).unwrap_or_default().to_owned());
                context.single(key.trim()).map(str::to_owned).or(fallback)?
            }
        };
        out.extend(value.chars().map(Mark::Literal));
        rest = rest.get(start + end + 1..)?;
    }
    out.extend(plain(rest));
    Some(out)
}

/// Wildcard matching by recursion, remembered in a table so that tests end.
fn wild(pattern: &[Mark], text: &[char], arn: bool) -> bool {
    let mut table = vec![vec![false; text.len() + 1]; pattern.len() + 1];
    let segment_of =
        |at: usize| pattern.iter().take(at).filter(|mark| **mark == Mark::Literal(':')).count();
    for p in (0..=pattern.len()).rev() {
        for t in (0..=text.len()).rev() {
            let later = |table: &Vec<Vec<bool>>, p: usize, t: usize| {
                table.get(p).and_then(|row| row.get(t)).copied().unwrap_or(false)
            };
            let inside = arn && segment_of(p) < 5;
            let last = matches!(pattern.get(p + 1), None | Some(Mark::Literal(':')));
            let value = match (pattern.get(p), text.get(t)) {
                (None, None) => true,
                (None, Some(_)) => false,
                (Some(Mark::Star), unit) => {
                    let eats = unit.is_some_and(|c| !inside || last || *c != ':');
                    later(&table, p + 1, t) || (eats && later(&table, p, t + 1))
                }
                (Some(Mark::Question), Some(c)) => {
                    (!inside || *c != ':') && later(&table, p + 1, t + 1)
                }
                (Some(Mark::Literal(wanted)), Some(c)) => {
                    wanted == c && later(&table, p + 1, t + 1)
                }
                (Some(_), None) => false,
            };
            if let Some(cell) = table.get_mut(p).and_then(|row| row.get_mut(t)) {
                *cell = value;
            }
        }
    }
    table.first().and_then(|row| row.first()).copied().unwrap_or(false)
}

fn is_resource(pattern: &str, resource: &str, context: &Context, variables: bool) -> bool {
    let Some(mut marks) = filled(pattern, context, variables) else { return false };
    let colons = marks.iter().filter(|mark| **mark == Mark::Literal(':')).count();
    if colons > 0 && colons < 5 && marks.last() != Some(&Mark::Star) {
        marks.extend([Mark::Literal(':'), Mark::Star]);
    }
    wild(&marks, &chars(resource), true)
}

fn condition(
    operator: &str,
    key: &str,
    values: &[String],
    context: &Context,
    variables: bool,
) -> bool {
    let found = context.get(key);
    let name = operator.to_lowercase();
    if name == "null" {
        let absent = found.is_none() || found == Some(&ContextValue::Many(Vec::new()));
        return values.iter().any(|value| value.to_lowercase() == absent.to_string());
    }
    let (set, name) = match name.split_once(':') {
        Some((set, name)) => (set.to_owned(), name.to_owned()),
        None => (String::new(), name),
    };
    let if_exists = name.ends_with("ifexists");
    let name = name.trim_end_matches("ifexists");
    let negated = name.contains("not");
    let test = |one: &str| {
        let outcomes = values.iter().map(|value| compare(name, one, value, context, variables));
        let outcomes: Vec<Option<bool>> = outcomes.collect();
        if outcomes.contains(&None) {
            return false;
        }
        let any = outcomes.contains(&Some(true));
        if negated { !any } else { any }
    };
    match (set.as_str(), found) {
        ("", None) => if_exists || negated,
        ("", Some(ContextValue::Many(_))) => false,
        ("forallvalues", None) => true,
        ("foranyvalue", None) => if_exists,
        (_, None) => false,
        ("forallvalues", Some(ContextValue::One(one))) if one.is_empty() => true,
        (_, Some(ContextValue::One(one))) => test(one),
        ("forallvalues", Some(ContextValue::Many(many))) => many.iter().all(|one| test(one)),
        (_, Some(ContextValue::Many(many))) => many.iter().any(|one| test(one)),
    }
}

/// Whether one request value equals one policy value; `None`: never, not even for the negated form.
fn compare(name: &str, one: &str, value: &str, context: &Context, variables: bool) -> Option<bool> {
    let marks = filled(value, context, variables);
    let text = |marks: &[Mark]| -> String {
        let c = |mark: &Mark| match mark {
            Mark::Literal(c) => *c,
            Mark::Star => '*',
            Mark::Question => '?',
        };
        marks.iter().map(c).collect()
    };
    let name = name.replace("not", "");
    Some(match name.as_str() {
        "stringequals" => marks.is_some_and(|marks| text(&marks) == one),
        "stringequalsignorecase" => {
            marks.is_some_and(|marks| text(&marks).to_lowercase() == one.to_lowercase())
        }
        "stringlike" => marks.is_some_and(|marks| wild(&marks, &chars(one), false)),
        "bool" => marks.is_some_and(|marks| {
            (text(&marks).to_lowercase() == "true") == (one.to_lowercase() == "true")
        }),
        "arnequals" | "arnlike" => {
            let parts: Vec<&str> = one.splitn(6, ':').collect();
            if parts.len() != 6 || parts.first() != Some(&"arn") {
                return None;
            }
            let Some(marks) = marks else { return Some(false) };
            let patterns: Vec<&[Mark]> =
                marks.splitn(6, |mark| *mark == Mark::Literal(':')).collect();
            marks == [Mark::Star]
                || (patterns.len() == 6
                    && patterns.iter().zip(parts).all(|(p, part)| wild(p, &chars(part), false)))
        }
        _ if name.starts_with("numeric") => {
            let places = value.len().max(one.len());
            let (expected, found) = (decimal(value, places), decimal(one, places));
            expected.zip(found).is_some_and(|(expected, found)| ordered(&name, found, expected))
        }
        _ if name.starts_with("date") => {
            let (expected, found) = (literal::moment(value), literal::moment(one));
            expected.zip(found).is_some_and(|(expected, found)| ordered(&name, found, expected))
        }
        "binaryequals" => literal::bytes(value).is_some_and(|v| literal::bytes(one) == Some(v)),
        "ipaddress" => literal::contains(value, &literal::address(one)?),
        _ => return None,
    })
}

/// A number as an integer of so many places that none is lost: shifted by what both can need.
fn decimal(text: &str, places: usize) -> Option<Decimal> {
    let (sign, digits) = match text.chars().next()? {
        '-' => (-1, text.get(1..)?),
        '+' => (1, text.get(1..)?),
        _ => (1, text),
    };
    let mut parts = digits.split('.');
    let (whole, fraction) = (parts.next()?, parts.next().unwrap_or_default());
    let all: String = format!("{whole}{fraction}{}", "0".repeat(places - fraction.len()));
    let plain =
        all.chars().all(|c| c.is_ascii_digit()) && !(whole.is_empty() && fraction.is_empty());
    let padded = format!("{all:0>width$}", width = 2 * places + 2);
    let values =
        padded.chars().map(|c| sign * i8::try_from(c.to_digit(10).unwrap_or(0)).unwrap_or(0));
    (plain && parts.next().is_none()).then(|| values.collect())
}

/// Digits with the number's sign in each: they are ordered as the numbers are.
type Decimal = Vec<i8>;

fn ordered<T: PartialOrd>(name: &str, found: T, expected: T) -> bool {
    match name.trim_start_matches("numeric").trim_start_matches("date") {
        "equals" => found == expected,
        "lessthan" => found < expected,
        "lessthanequals" => found <= expected,
        "greaterthan" => found > expected,
        _ => found >= expected,
    }
}
