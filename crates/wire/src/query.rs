//! awsQuery: form parameters in.
//!
//! Source: the awsQuery protocol as botocore speaks it; parsing quirks as observed on IAM.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use api::{Common, Fault, Kind, Type, Value};
use names::Timestamp;
use percent_encoding::percent_decode;

/// More parameters than any call needs; a cheap bound on work.
const PARAMETERS_MAX: usize = 4096;

/// How deep a parameter's name may reach into structures and lists.
const DEPTH_MAX: usize = 16;

/// AWS keeps up to this many open positions of a list.
const GAPS_MAX: usize = 10;

/// A request's parameters: the last of a name wins.
#[derive(Debug, Default)]
pub(crate) struct Parameters<'a>(BTreeMap<Cow<'a, str>, Cow<'a, str>>);

impl<'a> Parameters<'a> {
    /// Reads `name=value&…` as `application/x-www-form-urlencoded`.
    pub(crate) fn read(sources: [&'a [u8]; 2]) -> Result<Self, Fault> {
        let mut map = BTreeMap::new();
        for source in sources {
            for pair in source.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()) {
                let mut halves = pair.splitn(2, |byte| *byte == b'=');
                let name = decoded(halves.next().unwrap_or_default())?;
                let value = decoded(halves.next().unwrap_or_default())?;
                map.insert(name, value);
                if map.len() > PARAMETERS_MAX {
                    return Err(malformed());
                }
            }
        }
        Ok(Self(map))
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(AsRef::as_ref)
    }

    /// Names that begin with `prefix`, cut to what follows it.
    fn below<'b>(&'b self, prefix: &'b str) -> impl Iterator<Item = &'b str> {
        let from =
            self.0.range::<str, _>((std::ops::Bound::Included(prefix), std::ops::Bound::Unbounded));
        from.map_while(move |(name, _)| name.strip_prefix(prefix))
    }
}

fn malformed() -> Fault {
    Fault::common(Common::MalformedInput, "")
}

/// Percent-decodes with `+` for a blank; a broken escape or bad UTF-8 is refused.
fn decoded(text: &[u8]) -> Result<Cow<'_, str>, Fault> {
    let not_utf8 = || {
        let message = "Parameters must be encoded as UTF-8.";
        Fault::common(Common::MalformedQueryString, message)
    };
    if !text.iter().fold(false, |found, byte| found | (*byte == b'%') | (*byte == b'+')) {
        return std::str::from_utf8(text).map(Cow::Borrowed).map_err(|_| not_utf8());
    }
    check_escapes(text)?;
    let spaced: Vec<u8> = text.iter().map(|&b| if b == b'+' { b' ' } else { b }).collect();
    let bytes: Vec<u8> = percent_decode(&spaced).collect();
    String::from_utf8(bytes).map(Cow::Owned).map_err(|_| not_utf8())
}

fn check_escapes(text: &[u8]) -> Result<(), Fault> {
    for (at, _) in text.iter().enumerate().filter(|(_, byte)| **byte == b'%') {
        let digits = text.get(at + 1..at + 3).unwrap_or_default();
        if digits.len() < 2 {
            let message = "Incomplete trailing escape % sequence";
            return Err(Fault::common(Common::MalformedQueryString, message));
        }
        if !digits.iter().all(u8::is_ascii_hexdigit) {
            let shown = String::from_utf8_lossy(digits);
            let message = format!("Illegal hex character in escape % pattern: %{shown}");
            return Err(Fault::common(Common::MalformedQueryString, message));
        }
    }
    Ok(())
}

/// Reads the input structure `ty`.
pub(crate) fn read(ty: &'static Type, parameters: &Parameters<'_>) -> Result<Value, Fault> {
    let mut slots = Vec::with_capacity(ty.members().len());
    for member in ty.members() {
        slots.push(read_at(member.ty, member.wire_name, parameters, 0)?);
    }
    Ok(Value::Structure(slots))
}

