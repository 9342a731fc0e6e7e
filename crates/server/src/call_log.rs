//! The log's line about a call, when its answer leaves. It knows what the call's summary says, and
//! nothing of the request.

use authority::{CALLS, Summary};
use http::Response;

/// Writes the line, if the answer carries what it is to tell.
pub(crate) fn line<B>(answer: &Response<B>, micros: u64) {
    if let Some(call) = answer.extensions().get::<Summary>() {
        let Summary { request_id, action, caller, outcome } = call;
        tracing::debug!(target: CALLS, %request_id, %action, %caller, outcome, micros, "call");
    }
}
