//! Station 4: may they? The only place where a `Granted` is made.

use std::marker::PhantomData;

use api::{Common, Effect, Fault, Operation, OperationInfo};
use names::{AccountId, Chance, Timestamp};
use policy::{Context, ContextValue, Policies, Principal, Request, evaluate};
use store::{ChangeSet, CounterStep};

use super::{Authority, Call, Passage, unbuilt};
use crate::caller::Caller;
use crate::counter::Counter;
use crate::credentials::Identity;
use crate::cut::cut;
use crate::desk::{Desk, View};
use crate::entity::{Account, Entity, Group, MfaDevice, User, folded};
use crate::handle::{Ask, Asking, Asks, Need};
use crate::iam::faults;
use crate::iam::password::Work;
use crate::iam::target::Target;
use crate::last_used::{self, LastUsed};

/// Says that everything an operation asks for is allowed. Made by [`authorize`] alone.
pub(super) struct Pass<O>(PhantomData<O>);

/// Asks the policies everything that the operation asks for.
pub(super) fn authorize<O: Operation>(
    passage: &Passage<'_>,
    caller: &Caller,
    asks: &Asks,
) -> Result<Pass<O>, Fault> {
    for ask in &asks.list {
        decide(passage, caller, O::INFO, ask, &asks.context)?;
    }
    Ok(Pass(PhantomData))
}

/// Asks whether the caller may call an operation that is not built.
pub(super) fn unbuilt(
    authority: &Authority,
    passage: &Passage<'_>,
    operation: &'static OperationInfo,
    view: &View<'_>,
) -> Result<(), Fault> {
    let caller = passage.caller.as_ref().ok_or_else(crate::fault::internal)?;
    let (call, now) = (passage.call, passage.now);
    let asking = Asking { caller, view, authority, call, now };
    let target = unbuilt::target(passage, operation, &asking)?;
    decide(passage, caller, operation, &Ask::of(None, target), &[])
}

fn decide(
    passage: &Passage<'_>,
    caller: &Caller,
    operation: &OperationInfo,
    ask: &Ask,
    more: &[(String, ContextValue)],
) -> Result<(), Fault> {
    let (action, target) = (ask.action.unwrap_or(operation.action), &ask.target);
    let context = context(passage, caller, target, more);
    let request = Request {
        principal: if caller.is_root() { Principal::Root } else { Principal::User },
        action,
        resource: &target.arn,
        context: &context,
    };
    let policies = Policies { identity: Some(&caller.credential().policies) };
    let decision = evaluate(&request, &policies);
    let granted = match ask.need {
        Need::Allow => decision.allows(),
        Need::NoDeny => decision.effect != policy::Effect::ExplicitDeny,
    };
    if granted {
        return Ok(());
    }
    let message = decision.denial(caller.arn(), action, Some(&target.shown));
    Err(Fault::common(Common::AccessDenied, message))
}

/// The condition keys of a request.
///
/// Source: IAM User Guide, "AWS global condition context keys".
fn context(
    passage: &Passage<'_>,
    caller: &Caller,
    target: &Target,
    more: &[(String, ContextValue)],
) -> Context {
    let one = |text: &str| ContextValue::one(text);
    let flag = |flag: bool| ContextValue::constant(if flag { "true" } else { "false" });
    let (call, now) = (passage.call, passage.now);
    let mut context = Context::new();
    context.set("aws:CurrentTime", ContextValue::one(now.iso()));
    context.set("aws:EpochTime", ContextValue::one(now.seconds().to_string()));
    context.set("aws:SecureTransport", flag(call.origin.secure));
    context.set("aws:SourceIp", ContextValue::one(call.origin.address.to_string()));
    context.set("aws:UserAgent", one(header(passage, "user-agent").unwrap_or_default()));
    if let Some(referer) = header(passage, "referer") {
        context.set("aws:referer", one(referer));
    }
    context.set("aws:RequestedRegion", one(passage.region()));
    context.set("aws:PrincipalArn", one(caller.arn()));
    context.set("aws:PrincipalAccount", one(&caller.credential().account_text));
    context.set("aws:PrincipalIsAWSService", flag(false));
    context.set("aws:ViaAWSService", flag(false));
    context.set("aws:userid", one(caller.user_id()));
    match &caller.credential().identity {
        Identity::Root { .. } => {
            context.set("aws:PrincipalType", ContextValue::constant("Account"))
        }
        Identity::User(user) => {
            context.set("aws:PrincipalType", ContextValue::constant("User"));
            context.set("aws:username", one(&user.name));
            for tag in &user.tags {
                context.set(format!("aws:PrincipalTag/{}", tag.key), one(&tag.value));
            }
        }
    }
    if let Some(session) = caller.session() {
        context.set("aws:TokenIssueTime", ContextValue::one(session.issued.iso()));
        context.set("aws:MultiFactorAuthPresent", flag(session.mfa));
        if session.mfa {
            let age = now.seconds() - session.issued.seconds();
            context.set("aws:MultiFactorAuthAge", ContextValue::one(age.to_string()));
        }
    }
    context.set("aws:ResourceAccount", one(&caller.credential().account_text));
    for tag in &target.tags {
        context.set(format!("aws:ResourceTag/{}", tag.key), one(&tag.value));
        context.set(format!("iam:ResourceTag/{}", tag.key), one(&tag.value));
    }
    for (key, value) in more {
        context.set(key.clone(), value.clone());
    }
    context
}

/// A condition key that comes from a header is cut to this many bytes: headers may be far longer,
/// and each pattern of a policy is matched against it.
const HEADER_VALUE_MAX: usize = 2048;

