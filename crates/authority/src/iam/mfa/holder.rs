//! Who holds devices, as a document: a user's, or the account's for root.

use api::{Common, Fault, Operation};

use crate::caller::{Caller, CallerKind};
use crate::entity::{Account, HeldMfaDevice, MfaHolder, User, folded};
use crate::handle::Granted;
use crate::iam::faults;

/// The document of who holds devices.
pub(super) enum Holder {
    User(User),
    Root(Account),
}

impl MfaHolder {
    /// The caller as holder of devices, who may be a session of a user or of root.
    pub(crate) fn of(caller: &Caller) -> Option<Self> {
        if caller.is_root() {
            return Some(Self::Root);
        }
        let id = names::UniqueId::from_text(caller.user_id());
        caller.user_name().map(|_| Self::User(id))
    }
}

impl Holder {
    /// The named user, or whoever calls.
    ///
    /// Operations that demand a name take the account's number for root's, from root alone: root has
    /// no name of its own, and nobody else manages its devices. A user of that name goes first.
    pub(super) fn named<O>(cx: &mut Granted<'_, O>, name: Option<&str>) -> Result<Self, Fault> {
        let is_root = cx.caller().is_root();
        let Some(name) = name.or(cx.caller().user_name()).map(str::to_owned) else {
            return if is_root { Self::root(cx) } else { Err(faults::must_name_user()) };
        };
        match cx.get::<User>(&folded(&name))? {
            Some(user) => Ok(Self::User(user)),
            None if is_root && name == cx.account().to_string() => Self::root(cx),
            None => Err(faults::no_such_user(&name)),
        }
    }

    fn root<O>(cx: &mut Granted<'_, O>) -> Result<Self, Fault> {
        cx.caller_account().map(Self::Root)
    }

    pub(super) fn devices(&self) -> &[HeldMfaDevice] {
        match self {
            Self::User(user) => &user.mfa,
            Self::Root(account) => &account.root.mfa,
        }
    }

    pub(super) fn devices_mut(&mut self) -> &mut Vec<HeldMfaDevice> {
        match self {
            Self::User(user) => &mut user.mfa,
            Self::Root(account) => &mut account.root.mfa,
        }
    }

    /// Whether the caller may change which devices these are. Whoever has a device already shows it
    /// before changing their own: a key that has leaked must not enrol a second factor of its own.
    /// Others' devices are a matter of policy alone, and the tasks of a managed root are what they are.
    ///
    /// Source: IAM, as recorded of a user with a device who calls without one.
    pub(super) fn check_own<O: Operation>(&self, cx: &Granted<'_, O>) -> Result<(), Fault> {
        let caller = cx.caller();
        let is_own = MfaHolder::of(caller) == Some(self.identity());
        let is_shown = caller.session().is_some_and(|session| session.facts.mfa.is_some());
        let is_task = caller.kind() == CallerKind::RootTask;
        if !is_own || is_shown || is_task || self.devices().is_empty() {
            return Ok(());
        }
        let name = match self {
            Self::User(user) => user.name.clone(),
            Self::Root(account) => account.id.to_string(),
        };
        let message = format!(
            "User: {} is not authorized to perform: {} on resource: user {name} because the user has \
             an MFA device and the call was not made with MFA",
            caller.arn(),
            O::INFO.action,
        );
        Err(Fault::common(Common::AccessDenied, message))
    }

    /// As devices know it.
    pub(super) fn identity(&self) -> MfaHolder {
        match self {
            Self::User(user) => MfaHolder::User(user.id.clone()),
            Self::Root(_) => MfaHolder::Root,
        }
    }

    /// The user's name; root has none.
    pub(super) fn name(&self) -> &str {
        match self {
            Self::User(user) => &user.name,
            Self::Root(_) => "",
        }
    }

    pub(super) fn save<O>(&self, cx: &mut Granted<'_, O>) -> Result<(), Fault> {
        match self {
            Self::User(user) => cx.put(user),
            Self::Root(account) => cx.put(account),
        }
    }
}
