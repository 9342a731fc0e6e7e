//! Handing out temporary credentials: what all calls that do so have in common.
//!
//! Nothing is stored: the token holds the session. Whether the caller may have it was decided before.

use api::sts::shapes;
use api::{Common, Fault};
use names::{AccountId, IdKind, Timestamp, mint_id, mint_secret_access_key};

use crate::entity::Tag;
use crate::fault;
use crate::handle::Granted;
use crate::iam::managed::Managed;
use crate::token::{self, Bearer, Passed, Session, SessionPolicies};

/// A session that is about to begin.
#[derive(Debug)]
pub(super) struct Beginning {
    pub(super) account: AccountId,
    pub(super) bearer: Bearer,
    pub(super) seconds: i32,
    pub(super) mfa: Option<Timestamp>,
    pub(super) passed: Passed,
    /// Characters that the token has at least: `MinimumSessionTokenSize`.
    pub(super) least: Option<i32>,
    pub(super) source_identity: Option<String>,
}

impl Beginning {
    /// A session of `bearer` that is no less and no more than whom it is of.
    pub(super) fn plain(account: AccountId, bearer: Bearer, seconds: i32) -> Self {
        Self {
            account,
            bearer,
            seconds,
            mfa: None,
            passed: Passed::default(),
            least: None,
            source_identity: None,
        }
    }

    /// Mints a key, a secret and the token that seals them.
    pub(super) fn issue<O>(self, cx: &Granted<'_, O>) -> Result<shapes::Credentials, Fault> {
        let id = mint_id(IdKind::TemporaryAccessKey, self.account, cx.chance());
        let issued = cx.now();
        let session = Session {
            account: self.account,
            bearer: self.bearer,
            secret: mint_secret_access_key(cx.chance()),
            issued,
            expires: issued.whole_second().plus_seconds(self.seconds.into()),
            mfa: self.mfa,
            passed: self.passed,
            source_identity: self.source_identity,
        };
        let least = self.least.and_then(|least| usize::try_from(least).ok()).unwrap_or(0);
        let vault = cx.authority().store.vault();
        let session_token =
            token::seal(vault, id.as_str(), &session, least).ok_or_else(fault::internal)?;
        Ok(shapes::Credentials {
            access_key_id: id.to_string(),
            secret_access_key: session.secret.expose().clone(),
            session_token,
            expiration: session.expires,
        })
    }

    /// How much of the room for policies and tags the session takes, in percent. A session without
    /// any takes none.
    ///
    /// # Errors
    /// PackedPolicyTooLarge if they do not fit.
    pub(super) fn packed_size(&self) -> Result<Option<i32>, Fault> {
        if self.passed.is_empty() {
            return Ok(None);
        }
        let size = self.passed.packed().map_or(usize::MAX, |packed| packed.len());
        let percent = size.saturating_mul(100) / ROOM;
        if percent > 100 {
            let message = if self.passed.policies.is_empty() {
                format!("Packed size of session tags consumes {percent}% of allotted space.")
            } else {
                format!(
                    "Packed policy consumes {percent}% of allotted space, please use smaller policy."
                )
            };
            return Err(Fault::new(&api::sts::errors::PACKED_POLICY_TOO_LARGE, message));
        }
        Ok(i32::try_from(percent).ok())
    }
}

/// Bytes of packed policies and tags that a token has room for. AWS does not publish its own.
const ROOM: usize = 2048;

/// Checks policies that are passed to a session: the grammar of the inline one, and that the managed
/// ones are there in the account of the session.
pub(super) fn policies<O>(
    cx: &mut Granted<'_, O>,
    account: AccountId,
    inline: Option<String>,
    arns: Option<Vec<shapes::PolicyDescriptorType>>,
) -> Result<SessionPolicies, Fault> {
    if let Some(text) = &inline {
        policy::validate(policy::PolicyKind::Session, text).map_err(|malformed| {
            Fault::new(&api::sts::errors::MALFORMED_POLICY_DOCUMENT, malformed.message)
        })?;
        if policy::quota_size(text) > PLAIN_MAX || text.len() > 4 * PLAIN_MAX {
            let message = format!(
                "The session policy is longer than {PLAIN_MAX} characters. Please use a smaller one."
            );
            return Err(Fault::new(&api::sts::errors::PACKED_POLICY_TOO_LARGE, message));
        }
    }
    let arns: Option<Vec<String>> = arns.into_iter().flatten().map(|one| one.arn).collect();
    // One that names none must not pass for none: the session would be without bounds.
    let arns = arns.ok_or_else(|| fault::invalid("ARN null is not valid.".to_owned()))?;
    if arns.len() > ARNS_MAX {
        let message = format!(
            "1 validation error detected: Value at 'policyArns' failed to satisfy constraint: \
             Member must have length less than or equal to {ARNS_MAX}"
        );
        return Err(Fault::common(Common::ValidationError, message));
    }
    let mut pinned = Vec::new();
    for arn in &arns {
        match Managed::find_in(cx, account, arn)? {
            Some(Managed::Customer(policy)) => pinned.push((arn.clone(), policy.id.clone())),
            Some(Managed::Aws(_)) => {}
            None => return Err(fault::invalid(format!("ARN {arn} is not valid."))),
        }
    }
    Ok(SessionPolicies { inline, arns, pinned })
}

/// Characters of an inline session policy, white space not counted; with it, four times as many bytes.
const PLAIN_MAX: usize = 2048;
/// Managed policies that may be passed to a session.
const ARNS_MAX: usize = 10;

/// The tags that a call passes, as they are.
pub(super) fn tags(tags: Option<&Vec<shapes::Tag>>) -> Vec<Tag> {
    let tag = |tag: &shapes::Tag| Tag { key: tag.key.clone(), value: tag.value.clone() };
    tags.into_iter().flatten().map(tag).collect()
}

/// Checks the tags of a session: keys that differ in case alone are equal, `aws:` is reserved.
pub(super) fn check_tags(tags: &[Tag]) -> Result<(), Fault> {
    let mut seen = std::collections::HashSet::new();
    for tag in tags {
        if !seen.insert(crate::entity::folded(&tag.key)) {
            return Err(fault::invalid_parameter(
                "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
            ));
        }
        if tag.key.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("aws:")) {
            return Err(fault::invalid_parameter(
                "Tag keys beginning with aws: are reserved for system use.",
            ));
        }
    }
    Ok(())
}
