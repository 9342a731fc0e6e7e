//! Requests to an awsQuery service that are no calls: a browser's, a probe's, or a form in another
//! form. They are answered before anything is asked of them, and not in the protocol's words.
//!
//! Source: answers of IAM and STS to such requests.

use api::{Protocol, ServiceInfo};
use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderValue, LOCATION};
use http::request::Parts;
use http::{Method, Response, StatusCode};

use crate::answer::response;
use crate::request::parameters;

/// Why a request is no call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Astray {
    /// The path has a broken escape, or leads above the root.
    Path,
    /// Neither GET nor POST, or a GET that asks for nothing: somebody is looking for a page.
    Visitor,
    /// A POST whose body is no form.
    Form,
}

impl Astray {
    /// What a record says of it.
    #[must_use]
    pub fn message(self) -> &'static str {
        match self {
            Self::Path => "The request's path cannot be read.",
            Self::Visitor => "The request asks for no operation.",
            Self::Form => "The request's body is not of the type of a form.",
        }
    }
}

/// Whether the request is no call, and why.
#[must_use]
pub fn astray(service: &ServiceInfo, parts: &Parts) -> Option<Astray> {
    if service.protocol != Protocol::Query {
        return None;
    }
    if !is_path(parts.uri.path()) {
        return Some(Astray::Path);
    }
    match parts.method {
        Method::POST => (!is_form(parts)).then_some(Astray::Form),
        Method::GET => asks_nothing(parts).then_some(Astray::Visitor),
        _ => Some(Astray::Visitor),
    }
}

/// A query that cannot be read asks for something; what is wrong with it is told later.
fn asks_nothing(parts: &Parts) -> bool {
    parameters(parts, b"").is_ok_and(|parameters| parameters.get("Action").is_none())
}

/// Without a type, a body is taken for a form.
fn is_form(parts: &Parts) -> bool {
    let Some(kind) = parts.headers.get(CONTENT_TYPE) else { return true };
    let kind = kind.as_bytes().split(|byte| *byte == b';').next().unwrap_or_default();
    kind.trim_ascii().eq_ignore_ascii_case(b"application/x-www-form-urlencoded")
}

fn is_path(path: &str) -> bool {
    let mut depth = 0_i32;
    let whole = path.starts_with('/')
        && path.split('%').skip(1).all(|rest| {
            rest.as_bytes().get(..2).is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
        });
    whole
        && path.split('/').all(|segment| {
            depth += match segment {
                ".." => -1,
                "" | "." => 0,
                _ => 1,
            };
            depth >= 0
        })
}

/// The answer to such a request.
#[must_use]
pub fn encode_astray(astray: Astray, request_id: &str) -> Response<Bytes> {
    match astray {
        Astray::Path => {
            let mut answer = response(400, "text/plain", request_id, Bytes::new());
            answer.headers_mut().remove(CONTENT_TYPE);
            answer
        }
        Astray::Visitor => {
            let mut answer = response(302, "text/html", request_id, Bytes::new());
            let page = HeaderValue::from_static("https://aws.amazon.com/iam");
            answer.headers_mut().insert(LOCATION, page);
            answer
        }
        Astray::Form => {
            let body = Bytes::from_static(FORBIDDEN.as_bytes());
            response(StatusCode::FORBIDDEN.as_u16(), "text/html", request_id, body)
        }
    }
}

const FORBIDDEN: &str = "<html><head><title>403 Forbidden</title></head>\
    <body><h1>403 Forbidden</h1></body></html>\n";

#[cfg(test)]
mod tests {
    use super::*;

    fn of(method: &str, uri: &str, kind: Option<&str>) -> Option<Astray> {
        let mut request = http::Request::builder().method(method).uri(uri);
        if let Some(kind) = kind {
            request = request.header(CONTENT_TYPE, kind);
        }
        astray(&api::iam::SERVICE, &request.body(()).unwrap().into_parts().0)
    }

    #[test]
    fn calls_are_no_strays() {
        let form = "Application/x-www-form-urlencoded ; charset=utf-8";
        assert_eq!(of("POST", "/", Some(form)), None);
        assert_eq!(of("POST", "/", None), None);
        assert_eq!(of("GET", "/?Action=ListUsers", None), None);
        assert_eq!(of("GET", "/a/../b/%2F?Action=%zz", None), None);
    }

    #[test]
    fn strays_are_told_apart() {
        assert_eq!(of("PUT", "/?Action=ListUsers", None), Some(Astray::Visitor));
        assert_eq!(of("GET", "/?Version=2010-05-08", None), Some(Astray::Visitor));
        for kind in ["text/plain", "application/json", "application/x-www-form-urlencoded2", ""] {
            assert_eq!(of("POST", "/", Some(kind)), Some(Astray::Form), "{kind}");
        }
        for path in ["/%", "/%4", "/%zz", "/..", "/a/../.."] {
            assert_eq!(of("POST", path, None), Some(Astray::Path), "{path}");
        }
    }

    #[test]
    fn other_protocols_have_their_own_ways() {
        let request = http::Request::put("/").body(()).unwrap();
        assert_eq!(astray(&api::lambda::SERVICE, &request.into_parts().0), None);
    }
}
