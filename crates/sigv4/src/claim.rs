//! What a request claims about its signature: read, checked against clock and scope, not believed.

use std::borrow::Cow;

use http::HeaderMap;
use http::request::Parts;
use names::Timestamp;

use crate::query_form::SentParameters;
use crate::refusal::Refusal;
use crate::rules::Rules;
use crate::scope::Scope;
use crate::sent::SentHeaders;
use crate::text;

pub(crate) const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// Where the signature stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// In the `Authorization` header.
    Header,
    /// In the query string: a presigned URL.
    Query,
}

/// What a request claims. Nothing of it is true before [`Claim::verify`] has said so.
#[derive(Debug)]
pub struct Claim<'a> {
    /// Where the signature stands.
    pub form: Form,
    /// The credential scope.
    pub scope: Scope<'a>,
    /// When the request says it was signed.
    pub moment: Timestamp,
    /// The same moment in ISO 8601 basic format, as it is signed.
    pub(crate) basic: Cow<'a, str>,
    /// The session token, if there is one.
    pub token: Option<Cow<'a, str>>,
    pub(crate) signed_headers: Cow<'a, str>,
    pub(crate) signature: Cow<'a, str>,
    pub(crate) sent: SentHeaders<'a>,
    pub(crate) expires_seconds: Option<i64>,
}

impl<'a> Claim<'a> {
    /// Reads the claim that `parts` makes, in either form.
    ///
    /// # Errors
    /// [`Refusal`] if there is no claim, more than one, or one that isn't whole.
    pub fn read(parts: &'a Parts) -> Result<Self, Refusal> {
        let headers = SentHeaders::gather(&parts.headers);
        let parameters = parts.uri.query().and_then(SentParameters::gather);
        match (headers.authorization, parameters) {
            (None, None) => Err(Refusal::Unsigned),
            (Some(_), Some(_)) => Err(Refusal::SignedTwice),
            (Some(authorization), None) => headers.claim(authorization, &parts.headers),
            (None, Some(parameters)) => parameters.claim(&headers, &parts.headers),
        }
    }

    /// Holds the claim against the clock and the rules of scopes.
    ///
    /// `service` is the one that the request addresses, where that is known from elsewhere.
    ///
    /// # Errors
    /// [`Refusal`] for a request too old or too new, a presigned URL past its end, and for a scope
    /// that isn't that of the day, of a region, or of the service.
    pub fn check(
        &self,
        now: Timestamp,
        rules: &Rules,
        service: Option<&str>,
    ) -> Result<(), Refusal> {
        let (moment, minutes) = (self.moment, rules.skew_minutes);
        if moment > now.plus_seconds(minutes * 60) {
            return Err(Refusal::NotYetCurrent { moment, now, minutes });
        }
        match self.expires_seconds.filter(|_| rules.object_storage) {
            Some(seconds) if now > moment.plus_seconds(seconds) => return Err(Refusal::UrlExpired),
            None if moment < now.plus_seconds(-minutes * 60) => {
                return Err(Refusal::Expired { moment, now, minutes });
            }
            _ => {}
        }
        self.scope.check(&self.basic, service)
    }
}

/// `SignedHeaders` is sorted, unique, in lower case; it names `host` and every `x-amz-*` header that
/// was sent. Only a session token may be added after signing: it proves itself.
pub(crate) fn check_signed(
    signed_headers: &str,
    sent: &SentHeaders<'_>,
    headers: &HeaderMap,
) -> Result<(), Refusal> {
    let upper = signed_headers.bytes().fold(false, |any, byte| any | byte.is_ascii_uppercase());
    let (mut before, mut sorted, mut host) = (&b""[..], true, false);
    let (mut date, mut content) = (sent.amz_date.is_none(), sent.content_sha256.is_none());
    for name in text::split(signed_headers.as_bytes(), b';') {
        sorted &= name.iter().gt(before);
        host |= matches!(name, b"host" | b":authority");
        date |= name == b"x-amz-date";
        content |= name == b"x-amz-content-sha256";
        before = name;
    }
    if upper || !sorted {
        return Err(Refusal::SignedHeadersMalformed);
    }
    if !host {
        return Err(Refusal::NotSigned("'Host' or ':authority'".to_owned()));
    }
    if date && content && !sent.other_amz { Ok(()) } else { check_amz(signed_headers, headers) }
}

/// Every `x-amz-*` header that was sent is signed; the refusal names the first that isn't.
#[cold]
fn check_amz(signed_headers: &str, headers: &HeaderMap) -> Result<(), Refusal> {
    for name in headers.keys().map(http::HeaderName::as_str) {
        let must = name.starts_with("x-amz-") && name != "x-amz-security-token";
        if must && !signed_headers.split(';').any(|signed| signed == name) {
            return Err(Refusal::NotSigned(format!("'{}'", title_case(name))));
        }
    }
    Ok(())
}

/// `x-amz-date` → `X-Amz-Date`.
fn title_case(name: &str) -> String {
    let mut upper = true;
    let cased = name.chars().map(|c| {
        let cased = if upper { c.to_ascii_uppercase() } else { c };
        upper = c == '-';
        cased
    });
    cased.collect()
}
