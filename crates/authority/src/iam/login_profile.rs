//! Login profiles: the passwords of users, set by administrators and changed by the users themselves.
//!
//! Root has none: in AWS its password is a matter of the account's owner, not of IAM.
//!
//! Source: IAM API Reference, CreateLoginProfile, UpdateLoginProfile, ChangePassword; texts as IAM
//! answers them.

use api::iam::operations::{
    ChangePassword, CreateLoginProfile, DeleteLoginProfile, GetLoginProfile, UpdateLoginProfile,
};
use api::iam::{errors, shapes};
use api::{Common, Empty, Fault};
use names::Secret;

use super::password::{same, verify_password};
use super::target::Target;
use super::{faults, password_policy};
use crate::entity::{Account, LoginProfile, PasswordDigest, User};
use crate::handle::{Asking, Asks, Granted, Handle};

impl Handle for CreateLoginProfile {
    fn asks(input: &Self::Input, at: &Asking<'_>) -> Result<Asks, Fault> {
        Ok(Asks::on(Target::user(at, input.user_name.as_deref())?))
    }

    fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        let password = Secret::new(input.password.ok_or_else(no_password)?);
        let mut user = named_or_calling(cx, input.user_name.as_deref())?;
        if user.login.is_some() {
            return Err(faults::login_profile_exists(&user.name));
        }
        password_policy::check(&cx.caller_account()?, password.expose())?;
        let now = cx.now().whole_second();
        let profile = LoginProfile {
            created: now,
            changed: now,
            reset_required: input.password_reset_required.unwrap_or_default(),
            password: cx.password_work().first(&password, cx.chance())?,
            former: Vec::new(),
            last_used: None,
            max_session: input.max_signin_session_duration,
        };
        let login_profile = shape(&user.name, &profile);
        user.login = Some(Box::new(profile));
        cx.put(&user)?;
        Ok(shapes::CreateLoginProfileResponse { login_profile })
    }
}

impl Handle for GetLoginProfile {
    fn asks(input: &Self::Input, at: &Asking<'_>) -> Result<Asks, Fault> {
        Ok(Asks::on(Target::user(at, input.user_name.as_deref())?))
    }

    fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        let user = named_or_calling(cx, input.user_name.as_deref())?;
        let login_profile = shape(&user.name, profile(&user)?);
        Ok(shapes::GetLoginProfileResponse { login_profile })
    }
}

impl Handle for UpdateLoginProfile {
    fn asks(input: &Self::Input, at: &Asking<'_>) -> Result<Asks, Fault> {
        Ok(Asks::on(Target::user(at, Some(&input.user_name))?))
    }

    /// What is not given stays as it is.
    fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        let resets = input.reset_max_signin_session_duration.unwrap_or_default();
        if resets && input.max_signin_session_duration.is_some() {
            return Err(faults::invalid_input(
                "MaxSigninSessionDuration and ResetMaxSigninSessionDuration cannot be specified \
                 together.",
            ));
        }
        let mut user = cx.user(&input.user_name)?;
        let mut profile = profile(&user)?.clone();
        if let Some(required) = input.password_reset_required {
            profile.reset_required = required;
        }
        if resets || input.max_signin_session_duration.is_some() {
            profile.max_session = input.max_signin_session_duration;
        }
        if let Some(password) = input.password.map(Secret::new) {
            let account = cx.caller_account()?;
            let digest = acceptable(cx, &account, &profile, &password)?;
            profile.change(digest, cx.now().whole_second());
        }
        user.login = Some(Box::new(profile));
        cx.put(&user)?;
        Ok(Empty)
    }
}

impl Handle for DeleteLoginProfile {
    fn asks(input: &Self::Input, at: &Asking<'_>) -> Result<Asks, Fault> {
        Ok(Asks::on(Target::user(at, input.user_name.as_deref())?))
    }

    fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        let mut user = named_or_calling(cx, input.user_name.as_deref())?;
        profile(&user)?;
        user.login = None;
        cx.put(&user)?;
        Ok(Empty)
    }
}

