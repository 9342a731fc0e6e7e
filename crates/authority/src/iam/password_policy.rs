//! The account's password policy: set, read, removed, and held against a password.
//!
//! It binds the passwords of users alone, from their next change on.
//!
//! Source: IAM User Guide, "Set an account password policy for IAM users"; texts as IAM answers them.

use api::iam::operations::{
    DeleteAccountPasswordPolicy, GetAccountPasswordPolicy, UpdateAccountPasswordPolicy,
};
use api::iam::shapes;
use api::{Empty, Fault};

use super::faults;
use super::target::Target;
use crate::entity::{Account, PasswordPolicy};
use crate::handle::{Ask, Asking, Asks, Granted, Handle, Need};

/// What IAM takes where a length is not given.
const DEFAULT_MINIMUM_LENGTH: i32 = 6;

/// The built-in rules, where an account has none of its own.
const BUILT_IN_LENGTH: usize = 8;
const BUILT_IN_CLASSES: usize = 3;

const SYMBOLS: &str = "!@#$%^&*()_+-=[]{}|'";

impl Handle for UpdateAccountPasswordPolicy {
    fn asks(_: &Self::Input, _: &Asking<'_>) -> Result<Asks, Fault> {
        Ok(Asks::on_any())
    }

    /// What is not given goes back to its default, whatever it was before.
    fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        let mut account = cx.caller_account()?;
        account.password_policy = Some(PasswordPolicy {
            minimum_length: input.minimum_password_length.unwrap_or(DEFAULT_MINIMUM_LENGTH),
            symbols: input.require_symbols.unwrap_or_default(),
            numbers: input.require_numbers.unwrap_or_default(),
            uppercase: input.require_uppercase_characters.unwrap_or_default(),
            lowercase: input.require_lowercase_characters.unwrap_or_default(),
            users_may_change: input.allow_users_to_change_password.unwrap_or_default(),
            max_age: input.max_password_age,
            reuse_prevention: input.password_reuse_prevention,
            hard_expiry: input.hard_expiry.unwrap_or_default(),
        });
        cx.put(&account)?;
        Ok(Empty)
    }
}

impl Handle for GetAccountPasswordPolicy {
    /// Users who may change their passwords by the policy may also read what it wants of them.
    fn asks(_: &Self::Input, at: &Asking<'_>) -> Result<Asks, Fault> {
        asks_of_changer(at, Target::any())
    }

    fn run(cx: &mut Granted<'_, Self>, _: Self::Input) -> Result<Self::Output, Fault> {
        let account = cx.caller_account()?;
        let policy = account.password_policy;
        let policy = policy.ok_or_else(|| faults::no_password_policy_of(account.id))?;
        Ok(shapes::GetAccountPasswordPolicyResponse { password_policy: shape(&policy) })
    }
}

impl Handle for DeleteAccountPasswordPolicy {
    fn asks(_: &Self::Input, _: &Asking<'_>) -> Result<Asks, Fault> {
        Ok(Asks::on_any())
    }

    fn run(cx: &mut Granted<'_, Self>, _: Self::Input) -> Result<Self::Output, Fault> {
        let mut account = cx.caller_account()?;
        account.password_policy.take().ok_or_else(faults::no_password_policy)?;
        cx.put(&account)?;
        Ok(Empty)
    }
}

/// The operation's action on `target`, which a user may do without an allow if the password policy
/// lets users change their passwords. A deny is heard all the same.
pub(super) fn asks_of_changer(at: &Asking<'_>, target: Target) -> Result<Asks, Fault> {
    let account = at.view().entity::<Account>(at.account(), Account::KEY)?;
    let policy = account.and_then(|account| account.password_policy);
    let is_let = policy.is_some_and(|policy| policy.users_may_change);
    let is_user = at.caller().user_name().is_some();
    let need = if is_let && is_user { Need::NoDeny } else { Need::Allow };
    Ok(Asks { list: vec![Ask { need, ..Ask::of(None, target) }], ..Asks::default() })
}

