//! Credentials in memory: keys with their owners' policies, parsed and compiled once.
//!
//! Bounded, and invalidated by commits before anybody is answered: a key that was made inactive, or
//! a policy that was detached, is gone from here at the next call. A credential remembers which
//! documents it was made from; it is good as long as none of them has changed.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use api::Fault;
use names::{AccountId, Secret, Timestamp};
use policy::{Document, PolicySet, Source};
use sigv4::{Scope, SigningKey};
use store::DocKey;

use crate::desk::View;
use crate::entity::{
    Account, Entity, Group, Index, InlinePolicies, KeyStatus, ManagedPolicy, Owner, Tag, User,
    doc_key,
};
use crate::iam::{arn, aws_managed};
use crate::last_used::LastUsed;
use crate::token::Session;

/// Keys held in memory at most.
const CREDENTIALS_MAX: usize = 16_384;

/// Signing keys held per credential: one for each service and region in use today.
const SIGNING_KEYS_MAX: usize = 8;

/// Who owns a key.
#[derive(Debug)]
pub(crate) enum Identity {
    Root,
    User(UserFacts),
}

/// What policies and records say of a user.
#[derive(Debug)]
pub(crate) struct UserFacts {
    pub(crate) name: String,
    pub(crate) tags: Vec<Tag>,
}

/// A key and its owner, ready for use.
#[derive(Debug)]
pub(crate) struct Credential {
    pub(crate) access_key_id: String,
    pub(crate) account: AccountId,
    pub(crate) account_text: String,
    pub(crate) arn: String,
    pub(crate) user_id: String,
    pub(crate) identity: Identity,
    pub(crate) policies: PolicySet,
    secret: Secret<String>,
    signing_keys: Mutex<Vec<(ScopeKey, SigningKey)>>,
    made_from: Vec<DocKey>,
    stale: AtomicBool,
    noted: Mutex<Option<LastUsed>>,
}

#[derive(Debug, PartialEq, Eq)]
struct ScopeKey {
    date: String,
    region: String,
    service: String,
}

impl Credential {
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

#[derive(Debug, Default)]
struct Held {
    by_key: HashMap<CacheKey, Arc<Credential>>,
    by_document: HashMap<DocKey, HashSet<CacheKey>>,
}

impl Held {
    fn add(&mut self, key: CacheKey, credential: &Arc<Credential>) {
        self.remove(&key);
        for document in &credential.made_from {
            self.by_document.entry(document.clone()).or_default().insert(key.clone());
        }
        self.by_key.insert(key, Arc::clone(credential));
    }

    /// Takes a credential out everywhere, so that nothing of it stays behind.
    fn remove(&mut self, key: &CacheKey) {
        let Some(credential) = self.by_key.remove(key) else { return };
        credential.stale.store(true, Ordering::Release);
        for document in &credential.made_from {
            if let Some(keys) = self.by_document.get_mut(document) {
                keys.remove(key);
                if keys.is_empty() {
                    self.by_document.remove(document);
                }
            }
        }
    }
}

/// A session's credential is held apart: without its token, its key is unknown.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum CacheKey {
    LongTerm(String),
    Session(String),
}

impl Credentials {
    /// The credential of an active key; `None` for an unknown or inactive one.
    pub(crate) fn get(&self, view: &View<'_>, id: &str) -> Result<Option<Arc<Credential>>, Fault> {
        self.get_or(CacheKey::LongTerm(id.to_owned()), || load(view, id))
    }

    /// The credential of a session, whose token has been opened.
    pub(crate) fn of_session(
        &self,
        view: &View<'_>,
        id: &str,
        session: &Session,
    ) -> Result<Option<Arc<Credential>>, Fault> {
        self.get_or(CacheKey::Session(id.to_owned()), || load_session(view, id, session))
    }

    fn get_or(
        &self,
        key: CacheKey,
        load: impl FnOnce() -> Result<Option<Credential>, Fault>,
    ) -> Result<Option<Arc<Credential>>, Fault> {
        let found = lock(&self.held).by_key.get(&key).cloned();
        if let Some(found) = found.filter(|found| !found.stale.load(Ordering::Acquire)) {
            return Ok(Some(found));
        }
        // Read before the snapshot is taken: what is committed from here on keeps it out.
        let epoch = self.epoch.load(Ordering::Acquire);
        let Some(credential) = load()? else { return Ok(None) };
        let credential = Arc::new(credential);
        self.hold(key, &credential, epoch);
        Ok(Some(credential))
    }

    fn hold(&self, key: CacheKey, credential: &Arc<Credential>, epoch: u64) {
        let mut held = lock(&self.held);
        if self.epoch.load(Ordering::Acquire) != epoch {
            return;
        }
        if held.by_key.len() >= CREDENTIALS_MAX {
            *held = Held::default();
        }
        held.add(key, credential);
    }

    /// Lets go of all credentials that were made from these documents.
    pub(crate) fn forget(&self, changed: &[DocKey]) {
        let mut held = lock(&self.held);
        self.epoch.fetch_add(1, Ordering::AcqRel);
        for document in changed {
            for key in held.by_document.get(document).cloned().unwrap_or_default() {
                held.remove(&key);
            }
        }
    }
}

/// Whose key it is.
pub(crate) fn owner(view: &View<'_>, id: &str) -> Result<Option<Owner>, Fault> {
    Ok(view.lookup(Index::AccessKey, &[id])?.as_deref().and_then(Owner::from_bytes))
}

