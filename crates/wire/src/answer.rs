//! Answers: outputs and faults as each protocol writes them.

use api::{ErrorRef, Fault, Kind, Location, OperationInfo, Protocol, ServiceInfo, Side, Value};
use bytes::Bytes;
use http::Response;
use http::header::{CONTENT_TYPE, HeaderName, HeaderValue};

use crate::{json, xml};

/// Whether a caller of an awsQuery service wants XML or, by `Accept`, JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// The protocol's own form.
    Native,
    /// JSON, where the protocol's own form is XML.
    Json,
}

impl Form {
    /// What the request's `Accept` header asks for.
    #[must_use]
    pub fn wanted(headers: &http::HeaderMap) -> Self {
        let accept = headers.get(http::header::ACCEPT).map(HeaderValue::as_bytes);
        if accept == Some(b"application/json") { Self::Json } else { Self::Native }
    }
}

/// Encodes what an operation answers.
#[must_use]
pub fn encode(
    service: &ServiceInfo,
    operation: &OperationInfo,
    output: &Value,
    request_id: &str,
    form: Form,
) -> Response<Bytes> {
    match (service.protocol, form) {
        (Protocol::Query, Form::Native) => {
            let body = xml_answer(service, operation, output, request_id);
            response(200, "text/xml", request_id, body.into())
        }
        (Protocol::Query, Form::Json) => {
            let body = json_answer(operation, output, request_id);
            response(200, "application/json", request_id, body.into())
        }
        (Protocol::Json, _) => {
            let mut body = String::with_capacity(256);
            if operation.has_output {
                json::write(&mut body, operation.output, output);
            }
            response(200, "application/x-amz-json-1.1", request_id, body.into())
        }
        (Protocol::RestJson, _) => rest_answer(operation, output, request_id),
    }
}

fn xml_answer(
    service: &ServiceInfo,
    operation: &OperationInfo,
    output: &Value,
    request_id: &str,
) -> String {
    let name = operation.name;
    let mut out = String::with_capacity(512);
    for part in ["<", name, "Response xmlns=\"", service.xml_namespace, "\">"] {
        out.push_str(part);
    }
    if operation.has_output {
        for part in ["<", name, "Result>"] {
            out.push_str(part);
        }
        xml::write_members(&mut out, operation.output, output);
        for part in ["</", name, "Result>"] {
            out.push_str(part);
        }
    }
    for part in ["<ResponseMetadata><RequestId>", request_id, "</RequestId></ResponseMetadata></"] {
        out.push_str(part);
    }
    out.push_str(name);
    out.push_str("Response>");
    out
}

fn json_answer(operation: &OperationInfo, output: &Value, request_id: &str) -> String {
    let mut out = format!("{{\"{}Response\":{{", operation.name);
    if operation.has_output {
        out.push_str(&format!("\"{}Result\":", operation.name));
        json::write(&mut out, operation.output, output);
        out.push(',');
    }
    out.push_str("\"ResponseMetadata\":{\"RequestId\":");
    json::push_string(&mut out, request_id);
    out.push_str("}}}");
    out
}

fn rest_answer(operation: &OperationInfo, output: &Value, request_id: &str) -> Response<Bytes> {
    let Value::Structure(slots) = output else {
        return response(operation.status, "application/json", request_id, Bytes::new());
    };
    let filled = || operation.output.members().iter().zip(slots);
    let payload = filled().find(|(member, _)| member.location == Location::Payload);
    let (kind, body) = match payload {
        Some((_, Some(Value::Blob(bytes)))) => ("application/octet-stream", bytes.clone().into()),
        Some((member, slot)) => ("application/json", document(member.ty, slot.as_ref())),
        None if operation.has_output => {
            ("application/json", document(operation.output, Some(output)))
        }
        None => ("application/json", Bytes::new()),
    };
    let mut answer = response(operation.status, kind, request_id, body);
    for (member, slot) in filled() {
        let Some(value) = slot else { continue };
        match (member.location, value) {
            (Location::Status, Value::Integer(status)) => set_status(&mut answer, *status),
            (Location::Header, value) => set_header(&mut answer, member.wire_name, value),
            _ => {}
        }
    }
    answer
}

fn document(ty: &api::Type, value: Option<&Value>) -> Bytes {
    let mut out = String::new();
    if let Some(value) = value.filter(|_| matches!(ty.kind, Kind::Structure(_))) {
        json::write(&mut out, ty, value);
    }
    out.into()
}

