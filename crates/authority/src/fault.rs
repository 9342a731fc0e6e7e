//! Where errors of the layers below become faults: in this one place.

use api::{Common, ErrorInfo, ErrorRef, Fault, ServiceInfo};
use sigv4::{Refusal, RefusalKind};
use store::StoreError;

use crate::corridor::TurnedAway;

/// The store fails: the caller learns that it is our side, the log learns why.
pub(crate) fn of_store(error: &StoreError) -> Fault {
    tracing::error!(error = error as &dyn std::error::Error, "the store cannot be read");
    internal()
}

/// Something is wrong on our side, and what it is concerns nobody outside.
pub(crate) fn internal() -> Fault {
    let message = "The request processing has failed because of an unknown error, exception or \
        failure.";
    Fault::common(Common::InternalFailure, message)
}

/// `fault` in the words of `service`: a failure on our side has the name there that the service's
/// model declares for it, if it declares one. Others pass as they are.
pub(crate) fn in_words_of(service: &ServiceInfo, fault: Fault) -> Fault {
    match failure_of(service) {
        Some(own) if fault.error == ErrorRef::Common(Common::InternalFailure) => {
            Fault::new(own, fault.message)
        }
        _ => fault,
    }
}

/// What each service calls its own failing. STS and CloudTrail declare nothing of the kind.
fn failure_of(service: &ServiceInfo) -> Option<&'static ErrorInfo> {
    match service.id {
        "iam" => Some(&api::iam::errors::SERVICE_FAILURE),
        "kms" => Some(&api::kms::errors::KMS_INTERNAL),
        "lambda" => Some(&api::lambda::errors::SERVICE),
        "secretsmanager" => Some(&api::secretsmanager::errors::INTERNAL_SERVICE_ERROR),
        _ => None,
    }
}

/// Others have changed what the call was about, every time it was attempted.
///
/// Source: IAM API Reference, "Common Errors" of its write operations.
pub(crate) fn contended(service: &ServiceInfo) -> Fault {
    let message = "The request was rejected because multiple requests to change this object were \
        submitted simultaneously. Wait a few minutes and submit your request again.";
    match service.id {
        "iam" => Fault::new(&api::iam::errors::CONCURRENT_MODIFICATION, message),
        _ => Fault::common(Common::ServiceUnavailable, message),
    }
}

/// Nothing can be recorded now, so nothing is done.
pub(crate) fn unavailable() -> Fault {
    let message = "The service cannot record the request at the moment. Please try again.";
    Fault::common(Common::ServiceUnavailable, message)
}

/// The request could not be read whole.
pub(crate) fn of_turned_away(reason: TurnedAway) -> Fault {
    let (code, message) = match reason {
        TurnedAway::TooLarge => (Common::RequestEntityTooLarge, "Request entity too large"),
        TurnedAway::TooSlow => (
            Common::RequestTimeout,
            "Your socket connection to the server was not read from or written to within the \
             timeout period.",
        ),
        TurnedAway::Unreadable => (Common::MalformedInput, "The request body cannot be read."),
        TurnedAway::Busy => (
            Common::ServiceUnavailable,
            "The request has failed due to a temporary failure of the server.",
        ),
    };
    Fault::common(code, message)
}

/// A parameter is not what it must be.
pub(crate) fn invalid(message: String) -> Fault {
    Fault::common(Common::ValidationError, message)
}

/// Parameters do not go together.
pub(crate) fn invalid_parameter(message: &str) -> Fault {
    Fault::common(Common::InvalidParameterValue, message)
}

/// Why a signature is refused, in AWS's code and text.
pub(crate) fn of_refusal(refusal: &Refusal) -> Fault {
    let code = match refusal.kind() {
        RefusalKind::MissingAuthenticationToken => Common::MissingAuthenticationToken,
        RefusalKind::IncompleteSignature => Common::IncompleteSignature,
        RefusalKind::SignatureDoesNotMatch => Common::SignatureDoesNotMatch,
        RefusalKind::RequestExpired => Common::RequestExpired,
    };
    Fault::common(code, refusal.message())
}

/// The request is no call: the code is for its record alone, the answer has none.
pub(crate) fn astray(astray: wire::Astray) -> Fault {
    Fault::common(Common::InvalidAction, astray.message())
}

/// The request is for a service that is not served.
pub(crate) fn unserved(service: &str) -> Fault {
    Fault::common(Common::NotImplemented, format!("Keywright does not serve {service}."))
}

/// The signature is scoped to something that is no region.
pub(crate) fn no_region(text: &str) -> Fault {
    let message = format!("Credential should be scoped to a valid region, not '{text}'.");
    Fault::common(Common::SignatureDoesNotMatch, message)
}

/// The key is unknown or inactive. Which one is not told.
pub(crate) fn unknown_key() -> Fault {
    let message = "The security token included in the request is invalid.";
    Fault::common(Common::InvalidClientTokenId, message)
}

/// The session token is not ours, not the key's, or revoked.
pub(crate) fn bad_token() -> Fault {
    let message = "The security token included in the request is invalid";
    Fault::common(Common::InvalidClientTokenId, message)
}

/// The session has ended.
pub(crate) fn expired_token() -> Fault {
    let message = "The security token included in the request is expired";
    Fault::common(Common::ExpiredToken, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_has_the_name_that_the_service_declares() {
        let code = |service: &ServiceInfo, fault| {
            let (code, status, _) = in_words_of(service, fault).on(service.protocol);
            (code, status)
        };
        assert_eq!(code(&api::iam::SERVICE, internal()), ("ServiceFailure", 500));
        assert_eq!(code(&api::sts::SERVICE, internal()), ("InternalFailure", 500));
        assert_eq!(code(&api::kms::SERVICE, internal()), ("KMSInternalException", 500));
        assert_eq!(code(&api::lambda::SERVICE, internal()), ("ServiceException", 500));
        let secrets = code(&api::secretsmanager::SERVICE, internal());
        assert_eq!(secrets, ("InternalServiceError", 500));
        assert_eq!(code(&api::iam::SERVICE, unknown_key()), ("InvalidClientTokenId", 403));
    }
}
