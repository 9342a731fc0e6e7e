//! Taking on a role.
//!
//! Who may, the role's trust policy says, and the caller's own policies where it leaves that to
//! the caller's account. A role that does not exist is refused in the same words as one that may not
//! be assumed, whoever's it is.
//!
//! Source: STS API Reference, AssumeRole; IAM User Guide, "Pass session tags in AWS STS", "Monitor
//! and control actions taken with assumed roles".

use std::sync::Arc;

use api::sts::operations::AssumeRole;
use api::sts::shapes;
use api::{Common, Fault};
use names::{AccountId, Arn};
use policy::ContextValue;

use super::issue::{self, Beginning};
use super::second_factor;
use crate::caller::{Caller, CallerKind};
use crate::credentials::RoleFacts;
use crate::entity::{Tag, folded};
use crate::fault;
use crate::handle::{Asking, Asks, Granted, Handle};
use crate::iam::target::{Own, Target};
use crate::token::{Bearer, Passed};

/// Seconds, where the call does not say.
const DEFAULT: i32 = 3600;
/// Seconds that a session may last whose caller has temporary credentials already.
const CHAINED_MAX: i32 = 3600;

impl Handle for AssumeRole {
    fn asks(input: &Self::Input, at: &Asking<'_>) -> Result<Asks, Fault> {
        if at.caller().is_root() {
            let message = "Roles may not be assumed by root accounts.";
            return Err(Fault::common(Common::AccessDenied, message));
        }
        let (account, name) = parsed(&input.role_arn)?;
        let shown_factor = second_factor::checked(
            at,
            input.serial_number.as_deref(),
            input.token_code.as_deref(),
        )?;
        let role = found(at, account, name, &input.role_arn)?;
        let passing = Passing::of(at.caller(), input);
        let mut asks = Asks::on(target(at, role)?);
        if !passing.tags.is_empty() {
            asks = asks.also("sts:TagSession");
        }
        if passing.source_identity.is_some() {
            asks = asks.also("sts:SetSourceIdentity");
        }
        Ok(context(asks, input, &passing, shown_factor))
    }

    fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        let role = cx.assumed_role()?;
        let account = role.account;
        let seconds = duration(cx.caller(), &role, input.duration_seconds)?;
        check_passing(cx.caller(), &input)?;
        let passing = Passing::of(cx.caller(), &input);
        if input.provided_contexts.as_ref().is_some_and(|contexts| !contexts.is_empty()) {
            let error = &api::sts::errors::INVALID_CONTEXT_ASSERTION;
            return Err(Fault::new(error, "The provided context assertion is not valid."));
        }
        let mfa =
            second_factor::used(cx, input.serial_number.as_deref(), input.token_code.as_deref())?;
        let policies = issue::policies(cx, account, input.policy, input.policy_arns)?;
        let session = input.role_session_name;
        let bearer = Bearer::Role { id: role.id.clone(), name: session.clone() };
        let beginning = Beginning {
            mfa: mfa.or_else(|| carried_factor(cx.caller())),
            least: input.minimum_session_token_size,
            passed: Passed { policies, tags: passing.tags, transitive: passing.transitive },
            source_identity: passing.source_identity.clone(),
            ..Beginning::plain(account, bearer, seconds)
        };
        let packed_policy_size = beginning.packed_size()?;
        Ok(shapes::AssumeRoleResponse {
            credentials: Some(beginning.issue(cx)?),
            assumed_role_user: Some(shapes::AssumedRoleUser {
                assumed_role_id: format!("{}:{session}", role.id),
                arn: crate::iam::arn::assumed_role(account, &role.name, &session),
            }),
            packed_policy_size,
            source_identity: passing.source_identity,
            ..shapes::AssumeRoleResponse::default()
        })
    }
}

/// A second factor that the caller's own session has seen counts for the role, too; that of a
/// role's session does not go on.
fn carried_factor(caller: &Caller) -> Option<names::Timestamp> {
    let session = caller.session().filter(|_| caller.kind() == CallerKind::User)?;
    session.facts.mfa
}

/// The account and the name of a role, off its ARN.
fn parsed(arn: &str) -> Result<(AccountId, &str), Fault> {
    let parts = Arn::parse(arn).ok().filter(|arn| arn.service == "iam" && arn.region.is_empty());
    let role = parts.and_then(|arn| {
        let path_and_name = arn.resource.strip_prefix("role/")?;
        Some((arn.account.parse().ok()?, path_and_name.rsplit('/').next()?))
    });
    role.ok_or_else(|| fault::invalid(format!("{arn} is invalid")))
}

/// The role with exactly this ARN, or what stands in for it.
fn found(
    at: &Asking<'_>,
    account: AccountId,
    name: &str,
    arn: &str,
) -> Result<Arc<RoleFacts>, Fault> {
    let role = at.authority.credentials.role(at.view(), account, name)?;
    let role = role.filter(|role| role.arn == arn);
    Ok(role.unwrap_or_else(|| Arc::new(RoleFacts::absent(account, arn))))
}

