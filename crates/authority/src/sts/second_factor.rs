//! A second factor shown in the call itself: serial number and code.
//!
//! It is looked at twice: before the policies are asked, since they may want it, and again when the
//! call runs, since a code works once.
//!
//! Source: IAM User Guide, "Secure API access with MFA".

use api::{Common, Fault};
use names::Timestamp;

use crate::handle::{Asking, Granted};

/// Whether the call shows a valid code.
///
/// # Errors
/// AWS's text for one half without the other, and for a code that is not valid.
pub(super) fn checked(
    _: &Asking<'_>,
    serial: Option<&str>,
    code: Option<&str>,
) -> Result<bool, Fault> {
    match both(serial, code)? {
        None => Ok(false),
        Some(_) => Err(unknown()),
    }
}

/// Uses up the code, if the call shows one; the moment stands for it from then on.
pub(super) fn used<O>(
    _: &mut Granted<'_, O>,
    serial: Option<&str>,
    code: Option<&str>,
) -> Result<Option<Timestamp>, Fault> {
    match both(serial, code)? {
        None => Ok(None),
        Some(_) => Err(unknown()),
    }
}

fn unknown() -> Fault {
    let message = "MultiFactorAuthentication failed, unable to validate MFA code.  Please \
        verify your MFA serial number is valid and associated with this user.";
    Fault::common(Common::AccessDenied, message)
}

fn both<'a>(
    serial: Option<&'a str>,
    code: Option<&'a str>,
) -> Result<Option<(&'a str, &'a str)>, Fault> {
    match (serial, code) {
        (Some(serial), Some(code)) => Ok(Some((serial, code))),
        (None, None) => Ok(None),
        (Some(_), None) | (None, Some(_)) => Err(unknown()),
    }
}