fn header<'a>(passage: &Passage<'a>, name: &str) -> Option<&'a str> {
    let value = passage.call.parts.headers.get(name)?.to_str().ok()?;
    Some(cut(value, HEADER_VALUE_MAX))
}

/// The proof that `O` is allowed, and what it runs with: reads, changes, clock, chance.
pub(crate) struct Granted<'a, O> {
    desk: Desk<'a>,
    authority: &'a Authority,
    caller: &'a Caller,
    call: &'a Call,
    now: Timestamp,
    region: &'a str,
    _pass: Pass<O>,
}

impl<'a, O> Granted<'a, O> {
    pub(super) fn new(
        pass: Pass<O>,
        authority: &'a Authority,
        caller: &'a Caller,
        passage: &'a Passage<'_>,
        desk: Desk<'a>,
    ) -> Self {
        Self {
            desk,
            authority,
            caller,
            call: passage.call,
            now: passage.now,
            region: passage.region(),
            _pass: pass,
        }
    }

    pub(super) fn into_changes(self, effect: Effect) -> ChangeSet {
        self.desk.into_changes(effect)
    }

    pub(crate) fn account(&self) -> AccountId {
        self.caller.account()
    }

    pub(crate) fn caller(&self) -> &'a Caller {
        self.caller
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.now
    }

    /// The region that is called.
    pub(crate) fn region(&self) -> &'a str {
        self.region
    }

    pub(crate) fn chance(&self) -> &'a dyn Chance {
        &*self.authority.chance
    }

    pub(crate) fn authority(&self) -> &'a Authority {
        self.authority
    }

    pub(crate) fn request_id(&self) -> &'a str {
        &self.call.request_id
    }

    /// The digests of passwords that the call has made, in this attempt or one before.
    pub(crate) fn password_work(&self) -> &'a Work {
        &self.call.password_work
    }

    pub(crate) fn view(&self) -> &View<'a> {
        self.desk.view()
    }

    pub(crate) fn desk(&mut self) -> &mut Desk<'a> {
        &mut self.desk
    }

    /// Reads an entity that the outcome depends on.
    pub(crate) fn get<E: Entity>(&mut self, key: &str) -> Result<Option<E>, Fault> {
        let account = self.account();
        self.desk.get(account, key)
    }

    /// The user of this name, or AWS's text that there is none.
    pub(crate) fn user(&mut self, name: &str) -> Result<User, Fault> {
        self.get(&folded(name))?.ok_or_else(|| faults::no_such_user(name))
    }

    /// The group of this name, or AWS's text that there is none.
    pub(crate) fn group(&mut self, name: &str) -> Result<Group, Fault> {
        self.get(&folded(name))?.ok_or_else(|| faults::no_such_group(name))
    }

    /// The virtual MFA device with this serial number, or AWS's text that there is none.
    pub(crate) fn mfa_device(&mut self, serial: &str) -> Result<MfaDevice, Fault> {
        let found = match MfaDevice::key_of(self.account(), serial) {
            Some(key) => self.get(&key)?,
            None => None,
        };
        found.ok_or_else(|| faults::no_such_mfa_device(serial))
    }

    /// The caller's account.
    pub(crate) fn caller_account(&mut self) -> Result<Account, Fault> {
        self.get(Account::KEY)?.ok_or_else(crate::fault::internal)
    }

    pub(crate) fn put<E: Entity>(&mut self, entity: &E) -> Result<(), Fault> {
        self.desk.put(entity)
    }

    pub(crate) fn replace<E: Entity>(&mut self, before: &E, after: &E) -> Result<(), Fault> {
        self.desk.replace(before, after)
    }

    pub(crate) fn delete<E: Entity>(&mut self, entity: &E) {
        self.desk.delete(entity);
    }

    pub(crate) fn count(&self, counter: &Counter) -> Result<u64, Fault> {
        self.view().count(self.account(), counter)
    }

    /// One more of what is counted, below `limit`; the error is the limit.
    pub(crate) fn count_up(&mut self, counter: &Counter, limit: u64) -> Result<(), usize> {
        let account = self.account();
        if self.count(counter).unwrap_or(0) >= limit {
            return Err(usize::try_from(limit).unwrap_or(usize::MAX));
        }
        self.desk.step(account, counter, CounterStep::UpTo(limit));
        Ok(())
    }

    /// One more of what is counted, without a limit.
    pub(crate) fn count_one(&mut self, counter: &Counter) {
        let account = self.account();
        self.desk.step(account, counter, CounterStep::Up);
    }

    pub(crate) fn count_down(&mut self, counter: &Counter) {
        let account = self.account();
        self.desk.step(account, counter, CounterStep::Down);
    }

    /// Whether nothing is counted, now and when the change is made.
    pub(crate) fn is_unused(&mut self, counter: &Counter) -> Result<bool, Fault> {
        let (account, count) = (self.account(), self.count(counter)?);
        self.desk.step(account, counter, CounterStep::MustBeZero);
        Ok(count == 0)
    }

    /// When a key was last used.
    pub(crate) fn last_used(&self, access_key_id: &str) -> Option<LastUsed> {
        let hint = self.authority.store.hint(&last_used::key(access_key_id)).ok().flatten()?;
        serde_json::from_slice(&hint).ok()
    }

    /// Forgets when a key was last used.
    pub(crate) fn forget_use(&self, access_key_id: &str) {
        self.authority.store.note(&last_used::key(access_key_id), None);
    }
}
