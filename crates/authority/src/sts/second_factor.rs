//! A second factor shown in the call itself: serial number and code.
//!
//! It is looked at twice: before the policies are asked, since they may want it, and again when the
//! call runs, since a code works once.
//!
//! Source: IAM User Guide, "Secure API access with MFA".

use api::{Common, Fault};
use names::Timestamp;

use crate::entity::MfaHolder;
use crate::handle::{Asking, Granted};
use crate::iam::mfa;

/// Whether the call shows a valid code.
///
/// # Errors
/// AWS's text for one half without the other, and for a code that is not valid.
pub(super) fn checked(
    at: &Asking<'_>,
    serial: Option<&str>,
    code: Option<&str>,
) -> Result<bool, Fault> {
    let Some((serial, code)) = both(serial, code)? else { return Ok(false) };
    let holder = MfaHolder::of(at.caller()).ok_or_else(mfa::not_associated)?;
    mfa::check(at, &holder, serial, code)?;
    Ok(true)
}

/// Uses up the code, if the call shows one; the moment stands for it from then on.
pub(super) fn used<O>(
    cx: &mut Granted<'_, O>,
    serial: Option<&str>,
    code: Option<&str>,
) -> Result<Option<Timestamp>, Fault> {
    let Some((serial, code)) = both(serial, code)? else { return Ok(None) };
    let holder = MfaHolder::of(cx.caller()).ok_or_else(mfa::not_associated)?;
    mfa::verify(cx, &holder, serial, code)?;
    Ok(Some(cx.now()))
}

fn both<'a>(
    serial: Option<&'a str>,
    code: Option<&'a str>,
) -> Result<Option<(&'a str, &'a str)>, Fault> {
    match (serial, code) {
        (Some(serial), Some(code)) => Ok(Some((serial, code))),
        (None, None) => Ok(None),
        (Some(_), None) | (None, Some(_)) => {
            let message = "MultiFactorAuthentication failed, must provide both MFA serial number \
                and one time pass code.";
            Err(Fault::common(Common::AccessDenied, message))
        }
    }
}
