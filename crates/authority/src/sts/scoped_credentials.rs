//! Cutting one's own session down: the same principal under a further policy, or for a shorter time.
//!
//! It never gives more than the session that asks has: who it is, what was passed to it, its second
//! factor and its source identity go on, and it does not live longer.
//!
//! Source: STS API Reference, GetScopedCredentials.

use api::sts::operations::GetScopedCredentials;
use api::sts::{errors, shapes};
use api::{Common, Fault};
use names::Timestamp;

use super::issue::{self, Beginning};
use crate::handle::{Asking, Asks, Granted, Handle};
use crate::token::{LENGTH_MAX, Session};

/// Policies that a session may be scoped down to, one after the other.
const SCOPE_DOWNS_MAX: usize = 3;

impl Handle for GetScopedCredentials {
    /// AWS does not say whether a permission is needed. One is, so that nobody hands out credentials
    /// who was not allowed to.
    fn asks(_: &Self::Input, _: &Asking<'_>) -> Result<Asks, Fault> {
        Ok(Asks::on_any())
    }

    fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        let session = cx.caller().session().map(|session| session.facts.clone());
        let session = session.ok_or_else(no_session)?;
        if input.policy.is_none() && input.duration_seconds.is_none() {
            let message = "At least one of Policy or DurationSeconds must be specified.";
            return Err(Fault::common(Common::ValidationError, message));
        }
        let expires = expires(&session, cx.now(), input.duration_seconds)?;
        let mut passed = session.passed;
        if let Some(text) = input.policy {
            if passed.scope_downs.len() >= SCOPE_DOWNS_MAX {
                return Err(scoped_too_often());
            }
            issue::check_policy(&text)?;
            passed.scope_downs.push(text);
        }
        let scoped_policies_count = i32::try_from(passed.scope_downs.len()).ok();
        let beginning = Beginning {
            mfa: session.mfa,
            passed,
            least: input.minimum_session_token_size,
            source_identity: session.source_identity.clone(),
            ..Beginning::until(session.account, session.bearer, expires)
        };
        beginning.packed_size()?;
        let credentials = beginning.issue(cx)?;
        let size = credentials.session_token.len();
        Ok(shapes::GetScopedCredentialsResponse {
            credentials: Some(credentials),
            session_info: Some(shapes::ScopedSession {
                scoped_session_id: cx.caller().user_id().to_owned(),
                arn: cx.caller().arn().to_owned(),
            }),
            session_token_utilization: i32::try_from(size.saturating_mul(100) / LENGTH_MAX).ok(),
            session_token_size: i32::try_from(size).ok(),
            scoped_policies_count,
            source_identity: session.source_identity,
        })
    }
}

/// When the scoped session ends: with the one that asks, if nothing else is wanted.
fn expires(session: &Session, now: Timestamp, wanted: Option<i32>) -> Result<Timestamp, Fault> {
    let Some(seconds) = wanted else { return Ok(session.expires) };
    let expires = now.whole_second().plus_seconds(seconds.into());
    if expires > session.expires {
        let message = "The requested DurationSeconds exceeds the remaining lifetime of the calling \
                       session.";
        return Err(Fault::new(&errors::INSUFFICIENT_SESSION_LIFETIME, message));
    }
    Ok(expires)
}

fn no_session() -> Fault {
    let message = "Cannot call GetScopedCredentials with long-term credentials.";
    Fault::new(&errors::INVALID_SUBJECT_CREDENTIALS, message)
}

fn scoped_too_often() -> Fault {
    let message = format!(
        "The session has {SCOPE_DOWNS_MAX} scope down policies already, and can have no more."
    );
    Fault::common(Common::AccessDenied, message)
}