fn set_status(answer: &mut Response<Bytes>, status: i64) {
    if let Some(status) =
        u16::try_from(status).ok().and_then(|s| http::StatusCode::from_u16(s).ok())
    {
        *answer.status_mut() = status;
    }
}

fn set_header(answer: &mut Response<Bytes>, name: &str, value: &Value) {
    let text = match value {
        Value::Text(text) => text.clone(),
        Value::Boolean(flag) => flag.to_string(),
        Value::Integer(number) => number.to_string(),
        _ => return,
    };
    let name = HeaderName::from_bytes(name.as_bytes());
    if let (Ok(name), Ok(text)) = (name, HeaderValue::from_str(&text)) {
        answer.headers_mut().insert(name, text);
    }
}

/// Encodes a fault.
#[must_use]
pub fn encode_fault(
    service: &ServiceInfo,
    fault: &Fault,
    request_id: &str,
    form: Form,
) -> Response<Bytes> {
    let (code, status, side) = fault.on(service.protocol);
    match (service.protocol, form) {
        (Protocol::Query, Form::Native) => {
            let body = xml_fault(service, code, side, &fault.message, request_id);
            response(status, "text/xml", request_id, body.into())
        }
        (Protocol::Query, Form::Json) => {
            let body = json_query_fault(code, side, &fault.message, request_id);
            response(status, "application/json", request_id, body.into())
        }
        (Protocol::Json, _) => {
            let mut body = String::from("{\"__type\":");
            json::push_string(&mut body, code);
            push_message(&mut body, message_key(fault, "message"), &fault.message);
            body.push('}');
            response(status, "application/x-amz-json-1.1", request_id, body.into())
        }
        (Protocol::RestJson, _) => {
            let mut body = String::from("{\"Type\":");
            json::push_string(&mut body, side_name(side));
            push_message(&mut body, message_key(fault, "Message"), &fault.message);
            body.push('}');
            let mut answer = response(status, "application/json", request_id, body.into());
            answer.headers_mut().insert("x-amzn-errortype", HeaderValue::from_static(code));
            answer
        }
    }
}

fn message_key(fault: &Fault, common: &'static str) -> &'static str {
    match fault.error {
        ErrorRef::Modelled(info) => info.message_key,
        ErrorRef::Common(_) => common,
    }
}

fn push_message(body: &mut String, key: &str, message: &str) {
    if !message.is_empty() {
        body.push_str(",\"");
        body.push_str(key);
        body.push_str("\":");
        json::push_string(body, message);
    }
}

pub(crate) fn side_name(side: Side) -> &'static str {
    match side {
        Side::Sender => "Sender",
        Side::Receiver => "Receiver",
    }
}

fn xml_fault(
    service: &ServiceInfo,
    code: &str,
    side: Side,
    message: &str,
    request_id: &str,
) -> String {
    let mut out = String::with_capacity(384);
    for part in ["<ErrorResponse xmlns=\"", service.xml_namespace, "\"><Error><Type>"] {
        out.push_str(part);
    }
    for part in [side_name(side), "</Type><Code>", code, "</Code><Message>"] {
        out.push_str(part);
    }
    xml::escape(&mut out, message);
    for part in ["</Message></Error><RequestId>", request_id, "</RequestId></ErrorResponse>"] {
        out.push_str(part);
    }
    out
}

fn json_query_fault(code: &str, side: Side, message: &str, request_id: &str) -> String {
    let mut out = String::from("{\"Error\":{\"Code\":");
    json::push_string(&mut out, code);
    out.push_str(",\"Message\":");
    json::push_string(&mut out, message);
    out.push_str(",\"Type\":");
    json::push_string(&mut out, side_name(side));
    out.push_str("},\"RequestId\":");
    json::push_string(&mut out, request_id);
    out.push('}');
    out
}

pub(crate) fn response(
    status: u16,
    kind: &'static str,
    request_id: &str,
    body: Bytes,
) -> Response<Bytes> {
    let mut response = Response::new(body);
    *response.status_mut() =
        http::StatusCode::from_u16(status).unwrap_or(http::StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    if let Ok(id) = HeaderValue::from_str(request_id) {
        headers.insert("x-amzn-requestid", id);
    }
    response
}
