//! Conditions, compiled once and tested per request.
//!
//! Source: IAM User Guide, "IAM JSON policy elements: Condition operators" and "Conditions with
//! multiple context keys or values".

use std::cmp::Ordering;
use std::net::IpAddr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ipnet::IpNet;

use crate::context::{Context, ContextValue};
use crate::date;
use crate::glob::Glob;
use crate::operator::{Base, Operator, Order, Quantifier};
use crate::template::{self, Template};
use crate::weight;

/// One key under one operator.
#[derive(Debug, Clone)]
pub(crate) struct Condition {
    operator: Operator,
    key: String,
    values: Vec<Expected>,
}

/// A value that a policy names, typed.
#[derive(Debug, Clone)]
enum Expected {
    Text(Template),
    Pattern(Glob),
    PatternTemplate(Template),
    Number(Number),
    Moment(i64),
    Flag(Template),
    Bytes(Vec<u8>),
    Network(IpNet),
    Arn(Template),
    Presence(bool),
    /// It cannot be read as what the operator compares: it equals nothing, and says nothing about
    /// the values beside it.
    Malformed,
}

/// What a comparison of one value with one expected value says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Match,
    NoMatch,
    /// The request's value is of no use: not even a negated operator matches.
    Never,
}

impl Condition {
    pub(crate) fn new(operator: Operator, key: &str, values: &[String], variables: bool) -> Self {
        let variables = variables && operator.takes_variables();
        let values = values.iter().map(|value| Expected::new(operator.base, value, variables));
        Self { operator, key: key.to_owned(), values: values.collect() }
    }

    /// Bytes that it takes besides itself.
    pub(crate) fn weight(&self) -> usize {
        weight::of_text(&self.key) + weight::of_list(&self.values, Expected::weight)
    }

    /// The keys whose values it depends on: its own, and those of variables without a default.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &str> {
        let variables = self.values.iter().flat_map(Expected::variables);
        std::iter::once(self.key.as_str()).chain(variables)
    }

    /// Whether the request satisfies it.
    pub(crate) fn holds(&self, context: &Context) -> bool {
        let value = context.get(&self.key);
        if self.operator.base == Base::Null {
            return self.null_holds(value);
        }
        match (self.operator.quantifier, value) {
            (Quantifier::Single, None) => self.operator.if_exists || self.operator.negated,
            (Quantifier::Single, Some(ContextValue::Many(_))) => false,
            (Quantifier::Single, Some(ContextValue::One(one))) => self.accepts(one, context),
            (Quantifier::ForAllValues, None) => true,
            (Quantifier::ForAnyValue, None) => self.operator.if_exists,
            // An empty text is no value: there is nothing that could fail.
            (Quantifier::ForAllValues, Some(ContextValue::One(one))) if one.is_empty() => true,
            (_, Some(ContextValue::One(one))) => self.accepts(one, context),
            (Quantifier::ForAllValues, Some(ContextValue::Many(many))) => {
                many.iter().all(|one| self.accepts(one, context))
            }
            (Quantifier::ForAnyValue, Some(ContextValue::Many(many))) => {
                many.iter().any(|one| self.accepts(one, context))
            }
        }
    }

    fn null_holds(&self, value: Option<&ContextValue>) -> bool {
        let absent = match value {
            None => true,
            Some(ContextValue::Many(many)) => many.is_empty(),
            Some(ContextValue::One(_)) => false,
        };
        self.values.iter().any(|value| matches!(value, Expected::Presence(null) if *null == absent))
    }

    /// Whether one value of the request fits: equal to any expected value, or, negated, to none.
    fn accepts(&self, one: &str, context: &Context) -> bool {
        let mut matched = false;
        for expected in &self.values {
            match expected.compare(self.operator.base, one, context) {
                Outcome::Match => matched = true,
                Outcome::NoMatch => {}
                Outcome::Never => return false,
            }
        }
        matched != self.operator.negated
    }
}

