//! Credential scopes: which key signed, and for which day, region and service. Nothing is looked up.

use std::borrow::Cow;

use crate::refusal::Refusal;
use crate::text;

/// A credential scope: which key signed, and for which day, region and service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope<'a> {
    /// The access key id.
    pub access_key_id: Cow<'a, str>,
    /// `YYYYMMDD`.
    pub date: Cow<'a, str>,
    /// `us-east-1`, …
    pub region: Cow<'a, str>,
    /// `iam`, `sts`, …
    pub service: Cow<'a, str>,
    /// `aws4_request`.
    pub terminator: Cow<'a, str>,
    /// All but the access key id in one text, as it is signed.
    pub(crate) signed: Cow<'a, str>,
}

impl<'a> Scope<'a> {
    #[inline]
    pub(crate) fn read(credential: Cow<'a, str>) -> Result<Self, Refusal> {
        match &credential {
            Cow::Borrowed(text) => parts(text).map(|parts| Self::of(parts.map(Cow::Borrowed))),
            Cow::Owned(text) => {
                parts(text).map(|parts| Self::of(parts.map(|part| Cow::Owned(part.to_owned()))))
            }
        }
        .ok_or_else(|| Refusal::BadCredential(credential.into_owned()))
    }

    #[inline]
    fn of([access_key_id, date, region, service, terminator, signed]: [Cow<'a, str>; 6]) -> Self {
        Self { access_key_id, date, region, service, terminator, signed }
    }

    /// Whether the scope is one of the day of `basic`, of a region, and of `service`.
    pub(crate) fn check(&self, basic: &str, service: Option<&str>) -> Result<(), Refusal> {
        let day = basic.get(..8).unwrap_or_default();
        let same = |one: &str, other: &str| text::same(one.as_bytes(), other.as_bytes());
        let good = same(&self.date, day)
            && same(&self.terminator, "aws4_request")
            && service.is_none_or(|service| same(service, &self.service))
            && is_region(&self.region);
        if good { Ok(()) } else { Err(self.refusal(basic, day, service)) }
    }

    /// Names all that is wrong with the scope.
    #[cold]
    fn refusal(&self, basic: &str, day: &str, service: Option<&str>) -> Refusal {
        let mut wrong = Vec::new();
        if !is_region(&self.region) {
            let region = &self.region;
            wrong.push(format!("Credential should be scoped to a valid region, not '{region}'."));
        }
        if let Some(service) = service.filter(|service| *service != self.service) {
            wrong.push(format!("Credential should be scoped to correct service: '{service}'."));
        }
        if self.terminator != "aws4_request" {
            wrong.push(format!(
                "Credential should be scoped with a valid terminator: 'aws4_request', not '{}'.",
                self.terminator
            ));
        }
        if self.date != day {
            wrong.push(format!(
                "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date \
                 from HTTP: '{}' != '{day}', from '{basic}'.",
                self.date,
            ));
        }
        Refusal::WrongScope(wrong.join(" "))
    }
}

/// The five parts of a credential, and all but the first in one.
#[inline]
fn parts(credential: &str) -> Option<[&str; 6]> {
    let (access_key_id, signed) = text::split_once(credential, b'/')?;
    let (date, rest) = text::split_once(signed, b'/')?;
    let (region, rest) = text::split_once(rest, b'/')?;
    let (service, terminator) = text::split_once(rest, b'/')?;
    let whole = text::position(terminator.as_bytes(), b'/').is_none();
    whole.then_some([access_key_id, date, region, service, terminator, signed])
}

/// A region's name: lower-case words and digits joined by hyphens. Which regions there are is the
/// operator's affair.
fn is_region(text: &str) -> bool {
    let mut before = b'-';
    for byte in text.bytes() {
        let in_word = byte.is_ascii_lowercase() || byte.is_ascii_digit();
        if !in_word && (byte != b'-' || before == b'-') {
            return false;
        }
        before = byte;
    }
    before != b'-' && text.len() <= 64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_are_words_joined_by_hyphens() {
        for good in ["us-east-1", "local", "1", "a-b", &"a".repeat(64)] {
            assert!(is_region(good), "{good}");
        }
        for bad in ["", "-", "-a", "a-", "a--b", "US", "us east", "é", &"a".repeat(65)] {
            assert!(!is_region(bad), "{bad}");
        }
    }

    #[test]
    fn a_credential_has_exactly_five_parts() {
        let read = |text: &'static str| Scope::read(Cow::Borrowed(text));
        assert_eq!(read("a/b/c/d/e").unwrap().terminator, "e");
        assert_eq!(read("a/b/c/d/e").unwrap().signed, "b/c/d/e");
        assert_eq!(Scope::read(Cow::Owned("a/b/c/d/e".to_owned())), read("a/b/c/d/e"));
        for bad in ["", "a/b/c/d", "a/b/c/d/e/f", "a/b/c/d/e/"] {
            assert_eq!(read(bad), Err(Refusal::BadCredential(bad.to_owned())));
        }
    }
}
