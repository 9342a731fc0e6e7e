//! Policies that are part of an entity: embedded ones by name, attached ones by ARN.

use serde::{Deserialize, Serialize};

use super::folded;

/// A policy document embedded in a user or group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct InlinePolicy {
    pub(crate) name: String,
    pub(crate) document: String,
}

/// An entity's embedded policies, sorted by folded name. Replacing one keeps its first spelling.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct InlinePolicies(Vec<InlinePolicy>);

impl InlinePolicies {
    pub(crate) fn get(&self, name: &str) -> Option<&InlinePolicy> {
        self.find(name).ok().and_then(|at| self.0.get(at))
    }

    pub(crate) fn put(&mut self, name: &str, document: String) {
        match self.find(name) {
            Ok(at) => {
                if let Some(policy) = self.0.get_mut(at) {
                    policy.document = document;
                }
            }
            Err(at) => self.0.insert(at, InlinePolicy { name: name.to_owned(), document }),
        }
    }

    /// Takes the policy out; `false` if there is none of that name.
    pub(crate) fn remove(&mut self, name: &str) -> bool {
        self.find(name).map(|at| self.0.remove(at)).is_ok()
    }

    pub(crate) fn iter(&self) -> std::slice::Iter<'_, InlinePolicy> {
        self.0.iter()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Characters of all documents, first with white space not counted, then as they were written,
    /// with their names: a great many small ones take room by these.
    pub(crate) fn sizes(&self) -> (usize, usize) {
        self.0.iter().fold((0, 0), |(size, written), InlinePolicy { name, document }| {
            let all = name.chars().count() + document.chars().count();
            (size + policy::quota_size(document), written + all)
        })
    }

    fn find(&self, name: &str) -> Result<usize, usize> {
        let wanted = folded(name);
        self.0.binary_search_by(|policy| folded(&policy.name).cmp(&wanted))
    }
}