impl Expected {
    fn weight(&self) -> usize {
        match self {
            Self::Text(text) | Self::PatternTemplate(text) | Self::Flag(text) | Self::Arn(text) => {
                text.weight()
            }
            Self::Pattern(glob) => glob.weight(),
            Self::Bytes(bytes) => weight::of_list(bytes, |_| 0),
            Self::Number(Number { whole, fraction, .. }) => {
                weight::of_text(whole) + weight::of_text(fraction)
            }
            Self::Moment(_) | Self::Network(_) | Self::Presence(_) | Self::Malformed => 0,
        }
    }

    fn new(base: Base, text: &str, variables: bool) -> Self {
        let template = || Template::new(text, variables);
        match base {
            Base::StringEquals | Base::StringEqualsIgnoreCase => Self::Text(template()),
            Base::StringLike => match template().fixed() {
                Some(fixed) => Self::Pattern(Glob::new(fixed)),
                None => Self::PatternTemplate(template()),
            },
            Base::Numeric(_) => Number::parse(text).map_or(Self::Malformed, Self::Number),
            Base::Date(_) => date::parse(text).map_or(Self::Malformed, Self::Moment),
            Base::Bool => Self::Flag(template()),
            Base::Binary => STANDARD.decode(text).map_or(Self::Malformed, Self::Bytes),
            Base::Ip => network(text).map_or(Self::Malformed, Self::Network),
            Base::Arn => Self::Arn(template()),
            Base::Null => match text {
                _ if text.eq_ignore_ascii_case("true") => Self::Presence(true),
                _ if text.eq_ignore_ascii_case("false") => Self::Presence(false),
                _ => Self::Malformed,
            },
        }
    }

    fn variables(&self) -> impl Iterator<Item = &str> {
        let template = match self {
            Self::Text(t) | Self::PatternTemplate(t) | Self::Flag(t) | Self::Arn(t) => Some(t),
            _ => None,
        };
        template.into_iter().flat_map(Template::required_keys)
    }

    fn compare(&self, base: Base, one: &str, context: &Context) -> Outcome {
        let found = |matched: bool| if matched { Outcome::Match } else { Outcome::NoMatch };
        match self {
            Self::Text(template) => {
                found(with_text(template, context, |text| texts_equal(base, text, one)))
            }
            Self::Pattern(glob) => found(glob.matches(one)),
            Self::PatternTemplate(template) => {
                let substituted = template.substitute(context);
                found(substituted.is_some_and(|text| template::glob(&text).matches(one)))
            }
            Self::Number(expected) => match (Number::parse(one), base) {
                (Some(number), Base::Numeric(order)) => {
                    found(order.holds(number.compare(expected)))
                }
                _ => Outcome::NoMatch,
            },
            Self::Moment(expected) => match (date::parse(one), base) {
                (Some(moment), Base::Date(order)) => found(order.holds(moment.cmp(expected))),
                _ => Outcome::NoMatch,
            },
            Self::Flag(template) => {
                let one = one.eq_ignore_ascii_case("true");
                found(with_text(template, context, |text| text.eq_ignore_ascii_case("true") == one))
            }
            Self::Bytes(expected) => found(STANDARD.decode(one).is_ok_and(|b| b == *expected)),
            Self::Network(network) => match one.parse::<IpAddr>() {
                Ok(address) => found(network.contains(&canonical(address))),
                Err(_) => Outcome::Never,
            },
            Self::Arn(template) => arn_outcome(template, one, context),
            Self::Presence(_) => Outcome::NoMatch,
            // Still a request's address that cannot be read satisfies no operator at all.
            Self::Malformed if base == Base::Ip && one.parse::<IpAddr>().is_err() => Outcome::Never,
            Self::Malformed => Outcome::NoMatch,
        }
    }
}

/// Tests a text whose variables are replaced; one without a value equals nothing.
fn with_text(template: &Template, context: &Context, test: impl Fn(&str) -> bool) -> bool {
    match template.fixed() {
        Some(fixed) => test(fixed),
        None => template.substitute(context).is_some_and(|text| test(&template::plain(&text))),
    }
}

fn texts_equal(base: Base, a: &str, b: &str) -> bool {
    if base == Base::StringEquals { a == b } else { a == b || a.to_lowercase() == b.to_lowercase() }
}

