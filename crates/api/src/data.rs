//! Between [`Value`]s and the generated types.
//!
//! Reading expects a value that has passed its schema's constraints: what does not fit becomes the
//! type's default, never an error, since `wire` has refused it before.

use std::collections::BTreeMap;

use names::Timestamp;

use crate::{Kind, Type, Value};

/// A Rust type that stands for a value of a model.
pub trait Data: Sized {
    /// Takes it out of a value.
    fn from_value(value: Value) -> Option<Self>;
    /// Puts it into a value.
    fn into_value(self) -> Value;
}

/// A generated structure.
pub trait Structure: Data + Default + Send + 'static {
    /// Its schema.
    const TYPE: &'static Type;
    /// Reads its members.
    fn from_members(members: &mut Members) -> Self;
    /// One slot per member, in the schema's order.
    fn into_members(self) -> Vec<Option<Value>>;
}

/// The slots of a structure, taken one after the other.
#[derive(Debug)]
pub struct Members(std::vec::IntoIter<Option<Value>>);

impl Members {
    /// The slots `values`, in the schema's order.
    #[must_use]
    pub fn new(values: Vec<Option<Value>>) -> Self {
        Self(values.into_iter())
    }

    /// The next slot, which may be empty.
    pub fn optional<T: Data>(&mut self) -> Option<T> {
        self.0.next().flatten().and_then(T::from_value)
    }

    /// The next slot, which the schema says is filled.
    pub fn required<T: Data + Default>(&mut self) -> T {
        self.optional().unwrap_or_default()
    }
}

/// A value into its type and back.
pub(crate) fn through<T: Structure>(value: Value) -> Option<Value> {
    T::from_value(value).map(Data::into_value)
}

/// Makes a generated structure a [`Data`]. A blanket implementation would shut out `Box` and `Vec`.
macro_rules! structure_data {
    ($($ty:ty),* $(,)?) => {$(
        impl $crate::Data for $ty {
            fn from_value(value: $crate::Value) -> Option<Self> {
                match value {
                    $crate::Value::Structure(slots) => {
                        Some($crate::Structure::from_members(&mut $crate::Members::new(slots)))
                    }
                    _ => None,
                }
            }

            fn into_value(self) -> $crate::Value {
                $crate::Value::Structure($crate::Structure::into_members(self))
            }
        }
    )*};
}

pub(crate) use structure_data;

structure_data!(Empty);

/// Input or output of an operation that has none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Empty;

impl Structure for Empty {
    const TYPE: &'static Type = &Type {
        name: "Empty",
        kind: Kind::Structure(&[]),
        min: None,
        max: None,
        pattern: None,
        sensitive: false,
    };

    fn from_members(_: &mut Members) -> Self {
        Self
    }

    fn into_members(self) -> Vec<Option<Value>> {
        Vec::new()
    }
}

macro_rules! scalar {
    ($($ty:ty => $variant:ident),* $(,)?) => {$(
        impl Data for $ty {
            fn from_value(value: Value) -> Option<Self> {
                match value {
                    Value::$variant(inner) => Some(inner),
                    _ => None,
                }
            }

            fn into_value(self) -> Value {
                Value::$variant(self)
            }
        }
    )*};
}

scalar! {
    String => Text,
    bool => Boolean,
    i64 => Integer,
    f64 => Double,
    Timestamp => Timestamp,
}

impl Data for i32 {
    fn from_value(value: Value) -> Option<Self> {
        match value {
            Value::Integer(number) => number.try_into().ok(),
            _ => None,
        }
    }

    fn into_value(self) -> Value {
        Value::Integer(self.into())
    }
}

/// Bytes; a type of its own, since a list of small numbers would look the same.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Blob(pub Vec<u8>);

impl std::fmt::Debug for Blob {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Blob({} bytes)", self.0.len())
    }
}

impl Data for Blob {
    fn from_value(value: Value) -> Option<Self> {
        match value {
            Value::Blob(bytes) => Some(Self(bytes)),
            _ => None,
        }
    }

    fn into_value(self) -> Value {
        Value::Blob(self.0)
    }
}

impl<T: Data> Data for Vec<T> {
    fn from_value(value: Value) -> Option<Self> {
        match value {
            Value::List(items) => {
                Some(items.into_iter().flatten().filter_map(T::from_value).collect())
            }
            _ => None,
        }
    }

    fn into_value(self) -> Value {
        Value::List(self.into_iter().map(|item| Some(item.into_value())).collect())
    }
}

impl<T: Data> Data for Box<T> {
    fn from_value(value: Value) -> Option<Self> {
        T::from_value(value).map(Self::new)
    }

    fn into_value(self) -> Value {
        (*self).into_value()
    }
}

impl<K: Data + Ord, V: Data> Data for BTreeMap<K, V> {
    fn from_value(value: Value) -> Option<Self> {
        let Value::Map(entries) = value else { return None };
        let typed = entries.into_iter().filter_map(|(key, value)| {
            Some((K::from_value(Value::Text(key))?, V::from_value(value)?))
        });
        Some(typed.collect())
    }

    fn into_value(self) -> Value {
        let entries = self.into_iter().filter_map(|(key, value)| match key.into_value() {
            Value::Text(key) => Some((key, value.into_value())),
            _ => None,
        });
        Value::Map(entries.collect())
    }
}
