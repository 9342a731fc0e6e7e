//! restJson: the operation in method and path, members in path, query, headers and body.
//!
//! Source: the restJson1 protocol as botocore speaks it.

use api::{Common, Fault, Kind, Location, Member, OperationInfo, ServiceInfo, Type, Value};
use http::request::Parts;
use names::Timestamp;
use percent_encoding::percent_decode_str;

use crate::json;

/// The operation whose method and path template fit; a template with more literal segments wins.
pub(crate) fn find(service: &ServiceInfo, parts: &Parts) -> Option<&'static OperationInfo> {
    let fitting = service.operations.iter().copied().filter(|operation| {
        operation.method == parts.method.as_str()
            && labels(operation, parts.uri.path()).is_some()
            && fixed_query(operation).all(|pair| has_pair(parts, pair))
    });
    fitting.max_by_key(|operation| literals(operation))
}

/// How much of a template is fixed: segments of the path and pairs of the query.
fn literals(operation: &OperationInfo) -> usize {
    let path = operation.uri.split('?').next().unwrap_or_default();
    let fixed = path.split('/').filter(|segment| !segment.starts_with('{')).count();
    path.matches('/').count() * 8 + fixed + fixed_query(operation).count()
}

/// Pairs that the template itself has in its query: `?find=LayerVersion`.
fn fixed_query(operation: &OperationInfo) -> impl Iterator<Item = &'static str> {
    let query = operation.uri.split_once('?').map_or("", |(_, query)| query);
    query.split('&').filter(|pair| !pair.is_empty())
}

fn has_pair(parts: &Parts, wanted: &str) -> bool {
    parts.uri.query().is_some_and(|query| query.split('&').any(|pair| pair == wanted))
}

/// The path's labels, if it fits the operation's template. `{Name+}` takes all that is left.
fn labels(operation: &OperationInfo, path: &str) -> Option<Vec<(&'static str, String)>> {
    let template = operation.uri.split('?').next()?;
    let mut found = Vec::new();
    let mut segments = path.trim_end_matches('/').split('/');
    for wanted in template.trim_end_matches('/').split('/') {
        let label = wanted.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
        match label {
            None if segments.next()? == wanted => {}
            None => return None,
            Some(greedy) if greedy.ends_with('+') => {
                let rest: Vec<&str> = segments.by_ref().collect();
                found.push((greedy.trim_end_matches('+'), decoded(&rest.join("/"))?));
            }
            Some(label) => {
                found.push((label, decoded(segments.next().filter(|s| !s.is_empty())?)?));
            }
        }
    }
    segments.next().is_none().then_some(found)
}

fn decoded(text: &str) -> Option<String> {
    percent_decode_str(text).decode_utf8().ok().map(std::borrow::Cow::into_owned)
}

/// Reads an operation's input from all parts of the request.
pub(crate) fn read(
    operation: &OperationInfo,
    ty: &'static Type,
    parts: &Parts,
    body: &[u8],
) -> Result<Value, Fault> {
    let labels = labels(operation, parts.uri.path()).unwrap_or_default();
    let members = ty.members();
    let in_body = members.iter().any(|member| member.location == Location::Body);
    let document = if in_body { json::read(ty, body)? } else { Value::Structure(Vec::new()) };
    let Value::Structure(mut slots) = document else { return Err(unreadable()) };
    slots.resize(members.len(), None);
    for (member, slot) in members.iter().zip(&mut slots) {
        if member.location != Location::Body {
            *slot = read_member(member, &labels, parts, body)?;
        }
    }
    Ok(Value::Structure(slots))
}

fn unreadable() -> Fault {
    Fault::common(Common::Serialization, "The request cannot be read.")
}

fn read_member(
    member: &'static Member,
    labels: &[(&str, String)],
    parts: &Parts,
    body: &[u8],
) -> Result<Option<Value>, Fault> {
    match member.location {
        Location::Path => {
            let label = labels.iter().find(|(name, _)| *name == member.wire_name);
            label.map(|(_, text)| scalar(member.ty, text)).transpose()
        }
        Location::Query => read_query(member, parts.uri.query().unwrap_or_default()),
        Location::Header => {
            let header = parts.headers.get(member.wire_name);
            let text = header.map(|value| value.to_str().map_err(|_| unreadable())).transpose()?;
            text.map(|text| scalar(member.ty, text)).transpose()
        }
        Location::Payload if matches!(member.ty.kind, Kind::Blob) => {
            Ok((!body.is_empty()).then(|| Value::Blob(body.to_vec())))
        }
        Location::Payload => json::read(member.ty, body).map(Some),
        Location::Body | Location::Headers | Location::Status => Ok(None),
    }
}

fn read_query(member: &'static Member, query: &str) -> Result<Option<Value>, Fault> {
    let mut values = Vec::new();
    for pair in query.split('&') {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        if decoded(name).as_deref() == Some(member.wire_name) {
            values.push(decoded(&value.replace('+', " ")).ok_or_else(unreadable)?);
        }
    }
    match (&member.ty.kind, values.first()) {
        (_, None) => Ok(None),
        (Kind::List { item, .. }, _) => {
            let items = values.iter().map(|text| scalar(item, text).map(Some));
            Ok(Some(Value::List(items.collect::<Result<_, _>>()?)))
        }
        (_, Some(text)) => scalar(member.ty, text).map(Some),
    }
}

fn scalar(ty: &Type, text: &str) -> Result<Value, Fault> {
    let value = match ty.kind {
        Kind::Boolean => text.parse().ok().map(Value::Boolean),
        Kind::Integer | Kind::Long => text.parse().ok().map(Value::Integer),
        Kind::Double => text.parse().ok().map(Value::Double),
        Kind::Timestamp => Timestamp::parse_iso(text).ok().map(Value::Timestamp),
        Kind::Blob => crate::base64::decode(text).map(Value::Blob),
        _ => Some(Value::Text(text.to_owned())),
    };
    value.ok_or_else(unreadable)
}