/// Six parts, each matched by itself; the last may hold colons.
fn arn_outcome(template: &Template, one: &str, context: &Context) -> Outcome {
    let parts: Vec<&str> = one.splitn(6, ':').collect();
    if parts.len() < 6 || parts.first() != Some(&"arn") {
        return Outcome::Never;
    }
    let Some(pattern) = template.substitute(context) else { return Outcome::NoMatch };
    let patterns: Vec<&[(char, bool)]> = pattern.splitn(6, |(c, _)| *c == ':').collect();
    let all = patterns.len() == 6
        && patterns.iter().zip(&parts).all(|(pattern, part)| template::glob(pattern).matches(part));
    // `*` alone stands for any ARN.
    let star = matches!(pattern.as_slice(), [('*', true)]);
    if all || star { Outcome::Match } else { Outcome::NoMatch }
}

/// Whether IAM takes `text` for a network or an address.
pub(crate) fn is_network(text: &str) -> bool {
    text.parse::<IpAddr>().is_ok() || text.parse::<IpNet>().is_ok()
}

/// A network, or a bare address as the network of itself. An IPv4 network's host bits are ignored;
/// an IPv6 network with host bits contains nothing.
fn network(text: &str) -> Option<IpNet> {
    if let Ok(address) = text.parse::<IpAddr>() {
        return Some(IpNet::from(canonical(address)));
    }
    let network: IpNet = text.parse().ok()?;
    match network {
        IpNet::V6(v6) if v6.addr() != v6.network() => None,
        other => Some(other.trunc()),
    }
}

/// An IPv4 address mapped into IPv6 is compared as IPv4.
fn canonical(address: IpAddr) -> IpAddr {
    address.to_canonical()
}

/// A decimal number, exact, however long: its digits before and behind the point, without zeros that
/// mean nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Number {
    negative: bool,
    whole: String,
    fraction: String,
}

impl Number {
    fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let plain = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
        if !plain(whole) || !plain(fraction) || whole.len() + fraction.len() == 0 {
            return None;
        }
        let whole = whole.trim_start_matches('0').to_owned();
        let fraction = fraction.trim_end_matches('0').to_owned();
        let is_zero = whole.is_empty() && fraction.is_empty();
        Some(Self { negative: text.starts_with('-') && !is_zero, whole, fraction })
    }

    fn compare(&self, other: &Self) -> Ordering {
        let size =
            |number: &Self| (number.whole.len(), number.whole.clone(), number.fraction.clone());
        match (self.negative, other.negative) {
            (false, true) => Ordering::Greater,
            (true, false) => Ordering::Less,
            (false, false) => size(self).cmp(&size(other)),
            (true, true) => size(other).cmp(&size(self)),
        }
    }
}

impl Order {
    fn holds(self, found: Ordering) -> bool {
        match self {
            Self::Equal => found.is_eq(),
            Self::Less => found.is_lt(),
            Self::LessOrEqual => found.is_le(),
            Self::Greater => found.is_gt(),
            Self::GreaterOrEqual => found.is_ge(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_compared_exactly_however_long_they_are() {
        let ascending = [
            "-9223372036854775809",
            "-9223372036854775808",
            "-1.5",
            "-1.25",
            "-0.01",
            "0",
            "0.001",
            "0.01",
            "1",
            "1.25",
            "1.5",
            "2",
            "10",
            "9223372036854775807",
            "9223372036854775808",
            "99999999999999999999999999999999999999999999999999999999999999999.1",
        ];
        let number = |text: &str| Number::parse(text).unwrap();
        for (a, low) in ascending.iter().enumerate() {
            for (b, high) in ascending.iter().enumerate() {
                assert_eq!(number(low).compare(&number(high)), a.cmp(&b), "{low} {high}");
            }
        }
        for (one, other) in
            [("-0", "0"), ("+01.50", "1.5"), ("5.", "5"), (".5", "0.5"), ("-00", "+0.0")]
        {
            assert_eq!(number(one).compare(&number(other)), Ordering::Equal, "{one} {other}");
        }
        for no in ["", ".", "+", "-", "1.2.3", "1e3", " 1", "0x1", "+-1", "--1"] {
            assert_eq!(Number::parse(no), None, "{no}");
        }
    }
}
