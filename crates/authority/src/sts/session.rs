//! Temporary credentials for oneself.
//!
//! Source: STS API Reference, GetSessionToken; durations from IAM User Guide, "Request temporary
//! security credentials".

use api::Fault;
use api::sts::operations::GetSessionToken;
use api::sts::shapes;
use names::UniqueId;

use super::issue::Beginning;
use super::second_factor;
use crate::caller::Caller;
use crate::handle::{Asking, Asks, Granted, Handle};
use crate::token::Bearer;

/// Seconds, for a user.
const USER_DEFAULT: i32 = 43_200;
/// Seconds, for root: longer wishes are cut to it.
const ROOT_MAX: i32 = 3600;

/// How long a session lasts that a user or root begins for itself, or lends out.
pub(super) fn seconds(caller: &Caller, wanted: Option<i32>) -> i32 {
    match wanted {
        Some(seconds) if caller.is_root() => seconds.min(ROOT_MAX),
        None if caller.is_root() => ROOT_MAX,
        given => given.unwrap_or(USER_DEFAULT),
    }
}

impl Handle for GetSessionToken {
    /// No permission is needed, but it can be denied: AWS's quarantine policies do.
    fn asks(_: &Self::Input, _: &Asking<'_>) -> Result<Asks, Fault> {
        Ok(Asks::unless_denied())
    }

    fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        let (serial, code) = (input.serial_number.as_deref(), input.token_code.as_deref());
        let mfa = second_factor::used(cx, serial, code)?;
        let caller = cx.caller();
        let bearer = match caller.user_name() {
            Some(_) => Bearer::User(UniqueId::from_text(caller.user_id())),
            None => Bearer::Root,
        };
        let seconds = seconds(caller, input.duration_seconds);
        let least = input.minimum_session_token_size;
        let beginning = Beginning { mfa, least, ..Beginning::plain(cx.account(), bearer, seconds) };
        Ok(shapes::GetSessionTokenResponse {
            credentials: Some(beginning.issue(cx)?),
            ..shapes::GetSessionTokenResponse::default()
        })
    }
}
