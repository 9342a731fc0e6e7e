//! Credentials in memory: keys with their owners' policies, parsed and compiled once.
//!
//! Bounded, and invalidated by commits before anybody is answered: a key that was made inactive, or
//! a policy that was detached, is gone from here at the next call. A principal remembers which
//! documents it was made from; it and its credentials are good as long as none of them has changed.
//! Index rows only say where to look: whose key it is, the sealed document says.

mod control_sets;
mod gathering;
mod generations;
mod held;
mod own_policies;
mod principal;
mod role_facts;
mod session;

use std::ops::Deref;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use api::Fault;
use names::{AccountId, Secret, Timestamp};
use sigv4::{Scope, SigningKey};
use store::DocKey;
use vault::Vault;

use crate::desk::{View, misled};
use crate::entity::{
    AccessKey, Account, Controls, Entity as _, Index, KeyStatus, Owner, Role, User, doc_key, folded,
};
use crate::last_used::LastUsed;
use crate::token::{self, Bearer, Session};
pub(crate) use control_sets::ControlSets;
pub(crate) use gathering::Gathering;
use generations::Generations;
use held::{CacheKey, Held};
pub(crate) use own_policies::{OwnPolicies, OwnPolicy, managed};
pub(crate) use principal::{Identity, Principal};
pub(crate) use role_facts::RoleFacts;
pub(crate) use session::LiveSession;

/// Signing keys held per credential: one for each service and region in use today.
const SIGNING_KEYS_MAX: usize = 8;

/// A key, ready for use. It is read as its principal, who may have many.
#[derive(Debug)]
pub(crate) struct Credential {
    pub(crate) access_key_id: String,
    principal: Arc<Principal>,
    /// What is particular to the session, if it is a session's key.
    pub(crate) session: Option<LiveSession>,
    secret: Secret<String>,
    signing_keys: Mutex<Vec<(ScopeKey, SigningKey)>>,
    noted: Mutex<Option<LastUsed>>,
    /// Used since memory was last looked through for something to let go of.
    used_lately: AtomicBool,
}

impl Deref for Credential {
    type Target = Principal;

    fn deref(&self) -> &Principal {
        &self.principal
    }
}

#[derive(Debug, PartialEq, Eq)]
struct ScopeKey {
    date: String,
    region: String,
    service: String,
}

impl Credential {
    fn new(
        id: &str,
        secret: Secret<String>,
        principal: Arc<Principal>,
        session: Option<LiveSession>,
    ) -> Self {
        Self {
            access_key_id: id.to_owned(),
            principal,
            session,
            secret,
            signing_keys: Mutex::default(),
            noted: Mutex::default(),
            used_lately: AtomicBool::new(false),
        }
    }

    /// The signing key of a scope, derived once.
    pub(crate) fn signing_key(&self, scope: &Scope<'_>) -> SigningKey {
        let mut keys = lock(&self.signing_keys);
        let same = |key: &ScopeKey| {
            key.date == scope.date && key.region == scope.region && key.service == scope.service
        };
        if let Some((_, key)) = keys.iter().find(|(scope, _)| same(scope)) {
            return key.clone();
        }
        let key = SigningKey::derive(&self.secret, &scope.date, &scope.region, &scope.service);
        if keys.len() >= SIGNING_KEYS_MAX {
            keys.remove(0);
        }
        let scope = ScopeKey {
            date: scope.date.to_string(),
            region: scope.region.to_string(),
            service: scope.service.to_string(),
        };
        keys.push((scope, key.clone()));
        key
    }
}

impl Credential {
    /// Whose last use a use of this is: the key's, or the role's. Users' sessions have none.
    pub(crate) fn noted_as(&self) -> Option<&str> {
        match (&self.session, &self.principal.identity) {
            (None, _) => Some(&self.access_key_id),
            (Some(_), Identity::Role(role)) => Some(role.id.as_str()),
            (Some(_), _) => None,
        }
    }

    /// The documents that say who the caller is and what it may do: those of the principal, and those
    /// that the session alone depends on.
    pub(crate) fn documents(&self) -> impl Iterator<Item = Arc<[DocKey]>> {
        let of_session = self.session.as_ref().map(|session| &session.made_from);
        [&self.principal.made_from].into_iter().chain(of_session).map(Arc::clone)
    }

