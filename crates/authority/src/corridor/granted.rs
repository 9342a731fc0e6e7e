//! What an operation runs with, once it is allowed: reads, changes, clock, chance.
//!
//! A [`Granted`] is made of a [`Pass`], which the authorise station alone makes.

use std::sync::Arc;

use api::{Effect, Fault};
use names::{AccountId, Chance, Timestamp};
use store::{ChangeSet, CounterStep};

use super::authorize::Pass;
use super::{Authority, Call, Passage};
use crate::caller::Caller;
use crate::counter::Counter;
use crate::credentials::RoleFacts;
use crate::desk::{Desk, View};
use crate::entity::{Account, Entity, Group, MfaDevice, User, folded};
use crate::handle::Asks;
use crate::iam::faults;
use crate::iam::password::Work;
use crate::last_used::{self, LastUsed};

/// The proof that `O` is allowed, and what it runs with: reads, changes, clock, chance.
pub(crate) struct Granted<'a, O> {
    desk: Desk<'a>,
    authority: &'a Authority,
    caller: &'a Caller,
    now: Timestamp,
    region: &'a str,
    call: &'a Call,
    assumed: Option<Arc<RoleFacts>>,
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
        let (now, region, call) = (passage.now, passage.region(), passage.call);
        Self { desk, authority, caller, now, region, call, assumed: None, _pass: pass }
    }

    /// With the role that the policies were asked about, if it is one that is to be assumed.
    pub(super) fn assuming(self, asks: &Asks) -> Self {
        let own = asks.list.first().and_then(|ask| ask.target.own.as_ref());
        Self { assumed: own.and_then(|own| own.role.clone()), ..self }
    }

    /// The role that the caller may assume: the very one whose trust policy has said so, and not
    /// one that has been made under its name since.
    pub(crate) fn assumed_role(&self) -> Result<Arc<RoleFacts>, Fault> {
        self.assumed.clone().ok_or_else(crate::fault::internal)
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

    /// The user of this name, or the one who calls; root has to name one.
    pub(crate) fn named_or_calling_user(&mut self, name: Option<&str>) -> Result<User, Fault> {
        let name = name.or(self.caller.user_name()).ok_or_else(faults::user_name_missing)?;
        self.user(name)
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