fn load(view: &View<'_>, id: &str) -> Result<Option<Credential>, Fault> {
    match owner(view, id)? {
        None => Ok(None),
        Some(Owner::Root(account)) => {
            let Some(account) = view.entity::<Account>(account, Account::KEY)? else {
                return Ok(None);
            };
            let key = account.root.keys.iter().find(|key| key.id.as_str() == id);
            let active = key.filter(|key| key.status == KeyStatus::Active);
            Ok(active.map(|key| of_root(&account, id, key.secret.clone())))
        }
        Some(Owner::User(account, name)) => {
            let Some(user) = view.entity::<User>(account, &name)? else { return Ok(None) };
            let key = user.keys.iter().find(|key| key.id.as_str() == id);
            match key.filter(|key| key.status == KeyStatus::Active) {
                Some(key) => of_user(view, &user, id, key.secret.clone()).map(Some),
                None => Ok(None),
            }
        }
    }
}

/// A session lives as long as who began it, and not beyond the moment from which sessions are valid.
fn load_session(view: &View<'_>, id: &str, session: &Session) -> Result<Option<Credential>, Fault> {
    let is_valid = |from: Option<Timestamp>| from.is_none_or(|from| session.issued >= from);
    let account = session.account;
    let Some(user_id) = &session.user else {
        let account = view.entity::<Account>(account, Account::KEY)?;
        let account = account.filter(|account| is_valid(account.root.sessions_valid_from));
        return Ok(account.map(|account| of_root(&account, id, session.secret.clone())));
    };
    let name = view.lookup_in(Index::UserById, account, &[user_id.as_str()])?;
    let Some(name) = name else { return Ok(None) };
    let user = view.entity::<User>(account, &String::from_utf8_lossy(&name))?;
    match user.filter(|user| is_valid(user.sessions_valid_from)) {
        Some(user) => of_user(view, &user, id, session.secret.clone()).map(Some),
        None => Ok(None),
    }
}

/// The credential of a key of root, or of a session that root began.
fn of_root(account: &Account, id: &str, secret: Secret<String>) -> Credential {
    Credential {
        access_key_id: id.to_owned(),
        account: account.id,
        account_text: account.id.to_string(),
        arn: arn::root(account.id),
        user_id: account.id.to_string(),
        identity: Identity::Root,
        policies: PolicySet::default(),
        secret,
        signing_keys: Mutex::default(),
        made_from: vec![doc_key::<Account>(account.id, Account::KEY)],
        stale: AtomicBool::new(false),
        noted: Mutex::default(),
    }
}

/// The credential of a key of a user, or of a session that the user began.
fn of_user(
    view: &View<'_>,
    user: &User,
    id: &str,
    secret: Secret<String>,
) -> Result<Credential, Fault> {
    let mut gathering = Gathering::default();
    gathering.made_from.push(doc_key::<User>(user.account, &user.key()));
    gathering.inline(&user.inline);
    gathering.attached(view, user.account, &user.attached)?;
    for group in &user.groups {
        if let Some(group) = view.group_by_id(user.account, group)? {
            gathering.made_from.push(doc_key::<Group>(user.account, &group.key()));
            gathering.inline(&group.inline);
            gathering.attached(view, user.account, &group.attached)?;
        }
    }
    Ok(Credential {
        access_key_id: id.to_owned(),
        account: user.account,
        account_text: user.account.to_string(),
        arn: user.arn(),
        user_id: user.id.to_string(),
        identity: Identity::User(UserFacts { name: user.name.clone(), tags: user.tags.clone() }),
        policies: PolicySet::compile(gathering.documents),
        secret,
        signing_keys: Mutex::default(),
        made_from: gathering.made_from,
        stale: AtomicBool::new(false),
        noted: Mutex::default(),
    })
}

/// Policies on their way into one set, and the documents that they come from.
#[derive(Default)]
struct Gathering {
    documents: Vec<(Source, Document)>,
    made_from: Vec<DocKey>,
}

impl Gathering {
    fn inline(&mut self, policies: &InlinePolicies) {
        for policy in policies.iter() {
            self.add(policy.name.clone(), None, &policy.document);
        }
    }

    fn attached(
        &mut self,
        view: &View<'_>,
        account: AccountId,
        arns: &[String],
    ) -> Result<(), Fault> {
        for arn in arns {
            if let Some(policy) = aws_managed::find(arn) {
                self.add(policy.name.clone(), Some(arn.clone()), policy.text());
                continue;
            }
            let Some(key) = ManagedPolicy::key_of(account, arn) else { continue };
            self.made_from.push(doc_key::<ManagedPolicy>(account, &key));
            if let Some(policy) = view.entity::<ManagedPolicy>(account, &key)?
                && let Some(version) = policy.default()
            {
                self.add(policy.name.clone(), Some(arn.clone()), &version.document);
            }
        }
        Ok(())
    }

    /// A document was checked when it was written. Should it not parse all the same, everything is
    /// denied: a deny in it must not be lost.
    fn add(&mut self, name: String, arn: Option<String>, text: &str) {
        const DENY_ALL: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}"#;
        match Document::parse(text).or_else(|_| Document::parse(DENY_ALL)) {
            Ok(document) => self.documents.push((Source { name, arn }, document)),
            Err(malformed) => {
                tracing::error!(message = malformed.message, "a policy is unreadable")
            }
        }
    }
}