impl Handle for ChangePassword {
    /// Always about the caller's own password.
    fn asks(_: &Self::Input, at: &Asking<'_>) -> Result<Asks, Fault> {
        password_policy::asks_of_changer(at, Target::user(at, None)?)
    }

    fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        let (old, new) = (Secret::new(input.old_password), Secret::new(input.new_password));
        let name = cx.caller().user_name().ok_or_else(not_a_user)?;
        let mut user = cx.user(name)?;
        let mut profile = profile(&user)?.clone();
        check_old(cx, &user, &profile, &old)?;
        let account = cx.caller_account()?;
        if same(&old, &new) {
            return Err(match reuse_prevention(&account) {
                0 => Fault::common(Common::AccessDenied, UNCHANGED),
                _ => faults::password_violates(REUSED),
            });
        }
        let digest = acceptable(cx, &account, &profile, &new)?;
        profile.change(digest, cx.now().whole_second());
        profile.reset_required = false;
        user.login = Some(Box::new(profile));
        cx.put(&user)?;
        Ok(Empty)
    }
}

/// Wrong ones are counted. After too many none is looked at, and what is said does not tell so.
fn check_old<O>(
    cx: &Granted<'_, O>,
    user: &User,
    profile: &LoginProfile,
    old: &Secret<String>,
) -> Result<(), Fault> {
    let incorrect = || Fault::common(Common::AccessDenied, "The old password was incorrect.");
    let wrong = &cx.authority().wrong_passwords;
    if !wrong.may_try(&user.id, cx.now()) {
        return Err(incorrect());
    }
    if !verify_password(profile, old, cx.password_work())? {
        wrong.count(&user.id, cx.now());
        return Err(incorrect());
    }
    Ok(())
}

const UNCHANGED: &str = "The new password must be different from the old password.";
const REUSED: &str = "Password cannot be the same as previously used";

/// The digest of a password that the account's rules let follow those of `profile`.
fn acceptable<O>(
    cx: &Granted<'_, O>,
    account: &Account,
    profile: &LoginProfile,
    password: &Secret<String>,
) -> Result<PasswordDigest, Fault> {
    password_policy::check(account, password.expose())?;
    let work = cx.password_work();
    let digest = work.next(password, &profile.password, cx.chance())?;
    for former in profile.latest(reuse_prevention(account)) {
        if work.matches(password, former)? {
            return Err(faults::password_violates(REUSED));
        }
    }
    Ok(digest)
}

/// How many of the last passwords may not be used again.
fn reuse_prevention(account: &Account) -> usize {
    let policy = account.password_policy.as_ref();
    let count = policy.and_then(|policy| policy.reuse_prevention).unwrap_or_default();
    usize::try_from(count).unwrap_or_default()
}

/// The named user, or the one who calls. Root is none.
fn named_or_calling<O>(cx: &mut Granted<'_, O>, name: Option<&str>) -> Result<User, Fault> {
    match name.or(cx.caller().user_name()).map(str::to_owned) {
        Some(name) => cx.user(&name),
        None => Err(faults::must_name_user()),
    }
}

fn profile(user: &User) -> Result<&LoginProfile, Fault> {
    user.login.as_deref().ok_or_else(|| faults::no_login_profile(&user.name))
}

fn shape(user_name: &str, profile: &LoginProfile) -> shapes::LoginProfile {
    shapes::LoginProfile {
        user_name: user_name.to_owned(),
        create_date: profile.created,
        password_reset_required: Some(profile.reset_required),
        max_signin_session_duration: profile.max_session,
    }
}

/// Only sessions that stand in for root need none, and there are no such sessions.
fn no_password() -> Fault {
    let message = "1 validation error detected: Value null at 'password' failed to satisfy \
        constraint: Member must not be null";
    Fault::common(Common::ValidationError, message)
}

fn not_a_user() -> Fault {
    let message = "Only IAM Users can change their own password";
    Fault::new(&errors::INVALID_USER_TYPE, message)
}
