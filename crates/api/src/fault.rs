//! What goes wrong, in AWS's codes. The code is the contract; a layer below has errors of its own.

use std::fmt;

use crate::Protocol;

/// Whose fault it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The caller's.
    Sender,
    /// Ours.
    Receiver,
}

/// An error that a model declares.
#[derive(Debug, PartialEq, Eq)]
pub struct ErrorInfo {
    /// The shape's name in the model.
    pub shape: &'static str,
    /// The code on the wire.
    pub code: &'static str,
    /// The HTTP status.
    pub status: u16,
    /// Whose fault it is.
    pub side: Side,
    /// The name of the message member in a JSON body.
    pub message_key: &'static str,
}

/// Errors that any operation may answer. Code and status depend on the protocol.
///
/// Source: IAM API Reference, "Common Errors"; the JSON services' pages of that name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Common {
    /// The policies don't allow it.
    AccessDenied,
    /// The input breaks a constraint of the model.
    ValidationError,
    /// The request carries no signature.
    MissingAuthenticationToken,
    /// The key is unknown or inactive, or the session token is not ours.
    InvalidClientTokenId,
    /// The signature is not that of this request, or its time is off.
    SignatureDoesNotMatch,
    /// The signature's parts are not all there.
    IncompleteSignature,
    /// The session has ended.
    ExpiredToken,
    /// The signed URL has ended.
    RequestExpired,
    /// There is no such operation.
    InvalidAction,
    /// The request names no operation.
    MissingAction,
    /// A value can't be read at all (awsQuery).
    MalformedInput,
    /// The body can't be read at all (JSON).
    Serialization,
    /// The query string can't be read at all.
    MalformedQueryString,
    /// The request is too large.
    RequestEntityTooLarge,
    /// The request took too long to arrive.
    RequestTimeout,
    /// Too many requests.
    Throttling,
    /// It is in the model, but not built.
    NotImplemented,
    /// Something is wrong on our side.
    InternalFailure,
    /// The store can't take the change or the record now.
    ServiceUnavailable,
    /// A parameter's value can't be used.
    InvalidParameterValue,
}

impl Common {
    /// The code on the wire and the HTTP status, as `protocol` has them.
    #[must_use]
    pub fn on(self, protocol: Protocol) -> (&'static str, u16) {
        let query = protocol == Protocol::Query;
        let rest = protocol == Protocol::RestJson;
        match self {
            Self::AccessDenied if query => ("AccessDenied", 403),
            Self::AccessDenied => ("AccessDeniedException", if rest { 403 } else { 400 }),
            Self::ValidationError if query => ("ValidationError", 400),
            Self::ValidationError => ("ValidationException", 400),
            Self::MissingAuthenticationToken if query => ("MissingAuthenticationToken", 403),
            Self::MissingAuthenticationToken => {
                ("MissingAuthenticationTokenException", if rest { 403 } else { 400 })
            }
            Self::InvalidClientTokenId if query => ("InvalidClientTokenId", 403),
            Self::InvalidClientTokenId => {
                ("UnrecognizedClientException", if rest { 403 } else { 400 })
            }
            Self::SignatureDoesNotMatch if query => ("SignatureDoesNotMatch", 403),
            Self::SignatureDoesNotMatch => {
                ("InvalidSignatureException", if rest { 403 } else { 400 })
            }
            Self::IncompleteSignature if query => ("IncompleteSignature", 400),
            Self::IncompleteSignature => ("IncompleteSignatureException", 400),
            Self::ExpiredToken if query => ("ExpiredToken", 403),
            Self::ExpiredToken => ("ExpiredTokenException", if rest { 403 } else { 400 }),
            Self::RequestExpired => ("RequestExpired", 400),
            Self::InvalidAction if query => ("InvalidAction", 400),
            Self::InvalidAction => ("UnknownOperationException", 404),
            Self::MissingAction if query => ("MissingAction", 400),
            Self::MissingAction => ("UnknownOperationException", 404),
            Self::MalformedInput => ("MalformedInput", 400),
            Self::Serialization => ("SerializationException", 400),
            Self::MalformedQueryString => ("MalformedQueryString", 400),
            Self::RequestEntityTooLarge => ("RequestEntityTooLarge", 413),
            Self::RequestTimeout => ("RequestTimeout", 408),
            Self::Throttling if query => ("Throttling", 400),
            Self::Throttling if rest => ("TooManyRequestsException", 429),
            Self::Throttling => ("ThrottlingException", 400),
            Self::NotImplemented => ("NotImplemented", 501),
            Self::InternalFailure if query => ("InternalFailure", 500),
            Self::InternalFailure => ("InternalServiceErrorException", 500),
            Self::ServiceUnavailable if query => ("ServiceUnavailable", 503),
            Self::ServiceUnavailable => ("ServiceUnavailableException", 503),
            Self::InvalidParameterValue if query => ("InvalidParameterValue", 400),
            Self::InvalidParameterValue => ("InvalidParameterValueException", 400),
        }
    }
}

/// A common error, or one of a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorRef {
    /// Any operation may answer it.
    Common(Common),
    /// The operation declares it.
    Modelled(&'static ErrorInfo),
}

/// A refusal or failure on its way to the caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Which error it is.
    pub error: ErrorRef,
    /// The text that the caller reads.
    pub message: String,
}

impl Fault {
    /// A fault that the operation's model declares.
    pub fn new(error: &'static ErrorInfo, message: impl Into<String>) -> Self {
        Self { error: ErrorRef::Modelled(error), message: message.into() }
    }

    /// A fault that any operation may answer.
    pub fn common(error: Common, message: impl Into<String>) -> Self {
        Self { error: ErrorRef::Common(error), message: message.into() }
    }

    /// Code, status and side on the wire of `protocol`.
    #[must_use]
    pub fn on(&self, protocol: Protocol) -> (&'static str, u16, Side) {
        match self.error {
            ErrorRef::Modelled(info) => (info.code, info.status, info.side),
            ErrorRef::Common(common) => {
                let (code, status) = common.on(protocol);
                (code, status, if status >= 500 { Side::Receiver } else { Side::Sender })
            }
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (code, ..) = self.on(Protocol::Query);
        write!(f, "{code}: {}", self.message)
    }
}

impl std::error::Error for Fault {}
