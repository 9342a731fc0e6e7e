//! A reduced model with its overlay laid over it.

#![expect(clippy::indexing_slicing, reason = "indexing a JSON value gives null, not a panic")]

use std::collections::BTreeSet;

use serde_json::Value;

use super::names;
use crate::process::{self, Outcome};

/// A service's model.
pub(crate) struct Model {
    pub(crate) service: &'static str,
    json: Value,
}

impl Model {
    pub(crate) fn load(service: &'static str) -> Outcome<Self> {
        let root = process::root();
        let text = process::read(&root.join(format!("models/{service}.json")))?;
        let mut json: Value = serde_json::from_str(&text).map_err(|error| error.to_string())?;
        let overlay = root.join(format!("models/overlay/{service}.json"));
        if overlay.exists() {
            let text = process::read(&overlay)?;
            let changes: Value = serde_json::from_str(&text).map_err(|error| error.to_string())?;
            for change in changes["changes"].as_array().into_iter().flatten() {
                apply(&mut json, change)?;
            }
        }
        Ok(Self { service, json })
    }

    pub(crate) fn metadata(&self, key: &str) -> &str {
        self.json["metadata"][key].as_str().unwrap_or_default()
    }

    /// Operations, sorted by name.
    pub(crate) fn operations(&self) -> Vec<(&String, &Value)> {
        let mut all: Vec<_> = self.json["operations"].as_object().into_iter().flatten().collect();
        all.sort_by_key(|(name, _)| name.as_str());
        all
    }

    /// Shapes, in the order of the model.
    pub(crate) fn shapes(&self) -> Vec<(&String, &Value)> {
        self.json["shapes"].as_object().into_iter().flatten().collect()
    }

    pub(crate) fn shape(&self, name: &str) -> &Value {
        &self.json["shapes"][name]
    }

    /// A structure that is neither an error nor a stream of events.
    pub(crate) fn is_structure(shape: &Value) -> bool {
        shape["type"] == "structure" && shape["eventstream"] != true && !Self::is_error(shape)
    }

    pub(crate) fn is_error(shape: &Value) -> bool {
        shape["exception"] == true
    }

    pub(crate) fn is_enum(shape: &Value) -> bool {
        shape["type"] == "string" && shape["enum"].is_array()
    }

    /// Whether `to` can be reached from `from` through structures alone: then it must be boxed.
    pub(crate) fn reaches(&self, from: &str, to: &str) -> bool {
        let (mut seen, mut open) = (BTreeSet::new(), vec![from.to_owned()]);
        while let Some(name) = open.pop() {
            if !seen.insert(name.clone()) {
                continue;
            }
            for (_, member) in self.shape(&name)["members"].as_object().into_iter().flatten() {
                let target = member["shape"].as_str().unwrap_or_default();
                if target == to {
                    return true;
                }
                if Self::is_structure(self.shape(target)) {
                    open.push(target.to_owned());
                }
            }
        }
        false
    }

    /// Whether a shape holds something sensitive, at any depth below lists and maps.
    pub(crate) fn is_sensitive(&self, name: &str) -> bool {
        let shape = self.shape(name);
        let inner = |key: &str| shape[key]["shape"].as_str().is_some_and(|s| self.is_sensitive(s));
        shape["sensitive"] == true || inner("member") || inner("value")
    }

    /// Names of schema statics are unique even where shapes differ in case only.
    pub(crate) fn static_name(&self, shape: &str) -> String {
        let base = names::shouting(shape);
        let twins = self.shapes().into_iter().filter(|(name, _)| names::shouting(name) == base);
        match twins.map(|(name, _)| name).position(|name| name == shape) {
            None | Some(0) => base,
            Some(n) => format!("{base}_{}", n + 1),
        }
    }
}

fn apply(json: &mut Value, change: &Value) -> Outcome {
    let pointer = change["pointer"].as_str().ok_or("an overlay change needs a pointer")?;
    if change["reason"].as_str().is_none_or(str::is_empty) {
        return Err(format!("the overlay change at {pointer} gives no reason"));
    }
    let (parent, key) = pointer.rsplit_once('/').ok_or("a pointer begins with /")?;
    let target = json.pointer_mut(parent).and_then(Value::as_object_mut);
    let target = target.ok_or_else(|| format!("the model has nothing at {parent}"))?;
    target.insert(key.to_owned(), change["value"].clone());
    Ok(())
}