    /// What to note of a use, if the one noted before is not much the same.
    pub(crate) fn used(&self, now: Timestamp, service: &str, region: &str) -> Option<LastUsed> {
        let mut noted = lock(&self.noted);
        if noted.as_ref().is_some_and(|before| !before.is_stale(now, service, region)) {
            return None;
        }
        let used = LastUsed { at: now, service: service.to_owned(), region: region.to_owned() };
        Some(noted.insert(used).clone())
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The bounded memory of credentials.
#[derive(Debug)]
pub(crate) struct Credentials {
    held: Mutex<Held>,
    /// Roles that may be assumed, whether or not they have sessions.
    roles: Mutex<Generations<Arc<RoleFacts>>>,
    controls: Mutex<Generations<Arc<ControlSets>>>,
    /// Moves with every commit that changes a document.
    epoch: AtomicU64,
}

/// Roles and accounts held in each generation.
const GENERATION: usize = 4096;

/// Bytes that they take, about.
const GENERATION_WEIGHT: usize = 32 << 20;

impl Default for Credentials {
    fn default() -> Self {
        Self {
            held: Mutex::default(),
            roles: Mutex::new(Generations::of(GENERATION, GENERATION_WEIGHT, |role| role.weight())),
            controls: Mutex::new(Generations::of(GENERATION, GENERATION_WEIGHT, |sets| {
                sets.weight()
            })),
            epoch: AtomicU64::new(0),
        }
    }
}

impl Credentials {
    /// The credential of an active key; `None` for an unknown or inactive one.
    pub(crate) fn get(&self, view: &View<'_>, id: &str) -> Result<Option<Arc<Credential>>, Fault> {
        let key = CacheKey::LongTerm(id.to_owned());
        if let Some(found) = self.held(&key) {
            return Ok(Some(found));
        }
        let epoch = self.epoch.load(Ordering::Acquire);
        let Some((holder, secret)) = load(view, id)? else { return Ok(None) };
        let principal = self.principal(view, &holder)?;
        Ok(Some(self.hold(epoch, key, (secret, principal, None))))
    }

    /// The credential of a session; `None` for a token that is not ours or not of this key, or
    /// whose session has been revoked. Whether it has expired is the caller's to ask.
    pub(crate) fn of_session(
        &self,
        view: &View<'_>,
        vault: &Vault,
        (id, token): (&str, &str),
    ) -> Result<Option<Arc<Credential>>, Fault> {
        let key = CacheKey::Session(id.to_owned());
        let is_same = |session: &LiveSession| session.has_token(token);
        if let Some(found) = self.held(&key)
            && found.session.as_ref().is_some_and(is_same)
        {
            return Ok(Some(found));
        }
        let Some(session) = token::open(vault, id, token) else { return Ok(None) };
        let epoch = self.epoch.load(Ordering::Acquire);
        let Some(holder) = holder_of_session(view, &session)? else { return Ok(None) };
        let secret = session.secret.clone();
        let principal = self.principal(view, &holder)?;
        let session = LiveSession::of(view, &principal, session, token)?;
        Ok(Some(self.hold(epoch, key, (secret, principal, Some(session)))))
    }

    fn held(&self, key: &CacheKey) -> Option<Arc<Credential>> {
        let found = lock(&self.held).get(key);
        found.filter(|found| !found.principal.is_stale())
    }

    /// Makes the credential, and keeps it unless something was committed since `epoch`, which was
    /// read before the snapshot was taken.
    fn hold(
        &self,
        epoch: u64,
        key: CacheKey,
        (secret, principal, session): (Secret<String>, Arc<Principal>, Option<LiveSession>),
    ) -> Arc<Credential> {
        let mut held = lock(&self.held);
        let is_current = self.epoch.load(Ordering::Acquire) == epoch;
        let principal = if is_current { held.share(principal) } else { principal };
        let credential = Arc::new(Credential::new(key.id(), secret, principal, session));
        if is_current {
            held.add(key, &credential);
        }
        credential
    }

    /// The holder as principal: the one that is held, if it is of the same revision, or made anew.
    fn principal(&self, view: &View<'_>, holder: &Holder) -> Result<Arc<Principal>, Fault> {
        let (key, revision) = holder.document();
        let found = lock(&self.held).principal(&key, revision);
        if let Some(found) = found.filter(|found| !found.is_stale()) {
            return Ok(found);
        }
        let controls = self.controls(view, key.account())?;
        Ok(Arc::new(match holder {
            Holder::Root(revision, account) => Principal::root(*revision, account, controls),
            Holder::User(revision, user) => Principal::user(view, *revision, user, controls)?,
            Holder::Role(revision, role) => {
                let facts = Arc::new(RoleFacts::of(role));
                Principal::role(view, *revision, role, facts, controls)?
            }
        }))
    }

    /// The role of this name, as whoever would assume it meets it.
    pub(crate) fn role(
        &self,
        view: &View<'_>,
        account: AccountId,
        name: &str,
    ) -> Result<Option<Arc<RoleFacts>>, Fault> {
        let name = folded(name);
        let made = |view: &View<'_>| {
            Ok(view.entity::<Role>(account, &name)?.map(|role| RoleFacts::of(&role)))
        };
        self.derived(view, &self.roles, doc_key::<Role>(account, &name), made)
    }

    /// The control policies of an account; there are none for most.
    pub(crate) fn controls(
        &self,
        view: &View<'_>,
        account: AccountId,
    ) -> Result<Arc<ControlSets>, Fault> {
        let made = |view: &View<'_>| {
            let controls = view.entity::<Controls>(account, Controls::KEY)?;
            Ok(Some(controls.as_ref().map(ControlSets::of).unwrap_or_default()))
        };
        let key = doc_key::<Controls>(account, Controls::KEY);
        Ok(self.derived(view, &self.controls, key, made)?.unwrap_or_default())
    }

