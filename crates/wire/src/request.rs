//! What a request asks for: which service, which operation, and its input.

use api::{Common, Fault, Operation, OperationInfo, Protocol, ServiceInfo, Structure, Value};
use http::request::Parts;

use crate::query::Parameters;
use crate::{constraint, json, query, rest};

/// An operation's input, read and checked, before it is typed: the trail shows it in this form.
#[derive(Debug)]
pub struct Input {
    /// The input structure's value.
    pub value: Value,
}

impl Input {
    /// The input as the operation's type.
    #[must_use]
    pub fn typed<O: Operation>(self) -> O::Input {
        match self.value {
            Value::Structure(slots) => O::Input::from_members(&mut api::Members::new(slots)),
            _ => O::Input::default(),
        }
    }
}

/// The service that an unsigned request means, by header, path or API version.
#[must_use]
pub fn service_of(parts: &Parts, body: &[u8]) -> Option<&'static ServiceInfo> {
    if let Some(target) = target(parts) {
        let prefix = target.rsplit_once('.').map_or(target, |(prefix, _)| prefix);
        let fits = |service: &&&ServiceInfo| {
            let wanted = service.target_prefix;
            !wanted.is_empty() && (wanted == prefix || wanted.rsplit('.').next() == Some(prefix))
        };
        return api::SERVICES.iter().find(fits).copied();
    }
    if parts.uri.path() != "/" {
        let rest = api::SERVICES.iter().copied().find(|s| s.protocol == Protocol::RestJson)?;
        return rest::find(rest, parts).map(|_| rest);
    }
    let parameters = parameters(parts, body).ok()?;
    let version = parameters.get("Version")?;
    let of_version = |service: &&&ServiceInfo| {
        service.protocol == Protocol::Query && service.api_version == version
    };
    api::SERVICES.iter().find(of_version).copied()
}

/// The operation of `service` that the request means.
///
/// # Errors
/// `MissingAction` or `InvalidAction`, in the protocol's own code.
pub fn select(
    service: &'static ServiceInfo,
    parts: &Parts,
    body: &[u8],
) -> Result<&'static OperationInfo, Fault> {
    match service.protocol {
        Protocol::Query => {
            let parameters = parameters(parts, body)?;
            let Some(action) = parameters.get("Action") else {
                return Err(Fault::common(Common::MissingAction, "Missing Action"));
            };
            let version = parameters.get("Version").unwrap_or(service.api_version);
            let found = service.operation(action).filter(|_| version == service.api_version);
            found.ok_or_else(|| no_operation(action, version))
        }
        Protocol::Json => {
            let target = target(parts).unwrap_or_default();
            let name = target.rsplit('.').next().unwrap_or_default();
            service.operation(name).ok_or_else(unknown_operation)
        }
        Protocol::RestJson => rest::find(service, parts).ok_or_else(unknown_operation),
    }
}

/// The name of the operation that the request means, whether or not there is one of that name.
/// REST requests name none.
#[must_use]
pub fn asked_name(service: &ServiceInfo, parts: &Parts, body: &[u8]) -> Option<String> {
    match service.protocol {
        Protocol::Query => parameters(parts, body).ok()?.get("Action").map(str::to_owned),
        Protocol::Json => target(parts)?.rsplit('.').next().map(str::to_owned),
        Protocol::RestJson => None,
    }
}

fn no_operation(action: &str, version: &str) -> Fault {
    let message = format!("Could not find operation {action} for version {version}");
    Fault::common(Common::InvalidAction, message)
}

fn unknown_operation() -> Fault {
    Fault::common(Common::InvalidAction, "The requested operation is not recognized.")
}

pub(crate) fn target(parts: &Parts) -> Option<&str> {
    parts.headers.get("x-amz-target").and_then(|value| value.to_str().ok())
}

/// Parameters of the query string, and of the body where it is a form.
pub(crate) fn parameters<'a>(parts: &'a Parts, body: &'a [u8]) -> Result<Parameters<'a>, Fault> {
    Parameters::read([parts.uri.query().unwrap_or_default().as_bytes(), body])
}

/// Reads the input of `operation` and checks every constraint of the model.
///
/// # Errors
/// The protocol's code for what cannot be read (`MalformedInput`, `SerializationException`), or
/// `ValidationError` with all constraints that are broken.
pub fn decode(
    service: &ServiceInfo,
    operation: &'static OperationInfo,
    parts: &Parts,
    body: &[u8],
) -> Result<Input, Fault> {
    let value = read(service, operation, parts, body)?;
    constraint::check(operation.input, &value, service.protocol)?;
    Ok(Input { value })
}

/// Reads the input of `operation` without checking it: for tools that compare codecs.
///
/// # Errors
/// The protocol's code for what cannot be read.
pub fn read(
    service: &ServiceInfo,
    operation: &'static OperationInfo,
    parts: &Parts,
    body: &[u8],
) -> Result<Value, Fault> {
    let ty = operation.input;
    match service.protocol {
        Protocol::Query if ty.members().is_empty() => Ok(Value::Structure(Vec::new())),
        Protocol::Query => query::read(ty, &parameters(parts, body)?),
        Protocol::Json => json::read(ty, body),
        Protocol::RestJson => rest::read(operation, ty, parts, body),
    }
}
