//! Inputs and outputs as trail records show them: lower camel case, secrets left out.
//!
//! Source: CloudTrail User Guide, "CloudTrail record contents". Moments inside take the form that
//! IAM's and STS's records have.

use api::{Kind, Type, Value};
use names::Timestamp;

use crate::constraint::push_lower_camel;
use crate::json::push_string;

/// Appends the structure `value` as a JSON object, without sensitive members and without those
/// named in `omit`, wherever they stand; `null` if nothing is left of it. A text that holds a private
/// key is replaced, whatever the member.
pub fn parameters(out: &mut String, ty: &Type, value: &Value, omit: &[&str]) {
    let start = out.len();
    structure(out, ty, value, omit);
    if out.get(start..) == Some("{}") {
        out.truncate(start);
        out.push_str("null");
    }
}

fn structure(out: &mut String, ty: &Type, value: &Value, omit: &[&str]) {
    let Value::Structure(slots) = value else { return out.push_str("null") };
    let mut mark = '{';
    for (member, slot) in ty.members().iter().zip(slots) {
        let hidden = member.ty.sensitive || omit.contains(&member.name);
        let Some(value) = slot.as_ref().filter(|_| !hidden) else { continue };
        out.push(mark);
        mark = ',';
        let mut name = String::with_capacity(member.name.len());
        push_lower_camel(&mut name, member.name);
        push_string(out, &name);
        out.push(':');
        write(out, member.ty, value, omit);
    }
    if mark == '{' {
        out.push('{');
    }
    out.push('}');
}

fn write(out: &mut String, ty: &Type, value: &Value, omit: &[&str]) {
    match (value, &ty.kind) {
        (Value::Structure(_), _) => structure(out, ty, value, omit),
        (Value::List(items), Kind::List { item, .. }) if !item.sensitive => {
            list(out, item, items, omit);
        }
        (Value::Map(entries), Kind::Map { value: inner, .. }) if !inner.sensitive => {
            map(out, inner, entries, omit);
        }
        (Value::Timestamp(moment), _) => push_string(out, &spoken(*moment)),
        (Value::Blob(_) | Value::List(_) | Value::Map(_), _) => {
            push_string(out, HIDDEN);
        }
        (Value::Text(text), _) if holds_private_key(text) => push_string(out, HIDDEN),
        (scalar, _) => crate::json::write(out, ty, scalar),
    }
}

/// What stands in a record for a value that must not.
pub const HIDDEN: &str = "HIDDEN_DUE_TO_SECURITY_REASONS";

/// Whether a text holds a private key in PEM or a form like it, whatever it was sent as: a key that
/// was pasted into the member beside the right one is a secret all the same.
#[must_use]
pub fn holds_private_key(text: &str) -> bool {
    const MARK: &[u8] = b"PRIVATE KEY";
    text.contains("--")
        && text.as_bytes().windows(MARK.len()).any(|at| at.eq_ignore_ascii_case(MARK))
}

fn list(out: &mut String, item: &Type, items: &[Option<Value>], omit: &[&str]) {
    out.push('[');
    for (at, value) in items.iter().flatten().enumerate() {
        if at > 0 {
            out.push(',');
        }
        write(out, item, value, omit);
    }
    out.push(']');
}

fn map(out: &mut String, inner: &Type, entries: &[(String, Value)], omit: &[&str]) {
    out.push('{');
    for (at, (key, value)) in entries.iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        push_string(out, if holds_private_key(key) { HIDDEN } else { key });
        out.push(':');
        write(out, inner, value, omit);
    }
    out.push('}');
}

/// `Jul 30, 2024 9:53:13 PM`.
fn spoken(moment: Timestamp) -> String {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let iso = moment.iso();
    let field = |from: usize, to: usize| iso.get(from..to).and_then(|s| s.parse::<usize>().ok());
    let (month, day, hour) = (field(5, 7), field(8, 10), field(11, 13).unwrap_or(0));
    let month = month.and_then(|m| MONTHS.get(m.wrapping_sub(1))).copied().unwrap_or("Jan");
    let half = if hour < 12 { "AM" } else { "PM" };
    let hour = if hour % 12 == 0 { 12 } else { hour % 12 };
    let (year, rest) = (iso.get(..4).unwrap_or_default(), iso.get(13..19).unwrap_or_default());
    format!("{month} {}, {year} {hour}{rest} {half}", day.unwrap_or(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_keys_are_told_by_their_frame() {
        for key in [
            "-----BEGIN PRIVATE KEY-----\nMIGH\n-----END PRIVATE KEY-----",
            "x -----BEGIN RSA PRIVATE KEY-----\nMIIE",
            "MIIE\n-----END ENCRYPTED PRIVATE KEY-----",
            "-----begin openssh private key-----",
            "---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----",
            "-----BEGIN PGP PRIVATE KEY BLOCK-----",
        ] {
            assert!(holds_private_key(key), "{key}");
        }
        for other in [
            "-----BEGIN CERTIFICATE-----\nMIIE\n-----END CERTIFICATE-----",
            "-----BEGIN PUBLIC KEY-----",
            "rotates the private key of each host",
            "",
        ] {
            assert!(!holds_private_key(other), "{other}");
        }
    }

    #[test]
    fn moments_are_spoken_as_iam_records_have_them() {
        let at = |text| spoken(Timestamp::parse_iso(text).unwrap());
        assert_eq!(at("2024-07-30T21:53:13Z"), "Jul 30, 2024 9:53:13 PM");
        assert_eq!(at("2024-01-02T00:05:09Z"), "Jan 2, 2024 12:05:09 AM");
        assert_eq!(at("2024-12-02T12:00:00Z"), "Dec 2, 2024 12:00:00 PM");
    }
}
