//! The condition keys that a document speaks of.

use crate::document::{Document, Malformed};
use crate::template::Template;

/// The keys in conditions and variables, spelled as written, in the order of the statements. A key
/// in several spellings that differ in case only comes in the first one.
///
/// # Errors
/// [`Malformed`] if the text is no policy.
pub fn context_keys(text: &str) -> Result<Vec<String>, Malformed> {
    let document = Document::parse(text)?;
    let mut keys = Keys::default();
    for statement in &document.statements {
        let resources = statement.resources.iter().flat_map(|named| &named.list);
        resources.for_each(|resource| keys.add_variables(resource, document.variables));
        for (operator, key, values) in &statement.conditions {
            keys.add(key);
            let variables = document.variables && operator.takes_variables();
            values.iter().for_each(|value| keys.add_variables(value, variables));
        }
    }
    Ok(keys.in_order)
}

#[derive(Default)]
struct Keys {
    seen: std::collections::HashSet<String>,
    in_order: Vec<String>,
}

impl Keys {
    fn add(&mut self, key: &str) {
        if self.seen.insert(key.to_ascii_lowercase()) {
            self.in_order.push(key.to_owned());
        }
    }

    fn add_variables(&mut self, text: &str, variables: bool) {
        Template::new(text, variables).keys().for_each(|key| self.add(key));
    }
}
