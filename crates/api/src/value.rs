//! A value between bytes and types: what a codec reads or writes, guided by a schema.

use std::fmt;

use names::Timestamp;

/// A value of some [`crate::Type`]. A structure holds one slot per member, in the model's order.
#[derive(Clone, PartialEq)]
pub enum Value {
    /// Text, or one of an enum's texts.
    Text(String),
    /// True or false.
    Boolean(bool),
    /// An integer or a long.
    Integer(i64),
    /// A floating-point number.
    Double(f64),
    /// A moment.
    Timestamp(Timestamp),
    /// Bytes.
    Blob(Vec<u8>),
    /// A list. Positions left open by the caller are `None`.
    List(Vec<Option<Value>>),
    /// A map, in the order of the wire.
    Map(Vec<(String, Value)>),
    /// A structure: one slot per member.
    Structure(Vec<Option<Value>>),
}

/// Says only of what kind it is: a value may be a secret.
impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Text(_) => "Text(…)",
            Self::Boolean(_) => "Boolean(…)",
            Self::Integer(_) => "Integer(…)",
            Self::Double(_) => "Double(…)",
            Self::Timestamp(_) => "Timestamp(…)",
            Self::Blob(_) => "Blob(…)",
            Self::List(_) => "List(…)",
            Self::Map(_) => "Map(…)",
            Self::Structure(_) => "Structure(…)",
        })
    }
}
