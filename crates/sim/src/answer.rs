//! What came back of a call.

use bytes::Bytes;

/// An answer of the authority.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The body.
    pub body: String,
    /// The request's id, by which its record is found.
    pub request_id: String,
}

impl From<http::Response<Bytes>> for Answer {
    fn from(response: http::Response<Bytes>) -> Self {
        let id = response.headers().get("x-amzn-requestid");
        let request_id = id.and_then(|id| id.to_str().ok()).unwrap_or_default().to_owned();
        let body = String::from_utf8_lossy(response.body()).into_owned();
        Self { status: response.status().as_u16(), body, request_id }
    }
}

impl Answer {
    /// The error code, if it is an error.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        (self.status >= 300).then(|| self.element("Code").unwrap_or("no code"))
    }

    /// Whether the store could not make the call durable: it may have happened or not.
    #[must_use]
    pub fn is_uncertain(&self) -> bool {
        self.status == 503
    }

    /// The text of the first XML element of this name.
    #[must_use]
    pub fn element(&self, name: &str) -> Option<&str> {
        self.elements(name).next()
    }

    /// The texts of all XML elements of this name.
    pub fn elements<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        let (begin, end) = (format!("<{name}>"), format!("</{name}>"));
        let parts = self.body.split(&begin).skip(1);
        let texts: Vec<&str> = parts.filter_map(|part| part.split(&end).next()).collect();
        texts.into_iter()
    }
}
