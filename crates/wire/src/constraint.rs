//! The model's constraints, with AWS's own texts.
//!
//! Source: IAM API Reference, "Common Errors"; texts as recorded from IAM, STS and the JSON
//! services. Query services leave a value out of the text where it is an enum, a number or a list.

use api::{Common, Fault, Kind, Member, Protocol, Type, Value};

use crate::pattern;

/// Checks the input structure `value` against `ty`.
pub(crate) fn check(ty: &'static Type, value: &Value, protocol: Protocol) -> Result<(), Fault> {
    let mut found = Found::default();
    let mut path = String::new();
    members(ty, value, &mut path, protocol, &mut found);
    let message = match (found.texts.len(), found.misspelt) {
        (0, _) => return Ok(()),
        (1, Some(name)) => misspelt(&name),
        (1, None) => format!("1 validation error detected: {}", found.texts.join("; ")),
        (count, _) => format!("{count} validation errors detected: {}", found.texts.join("; ")),
    };
    Err(Fault::common(Common::ValidationError, message))
}

/// The violations of one input.
#[derive(Default)]
struct Found {
    texts: Vec<String>,
    /// The member that is one of IAM's names and has a character that names don't have.
    misspelt: Option<String>,
}

/// The pattern of the names of users, groups, roles, policies and instance profiles. STS writes
/// those of its sessions otherwise, and speaks of them in the common words.
const NAME: &str = "[\\w+=,.@-]+";

/// IAM's own words, if a name's characters are all that is wrong.
fn misspelt(name: &str) -> String {
    format!(
        "The specified value for {name} is invalid. It must contain only alphanumeric characters \
         and/or the following: +=,.@_-"
    )
}

/// More violations than a text can usefully name.
const REPORTED_MAX: usize = 100;

fn members(
    ty: &'static Type,
    value: &Value,
    path: &mut String,
    protocol: Protocol,
    found: &mut Found,
) {
    let Value::Structure(slots) = value else { return };
    for (member, slot) in ty.members().iter().zip(slots) {
        let length = path.len();
        push_member(path, member);
        match slot {
            Some(value) => check_value(member.ty, value, path, protocol, found),
            None if member.required => report(
                found,
                format!(
                    "Value null at '{path}' failed to satisfy constraint: Member must not be null"
                ),
            ),
            None => {}
        }
        path.truncate(length);
    }
}

fn report(found: &mut Found, text: String) {
    if found.texts.len() < REPORTED_MAX {
        found.texts.push(text);
    }
}

fn push_member(path: &mut String, member: &Member) {
    if !path.is_empty() {
        path.push('.');
    }
    push_lower_camel(path, member.name);
}

/// `UserName` → `userName`, `MFADevice` → `mFADevice`, as AWS has it.
pub(crate) fn push_lower_camel(out: &mut String, name: &str) {
    let mut chars = name.chars();
    out.extend(chars.next().map(|c| c.to_ascii_lowercase()));
    out.push_str(chars.as_str());
}

fn check_value(
    ty: &'static Type,
    value: &Value,
    path: &mut String,
    protocol: Protocol,
    found: &mut Found,
) {
    for rule in broken(ty, value) {
        let shown = shown(ty, value, protocol);
        report(
            found,
            format!("Value {shown}at '{path}' failed to satisfy constraint: Member must {rule}"),
        );
        if ty.pattern == Some(NAME) && rule == rule_pattern(NAME) {
            found.misspelt = Some(path.clone());
        }
    }
    match (value, &ty.kind) {
        (Value::Structure(_), _) => members(ty, value, path, protocol, found),
        (Value::List(items), Kind::List { item, .. }) => {
            check_items(ty, item, items, path, protocol, found);
        }
        (Value::Map(entries), Kind::Map { key, value: inner }) => {
            check_entries((ty, key, inner), entries, path, protocol, found);
        }
        _ => {}
    }
}

/// Items that are structures are checked one by one; others make the whole list fail at once.
fn check_items(
    list: &'static Type,
    item: &'static Type,
    items: &[Option<Value>],
    path: &mut String,
    protocol: Protocol,
    found: &mut Found,
) {
    let structures = matches!(item.kind, Kind::Structure(_) | Kind::List { .. } | Kind::Map { .. });
    for (at, value) in items.iter().enumerate() {
        let Some(value) = value else { continue };
        if structures {
            let length = path.len();
            path.push_str(&format!(".{}.member", at + 1));
            check_value(item, value, path, protocol, found);
            path.truncate(length);
        } else if !broken(item, value).is_empty() {
            let shown = shown_list(list, item, items, protocol);
            let rules = all_rules(item);
            report(
                found,
                format!(
                    "Value {shown}at '{path}' failed to satisfy constraint: \
                     Member must satisfy constraint: [{rules}]"
                ),
            );
            return;
        }
    }
}