    /// What is not held is made from a snapshot of its own: that of `view` may be older than a
    /// change that was already told of here, and what is made from it would stay for good.
    fn derived<T>(
        &self,
        view: &View<'_>,
        memory: &Mutex<Generations<Arc<T>>>,
        key: DocKey,
        make: impl FnOnce(&View<'_>) -> Result<Option<T>, Fault>,
    ) -> Result<Option<Arc<T>>, Fault> {
        if let Some(found) = lock(memory).get(&key) {
            return Ok(Some(found));
        }
        let epoch = self.epoch.load(Ordering::Acquire);
        let made = make(&View::new(view.store()))?;
        let Some(made) = made.map(Arc::new) else { return Ok(None) };
        let mut memory = lock(memory);
        if self.epoch.load(Ordering::Acquire) == epoch {
            memory.add(key, Arc::clone(&made));
        }
        Ok(Some(made))
    }

    /// Lets go of all that was made from these documents.
    pub(crate) fn forget(&self, changed: &[DocKey]) {
        let (mut held, mut roles) = (lock(&self.held), lock(&self.roles));
        let mut controls = lock(&self.controls);
        self.epoch.fetch_add(1, Ordering::AcqRel);
        held.forget(changed);
        for key in changed {
            roles.forget(key);
            controls.forget(key);
        }
    }
}

/// Who may sign, and with what.
type Loaded = Option<(Holder, Secret<String>)>;

/// Whose permissions a key has: their document, and its revision.
enum Holder {
    Root(u64, Account),
    User(u64, User),
    Role(u64, Role),
}

impl Holder {
    fn document(&self) -> (DocKey, u64) {
        match self {
            Self::Root(revision, account) => {
                (doc_key::<Account>(account.id, Account::KEY), *revision)
            }
            Self::User(revision, user) => (doc_key::<User>(user.account, &user.key()), *revision),
            Self::Role(revision, role) => (doc_key::<Role>(role.account, &role.key()), *revision),
        }
    }

    fn keys(&self) -> &[AccessKey] {
        match self {
            Self::Root(_, account) => &account.root.keys,
            Self::User(_, user) => &user.keys,
            Self::Role(..) => &[],
        }
    }

