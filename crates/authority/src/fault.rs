//! Where errors of the layers below become faults: in this one place.

use api::{Common, Fault};
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

/// The feature is in the model, but not built.
pub(crate) fn not_built(what: &str) -> Fault {
    Fault::common(Common::NotImplemented, format!("Keywright does not support {what} yet."))
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