fn read_at(
    ty: &'static Type,
    name: &str,
    parameters: &Parameters<'_>,
    depth: usize,
) -> Result<Option<Value>, Fault> {
    if depth > DEPTH_MAX {
        return Err(malformed());
    }
    match &ty.kind {
        Kind::Structure(_) => read_structure(ty, name, parameters, depth),
        Kind::List { item, flattened } => read_list(item, *flattened, name, parameters, depth),
        Kind::Map { value, .. } => read_map(value, name, parameters, depth),
        _ => parameters.get(name).map(|text| scalar(ty, text)).transpose(),
    }
}

fn read_structure(
    ty: &'static Type,
    name: &str,
    parameters: &Parameters<'_>,
    depth: usize,
) -> Result<Option<Value>, Fault> {
    let prefix = format!("{name}.");
    if parameters.below(&prefix).next().is_none() {
        return Ok(None);
    }
    let mut slots = Vec::with_capacity(ty.members().len());
    for member in ty.members() {
        let below = format!("{prefix}{}", member.wire_name);
        slots.push(read_at(member.ty, &below, parameters, depth + 1)?);
    }
    Ok(Some(Value::Structure(slots)))
}

fn read_list(
    item: &'static Type,
    flattened: bool,
    name: &str,
    parameters: &Parameters<'_>,
    depth: usize,
) -> Result<Option<Value>, Fault> {
    let prefix = if flattened { format!("{name}.") } else { format!("{name}.member.") };
    let positions = positions(&prefix, parameters)?;
    if positions.is_empty() {
        return Ok(parameters.get(name).map(|_| Value::List(Vec::new())));
    }
    let mut items = Vec::with_capacity(positions.len());
    for (position, spelling) in positions {
        while items.len() + 1 < position {
            items.push(None);
        }
        items.push(read_at(item, &format!("{prefix}{spelling}"), parameters, depth + 1)?);
    }
    Ok(Some(Value::List(items)))
}

/// The positions that stand behind `prefix`, in order, each with its spelling (`01` for 1).
fn positions(prefix: &str, parameters: &Parameters<'_>) -> Result<BTreeMap<usize, String>, Fault> {
    let mut found = BTreeMap::new();
    for rest in parameters.below(prefix) {
        let digits = rest.split('.').next().unwrap_or_default();
        let position: usize = digits.parse().map_err(|_| malformed())?;
        if position == 0 {
            return Err(malformed());
        }
        found.insert(position, digits.to_owned());
    }
    let last = found.keys().next_back().copied().unwrap_or(0);
    if last - found.len().min(last) > GAPS_MAX {
        return Err(malformed());
    }
    Ok(found)
}

fn read_map(
    value: &'static Type,
    name: &str,
    parameters: &Parameters<'_>,
    depth: usize,
) -> Result<Option<Value>, Fault> {
    let prefix = format!("{name}.entry.");
    let positions = positions(&prefix, parameters)?;
    if positions.is_empty() {
        return Ok(parameters.get(name).map(|_| Value::Map(Vec::new())));
    }
    let (mut entries, mut seen) = (Vec::new(), BTreeSet::new());
    for spelling in positions.values() {
        let key = parameters.get(&format!("{prefix}{spelling}.key")).ok_or_else(malformed)?;
        let below = format!("{prefix}{spelling}.value");
        let read = read_at(value, &below, parameters, depth + 1)?.ok_or_else(malformed)?;
        if seen.insert(key) {
            entries.push((key.to_owned(), read));
        }
    }
    Ok(Some(Value::Map(entries)))
}

/// Integers may carry a plus and leading zeros, but no blanks, fraction or exponent; booleans are
/// exactly four words.
fn scalar(ty: &Type, text: &str) -> Result<Value, Fault> {
    let value = match ty.kind {
        Kind::Boolean => match text {
            "true" | "1" => Some(Value::Boolean(true)),
            "false" | "0" => Some(Value::Boolean(false)),
            _ => None,
        },
        Kind::Integer => text.parse::<i32>().ok().map(|n| Value::Integer(n.into())),
        Kind::Long => text.parse().ok().map(Value::Integer),
        Kind::Double => text.parse().ok().map(Value::Double),
        Kind::Timestamp => Timestamp::parse_iso(text).ok().map(Value::Timestamp),
        Kind::Blob => crate::base64::decode(text).map(Value::Blob),
        _ => Some(Value::Text(text.to_owned())),
    };
    value.ok_or_else(malformed)
}
