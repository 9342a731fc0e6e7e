//! Temporary credentials for oneself.
//!
//! Source: STS API Reference, GetSessionToken; durations from IAM User Guide, "Request temporary
//! security credentials".

use api::sts::operations::GetSessionToken;
use api::sts::shapes;
use api::{Common, Fault};
use names::{IdKind, UniqueId, mint_id, mint_secret_access_key};

use crate::caller::Caller;
use crate::entity::MfaHolder;
use crate::fault;
use crate::handle::{Asking, Asks, Granted, Handle};
use crate::iam::mfa;
use crate::token::{self, Session};

/// Seconds, for a user.
const USER_DEFAULT: i32 = 43_200;
/// Seconds, for root: longer wishes are cut to it.
const ROOT_MAX: i32 = 3600;

/// A session of one's own may not call this operation of STS.
pub(super) fn refuse_sessions(caller: &Caller, operation: &str) -> Result<(), Fault> {
    if caller.session().is_some() {
        let message = format!("Cannot call {operation} with session credentials");
        return Err(Fault::common(Common::AccessDenied, message));
    }
    Ok(())
}

/// Whether there was MFA: a device and its code, or neither. A code that is not good is refused.
fn verified_mfa<O>(
    cx: &mut Granted<'_, O>,
    serial: Option<&str>,
    code: Option<&str>,
) -> Result<bool, Fault> {
    let (serial, code) = match (serial, code) {
        (None, None) => return Ok(false),
        (Some(serial), Some(code)) => (serial, code),
        _ => {
            let message = "MultiFactorAuthentication failed, must provide both MFA serial number \
                and one time pass code.";
            return Err(Fault::common(Common::AccessDenied, message));
        }
    };
    let holder = MfaHolder::of(cx.caller()).ok_or_else(fault::internal)?;
    mfa::verify(cx, &holder, serial, code)?;
    Ok(true)
}

impl Handle for GetSessionToken {
    /// No permission is needed, but it can be denied: AWS's quarantine policies do.
    fn asks(_: &Self::Input, _: &Asking<'_>) -> Result<Asks, Fault> {
        Ok(Asks::unless_denied())
    }

    fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        refuse_sessions(cx.caller(), "GetSessionToken")?;
        let mfa = verified_mfa(cx, input.serial_number.as_deref(), input.token_code.as_deref())?;
        let root = cx.caller().is_root();
        let seconds = match input.duration_seconds {
            Some(seconds) if root => seconds.min(ROOT_MAX),
            None if root => ROOT_MAX,
            given => given.unwrap_or(USER_DEFAULT),
        };
        let id = mint_id(IdKind::TemporaryAccessKey, cx.account(), cx.chance());
        let issued = cx.now();
        let session = Session {
            account: cx.account(),
            user: (!root).then(|| UniqueId::from_text(cx.caller().user_id())),
            secret: mint_secret_access_key(cx.chance()),
            issued,
            expires: issued.whole_second().plus_seconds(seconds.into()),
            mfa,
        };
        let vault = cx.authority().store.vault();
        let session_token =
            token::seal(vault, id.as_str(), &session).ok_or_else(fault::internal)?;
        Ok(shapes::GetSessionTokenResponse {
            credentials: Some(shapes::Credentials {
                access_key_id: id.to_string(),
                secret_access_key: session.secret.expose().clone(),
                session_token,
                expiration: session.expires,
            }),
            ..shapes::GetSessionTokenResponse::default()
        })
    }
}
