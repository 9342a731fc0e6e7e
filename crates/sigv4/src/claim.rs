//! What a request claims about its signature: read, checked against clock and scope, not believed.

use std::borrow::Cow;

use http::HeaderMap;
use http::request::Parts;
use names::Timestamp;
use percent_encoding::percent_decode_str;

use crate::refusal::Refusal;
use crate::rules::Rules;

const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// The longest `Authorization` header or credential that is looked at.
const CLAIM_LENGTH_MAX: usize = 8192;

/// Where the signature stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// In the `Authorization` header.
    Header,
    /// In the query string: a presigned URL.
    Query,
}

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
    expires_seconds: Option<i64>,
}

impl<'a> Claim<'a> {
    /// Reads the claim that `parts` makes, in either form.
    ///
    /// # Errors
    /// [`Refusal`] if there is no claim, more than one, or one that isn't whole.
    pub fn read(parts: &'a Parts) -> Result<Self, Refusal> {
        let header = parts.headers.get(http::header::AUTHORIZATION);
        let in_query = query_value(parts, "X-Amz-Algorithm").is_some();
        match (header, in_query) {
            (None, false) => Err(Refusal::Unsigned),
            (Some(_), true) => Err(Refusal::SignedTwice),
            (Some(header), false) => {
                let text = header.to_str().ok().filter(|text| text.len() <= CLAIM_LENGTH_MAX);
                let claim = Self::from_header(parts, text.unwrap_or_default())?;
                claim.check_signed(parts)?;
                Ok(claim)
            }
            (None, true) => {
                let claim = Self::from_query(parts)?;
                claim.check_signed(parts)?;
                Ok(claim)
            }
        }
    }

    fn from_header(parts: &'a Parts, header: &'a str) -> Result<Self, Refusal> {
        let (algorithm, rest) = header.split_once(' ').unwrap_or((header, ""));
        if algorithm != ALGORITHM {
            return Err(Refusal::UnknownAlgorithm(algorithm.to_owned()));
        }
        let (mut credential, mut signed_headers, mut signature) = (None, None, None);
        for part in rest.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            let (name, value) = part.split_once('=').ok_or_else(|| Refusal::NotKeyValue {
                part: part.to_owned(),
                header: header.to_owned(),
            })?;
            match name {
                "Credential" => credential = Some(value),
                "SignedHeaders" => signed_headers = Some(value),
                "Signature" => signature = Some(value),
                _ => {}
            }
        }
        let date = date_header(&parts.headers);
        let (Some(credential), Some(signed_headers), Some(signature), Some(date)) =
            (credential, signed_headers, signature, date)
        else {
            let have = [credential.is_some(), signature.is_some(), signed_headers.is_some()];
            return Err(header_parts_missing(have, date.is_some(), header));
        };
        let (moment, basic) = read_moment(date)?;
        Ok(Self {
            form: Form::Header,
            moment,
            basic,
            scope: Scope::read(Cow::Borrowed(credential))?,
            token: header_text(&parts.headers, "x-amz-security-token").map(Cow::Borrowed),
            signed_headers: Cow::Borrowed(signed_headers),
            signature: Cow::Borrowed(signature),
            expires_seconds: None,
        })
    }

    fn from_query(parts: &'a Parts) -> Result<Self, Refusal> {
        let get = |name| query_value(parts, name);
        if get("X-Amz-Algorithm").as_deref() != Some(ALGORITHM) {
            return Err(Refusal::Unsigned);
        }
        let (credential, signature) = (get("X-Amz-Credential"), get("X-Amz-Signature"));
        let (signed_headers, date) = (get("X-Amz-SignedHeaders"), get("X-Amz-Date"));
        let (Some(credential), Some(signature), Some(signed_headers), Some(date)) =
            (&credential, &signature, &signed_headers, &date)
        else {
            return Err(query_parts_missing([
                ("X-Amz-Credential", credential.is_some()),
                ("X-Amz-Signature", signature.is_some()),
                ("X-Amz-SignedHeaders", signed_headers.is_some()),
                ("X-Amz-Date", date.is_some()),
            ]));
        };
        Ok(Self {
            form: Form::Query,
            basic: date.clone(),
            moment: Timestamp::parse_basic(date)
                .map_err(|_| Refusal::BadDate(date.clone().into_owned()))?,
            scope: Scope::read(credential.clone())?,
            token: get("X-Amz-Security-Token"),
            signed_headers: signed_headers.clone(),
            signature: signature.clone(),
            expires_seconds: get("X-Amz-Expires").map(|text| read_expiry(&text)).transpose()?,
        })
    }

    /// `SignedHeaders` is sorted, unique, in lower case; it names `host` and every `x-amz-*` header
    /// that was sent. Only a session token may be added after signing: it proves itself.
    fn check_signed(&self, parts: &Parts) -> Result<(), Refusal> {
        let mut before = "";
        for name in self.signed_headers.split(';') {
            if name <= before || name.bytes().any(|byte| byte.is_ascii_uppercase()) {
                return Err(Refusal::SignedHeadersMalformed);
            }
            before = name;
        }
        if !self.signs("host") && !self.signs(":authority") {
            return Err(Refusal::NotSigned("'Host' or ':authority'".to_owned()));
        }
        for name in parts.headers.keys().map(http::HeaderName::as_str) {
            let must = name.starts_with("x-amz-") && name != "x-amz-security-token";
            if must && !self.signs(name) {
                return Err(Refusal::NotSigned(format!("'{}'", title_case(name))));
            }
        }
        Ok(())
    }

    pub(crate) fn signs(&self, header: &str) -> bool {
        self.signed_headers.split(';').any(|name| name == header)
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

impl<'a> Scope<'a> {
    fn read(credential: Cow<'a, str>) -> Result<Self, Refusal> {
        let bad = || Refusal::BadCredential(credential.clone().into_owned());
        match &credential {
            Cow::Borrowed(text) => Self::split(text).ok_or_else(bad),
            Cow::Owned(text) => Scope::split(text).map(Scope::into_owned).ok_or_else(bad),
        }
    }

    fn split(text: &'a str) -> Option<Self> {
        let mut parts = text.split('/').map(Cow::Borrowed);
        let scope = Self {
            access_key_id: parts.next()?,
            date: parts.next()?,
            region: parts.next()?,
            service: parts.next()?,
            terminator: parts.next()?,
        };
        parts.next().is_none().then_some(scope)
    }

    fn into_owned(self) -> Scope<'static> {
        let own = |text: Cow<'_, str>| Cow::Owned(text.into_owned());
        Scope {
            access_key_id: own(self.access_key_id),
            date: own(self.date),
            region: own(self.region),
            service: own(self.service),
            terminator: own(self.terminator),
        }
    }

    fn check(&self, basic: &str, service: Option<&str>) -> Result<(), Refusal> {
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
        let day = basic.get(..8).unwrap_or_default();
        if self.date != day {
            wrong.push(format!(
                "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date \
                 from HTTP: '{}' != '{day}', from '{basic}'.",
                self.date,
            ));
        }
        if wrong.is_empty() { Ok(()) } else { Err(Refusal::WrongScope(wrong.join(" "))) }
    }
}

