//! XML answers of awsQuery: written directly, since the writer knows every element beforehand.

use api::{Kind, Type, Value};

/// Appends the members of the structure `value`.
pub(crate) fn write_members(out: &mut String, ty: &Type, value: &Value) {
    let Value::Structure(slots) = value else { return };
    for (member, slot) in ty.members().iter().zip(slots) {
        if let Some(value) = slot {
            write(out, member.wire_name, member.ty, value);
        }
    }
}

fn write(out: &mut String, name: &str, ty: &Type, value: &Value) {
    match (value, &ty.kind) {
        (Value::List(items), Kind::List { item, flattened: true }) => {
            items.iter().flatten().for_each(|value| write(out, name, item, value));
        }
        (Value::List(items), Kind::List { item, .. }) => element(out, name, |out| {
            items.iter().flatten().for_each(|value| write(out, "member", item, value));
        }),
        (Value::Map(entries), Kind::Map { key, value: inner }) => element(out, name, |out| {
            for (text, value) in entries {
                element(out, "entry", |out| {
                    write(out, "key", key, &Value::Text(text.clone()));
                    write(out, "value", inner, value);
                });
            }
        }),
        (Value::Structure(_), _) => element(out, name, |out| write_members(out, ty, value)),
        _ => element(out, name, |out| scalar(out, value)),
    }
}

fn element(out: &mut String, name: &str, inside: impl FnOnce(&mut String)) {
    out.push('<');
    out.push_str(name);
    out.push('>');
    inside(out);
    out.push_str("</");
    out.push_str(name);
    out.push('>');
}

fn scalar(out: &mut String, value: &Value) {
    match value {
        Value::Text(text) => escape(out, text),
        Value::Boolean(flag) => out.push_str(if *flag { "true" } else { "false" }),
        Value::Integer(number) => out.push_str(&number.to_string()),
        Value::Double(number) => out.push_str(&number.to_string()),
        Value::Timestamp(moment) => moment.push_iso(out),
        Value::Blob(bytes) => out.push_str(&crate::base64::encode(bytes)),
        Value::List(_) | Value::Map(_) | Value::Structure(_) => {}
    }
}

/// Appends `text` with markup escaped. Characters that XML 1.0 cannot carry at all become U+FFFD.
pub(crate) fn escape(out: &mut String, text: &str) {
    let mut rest = text;
    while let Some(at) = rest.as_bytes().iter().position(is_special) {
        let (plain, tail) = rest.split_at(at);
        out.push_str(plain);
        let mut chars = tail.chars();
        match chars.next() {
            Some('&') => out.push_str("&amp;"),
            Some('<') => out.push_str("&lt;"),
            Some('>') => out.push_str("&gt;"),
            Some('"') => out.push_str("&quot;"),
            Some('\r') => out.push_str("&#xD;"),
            Some(c @ ('\t' | '\n')) => out.push(c),
            Some('\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}') => out.push('\u{fffd}'),
            Some(c) => out.push(c),
            None => {}
        }
        rest = chars.as_str();
    }
    out.push_str(rest);
}

/// Bytes that begin a character to look at; 0xEF begins U+FFFE and U+FFFF among others.
fn is_special(byte: &u8) -> bool {
    matches!(*byte, b'&' | b'<' | b'>' | b'"' | 0..=0x1f | 0xef)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_is_escaped_and_what_xml_cannot_carry_replaced() {
        let mut out = String::new();
        escape(&mut out, "a<b>&\"c\"\r\n\té\u{fb01}\u{fffe}\u{ffff}\0\u{10ffff}");
        let expected =
            "a&lt;b&gt;&amp;&quot;c&quot;&#xD;\n\té\u{fb01}\u{fffd}\u{fffd}\u{fffd}\u{10ffff}";
        assert_eq!(out, expected);
    }
}