    fn sessions_valid_from(&self) -> Option<Timestamp> {
        match self {
            Self::Root(_, account) => account.root.sessions_valid_from,
            Self::User(_, user) => user.sessions_valid_from,
            Self::Role(..) => None,
        }
    }
}

/// Whose key it is.
pub(crate) fn owner(view: &View<'_>, id: &str) -> Result<Option<Owner>, Fault> {
    Ok(holder(view, id)?.and_then(|(holder, _)| match holder {
        Holder::Root(_, account) => Some(Owner::Root(account.id)),
        Holder::User(_, user) => Some(Owner::User(user.account, user.key())),
        Holder::Role(..) => None,
    }))
}

/// Who holds this key, and the key. The index row is believed if the document that it leads to has
/// the key.
fn holder(view: &View<'_>, id: &str) -> Result<Option<(Holder, AccessKey)>, Fault> {
    let Some(row) = view.lookup(Index::AccessKey, &[id])? else { return Ok(None) };
    let holder = match Owner::from_bytes(&row) {
        None => None,
        Some(Owner::Root(account)) => root(view, account)?,
        Some(Owner::User(account, name)) => view
            .entity_at::<User>(account, &name)?
            .map(|(revision, user)| Holder::User(revision, user)),
    };
    let key = holder.and_then(|holder| {
        let key = holder.keys().iter().find(|key| key.id.as_str() == id)?.clone();
        Some((holder, key))
    });
    key.ok_or_else(|| misled(Index::AccessKey, id)).map(Some)
}

fn root(view: &View<'_>, account: AccountId) -> Result<Option<Holder>, Fault> {
    let found = view.entity_at::<Account>(account, Account::KEY)?;
    Ok(found.map(|(revision, account)| Holder::Root(revision, account)))
}

fn load(view: &View<'_>, id: &str) -> Result<Loaded, Fault> {
    let found = holder(view, id)?.filter(|(_, key)| key.status == KeyStatus::Active);
    Ok(found.map(|(holder, key)| (holder, key.secret)))
}

/// A session lives as long as whom it is of, and not beyond the moment from which sessions are valid.
fn holder_of_session(view: &View<'_>, session: &Session) -> Result<Option<Holder>, Fault> {
    let account = session.account;
    let holder = match &session.bearer {
        Bearer::Root | Bearer::Federated { user: None, .. } => root(view, account)?,
        Bearer::RootTask { manager } => root(view, account)?.filter(|holder| {
            matches!(holder, Holder::Root(_, account) if account.root_manager == Some(*manager))
        }),
        Bearer::User(id) | Bearer::Federated { user: Some(id), .. } => {
            view.user_by_id(account, id)?.map(|(revision, user)| Holder::User(revision, user))
        }
        Bearer::Role { id, .. } => {
            view.role_by_id(account, id)?.map(|(revision, role)| Holder::Role(revision, role))
        }
    };
    let is_valid = |from: Option<Timestamp>| from.is_none_or(|from| session.issued >= from);
    Ok(holder.filter(|holder| is_valid(holder.sessions_valid_from())))
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use api::Effect;
    use names::{Chance, UniqueId};
    use store::{Attribute, Record, Store};
    use vault::RootKey;

    use super::*;
    use crate::desk::Desk;
    use crate::entity::{InlinePolicies, Trust};

    #[derive(Debug)]
    struct Counting(AtomicU64);

    impl Chance for Counting {
        fn fill(&self, buffer: &mut [u8]) {
            for byte in buffer {
                *byte = self.0.fetch_add(1, Ordering::Relaxed).to_le_bytes()[0];
            }
        }
    }

    fn account() -> AccountId {
        "111122223333".parse().unwrap()
    }

    fn put(store: &Store, max_session: i32) {
        let mut desk = Desk::new(View::new(store));
        desk.get::<Role>(account(), "r").unwrap();
        let role = Role {
            account: account(),
            id: UniqueId::from_text("AROA1"),
            name: "r".to_owned(),
            path: "/".to_owned(),
            created: Timestamp::from_millis(0),
            description: None,
            trust: Trust { document: String::new(), foreign: Vec::new() },
            max_session,
            inline: InlinePolicies::default(),
            attached: Vec::new(),
            boundary: None,
            tags: Vec::new(),
        };
        desk.put(&role).unwrap();
        let attributes = [(Attribute::EventId, max_session.to_string())].into_iter().collect();
        let time = Timestamp::from_millis(0);
        let record = Record { account: account(), time, attributes, json: b"{}".to_vec() };
        let (tell, told) = mpsc::channel();
        let done = Box::new(move |outcome| tell.send(outcome).unwrap());
        store.commit(desk.into_changes(Effect::Write), record, done);
        told.recv().unwrap().unwrap();
    }

    #[test]
    fn a_view_of_before_a_change_leaves_nothing_behind_in_memory() {
        let dir = tempfile::tempdir().unwrap();
        let chance = Arc::new(Counting(AtomicU64::new(0)));
        let store = Store::create(dir.path(), &RootKey::generate(&*chance), chance.clone());
        let store = store.unwrap();
        let credentials = Arc::new(Credentials::default());
        let listening = Arc::clone(&credentials);
        store.listen(Box::new(move |changed| listening.forget(changed)));
        put(&store, 1);
        let before = View::new(&store);
        assert_eq!(before.entity::<Role>(account(), "r").unwrap().unwrap().max_session, 1);
        put(&store, 2);
        // Asked by a call that began before the change, and by one that came after it.
        credentials.role(&before, account(), "r").unwrap().unwrap();
        let found = credentials.role(&View::new(&store), account(), "R").unwrap().unwrap();
        assert_eq!(found.max_session, 2);
        put(&store, 3);
        let found = credentials.role(&View::new(&store), account(), "r").unwrap().unwrap();
        assert_eq!(found.max_session, 3);
    }
}