fn shape(policy: &PasswordPolicy) -> shapes::PasswordPolicy {
    shapes::PasswordPolicy {
        minimum_password_length: Some(policy.minimum_length),
        require_symbols: Some(policy.symbols),
        require_numbers: Some(policy.numbers),
        require_uppercase_characters: Some(policy.uppercase),
        require_lowercase_characters: Some(policy.lowercase),
        allow_users_to_change_password: Some(policy.users_may_change),
        expire_passwords: Some(policy.max_age.is_some()),
        max_password_age: policy.max_age,
        password_reuse_prevention: policy.reuse_prevention,
        hard_expiry: Some(policy.hard_expiry),
    }
}

/// Holds `password` against the account's rules, or the built-in ones.
pub(super) fn check(account: &Account, password: &str) -> Result<(), Fault> {
    match &account.password_policy {
        Some(policy) => check_own(policy, password),
        None => check_built_in(account, password),
    }
}

fn check_own(policy: &PasswordPolicy, password: &str) -> Result<(), Fault> {
    let length = usize::try_from(policy.minimum_length).unwrap_or_default();
    let wanted = [policy.uppercase, policy.lowercase, policy.numbers, policy.symbols];
    let lacking =
        CLASSES.iter().zip(wanted).filter(|(class, wanted)| *wanted && class.lacks(password));
    let mut broken: Vec<String> = lacking.map(|(class, _)| class.rule.to_owned()).collect();
    if password.chars().count() < length {
        broken.insert(0, length_rule(length));
    }
    if broken.is_empty() { Ok(()) } else { Err(faults::password_violates(broken.join(", "))) }
}

fn check_built_in(account: &Account, password: &str) -> Result<(), Fault> {
    if password.chars().count() < BUILT_IN_LENGTH {
        return Err(faults::password_violates(length_rule(BUILT_IN_LENGTH)));
    }
    let lacking = CLASSES.iter().filter(|class| class.lacks(password));
    let lacking: Vec<&str> = lacking.map(|class| class.rule).collect();
    let more = BUILT_IN_CLASSES.saturating_sub(CLASSES.len() - lacking.len());
    if more > 0 {
        return Err(faults::password_violates(format!(
            "Password should meet {more} more of the following requirements: {}",
            lacking.join(", ")
        )));
    }
    if account.alias.as_deref() == Some(password) {
        let rule = "Password should not be the same as the account name or email address";
        return Err(faults::password_violates(rule));
    }
    Ok(())
}

fn length_rule(length: usize) -> String {
    format!("Password should have a minimum length of {length}")
}

/// A class of characters, and the rule that wants one of them.
struct Class {
    rule: &'static str,
    has: fn(char) -> bool,
}

impl Class {
    fn lacks(&self, password: &str) -> bool {
        !password.chars().any(self.has)
    }
}

/// In the order in which IAM names them.
const CLASSES: [Class; 4] = [
    Class {
        rule: "Password should have at least one uppercase letter",
        has: |char| char.is_ascii_uppercase(),
    },
    Class {
        rule: "Password should have at least one lowercase letter",
        has: |char| char.is_ascii_lowercase(),
    },
    Class { rule: "Password should have at least one number", has: |char| char.is_ascii_digit() },
    Class { rule: "Password should have at least one symbol", has: |char| SYMBOLS.contains(char) },
];

#[cfg(test)]
mod tests {
    use names::Timestamp;

    use super::*;

    #[test]
    fn an_account_is_not_named_like_a_password() {
        let created = Timestamp::from_millis(0);
        let mut account = Account::new(Default::default(), created, Default::default());
        account.alias = Some("alias-1234".to_owned());
        assert!(check(&account, "alias-12345").is_ok());
        assert!(check(&account, "alias-1234").unwrap_err().message.contains("the account name"));
        account.alias = None;
        assert!(check(&account, "alias-1234").is_ok());
    }
}
