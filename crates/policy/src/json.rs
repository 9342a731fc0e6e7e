//! JSON as policies need it: members in order, no name twice in one object.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// A JSON value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Node {
    Null,
    Bool(bool),
    /// As text: policies take numbers for their text.
    Number(String),
    Text(String),
    List(Vec<Node>),
    Object(Vec<(String, Node)>),
}

impl Node {
    /// Reads one JSON text; nesting is bounded by serde_json's recursion limit.
    pub(crate) fn read(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }

    /// Reads one JSON text, for those whom it does not concern why it can't be read.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        Self::read(text).ok()
    }

    pub(crate) fn object(&self) -> Option<&[(String, Node)]> {
        match self {
            Self::Object(members) => Some(members),
            _ => None,
        }
    }

    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Node> {
        self.object()?.iter().find(|(key, _)| key == name).map(|(_, node)| node)
    }

    /// A member that is not null.
    pub(crate) fn present(&self, name: &str) -> Option<&Node> {
        self.get(name).filter(|node| **node != Self::Null)
    }

    /// A scalar's text: booleans and numbers stand for their text.
    pub(crate) fn scalar(&self) -> Option<String> {
        match self {
            Self::Text(text) | Self::Number(text) => Some(text.clone()),
            Self::Bool(flag) => Some(flag.to_string()),
            _ => None,
        }
    }

    /// One scalar, or a list of them.
    pub(crate) fn scalars(&self) -> Option<Vec<String>> {
        match self {
            Self::List(items) => items.iter().map(Self::scalar).collect(),
            other => other.scalar().map(|text| vec![text]),
        }
    }

    /// One string, or a list of strings.
    pub(crate) fn texts(&self) -> Option<Vec<String>> {
        match self {
            Self::List(items) => items.iter().map(|n| n.text().map(str::to_owned)).collect(),
            other => other.text().map(|text| vec![text.to_owned()]),
        }
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NodeVisitor)
    }
}

struct NodeVisitor;

impl<'de> Visitor<'de> for NodeVisitor {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<Node, E> {
        Ok(Node::Null)
    }

    fn visit_bool<E: Error>(self, flag: bool) -> Result<Node, E> {
        Ok(Node::Bool(flag))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Node, E> {
        Ok(Node::Number(number.to_string()))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Node, E> {
        Ok(Node::Number(number.to_string()))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Node, E> {
        // As JSON writes it: 5.0 stays 5.0.
        let number = serde_json::Number::from_f64(number);
        number.map(|number| Node::Number(number.to_string())).ok_or_else(|| E::custom("no number"))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Node, E> {
        Ok(Node::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Node, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Node::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Node, A::Error> {
        let mut members: Vec<(String, Node)> = Vec::new();
        let mut names = std::collections::HashSet::new();
        while let Some((name, node)) = entries.next_entry::<String, Node>()? {
            if !names.insert(name.clone()) {
                return Err(Error::custom("a name stands twice in one object"));
            }
            members.push((name, node));
        }
        Ok(Node::Object(members))
    }
}
