//! The headers that nearly every request signs, found in one walk over all of them. No other walk is
//! made for them, neither for reading the claim nor for the canonical request.

use http::{HeaderMap, HeaderValue};

/// The first value of each.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct SentHeaders<'a> {
    pub(crate) authorization: Option<&'a HeaderValue>,
    pub(crate) content_sha256: Option<&'a HeaderValue>,
    pub(crate) amz_date: Option<&'a HeaderValue>,
    pub(crate) date: Option<&'a HeaderValue>,
    pub(crate) token: Option<&'a HeaderValue>,
    content_type: Option<&'a HeaderValue>,
    host: Option<&'a HeaderValue>,
    /// Whether there are other `x-amz-*` headers than those named here.
    pub(crate) other_amz: bool,
    /// Whether one of those named here has more than one value.
    repeated: bool,
}

impl<'a> SentHeaders<'a> {
    #[inline]
    pub(crate) fn gather(headers: &'a HeaderMap) -> Self {
        let mut sent = Self::default();
        for (name, value) in headers {
            let slot = match name.as_str() {
                "authorization" => &mut sent.authorization,
                "content-type" => &mut sent.content_type,
                "date" => &mut sent.date,
                "host" => &mut sent.host,
                "x-amz-content-sha256" => &mut sent.content_sha256,
                "x-amz-date" => &mut sent.amz_date,
                "x-amz-security-token" => &mut sent.token,
                other => {
                    sent.other_amz |= other.starts_with("x-amz-");
                    continue;
                }
            };
            sent.repeated |= slot.is_some();
            slot.get_or_insert(value);
        }
        sent
    }

    /// The one value of a header, if it is one of those and has no other.
    #[inline]
    pub(crate) fn only(&self, name: &[u8]) -> Option<&'a [u8]> {
        let value = match name {
            b"content-type" => self.content_type,
            b"host" => self.host,
            b"x-amz-content-sha256" => self.content_sha256,
            b"x-amz-date" => self.amz_date,
            b"x-amz-security-token" => self.token,
            _ => None,
        };
        value.filter(|_| !self.repeated).map(HeaderValue::as_bytes)
    }
}
