//! Requests for services that are not served at all: `AWS_ENDPOINT_URL` catches every service of a
//! client. What they are told has a form that the client's own protocol reads. Nothing here knows
//! what those services do.
//!
//! Source: Smithy, "AWS protocols", the sections on errors; EC2 and S3 API References, "Error
//! responses".

use api::{Fault, Protocol};
use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderValue};
use http::request::Parts;
use http::{Method, Response};

use crate::answer::{response, side_name};
use crate::request::{parameters, service_of, target};
use crate::{json, xml};

/// A service that is not served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unserved {
    /// Its name in the credential scope: lower-case letters, digits and hyphens, 64 at most.
    pub name: String,
    /// The operation that is asked for, where the protocol names one.
    pub operation: Option<String>,
    /// How its clients read errors.
    pub tongue: Tongue,
}

/// How clients of a service that is not served read errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tongue {
    /// `<ErrorResponse>`: awsQuery, and restXml but for object storage.
    Query,
    /// `<Response><Errors>`: ec2Query.
    Ec2,
    /// `<Error>`: object storage.
    ObjectStorage,
    /// `__type` and `message`, and the code in a header, too: awsJson and restJson.
    Json,
    /// The same in CBOR: rpcv2Cbor.
    Cbor,
}

/// Longer names are no service's; what anybody can send must not grow the trail's index.
const NAME_MAX: usize = 64;

/// What the request asks of a service that is not served. `name` is the one of its credential scope.
///
/// `None` if the name is no service's name, or the request itself says that it is for a service that
/// is served: then it is its scope that is wrong.
#[must_use]
pub fn unserved(name: &str, parts: &Parts, body: &[u8]) -> Option<Unserved> {
    if !is_service_name(name) || service_of(parts, body).is_some() {
        return None;
    }
    let action = parameters(parts, body).ok();
    let action = action.as_ref().and_then(|parameters| parameters.get("Action"));
    let tongue = tongue(name, parts, action.is_some());
    let operation = match tongue {
        Tongue::Query | Tongue::Ec2 => action,
        Tongue::Json => target(parts).and_then(|target| target.rsplit('.').next()),
        Tongue::Cbor => parts.uri.path().rsplit('/').next(),
        Tongue::ObjectStorage => None,
    };
    let operation = operation.map(str::to_owned);
    Some(Unserved { name: name.to_owned(), operation, tongue })
}

fn is_service_name(name: &str) -> bool {
    let begins = name.bytes().next().is_some_and(|byte| byte.is_ascii_lowercase());
    let rest = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    begins && name.len() <= NAME_MAX && name.bytes().all(rest)
}

/// Whether requests of this service are signed as object storage wants it.
#[must_use]
pub fn is_object_storage(name: &str) -> bool {
    matches!(name, "s3" | "s3express" | "s3-object-lambda" | "s3-outposts")
}

fn tongue(name: &str, parts: &Parts, has_action: bool) -> Tongue {
    if parts.headers.contains_key("smithy-protocol") {
        return Tongue::Cbor;
    }
    if is_object_storage(name) {
        return Tongue::ObjectStorage;
    }
    let kind = parts.headers.get(CONTENT_TYPE).map(HeaderValue::as_bytes).unwrap_or_default();
    let says = |word: &[u8]| kind.windows(word.len()).any(|part| part.eq_ignore_ascii_case(word));
    if says(b"json") || target(parts).is_some() {
        return Tongue::Json;
    }
    if name == "ec2" {
        return Tongue::Ec2;
    }
    // A call of REST that carries nothing does not show its protocol; most are JSON's.
    let in_xml = says(b"xml") || matches!(name, "route53" | "cloudfront");
    let is_form = has_action || says(b"form-urlencoded");
    let is_bare_post = parts.method == Method::POST && parts.uri.path() == "/";
    if in_xml || is_form || is_bare_post { Tongue::Query } else { Tongue::Json }
}

impl Tongue {
    /// The protocol whose codes and statuses it has.
    #[must_use]
    pub fn protocol(self) -> Protocol {
        match self {
            Self::Query | Self::Ec2 | Self::ObjectStorage => Protocol::Query,
            Self::Json | Self::Cbor => Protocol::Json,
        }
    }
}

/// Encodes what is told to a client of a service that is not served.
#[must_use]
pub fn encode_unserved(tongue: Tongue, fault: &Fault, request_id: &str) -> Response<Bytes> {
    let (code, status, side) = fault.on(tongue.protocol());
    let told = format!("<Code>{code}</Code><Message>{}</Message>", escaped(&fault.message));
    let (kind, body) = match tongue {
        Tongue::Query => {
            let id = format!("<RequestId>{request_id}</RequestId>");
            let error = format!("<Error><Type>{}</Type>{told}</Error>", side_name(side));
            ("text/xml", format!("<ErrorResponse>{error}{id}</ErrorResponse>").into())
        }
        Tongue::Ec2 => {
            let id = format!("<RequestID>{request_id}</RequestID>");
            let errors = format!("<Errors><Error>{told}</Error></Errors>");
            ("text/xml", format!("<Response>{errors}{id}</Response>").into())
        }
        Tongue::ObjectStorage => {
            let id = format!("<RequestId>{request_id}</RequestId>");
            ("application/xml", format!("<Error>{told}{id}</Error>").into())
        }
        Tongue::Json => {
            let mut body = format!("{{\"__type\":\"{code}\",\"message\":");
            json::push_string(&mut body, &fault.message);
            body.push('}');
            ("application/json", Bytes::from(body))
        }
        Tongue::Cbor => {
            ("application/cbor", cbor(&[("__type", code), ("message", &fault.message)]))
        }
    };
    let mut answer = response(status, kind, request_id, body);
    let headers = answer.headers_mut();
    match tongue {
        Tongue::Json => {
            headers.insert("x-amzn-errortype", HeaderValue::from_static(code));
        }
        Tongue::Cbor => {
            headers.insert("smithy-protocol", HeaderValue::from_static("rpc-v2-cbor"));
        }
        Tongue::Query | Tongue::Ec2 | Tongue::ObjectStorage => {}
    }
    answer
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    xml::escape(&mut out, text);
    out
}

