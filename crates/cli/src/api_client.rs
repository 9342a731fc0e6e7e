//! A client of the AWS APIs: one signed call at a time over HTTP/1.
//!
//! It knows what is on the wire and nothing else: it never touches a store, tries nothing twice and
//! follows no redirect.

mod connection;
mod pinned;

use std::cell::Cell;
use std::time::{Duration, UNIX_EPOCH};

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE, DATE, HOST, HeaderValue};
use http::request::Parts;
use http::{HeaderMap, Request, Uri};
use names::{Clock as _, Timestamp};
use serde_json::Value;
use server::SystemClock;
use sigv4::{Rules, Signer};
use tokio::runtime::Runtime;

use crate::failure::Failure;
use crate::remote::Access;
use crate::service::Service;
use connection::{Broken, Trust};

/// A call that takes longer, connecting included, is given up.
const PATIENCE: Duration = Duration::from_secs(30);

/// Why a call brought no answer that says it was done.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CallError {
    /// The service's own words.
    #[error("{code}: {message}")]
    Refused { operation: String, code: String, message: String },
    /// There was no answer, or none that can be read.
    #[error("{endpoint} cannot be called")]
    Broken { endpoint: String, source: Broken },
    /// The endpoint itself cannot be settled.
    #[error("{}", .0.what)]
    Unsettled(Failure),
}

impl CallError {
    /// Whether the service says that there is no such thing.
    pub(crate) fn is_absence(&self) -> bool {
        matches!(self, Self::Refused { code, .. } if code == "NoSuchEntity")
    }
}

impl From<Failure> for CallError {
    fn from(failure: Failure) -> Self {
        Self::Unsettled(failure)
    }
}

impl From<CallError> for Failure {
    fn from(error: CallError) -> Self {
        let hint = match &error {
            CallError::Broken { source, .. } => Some(source.hint()),
            CallError::Refused { code, .. } => hint(code),
            CallError::Unsettled(_) => None,
        };
        let failure = match error {
            CallError::Unsettled(failure) => failure,
            CallError::Broken { ref endpoint, .. } => {
                Self::new(format!("the call to {endpoint} failed")).because(error)
            }
            CallError::Refused { ref operation, .. } => {
                Self::new(format!("{operation} was refused")).because(error)
            }
        };
        match hint {
            Some(hint) => failure.hint(hint),
            None => failure,
        }
    }
}

/// What to do about an error of AWS's, where its text does not say.
fn hint(code: &str) -> Option<&'static str> {
    match code {
        "InvalidClientTokenId"
        | "UnrecognizedClientException"
        | "SignatureDoesNotMatch"
        | "ExpiredToken"
        | "ExpiredTokenException" => Some(
            "AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN must be of this server",
        ),
        "LimitExceeded" => Some(
            "inline policies have a limit in all; RevokeSession-… policies of sessions that have \
             expired can be deleted",
        ),
        _ => None,
    }
}

/// Calls one server with one set of credentials.
#[derive(Debug)]
pub(crate) struct ApiClient {
    access: Access,
    trust: Trust,
    runtime: Runtime,
    /// What the server's clock said in its last answer.
    heard: Cell<Option<Timestamp>>,
}

