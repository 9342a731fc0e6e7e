//! JSON documents of awsJson 1.1 and restJson, read and written by schema.
//!
//! Nesting is bounded by serde_json's recursion limit (128). Unknown members are ignored; a null
//! stands for a member that is left out.

use api::{Common, Fault, Kind, Type, Value};
use names::Timestamp;
use serde_json::Value as Json;

/// Reads a document as the structure `ty`. An empty body is an empty document.
pub(crate) fn read(ty: &'static Type, body: &[u8]) -> Result<Value, Fault> {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Ok(Value::Structure(ty.members().iter().map(|_| None).collect()));
    }
    let json: Json = serde_json::from_slice(body).map_err(|_| unreadable())?;
    value(ty, json)?.ok_or_else(unreadable)
}

fn unreadable() -> Fault {
    Fault::common(Common::Serialization, "The request body is not the JSON document expected.")
}

fn mismatch(ty: &Type) -> Fault {
    let wanted = match ty.kind {
        Kind::Text | Kind::Enum(_) => "a string",
        Kind::Boolean => "a boolean",
        Kind::Integer | Kind::Long => "an integer",
        Kind::Double | Kind::Timestamp => "a number",
        Kind::Blob => "a base64 string",
        Kind::List { .. } => "an array",
        Kind::Map { .. } | Kind::Structure(_) => "an object",
    };
    Fault::common(Common::Serialization, format!("{} must be {wanted}.", ty.name))
}

/// A JSON value as a value of type `ty`; `None` for null.
pub(crate) fn value(ty: &'static Type, json: Json) -> Result<Option<Value>, Fault> {
    if json.is_null() {
        return Ok(None);
    }
    let read = match (&ty.kind, json) {
        (Kind::Text | Kind::Enum(_), Json::String(text)) => Some(Value::Text(text)),
        (Kind::Boolean, Json::Bool(flag)) => Some(Value::Boolean(flag)),
        (Kind::Integer, Json::Number(n)) => {
            n.as_i64().filter(|n| i32::try_from(*n).is_ok()).map(Value::Integer)
        }
        (Kind::Long, Json::Number(n)) => n.as_i64().map(Value::Integer),
        (Kind::Double, Json::Number(n)) => n.as_f64().map(Value::Double),
        (Kind::Timestamp, Json::Number(n)) => n.as_f64().and_then(moment).map(Value::Timestamp),
        (Kind::Timestamp, Json::String(text)) => {
            Timestamp::parse_iso(&text).ok().map(Value::Timestamp)
        }
        (Kind::Blob, Json::String(text)) => crate::base64::decode(&text).map(Value::Blob),
        (Kind::List { item, .. }, Json::Array(items)) => {
            let items = items.into_iter().map(|json| value(item, json));
            Some(Value::List(items.collect::<Result<_, _>>()?))
        }
        (Kind::Map { value: inner, .. }, Json::Object(entries)) => {
            let mut out = Vec::with_capacity(entries.len());
            for (key, json) in entries {
                out.extend(value(inner, json)?.map(|value| (key, value)));
            }
            Some(Value::Map(out))
        }
        (Kind::Structure(members), Json::Object(mut entries)) => {
            let mut slots = Vec::with_capacity(members.len());
            for member in *members {
                let json = entries.remove(member.wire_name).unwrap_or(Json::Null);
                slots.push(value(member.ty, json)?);
            }
            Some(Value::Structure(slots))
        }
        _ => None,
    };
    read.map(Some).ok_or_else(|| mismatch(ty))
}

fn moment(seconds: f64) -> Option<Timestamp> {
    let millis = (seconds * 1000.0).round();
    (millis.abs() < 1e15).then(|| Timestamp::from_millis(millis as i64))
}

/// Appends `value` as JSON.
pub(crate) fn write(out: &mut String, ty: &Type, value: &Value) {
    match (value, &ty.kind) {
        (Value::Text(text), _) => push_string(out, text),
        (Value::Boolean(flag), _) => out.push_str(if *flag { "true" } else { "false" }),
        (Value::Integer(number), _) => out.push_str(&number.to_string()),
        (Value::Double(number), _) => push_double(out, *number),
        (Value::Timestamp(moment), _) => push_epoch(out, *moment),
        (Value::Blob(bytes), _) => push_string(out, &crate::base64::encode(bytes)),
        (Value::List(items), Kind::List { item, .. }) => {
            separated(out, '[', ']', items.iter().flatten(), |out, value| write(out, item, value));
        }
        (Value::Map(entries), Kind::Map { value: inner, .. }) => {
            separated(out, '{', '}', entries.iter(), |out, (key, value)| {
                push_string(out, key);
                out.push(':');
                write(out, inner, value);
            });
        }
        (Value::Structure(slots), Kind::Structure(members)) => {
            let filled =
                members.iter().zip(slots).filter_map(|(m, slot)| Some((m, slot.as_ref()?)));
            let in_body = filled.filter(|(m, _)| m.location == api::Location::Body);
            separated(out, '{', '}', in_body, |out, (member, value)| {
                push_string(out, member.wire_name);
                out.push(':');
                write(out, member.ty, value);
            });
        }
        _ => out.push_str("null"),
    }
}

fn separated<T>(
    out: &mut String,
    open: char,
    close: char,
    items: impl Iterator<Item = T>,
    mut each: impl FnMut(&mut String, T),
) {
    out.push(open);
    for (at, item) in items.enumerate() {
        if at > 0 {
            out.push(',');
        }
        each(out, item);
    }
    out.push(close);
}

fn push_double(out: &mut String, number: f64) {
    match serde_json::Number::from_f64(number) {
        Some(number) => out.push_str(&number.to_string()),
        None => push_string(out, if number.is_nan() { "NaN" } else { "Infinity" }),
    }
}

/// Seconds since the epoch, with a fraction only where there is one.
fn push_epoch(out: &mut String, moment: Timestamp) {
    let millis = moment.millis().rem_euclid(1000);
    out.push_str(&moment.seconds().to_string());
    if millis != 0 {
        out.push_str(&format!(".{millis:03}"));
    }
}

/// Appends `text` as a JSON string.
pub fn push_string(out: &mut String, text: &str) {
    out.push('"');
    // Nearly every text stands for itself, and to see that takes no look at each byte by itself.
    let plain = !text.as_bytes().iter().fold(false, |found, byte| found | is_escaped(byte));
    if plain {
        out.push_str(text)
    } else {
        escape(out, text)
    }
    out.push('"');
}

/// What must be escaped is ASCII, and ASCII stands for itself in UTF-8.
fn is_escaped(byte: &u8) -> bool {
    (*byte < b' ') | (*byte == b'"') | (*byte == b'\\')
}

fn escape(out: &mut String, text: &str) {
    let mut rest = text;
    while let Some(at) = rest.as_bytes().iter().position(is_escaped) {
        let (plain, tail) = rest.split_at(at);
        out.push_str(plain);
        let mut chars = tail.chars();
        match chars.next() {
            Some('"') => out.push_str("\\\""),
            Some('\\') => out.push_str("\\\\"),
            Some('\n') => out.push_str("\\n"),
            Some('\r') => out.push_str("\\r"),
            Some('\t') => out.push_str("\\t"),
            Some(other) => out.push_str(&format!("\\u{:04x}", u32::from(other))),
            None => {}
        }
        rest = chars.as_str();
    }
    out.push_str(rest);
}
