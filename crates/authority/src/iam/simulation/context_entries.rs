//! Condition keys as whoever simulates gives them.

use std::net::IpAddr;

use api::Fault;
use api::iam::shapes::{ContextEntry, ContextKeyTypeEnum};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use policy::{Context, ContextValue};

use super::super::faults;

/// What the simulated caller's unique id is, where none is given.
const STUB_USER_ID: &str = "STUB_PRINCIPAL_FOR_POLICY_SIMULATOR";

/// The keys of a simulated request.
///
/// # Errors
/// InvalidInput for a key without a name, or with values that its type does not have.
pub(super) fn context(entries: &[ContextEntry]) -> Result<Context, Fault> {
    let mut context = Context::new();
    for entry in entries {
        let name = entry.context_key_name.as_deref().unwrap_or_default();
        if name.is_empty() {
            return Err(faults::invalid_input("A context entry has no context key name."));
        }
        context.set(name.to_owned(), value(name, entry)?);
    }
    context.set("aws:userid", ContextValue::constant(STUB_USER_ID));
    Ok(context)
}

/// What a key or value takes of a comparison, besides its own length, in bytes.
const ENTRY: usize = 16;

/// How long all keys and values are together, and the longest value.
pub(super) fn lengths(entries: &[ContextEntry]) -> (usize, usize) {
    let keys = entries.iter().filter_map(|entry| entry.context_key_name.as_ref());
    let values = || entries.iter().filter_map(|entry| entry.context_key_values.as_ref()).flatten();
    let all = keys.chain(values()).map(|text| ENTRY + text.len()).sum();
    (all, values().map(String::len).max().unwrap_or_default())
}

fn value(name: &str, entry: &ContextEntry) -> Result<ContextValue, Fault> {
    let values = entry.context_key_values.as_deref().unwrap_or_default();
    if let Some(of) = entry.context_key_type
        && let Some(wrong) = values.iter().find(|value| !is_of(of, value))
    {
        let of = of.as_str();
        let message = format!("Value {wrong} of context key {name} is not of the type {of}.");
        return Err(faults::invalid_input(message));
    }
    let list = entry.context_key_type.map(|of| of.as_str().ends_with("List"));
    match (values, list) {
        (_, Some(true)) => Ok(ContextValue::many(values)),
        ([one], _) => Ok(ContextValue::one(one)),
        (_, None) => Ok(ContextValue::many(values)),
        (_, Some(false)) => {
            let message = format!("Context key {name} must have exactly one value.");
            Err(faults::invalid_input(message))
        }
    }
}

/// Whether a value is of the type. Dates are taken in all forms that conditions read.
fn is_of(of: ContextKeyTypeEnum, value: &str) -> bool {
    use ContextKeyTypeEnum as Of;
    match of {
        Of::String | Of::StringList | Of::Date | Of::DateList => true,
        Of::Numeric | Of::NumericList => value.parse::<f64>().is_ok_and(f64::is_finite),
        Of::Boolean | Of::BooleanList => {
            value.eq_ignore_ascii_case("true") || value.eq_ignore_ascii_case("false")
        }
        Of::Ip | Of::IpList => is_address(value),
        Of::Binary | Of::BinaryList => STANDARD.decode(value).is_ok(),
    }
}

/// An address, or a block of them.
fn is_address(text: &str) -> bool {
    let (address, bits) = text.split_once('/').unwrap_or((text, "0"));
    let most = match address.parse::<IpAddr>() {
        Ok(IpAddr::V4(_)) => 32,
        Ok(IpAddr::V6(_)) => 128,
        Err(_) => return false,
    };
    bits.parse::<u8>().is_ok_and(|bits| bits <= most)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(kind: Option<ContextKeyTypeEnum>, values: &[&str]) -> Option<ContextValue> {
        let entry = ContextEntry {
            context_key_name: Some("aws:x".to_owned()),
            context_key_values: Some(values.iter().map(|&value| value.to_owned()).collect()),
            context_key_type: kind,
        };
        context(&[entry]).ok().and_then(|context| context.get("AWS:X").cloned())
    }

    #[test]
    fn values_are_single_or_many_by_their_type() {
        use ContextKeyTypeEnum as Of;
        assert_eq!(of(Some(Of::String), &["a"]), Some(ContextValue::one("a")));
        assert_eq!(of(Some(Of::StringList), &["a"]), Some(ContextValue::many(["a"])));
        assert_eq!(of(None, &["a"]), Some(ContextValue::one("a")));
        assert_eq!(of(None, &["a", "b"]), Some(ContextValue::many(["a", "b"])));
        assert_eq!(of(Some(Of::String), &["a", "b"]), None);
        assert_eq!(of(Some(Of::String), &[]), None);
        assert_eq!(context(&[]).unwrap().single("aws:userid"), Some(STUB_USER_ID));
    }

    #[test]
    fn a_value_is_of_its_type() {
        use ContextKeyTypeEnum as Of;
        for (kind, good, bad) in [
            (Of::Numeric, "-1.5", "one"),
            (Of::Boolean, "True", "1"),
            (Of::Ip, "10.0.0.0/8", "10.0.0.0/33"),
            (Of::Ip, "::1", "10.0.0"),
            (Of::Binary, "QQ==", "Q"),
        ] {
            assert!(is_of(kind, good) && !is_of(kind, bad), "{kind:?}");
        }
    }
}
