//! What the log tells of a call, if it tells of calls at all. Never a secret, and never what was asked
//! with: an operation's name, who called, and what became of it.

use api::{Fault, Value};
use tracing::Level;

use super::Passage;
use crate::trail::record;

/// The target of the log's lines about calls, one each, at level debug.
pub const CALLS: &str = "keywright::calls";

/// A call, as the log tells of it. It lies in the extensions of the call's answer.
#[derive(Debug, Clone)]
pub struct Summary {
    /// As the answer and the record have it.
    pub request_id: String,
    /// `iam:CreateUser`, …
    pub action: String,
    /// The caller's ARN; the claimed key's id if the caller is not known; `-` if no key is claimed.
    pub caller: String,
    /// The error's code, or `ok`.
    pub outcome: &'static str,
}

impl Summary {
    /// `None` if nobody reads it; that is asked first, so that it costs nothing.
    pub(super) fn of(passage: &Passage<'_>, result: &Result<Value, Fault>) -> Option<Self> {
        if !tracing::enabled!(target: CALLS, Level::DEBUG) {
            return None;
        }
        let claimed = passage.claimed().map(|claimed| &*claimed.access_key_id);
        let caller = passage.caller.as_ref().map(|caller| caller.arn());
        let caller = caller.or_else(|| claimed.filter(|id| is_key_id(id)));
        Some(Self {
            request_id: passage.call.request_id.clone(),
            action: format!("{}:{}", passage.service_name(), record::event_name(passage)),
            caller: caller.unwrap_or("-").to_owned(),
            outcome: match result {
                Ok(_) => "ok",
                Err(fault) => fault.on(passage.protocol()).0,
            },
        })
    }
}

/// Whatever else is claimed may be anything, and does not come into the log.
fn is_key_id(text: &str) -> bool {
    text.len() <= 128 && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}
