//! The claim of a request that is signed in its query string: a presigned URL. Reads, believes
//! nothing.

use std::borrow::Cow;

use http::HeaderMap;
use names::Timestamp;
use percent_encoding::percent_decode_str;

use crate::claim::{ALGORITHM, Claim, Form, check_signed};
use crate::refusal::Refusal;
use crate::scope::Scope;
use crate::sent::SentHeaders;
use crate::text;

/// The parameters that claims are made of: the first of each name, decoded. Names are compared
/// exactly.
#[derive(Debug, Default)]
pub(crate) struct SentParameters<'a> {
    algorithm: Option<Cow<'a, str>>,
    credential: Option<Cow<'a, str>>,
    signature: Option<Cow<'a, str>>,
    signed_headers: Option<Cow<'a, str>>,
    date: Option<Cow<'a, str>>,
    expires: Option<Cow<'a, str>>,
    token: Option<Cow<'a, str>>,
}

impl<'a> SentParameters<'a> {
    /// `None` if there is no `X-Amz-Algorithm`, without which a query claims nothing.
    pub(crate) fn gather(query: &'a str) -> Option<Self> {
        let mut sent = Self::default();
        for pair in text::split_far(query, b'&') {
            let Some((name, value)) = text::split_once(pair, b'=') else { continue };
            let slot = match name {
                "X-Amz-Algorithm" => &mut sent.algorithm,
                "X-Amz-Credential" => &mut sent.credential,
                "X-Amz-Date" => &mut sent.date,
                "X-Amz-Expires" => &mut sent.expires,
                "X-Amz-Security-Token" => &mut sent.token,
                "X-Amz-Signature" => &mut sent.signature,
                "X-Amz-SignedHeaders" => &mut sent.signed_headers,
                _ => continue,
            };
            if slot.is_none() {
                *slot = percent_decode_str(value).decode_utf8().ok();
            }
        }
        sent.algorithm.is_some().then_some(sent)
    }

    pub(crate) fn claim(
        self,
        sent: &SentHeaders<'a>,
        headers: &HeaderMap,
    ) -> Result<Claim<'a>, Refusal> {
        if self.algorithm.as_deref() != Some(ALGORITHM) {
            return Err(Refusal::Unsigned);
        }
        let Self {
            credential: Some(credential),
            signature: Some(signature),
            signed_headers: Some(signed_headers),
            date: Some(date),
            expires,
            token,
            ..
        } = self
        else {
            return Err(self.refusal());
        };
        let Ok(moment) = Timestamp::parse_basic(&date) else {
            return Err(Refusal::BadDate(date.into_owned()));
        };
        let scope = Scope::read(credential)?;
        let expires_seconds = expires.map(|text| read_expiry(&text)).transpose()?;
        check_signed(&signed_headers, sent, headers)?;
        Ok(Claim {
            form: Form::Query,
            moment,
            basic: date,
            scope,
            token,
            signed_headers,
            signature,
            sent: *sent,
            expires_seconds,
        })
    }

    /// Names all that is missing.
    #[cold]
    fn refusal(&self) -> Refusal {
        let mut text = String::new();
        for (name, value) in [
            ("X-Amz-Credential", &self.credential),
            ("X-Amz-Signature", &self.signature),
            ("X-Amz-SignedHeaders", &self.signed_headers),
            ("X-Amz-Date", &self.date),
        ] {
            if value.is_none() {
                text.push_str(&format!("AWS query-string parameters must include '{name}'. "));
            }
        }
        text.push_str("Re-examine the query-string parameters.");
        Refusal::QueryPartsMissing(text)
    }
}

fn read_expiry(text: &str) -> Result<i64, Refusal> {
    let seconds = text.parse().ok().filter(|seconds| (1..=604_800).contains(seconds));
    seconds.ok_or_else(|| Refusal::BadExpiry(text.to_owned()))
}
