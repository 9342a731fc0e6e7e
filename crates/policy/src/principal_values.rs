//! Principals in the text of a document, replaced where they stand.
//!
//! IAM stores users and roles by their unique ids and shows them as ARNs again. Everything but the
//! values themselves stays byte for byte as it was written.

use serde_json::value::RawValue;

use crate::json::Node;
use crate::raw;

/// Calls `map` on each value of each `Principal` and `NotPrincipal`, with its kind (`AWS`,
/// `Service`, `Federated`, `CanonicalUser`), and puts what it returns in the value's place; `None`
/// leaves the value as it is. A bare value is passed with the kind `*`. A text that is no policy
/// stays as it is.
///
/// # Errors
/// The first error of `map`.
pub fn map_principals<E>(
    text: &str,
    mut map: impl FnMut(&str, &str) -> Result<Option<String>, E>,
) -> Result<String, E> {
    let mut out = String::with_capacity(text.len());
    let mut copied = 0;
    for (kind, value) in values(text).unwrap_or_default() {
        let plain: Option<String> = serde_json::from_str(value.get()).ok();
        let (Some(plain), Some(range)) = (plain, raw::range(text, value)) else { continue };
        if let Some(replacement) = map(&kind, &plain)? {
            out.push_str(text.get(copied..range.start).unwrap_or_default());
            out.push_str(&serde_json::Value::from(replacement).to_string());
            copied = range.end;
        }
    }
    out.push_str(text.get(copied..).unwrap_or_default());
    Ok(out)
}

/// All values with their kinds, in the order of the text.
fn values(text: &str) -> Option<Vec<(String, &RawValue)>> {
    // Names that stand twice are refused here.
    Node::parse(text)?;
    let mut all = Vec::new();
    for statement in raw::statements(text)? {
        let elements = raw::members(statement.get()).unwrap_or_default();
        for (_, element) in elements.into_iter().filter(|(name, _)| is_principal(name)) {
            if element.get().starts_with('"') {
                all.push(("*".to_owned(), element));
            }
            for (kind, list) in raw::members(element.get()).unwrap_or_default() {
                let items = raw::items(list).unwrap_or_default();
                all.extend(items.into_iter().map(|value| (kind.clone(), value)));
            }
        }
    }
    Some(all)
}

fn is_principal(name: &str) -> bool {
    name == "Principal" || name == "NotPrincipal"
}
