//! Credentials in memory: keys with their owners' policies, parsed and compiled once.
//!
//! Bounded, and invalidated by commits before anybody is answered: a key that was made inactive, or
//! a policy that was detached, is gone from here at the next call. A principal remembers which
//! documents it was made from; it and its credentials are good as long as none of them has changed.
//! Index rows only say where to look: whose key it is, the sealed document says.

mod held;
mod principal;

use std::ops::Deref;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use api::Fault;
use names::{AccountId, Secret, Timestamp};
use sigv4::{Scope, SigningKey};
use store::DocKey;

use crate::desk::{View, misled};
use crate::entity::{AccessKey, Account, Entity as _, Index, KeyStatus, Owner, User, doc_key};
use crate::last_used::LastUsed;
use crate::token::Session;
use held::{CacheKey, Held};
pub(crate) use principal::{Identity, Principal};

/// Signing keys held per credential: one for each service and region in use today.
const SIGNING_KEYS_MAX: usize = 8;

/// A key, ready for use. It is read as its principal, who may have many.
#[derive(Debug)]
pub(crate) struct Credential {
    pub(crate) access_key_id: String,
    principal: Arc<Principal>,
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
    fn new(id: &str, secret: Secret<String>, principal: Arc<Principal>) -> Self {
        Self {
            access_key_id: id.to_owned(),
            principal,
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
#[derive(Debug, Default)]
pub(crate) struct Credentials {
    held: Mutex<Held>,
    /// Moves with every commit that changes a document.
    epoch: AtomicU64,
}

/// Who may sign, and with what.
type Loaded = Option<(Holder, Secret<String>)>;

impl Credentials {
    /// The credential of an active key; `None` for an unknown or inactive one.
    pub(crate) fn get(&self, view: &View<'_>, id: &str) -> Result<Option<Arc<Credential>>, Fault> {
        self.get_or(view, CacheKey::LongTerm(id.to_owned()), || load(view, id))
    }

    /// The credential of a session, whose token has been opened.
    pub(crate) fn of_session(
        &self,
        view: &View<'_>,
        id: &str,
        session: &Session,
    ) -> Result<Option<Arc<Credential>>, Fault> {
        self.get_or(view, CacheKey::Session(id.to_owned()), || load_session(view, session))
    }

    fn get_or(
        &self,
        view: &View<'_>,
        key: CacheKey,
        load: impl FnOnce() -> Result<Loaded, Fault>,
    ) -> Result<Option<Arc<Credential>>, Fault> {
        let found = lock(&self.held).get(&key);
        if let Some(found) = found.filter(|found| !found.principal.is_stale()) {
            return Ok(Some(found));
        }
        // Read before the snapshot is taken: what is committed from here on keeps it out.
        let epoch = self.epoch.load(Ordering::Acquire);
        let Some((holder, secret)) = load()? else { return Ok(None) };
        let principal = self.principal(view, &holder)?;
        let mut held = lock(&self.held);
        let is_current = self.epoch.load(Ordering::Acquire) == epoch;
        let principal = if is_current { held.share(principal) } else { principal };
        let credential = Arc::new(Credential::new(key.id(), secret, principal));
        if is_current {
            held.add(key, &credential);
        }
        Ok(Some(credential))
    }

    /// The holder as principal: the one that is held, if it is of the same revision, or made anew.
    fn principal(&self, view: &View<'_>, holder: &Holder) -> Result<Arc<Principal>, Fault> {
        let (key, revision) = holder.document();
        let found = lock(&self.held).principal(&key, revision);
        if let Some(found) = found.filter(|found| !found.is_stale()) {
            return Ok(found);
        }
        Ok(Arc::new(match holder {
            Holder::Root(revision, account) => Principal::root(*revision, account),
            Holder::User(revision, user) => Principal::user(view, *revision, user)?,
        }))
    }

    /// Lets go of all credentials that were made from these documents.
    pub(crate) fn forget(&self, changed: &[DocKey]) {
        let mut held = lock(&self.held);
        self.epoch.fetch_add(1, Ordering::AcqRel);
        held.forget(changed);
    }
}

/// Who holds a key: their document, and its revision.
enum Holder {
    Root(u64, Account),
    User(u64, User),
}

impl Holder {
    fn document(&self) -> (DocKey, u64) {
        match self {
            Self::Root(revision, account) => {
                (doc_key::<Account>(account.id, Account::KEY), *revision)
            }
            Self::User(revision, user) => (doc_key::<User>(user.account, &user.key()), *revision),
        }
    }

    fn keys(&self) -> &[AccessKey] {
        match self {
            Self::Root(_, account) => &account.root.keys,
            Self::User(_, user) => &user.keys,
        }
    }

    fn sessions_valid_from(&self) -> Option<Timestamp> {
        match self {
            Self::Root(_, account) => account.root.sessions_valid_from,
            Self::User(_, user) => user.sessions_valid_from,
        }
    }
}

/// Whose key it is.
pub(crate) fn owner(view: &View<'_>, id: &str) -> Result<Option<Owner>, Fault> {
    Ok(holder(view, id)?.map(|(holder, _)| match holder {
        Holder::Root(_, account) => Owner::Root(account.id),
        Holder::User(_, user) => Owner::User(user.account, user.key()),
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

/// A session lives as long as who began it, and not beyond the moment from which sessions are valid.
fn load_session(view: &View<'_>, session: &Session) -> Result<Loaded, Fault> {
    let holder = match &session.user {
        None => root(view, session.account)?,
        Some(id) => view
            .user_by_id(session.account, id)?
            .map(|(revision, user)| Holder::User(revision, user)),
    };
    let is_valid = |from: Option<Timestamp>| from.is_none_or(|from| session.issued >= from);
    let holder = holder.filter(|holder| is_valid(holder.sessions_valid_from()));
    Ok(holder.map(|holder| (holder, session.secret.clone())))
}
