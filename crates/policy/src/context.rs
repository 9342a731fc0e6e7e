//! What is known of a request: condition keys and their values.

use std::borrow::Cow;

/// A key's value. One text is single-valued; a list is multivalued, even with one item or none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ContextValue {
    /// Single-valued.
    One(Cow<'static, str>),
    /// Multivalued.
    Many(Vec<String>),
}

impl ContextValue {
    /// A single value.
    pub fn one(value: impl Into<String>) -> Self {
        Self::One(Cow::Owned(value.into()))
    }

    /// A single value that is part of the program.
    #[must_use]
    pub const fn constant(value: &'static str) -> Self {
        Self::One(Cow::Borrowed(value))
    }

    /// Many values.
    pub fn many<T: Into<String>>(values: impl IntoIterator<Item = T>) -> Self {
        Self::Many(values.into_iter().map(Into::into).collect())
    }
}

/// The keys of one request. Names are compared without regard to case.
#[derive(Debug, Clone, Default)]
pub struct Context(Vec<(Cow<'static, str>, ContextValue)>);

impl Context {
    /// A context without keys.
    #[must_use]
    pub fn new() -> Self {
        Self(Vec::with_capacity(24))
    }

    /// Sets a key. The first setting of a key is the one that counts.
    pub fn set(&mut self, key: impl Into<Cow<'static, str>>, value: ContextValue) {
        self.0.push((key.into(), value));
    }

    /// A key's value.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&ContextValue> {
        let named = self.0.iter().find(|(name, _)| name.eq_ignore_ascii_case(key));
        named.map(|(_, value)| value)
    }

    /// A key's single value; a multivalued key has none.
    #[must_use]
    pub fn single(&self, key: &str) -> Option<&str> {
        match self.get(key) {
            Some(ContextValue::One(value)) => Some(value),
            _ => None,
        }
    }

    /// All keys with their values, in the order of setting.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &ContextValue)> {
        self.0.iter().map(|(key, value)| (key.as_ref(), value))
    }
}