/// A map of texts. Source: RFC 8949, section 3: maps of unknown length, and lengths in two bytes.
fn cbor(entries: &[(&str, &str)]) -> Bytes {
    let mut out = vec![0xbf];
    for text in entries.iter().flat_map(|(name, value)| [name, value]) {
        let bytes = text.as_bytes();
        let bytes = bytes.get(..bytes.len().min(usize::from(u16::MAX))).unwrap_or_default();
        let length = u16::try_from(bytes.len()).unwrap_or(u16::MAX);
        out.push(0x79);
        out.extend(length.to_be_bytes());
        out.extend(bytes);
    }
    out.push(0xff);
    out.into()
}

#[cfg(test)]
mod tests {
    use api::Common;

    use super::*;

    fn asked(name: &str, method: &str, uri: &str, headers: &[(&str, &str)]) -> Option<Unserved> {
        let mut request = http::Request::builder().method(method).uri(uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        unserved(name, &request.body(()).unwrap().into_parts().0, b"")
    }

    fn tongue_of(name: &str, method: &str, uri: &str, headers: &[(&str, &str)]) -> Tongue {
        asked(name, method, uri, headers).unwrap().tongue
    }

    #[test]
    fn the_protocol_is_read_off_the_request() {
        let form = ("content-type", "application/x-www-form-urlencoded; charset=utf-8");
        assert_eq!(tongue_of("sns", "POST", "/", &[form]), Tongue::Query);
        assert_eq!(tongue_of("sns", "GET", "/?Action=ListTopics", &[]), Tongue::Query);
        assert_eq!(tongue_of("sns", "POST", "/", &[]), Tongue::Query);
        assert_eq!(tongue_of("ec2", "POST", "/", &[form]), Tongue::Ec2);
        assert_eq!(
            tongue_of("s3", "PUT", "/b/k.json", &[("content-type", "application/json")]),
            Tongue::ObjectStorage
        );
        assert_eq!(
            tongue_of("ssm", "POST", "/", &[("x-amz-target", "AmazonSSM.GetParameter")]),
            Tongue::Json
        );
        assert_eq!(
            tongue_of("ssm", "POST", "/", &[("content-type", "application/x-amz-json-1.1")]),
            Tongue::Json
        );
        assert_eq!(tongue_of("eks", "GET", "/clusters", &[]), Tongue::Json);
        assert_eq!(tongue_of("route53", "GET", "/2013-04-01/hostedzone", &[]), Tongue::Query);
        let cbor = [("smithy-protocol", "rpc-v2-cbor")];
        let found = asked("monitoring", "POST", "/service/G/operation/ListMetrics", &cbor).unwrap();
        assert_eq!((found.tongue, found.operation.as_deref()), (Tongue::Cbor, Some("ListMetrics")));
    }

    #[test]
    fn a_wrong_scope_and_a_wrong_name_are_no_unserved_service() {
        let form = "/?Action=GetCallerIdentity&Version=2011-06-15";
        assert_eq!(asked("s3", "POST", form, &[]), None);
        for name in ["", "S3", "s3\n", "a b", "1a", &"a".repeat(65)] {
            assert_eq!(asked(name, "GET", "/", &[]), None, "{name}");
        }
        assert!(asked(&"a".repeat(64), "GET", "/", &[]).is_some());
    }

    #[test]
    fn each_form_tells_code_and_message() {
        let fault = Fault::common(Common::NotImplemented, "no <s3>");
        let told = |tongue| {
            let answer = encode_unserved(tongue, &fault, "id");
            assert_eq!(answer.status(), 501);
            answer
        };
        let text = |tongue| String::from_utf8(told(tongue).into_body().to_vec()).unwrap();
        let error = "<Code>NotImplemented</Code><Message>no &lt;s3&gt;</Message>";
        assert_eq!(
            text(Tongue::Query),
            format!(
                "<ErrorResponse><Error><Type>Receiver</Type>{error}</Error>\
                     <RequestId>id</RequestId></ErrorResponse>"
            )
        );
        assert_eq!(
            text(Tongue::Ec2),
            format!(
                "<Response><Errors><Error>{error}</Error></Errors>\
                     <RequestID>id</RequestID></Response>"
            )
        );
        assert_eq!(
            text(Tongue::ObjectStorage),
            format!("<Error>{error}<RequestId>id</RequestId></Error>")
        );
        assert_eq!(text(Tongue::Json), r#"{"__type":"NotImplemented","message":"no <s3>"}"#);
        assert_eq!(told(Tongue::Json).headers()["x-amzn-errortype"], "NotImplemented");
        let cbor = told(Tongue::Cbor);
        assert_eq!(cbor.headers()["smithy-protocol"], "rpc-v2-cbor");
        assert!(cbor.body().starts_with(b"\xbf\x79\x00\x06__type\x79\x00\x0eNotImplemented"));
        assert!(cbor.body().ends_with(b"\x79\x00\x07no <s3>\xff"));
    }
}
