//! What a model says about a value: its kind and the constraints that AWS checks.
//!
//! Source: the service models inside botocore (Apache-2.0), see `models/PROVENANCE.md`.

/// A named shape of a model.
#[derive(Debug)]
pub struct Type {
    /// The shape's name in the model.
    pub name: &'static str,
    /// What kind of value it is.
    pub kind: Kind,
    /// Least length of a text, blob or list; least number.
    pub min: Option<i64>,
    /// Greatest length of a text, blob or list; greatest number.
    pub max: Option<i64>,
    /// A regular expression in the model's (Java's) dialect that the whole text must match.
    pub pattern: Option<&'static str>,
    /// Never to be shown in a record, a log or an error.
    pub sensitive: bool,
}

/// Kinds of values.
#[derive(Debug)]
pub enum Kind {
    /// Any text.
    Text,
    /// One of these texts.
    Enum(&'static [&'static str]),
    /// `true` or `false`.
    Boolean,
    /// A 32-bit integer.
    Integer,
    /// A 64-bit integer.
    Long,
    /// A floating-point number.
    Double,
    /// A moment.
    Timestamp,
    /// Bytes; base64 on the wire unless they are the body.
    Blob,
    /// A list of values of one type.
    List {
        /// The items' type.
        item: &'static Type,
        /// On awsQuery: without the `member` step.
        flattened: bool,
    },
    /// A map from texts to values of one type.
    Map {
        /// The keys' type.
        key: &'static Type,
        /// The values' type.
        value: &'static Type,
    },
    /// A structure.
    Structure(&'static [Member]),
}

/// A member of a structure.
#[derive(Debug)]
pub struct Member {
    /// Its name in the model.
    pub name: &'static str,
    /// Its name on the wire: element, JSON key, header, query parameter or label.
    pub wire_name: &'static str,
    /// Its type.
    pub ty: &'static Type,
    /// A call without it is refused.
    pub required: bool,
    /// Where in an HTTP message it stands.
    pub location: Location,
}

/// Where in an HTTP message a member stands. Anything but the body is restJson's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Location {
    /// In the body's document.
    Body,
    /// It is the whole body.
    Payload,
    /// A label of the path.
    Path,
    /// A query parameter.
    Query,
    /// A header.
    Header,
    /// All headers that begin with the wire name.
    Headers,
    /// The status code.
    Status,
}

impl Type {
    /// A type without constraints.
    #[must_use]
    pub const fn new(name: &'static str, kind: Kind) -> Self {
        Self { name, kind, min: None, max: None, pattern: None, sensitive: false }
    }

    /// With a least length or number.
    #[must_use]
    pub const fn min(mut self, min: i64) -> Self {
        self.min = Some(min);
        self
    }

    /// With a greatest length or number.
    #[must_use]
    pub const fn max(mut self, max: i64) -> Self {
        self.max = Some(max);
        self
    }

    /// With a pattern.
    #[must_use]
    pub const fn pattern(mut self, pattern: &'static str) -> Self {
        self.pattern = Some(pattern);
        self
    }

    /// Not to be shown.
    #[must_use]
    pub const fn sensitive(mut self) -> Self {
        self.sensitive = true;
        self
    }

    /// The members of a structure; none for any other kind.
    #[must_use]
    pub fn members(&self) -> &'static [Member] {
        match self.kind {
            Kind::Structure(members) => members,
            _ => &[],
        }
    }
}

impl Member {
    /// A member that every call must bring.
    #[must_use]
    pub const fn required(name: &'static str, ty: &'static Type) -> Self {
        Self { name, wire_name: name, ty, required: true, location: Location::Body }
    }

    /// A member that may be left out.
    #[must_use]
    pub const fn optional(name: &'static str, ty: &'static Type) -> Self {
        Self { required: false, ..Self::required(name, ty) }
    }

    /// With another name on the wire.
    #[must_use]
    pub const fn called(mut self, wire_name: &'static str) -> Self {
        self.wire_name = wire_name;
        self
    }

    /// Outside the body's document.
    #[must_use]
    pub const fn at(mut self, location: Location) -> Self {
        self.location = location;
        self
    }
}