fn target(at: &Asking<'_>, role: Arc<RoleFacts>) -> Result<Target, Fault> {
    let own = Own {
        account: role.account.to_string(),
        controls: at.authority.credentials.controls(at.view(), role.account)?,
        role: Some(Arc::clone(&role)),
    };
    let target = Target::made(role.arn.clone());
    Ok(Target { tags: role.tags.clone(), own: Some(own), ..target })
}

/// The condition keys that the call brings.
fn context(asks: Asks, input: &Input, passing: &Passing, shown_factor: bool) -> Asks {
    // Inherited tags are passed on like those of the call: whoever is trusted with some tags only is
    // not handed others by way of a session before.
    let mut asks =
        asks.with("sts:RoleSessionName", &input.role_session_name).with_tags(&passing.tags);
    if let Some(id) = &input.external_id {
        asks = asks.with("sts:ExternalId", id);
    }
    if let Some(identity) = &passing.source_identity {
        asks = asks.with("sts:SourceIdentity", identity);
    }
    if !passing.transitive.is_empty() {
        let keys = ContextValue::many(passing.transitive.iter().cloned());
        asks.context.push(("sts:TransitiveTagKeys".to_owned(), keys));
    }
    if shown_factor {
        asks = asks.with("aws:MultiFactorAuthPresent", "true").with("aws:MultiFactorAuthAge", "0");
    }
    asks
}

type Input = <AssumeRole as api::Operation>::Input;

/// What goes from the call, and from the session before, into the new session.
struct Passing {
    /// All tags of the new session: inherited ones and those passed.
    tags: Vec<Tag>,
    transitive: Vec<String>,
    source_identity: Option<String>,
}

impl Passing {
    fn of(caller: &Caller, input: &Input) -> Self {
        let inherited = inherited(caller);
        let passed = issue::tags(input.tags.as_ref());
        let mut transitive: Vec<String> = inherited.iter().map(|tag| tag.key.clone()).collect();
        transitive.extend(input.transitive_tag_keys.iter().flatten().cloned());
        let tags = inherited.into_iter().chain(&passed).cloned().collect();
        let source_identity = input.source_identity.clone();
        let source_identity = source_identity.or_else(|| identity_before(caller).cloned());
        Self { tags, transitive, source_identity }
    }
}

/// The tags that go on from the caller's session into those that it begins.
fn inherited(caller: &Caller) -> Vec<&Tag> {
    let Some(session) = caller.session().map(|session| &session.facts) else { return Vec::new() };
    let goes_on = |tag: &&Tag| session.passed.transitive.iter().any(|key| equal(key, &tag.key));
    session.passed.tags.iter().filter(goes_on).collect()
}

fn identity_before(caller: &Caller) -> Option<&String> {
    caller.session()?.facts.source_identity.as_ref()
}

/// Checks what the call passes against itself, and against what the caller's session passes on.
fn check_passing(caller: &Caller, input: &Input) -> Result<(), Fault> {
    let passed = issue::tags(input.tags.as_ref());
    issue::check_tags(&passed)?;
    let wanted = input.transitive_tag_keys.as_deref().unwrap_or_default();
    check_keys(&inherited(caller), &passed, wanted)?;
    check_identity(identity_before(caller), input.source_identity.as_ref())
}

fn equal(one: &str, other: &str) -> bool {
    folded(one) == folded(other)
}

fn check_keys(inherited: &[&Tag], passed: &[Tag], wanted: &[String]) -> Result<(), Fault> {
    let is_inherited = |key: &str| inherited.iter().any(|tag| equal(&tag.key, key));
    if wanted.iter().any(|key| is_inherited(key)) {
        return Err(fault::invalid_parameter(
            "One of the specified transitive tag keys can't be set because it conflicts with a \
             transitive tag key from the calling session.",
        ));
    }
    if !wanted.iter().all(|key| passed.iter().any(|tag| equal(&tag.key, key))) {
        return Err(fault::invalid_parameter(
            "The specified transitive tag key must be included in the requested tags.",
        ));
    }
    if passed.iter().any(|tag| is_inherited(&tag.key)) {
        return Err(fault::invalid_parameter(
            "One of the specified session tag keys can't be set because it conflicts with a \
             transitive tag key from the calling session.",
        ));
    }
    Ok(())
}

/// Set once, it stays for the whole chain of sessions.
fn check_identity(before: Option<&String>, passed: Option<&String>) -> Result<(), Fault> {
    match (before, passed) {
        (Some(before), Some(passed)) if before != passed => {
            Err(fault::invalid(format!("The source identity is {before} already and stays so.")))
        }
        _ => Ok(()),
    }
}

fn duration(caller: &Caller, role: &RoleFacts, wanted: Option<i32>) -> Result<i32, Fault> {
    let seconds = wanted.unwrap_or(DEFAULT);
    if caller.session().is_some() && seconds > CHAINED_MAX {
        return Err(fault::invalid(
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by \
             role chaining."
                .to_owned(),
        ));
    }
    if seconds > role.max_session {
        let message =
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.";
        return Err(fault::invalid(message.to_owned()));
    }
    Ok(seconds)
}