impl ApiClient {
    pub(crate) fn new(access: Access) -> Result<Self, Failure> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|e| Failure::new("no call can be made").because(e))?;
        let trust = Trust::of(access.ca_bundle.clone());
        Ok(Self { access, trust, runtime, heard: Cell::new(None) })
    }

    /// The region that was named.
    pub(crate) fn region(&self) -> &str {
        &self.access.region
    }

    /// The server's clock at its last answer, in whole seconds.
    pub(crate) fn server_time(&self) -> Result<Timestamp, Failure> {
        self.heard.get().ok_or_else(|| {
            Failure::new("the server does not say what time it is")
                .hint("a proxy in front of it must leave the Date header of answers alone")
        })
    }

    /// Calls an operation of IAM or STS; returns its result.
    pub(crate) fn query(
        &self,
        service: Service,
        operation: &str,
        parameters: &[(&str, &str)],
    ) -> Result<Value, CallError> {
        let mut body = form_urlencoded::Serializer::new(String::new());
        body.append_pair("Action", operation).append_pair("Version", service.version());
        body.extend_pairs(parameters);
        let mut headers = HeaderMap::new();
        let form = "application/x-www-form-urlencoded; charset=utf-8";
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(form));
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        let call = Call { service, operation, region: self.region(), body: body.finish() };
        let mut answer = self.call(&call, headers)?;
        let result = answer.get_mut(format!("{operation}Response"));
        let result = result.and_then(|whole| whole.get_mut(format!("{operation}Result")));
        Ok(result.map(Value::take).unwrap_or_default())
    }

    /// Looks at a page of a region's trail.
    pub(crate) fn lookup_events(&self, region: &str, input: &Value) -> Result<Value, CallError> {
        let service = Service::CloudTrail;
        let mut headers = HeaderMap::new();
        let target = format!("{}.LookupEvents", service.version());
        let target = HeaderValue::try_from(target).map_err(|error| self.broken(service, error))?;
        headers.insert("x-amz-target", target);
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-amz-json-1.1"));
        let call = Call { service, operation: "LookupEvents", region, body: input.to_string() };
        self.call(&call, headers)
    }

    fn broken(&self, service: Service, error: impl Into<Broken>) -> CallError {
        let endpoint = self.access.endpoint(service).map(|url| url.to_string());
        CallError::Broken { endpoint: endpoint.unwrap_or_default(), source: error.into() }
    }

    fn call(&self, call: &Call<'_>, headers: HeaderMap) -> Result<Value, CallError> {
        let endpoint = self.access.endpoint(call.service)?;
        let broken = |error| self.broken(call.service, error);
        let request = self.signed(call, &endpoint, headers).map_err(broken)?;
        let exchange = connection::exchange(&endpoint, request, &self.trust);
        let answer = self.runtime.block_on(async {
            tokio::time::timeout(PATIENCE, exchange).await.unwrap_or(Err(Broken::Late))
        });
        let answer = answer.map_err(broken)?;
        self.heard.set(answer.headers().get(DATE).and_then(moment));
        let status = answer.status();
        let body: Option<Value> = serde_json::from_slice(answer.body()).ok();
        match body {
            Some(body) if status.is_success() => Ok(body),
            Some(body) => {
                Err(refusal(call, &body).unwrap_or_else(|| broken(Broken::Strange(status))))
            }
            None => Err(broken(Broken::Strange(status))),
        }
    }

    fn signed(
        &self,
        call: &Call<'_>,
        endpoint: &Uri,
        headers: HeaderMap,
    ) -> Result<Request<Bytes>, Broken> {
        let path = endpoint.path();
        let request = Request::post(if path.is_empty() { "/" } else { path }).body(())?;
        let mut parts: Parts = request.into_parts().0;
        parts.headers = headers;
        let host = endpoint.authority().map(http::uri::Authority::as_str).unwrap_or_default();
        parts.headers.insert(HOST, HeaderValue::from_str(host)?);
        let credentials = &self.access.credentials;
        let signer = Signer {
            access_key_id: &credentials.access_key_id,
            secret: &credentials.secret,
            session_token: credentials.session_token.as_ref().map(|token| token.expose().as_str()),
            region: call.region,
            service: call.service.scope(),
        };
        let (body, now) = (call.body.clone(), SystemClock.now());
        sigv4::sign(&signer, &mut parts, body.as_bytes(), now, &Rules::STANDARD)?;
        Ok(Request::from_parts(parts, Bytes::from(body)))
    }
}

/// A call before it is signed.
struct Call<'a> {
    service: Service,
    operation: &'a str,
    region: &'a str,
    body: String,
}

/// The error of either protocol.
fn refusal(call: &Call<'_>, body: &Value) -> Option<CallError> {
    let text = |path: &str| body.pointer(path).and_then(Value::as_str);
    let code = text("/Error/Code").or_else(|| text("/__type"))?;
    // JSON protocols may put a namespace before the code.
    let code = code.rsplit('#').next().unwrap_or(code);
    let message = text("/Error/Message").or_else(|| text("/message")).or_else(|| text("/Message"));
    Some(CallError::Refused {
        operation: call.operation.to_owned(),
        code: code.to_owned(),
        message: message.unwrap_or_default().to_owned(),
    })
}

fn moment(date: &HeaderValue) -> Option<Timestamp> {
    let moment = httpdate::parse_http_date(date.to_str().ok()?).ok()?;
    let seconds = moment.duration_since(UNIX_EPOCH).ok()?.as_secs();
    Some(Timestamp::from_seconds(i64::try_from(seconds).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_servers_clock_is_read_to_the_second() {
        let read = |text| moment(&HeaderValue::from_static(text)).map(Timestamp::iso);
        assert_eq!(read("Fri, 11 Sep 2026 13:14:43 GMT").unwrap(), "2026-09-11T13:14:43Z");
        assert_eq!(read("yesterday"), None);
    }

    #[test]
    fn errors_of_both_protocols_are_read() {
        let call = Call {
            service: Service::Iam,
            operation: "GetRole",
            region: "us-east-1",
            body: String::new(),
        };
        let told = |json: Value| refusal(&call, &json).map(|error| error.to_string());
        let query = serde_json::json!({"Error": {"Code": "NoSuchEntity", "Message": "none"}});
        assert_eq!(told(query).unwrap(), "NoSuchEntity: none");
        let json = serde_json::json!({"__type": "a.b#AccessDeniedException", "Message": "no"});
        assert_eq!(told(json).unwrap(), "AccessDeniedException: no");
        assert_eq!(told(serde_json::json!({"message": "Forbidden"})), None);
    }
}
