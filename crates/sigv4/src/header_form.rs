//! The claim of a request that is signed in its `Authorization` header. Reads, believes nothing.

use std::borrow::Cow;

use http::{HeaderMap, HeaderValue};
use names::Timestamp;

use crate::claim::{ALGORITHM, Claim, Form, check_signed};
use crate::refusal::Refusal;
use crate::scope::Scope;
use crate::sent::SentHeaders;
use crate::text;

/// The longest `Authorization` header that is looked at.
const AUTHORIZATION_LENGTH_MAX: usize = 8192;

impl<'a> SentHeaders<'a> {
    fn moment_text(&self) -> Option<&'a str> {
        let amz_date = self.amz_date.and_then(text::of_header);
        amz_date.or_else(|| self.date.and_then(text::of_header))
    }

    pub(crate) fn claim(
        &self,
        authorization: &'a HeaderValue,
        headers: &HeaderMap,
    ) -> Result<Claim<'a>, Refusal> {
        let header = text::of_header(authorization).unwrap_or_default();
        let header = if header.len() <= AUTHORIZATION_LENGTH_MAX { header } else { "" };
        let written = Authorization::read(header)?;
        let moment = self.moment_text();
        let (Some(credential), Some(signed_headers), Some(signature), Some(moment)) =
            (written.credential, written.signed_headers, written.signature, moment)
        else {
            return Err(written.refusal(moment.is_some(), header));
        };
        let (moment, basic) = read_moment(moment)?;
        let scope = Scope::read(Cow::Borrowed(credential))?;
        check_signed(signed_headers, self, headers)?;
        Ok(Claim {
            form: Form::Header,
            moment,
            basic,
            scope,
            token: self.token.and_then(text::of_header).map(Cow::Borrowed),
            signed_headers: Cow::Borrowed(signed_headers),
            signature: Cow::Borrowed(signature),
            sent: *self,
            expires_seconds: None,
        })
    }
}

/// What the `Authorization` header says.
#[derive(Debug, Default, Clone, Copy)]
struct Authorization<'a> {
    credential: Option<&'a str>,
    signed_headers: Option<&'a str>,
    signature: Option<&'a str>,
}

impl<'a> Authorization<'a> {
    #[inline]
    fn read(header: &'a str) -> Result<Self, Refusal> {
        let rest = header.strip_prefix(ALGORITHM);
        let Some(rest) = rest.filter(|rest| rest.is_empty() || rest.starts_with(' ')) else {
            let algorithm = header.split(' ').next().unwrap_or_default();
            return Err(Refusal::UnknownAlgorithm(algorithm.to_owned()));
        };
        let mut written = Self::default();
        for part in text::split_far(rest, b',').map(str::trim_ascii) {
            if let Some(credential) = part.strip_prefix("Credential=") {
                written.credential = Some(credential);
            } else if let Some(signed_headers) = part.strip_prefix("SignedHeaders=") {
                written.signed_headers = Some(signed_headers);
            } else if let Some(signature) = part.strip_prefix("Signature=") {
                written.signature = Some(signature);
            } else if !part.is_empty() && !part.contains('=') {
                return Err(Refusal::NotKeyValue {
                    part: part.to_owned(),
                    header: header.to_owned(),
                });
            }
        }
        Ok(written)
    }

    /// Names all that is missing.
    #[cold]
    fn refusal(&self, dated: bool, header: &str) -> Refusal {
        let mut text = String::new();
        for (name, value) in [
            ("Credential", self.credential),
            ("Signature", self.signature),
            ("SignedHeaders", self.signed_headers),
        ] {
            if value.is_none() {
                text.push_str(&format!("Authorization header requires '{name}' parameter. "));
            }
        }
        if !dated {
            text.push_str(
                "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' \
                 header. ",
            );
        }
        text.push_str("Authorization=");
        text.push_str(header);
        Refusal::HeaderPartsMissing(text)
    }
}

/// ISO 8601 basic format, or RFC 9110's IMF-fixdate in a `Date` header; the moment in both forms.
#[inline]
fn read_moment(text: &str) -> Result<(Timestamp, Cow<'_, str>), Refusal> {
    if let Ok(moment) = Timestamp::parse_basic(text) {
        return Ok((moment, Cow::Borrowed(text)));
    }
    read_rfc_date(text)
}

#[cold]
fn read_rfc_date(text: &str) -> Result<(Timestamp, Cow<'_, str>), Refusal> {
    let rfc = time::format_description::well_known::Rfc2822;
    let parsed = time::OffsetDateTime::parse(text, &rfc);
    let moment = parsed.map_err(|_| Refusal::BadDate(text.to_owned()))?;
    let moment = Timestamp::from_seconds(moment.unix_timestamp());
    Ok((moment, Cow::Owned(moment.basic())))
}