/// A region's name: lower-case words and digits joined by hyphens. Which regions there are is the
/// operator's affair.
fn is_region(text: &str) -> bool {
    let word = |word: &str| {
        !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
    };
    text.len() <= 64 && text.split('-').all(word)
}

fn header_text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn date_header(headers: &HeaderMap) -> Option<&str> {
    header_text(headers, "x-amz-date").or_else(|| header_text(headers, "date"))
}

/// ISO 8601 basic format, or RFC 9110's IMF-fixdate in a `Date` header; the moment in both forms.
fn read_moment(text: &str) -> Result<(Timestamp, Cow<'_, str>), Refusal> {
    if let Ok(moment) = Timestamp::parse_basic(text) {
        return Ok((moment, Cow::Borrowed(text)));
    }
    let rfc = time::format_description::well_known::Rfc2822;
    let parsed = time::OffsetDateTime::parse(text, &rfc);
    let moment = parsed.map_err(|_| Refusal::BadDate(text.to_owned()))?;
    let moment = Timestamp::from_seconds(moment.unix_timestamp());
    Ok((moment, Cow::Owned(moment.basic())))
}

fn read_expiry(text: &str) -> Result<i64, Refusal> {
    let seconds = text.parse().ok().filter(|seconds| (1..=604_800).contains(seconds));
    seconds.ok_or_else(|| Refusal::BadExpiry(text.to_owned()))
}

/// The first parameter of this name, decoded; names are compared exactly.
fn query_value<'a>(parts: &'a Parts, name: &str) -> Option<Cow<'a, str>> {
    let query = parts.uri.query()?;
    query.split('&').find_map(|pair| {
        let value = pair.strip_prefix(name)?.strip_prefix('=')?;
        percent_decode_str(value).decode_utf8().ok()
    })
}

fn header_parts_missing(
    [credential, signature, signed_headers]: [bool; 3],
    date: bool,
    header: &str,
) -> Refusal {
    let mut text = String::new();
    for (name, have) in
        [("Credential", credential), ("Signature", signature), ("SignedHeaders", signed_headers)]
    {
        if !have {
            text.push_str(&format!("Authorization header requires '{name}' parameter. "));
        }
    }
    if !date {
        text.push_str(
            "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. ",
        );
    }
    text.push_str("Authorization=");
    text.push_str(header);
    Refusal::HeaderPartsMissing(text)
}

fn query_parts_missing(parts: [(&str, bool); 4]) -> Refusal {
    let mut text = String::new();
    for (name, _) in parts.into_iter().filter(|(_, have)| !have) {
        text.push_str(&format!("AWS query-string parameters must include '{name}'. "));
    }
    text.push_str("Re-examine the query-string parameters.");
    Refusal::QueryPartsMissing(text)
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