fn check_entries(
    (map, key, inner): (&'static Type, &'static Type, &'static Type),
    entries: &[(String, Value)],
    path: &mut String,
    protocol: Protocol,
    found: &mut Found,
) {
    for (text, value) in entries {
        let key_is_bad = !broken(key, &Value::Text(text.clone())).is_empty();
        if key_is_bad || !broken(inner, value).is_empty() {
            let (which, ty) = if key_is_bad { ("keys", key) } else { ("values", inner) };
            let shown = if map.sensitive || protocol == Protocol::Query { "" } else { "'{…}' " };
            let rules = all_rules(ty);
            report(
                found,
                format!(
                    "Value {shown}at '{path}' failed to satisfy constraint: \
                     Map {which} must satisfy constraint: [{rules}]"
                ),
            );
            return;
        }
        let length = path.len();
        path.push_str(&format!(".{text}.member"));
        if matches!(inner.kind, Kind::Structure(_)) {
            members(inner, value, path, protocol, found);
        }
        path.truncate(length);
    }
}

/// The value as the text shows it, with the blank behind it; nothing for what must not be shown.
fn shown(ty: &Type, value: &Value, protocol: Protocol) -> String {
    let plain = protocol != Protocol::Query;
    match value {
        _ if ty.sensitive => String::new(),
        Value::Text(text) if plain || !matches!(ty.kind, Kind::Enum(_)) => format!("'{text}' "),
        Value::Integer(number) if plain => format!("'{number}' "),
        _ => String::new(),
    }
}

fn shown_list(list: &Type, item: &Type, items: &[Option<Value>], protocol: Protocol) -> String {
    if protocol == Protocol::Query || list.sensitive || item.sensitive {
        return String::new();
    }
    let texts = items.iter().flatten().filter_map(|value| match value {
        Value::Text(text) => Some(text.as_str()),
        _ => None,
    });
    format!("'[{}]' ", texts.collect::<Vec<_>>().join(", "))
}

/// All constraints of a type, as the text of a failed list has them.
fn all_rules(ty: &Type) -> String {
    let mut rules = Vec::new();
    rules.extend(ty.max.map(|max| rule_max(ty, max)));
    rules.extend(ty.min.map(|min| rule_min(ty, min)));
    rules.extend(ty.pattern.map(rule_pattern));
    if let Kind::Enum(values) = ty.kind {
        rules.push(rule_enum(values));
    }
    let rules: Vec<String> = rules.iter().map(|rule| format!("Member must {rule}")).collect();
    rules.join(", ")
}

/// The constraints that `value` itself breaks.
fn broken(ty: &Type, value: &Value) -> Vec<String> {
    let size = match value {
        Value::Text(text) => text.chars().count() as i64,
        Value::Blob(bytes) => bytes.len() as i64,
        Value::List(items) => items.len() as i64,
        Value::Map(entries) => entries.len() as i64,
        Value::Integer(number) => *number,
        _ => return Vec::new(),
    };
    let mut rules = Vec::new();
    if let Kind::Enum(values) = ty.kind {
        if let Value::Text(text) = value
            && !values.contains(&text.as_str())
        {
            rules.push(rule_enum(values));
        }
        return rules;
    }
    rules.extend(ty.max.filter(|max| size > *max).map(|max| rule_max(ty, max)));
    rules.extend(ty.min.filter(|min| size < *min).map(|min| rule_min(ty, min)));
    if let (Some(pattern), Value::Text(text)) = (ty.pattern, value)
        && !pattern::matches(pattern, text)
    {
        rules.push(rule_pattern(pattern));
    }
    rules
}

fn measured(ty: &Type) -> &'static str {
    match ty.kind {
        Kind::Integer | Kind::Long | Kind::Double => "value",
        _ => "length",
    }
}

fn rule_max(ty: &Type, max: i64) -> String {
    format!("have {} less than or equal to {max}", measured(ty))
}

fn rule_min(ty: &Type, min: i64) -> String {
    format!("have {} greater than or equal to {min}", measured(ty))
}

fn rule_pattern(pattern: &str) -> String {
    format!("satisfy regular expression pattern: {pattern}")
}

fn rule_enum(values: &[&str]) -> String {
    format!("satisfy enum value set: [{}]", values.join(", "))
}
