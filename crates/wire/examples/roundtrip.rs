//! One half of the protocol round trip; the other half is `tests/protocol/roundtrip.py`.
//!
//! Reads JSON lines on stdin. A line with a request is decoded and answered with its input; a line
//! with a seed is answered with a random output, as a value and as an HTTP answer.

#![expect(clippy::print_stdout, reason = "its output is read by the other half")]
#![expect(clippy::indexing_slicing, reason = "indexing a JSON value gives null, not a panic")]

use std::io::BufRead as _;

use api::{Kind, Location, Protocol, ServiceInfo, Type, Value};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use keywright_wire as wire;
use names::Timestamp;
use serde_json::{Map, Value as Json, json};

fn main() {
    for line in std::io::stdin().lock().lines().map_while(Result::ok) {
        let answer = answer(&line).unwrap_or_else(|| json!({ "error": "the line makes no sense" }));
        println!("{answer}");
    }
}

fn answer(line: &str) -> Option<Json> {
    let line: Json = serde_json::from_str(line).ok()?;
    let service = api::SERVICES.into_iter().find(|s| Some(s.id) == line["service"].as_str())?;
    match line["seed"].as_u64() {
        Some(seed) => output(service, line["operation"].as_str()?, seed),
        None => input(service, &line),
    }
}

fn input(service: &'static ServiceInfo, line: &Json) -> Option<Json> {
    let mut request = http::Request::builder().method(line["method"].as_str()?);
    request = request.uri(line["uri"].as_str()?);
    for (name, value) in line["headers"].as_object()? {
        request = request.header(name, value.as_str()?);
    }
    let parts = request.body(()).ok()?.into_parts().0;
    let body = STANDARD.decode(line["body"].as_str()?).ok()?;
    let read = wire::select(service, &parts, &body)
        .and_then(|operation| Ok((operation, wire::read(service, operation, &parts, &body)?)));
    match read {
        Ok((operation, value)) => {
            let value = operation.through_types[0](value)?;
            Some(json!({ "operation": operation.name, "value": dump(operation.input, &value) }))
        }
        Err(fault) => Some(json!({ "error": fault.to_string() })),
    }
}

fn output(service: &'static ServiceInfo, operation: &str, seed: u64) -> Option<Json> {
    let operation = service.operation(operation)?;
    let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let value = random.value(operation.output, service.protocol, Location::Body, 0);
    let value = operation.through_types[1](value)?;
    let answer = wire::encode(service, operation, &value, "request-id", wire::Form::Native);
    let headers = answer.headers().iter();
    let headers =
        headers.map(|(name, value)| (name.to_string(), json!(value.to_str().unwrap_or(""))));
    Some(json!({
        "value": dump(operation.output, &value),
        "status": answer.status().as_u16(),
        "headers": headers.collect::<Map<String, Json>>(),
        "body": STANDARD.encode(answer.body()),
    }))
}

/// A value by the model's own names, in a form that both halves write alike.
fn dump(ty: &Type, value: &Value) -> Json {
    match (value, &ty.kind) {
        (Value::Text(text), _) => json!(text),
        (Value::Boolean(flag), _) => json!(flag),
        (Value::Integer(number), _) => json!(number),
        (Value::Double(number), _) => json!(number),
        (Value::Timestamp(moment), _) => json!(moment.millis()),
        (Value::Blob(bytes), _) => json!(STANDARD.encode(bytes)),
        (Value::List(items), Kind::List { item, .. }) => {
            items.iter().flatten().map(|value| dump(item, value)).collect()
        }
        (Value::Map(entries), Kind::Map { value: inner, .. }) => {
            let entries = entries.iter().map(|(key, value)| (key.clone(), dump(inner, value)));
            Json::Object(entries.collect())
        }
        (Value::Structure(slots), Kind::Structure(members)) => {
            let filled = members.iter().zip(slots).filter_map(|(member, slot)| {
                Some((member.name.to_owned(), dump(member.ty, slot.as_ref()?)))
            });
            Json::Object(filled.collect())
        }
        _ => Json::Null,
    }
}

/// A small generator (xorshift64); the same seed gives the same output.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % limit.max(1)
    }

    fn text(&mut self, plain: bool) -> String {
        const MEAN: &[&str] = &[
            "a", "Z", "0", "<", ">", "&", "\"", "'", "é", "𝄞", "\\", "/", " b", "\n", "\t", "]]>",
            "{", "\u{7f}",
        ];
        const PLAIN: &[&str] = &["a", "Z", "0", "-", "x"];
        let alphabet = if plain { PLAIN } else { MEAN };
        let length = 1 + self.below(8);
        (0..length)
            .filter_map(|_| alphabet.get(self.below(alphabet.len() as u64) as usize).copied())
            .collect()
    }

    fn value(&mut self, ty: &Type, protocol: Protocol, place: Location, depth: u32) -> Value {
        match &ty.kind {
            Kind::Text => Value::Text(self.text(place != Location::Body)),
            Kind::Enum(values) => {
                let at = self.below(values.len() as u64) as usize;
                Value::Text(values.get(at).copied().unwrap_or_default().to_owned())
            }
            Kind::Boolean => Value::Boolean(self.below(2) == 1),
            Kind::Integer if place == Location::Status => Value::Integer(200),
            Kind::Integer => Value::Integer(self.below(1 << 32) as i64 - (1 << 31)),
            Kind::Long => Value::Integer(self.below(1 << 53) as i64),
            Kind::Double => Value::Double(self.below(1000) as f64 / 8.0),
            Kind::Timestamp => {
                let grain = if protocol == Protocol::Query { 1000 } else { 1 };
                Value::Timestamp(Timestamp::from_millis(
                    (self.below(4_000_000_000_000) / grain * grain) as i64,
                ))
            }
            // botocore reads a payload that is no stream as text.
            Kind::Blob if place == Location::Payload => Value::Blob(self.text(true).into_bytes()),
            Kind::Blob => {
                Value::Blob((0..1 + self.below(20)).map(|_| self.below(256) as u8).collect())
            }
            Kind::List { item, .. } => {
                let length = if depth > 4 { 0 } else { self.below(3) };
                Value::List(
                    (0..length)
                        .map(|_| Some(self.value(item, protocol, place, depth + 1)))
                        .collect(),
                )
            }
            Kind::Map { key, value } => {
                let length = if depth > 4 { 0 } else { self.below(3) };
                let mut entries = std::collections::BTreeMap::new();
                for _ in 0..length {
                    if let Value::Text(key) = self.value(key, protocol, Location::Path, depth + 1) {
                        entries.insert(key, self.value(value, protocol, place, depth + 1));
                    }
                }
                Value::Map(entries.into_iter().collect())
            }
            Kind::Structure(members) => {
                let slots = members.iter().map(|member| {
                    let needed = member.required || member.location == Location::Status;
                    let wanted = needed || (depth <= 4 && self.below(10) < 7);
                    wanted.then(|| self.value(member.ty, protocol, member.location, depth + 1))
                });
                Value::Structure(slots.collect())
            }
        }
    }
}
