//! The memory of credentials, bounded by their number and by roughly how many bytes they take.
//!
//! Principals are held as long as one of their credentials is. When memory is full, what has not been
//! used lately goes first, one after the other. Nothing here reads the store.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use store::DocKey;

use super::{Credential, Principal};

/// What is held at most.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    pub(super) credentials: usize,
    /// Bytes, roughly.
    pub(super) weight: usize,
}

const BOUNDS: Bounds = Bounds { credentials: 16_384, weight: 128 << 20 };

/// What takes more than this part of the bound is not held, so that nobody's policies push out
/// everybody else's. Only patterns made for it get there within the quotas of one user or role.
const SHARE: usize = 8;

/// A credential takes about so many bytes besides its principal: signing keys, mostly.
const WEIGHT: usize = 2048;

/// A session's credential is held apart: without its token, its key is unknown.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum CacheKey {
    LongTerm(String),
    Session(String),
}

impl CacheKey {
    pub(super) fn id(&self) -> &str {
        match self {
            Self::LongTerm(id) | Self::Session(id) => id,
        }
    }
}

#[derive(Debug)]
pub(super) struct Held {
    bounds: Bounds,
    weight: usize,
    credentials: HashMap<CacheKey, Arc<Credential>>,
    principals: HashMap<DocKey, Shared>,
    /// Document → the own documents of principals that were made from it.
    by_document: HashMap<DocKey, HashSet<DocKey>>,
    /// Document → sessions that depend on it besides their principal.
    sessions_by_document: HashMap<DocKey, HashSet<CacheKey>>,
    /// In the order in which they are looked at when memory is full; may name some that are gone.
    queue: VecDeque<CacheKey>,
}

/// A principal, and the credentials that hold it.
#[derive(Debug)]
struct Shared {
    principal: Arc<Principal>,
    credentials: HashSet<CacheKey>,
}

impl Default for Held {
    fn default() -> Self {
        Self::within(BOUNDS)
    }
}

impl Held {
    pub(super) fn within(bounds: Bounds) -> Self {
        Self {
            bounds,
            weight: 0,
            credentials: HashMap::new(),
            principals: HashMap::new(),
            by_document: HashMap::new(),
            sessions_by_document: HashMap::new(),
            queue: VecDeque::new(),
        }
    }

    pub(super) fn get(&self, key: &CacheKey) -> Option<Arc<Credential>> {
        let found = self.credentials.get(key)?;
        found.used_lately.store(true, Ordering::Relaxed);
        Some(Arc::clone(found))
    }

    /// The principal with this document, if it is of this revision.
    pub(super) fn principal(&self, key: &DocKey, revision: u64) -> Option<Arc<Principal>> {
        let principal = &self.principals.get(key)?.principal;
        (principal.revision == revision).then(|| Arc::clone(principal))
    }

    /// The principal that is held in place of `made`, which somebody else may have made meanwhile.
    pub(super) fn share(&self, made: Arc<Principal>) -> Arc<Principal> {
        let held = made.made_from.first().and_then(|own| self.principal(own, made.revision));
        held.unwrap_or(made)
    }

    pub(super) fn add(&mut self, key: CacheKey, credential: &Arc<Credential>) {
        let principal = &credential.principal;
        let Some(own) = principal.made_from.first() else { return };
        let is_other = |shared: &Shared| !Arc::ptr_eq(&shared.principal, principal);
        if self.principals.get(own).is_some_and(is_other) {
            self.discard(own);
        }
        if principal.weight.max(weight_of(credential)) > self.bounds.weight / SHARE {
            return;
        }
        if !self.principals.contains_key(own) {
            self.add_principal(own, principal);
        }
        if let Some(shared) = self.principals.get_mut(own) {
            shared.credentials.insert(key.clone());
        }
        let is_other = |held: &Arc<Credential>| !Arc::ptr_eq(&held.principal, principal);
        if self.credentials.get(&key).is_some_and(is_other) {
            self.remove(&key);
        }
        for document in documents_of(credential) {
            self.sessions_by_document.entry(document.clone()).or_default().insert(key.clone());
        }
        if let Some(before) = self.credentials.insert(key.clone(), Arc::clone(credential)) {
            self.weight = self.weight.saturating_sub(weight_of(&before));
        }
        self.weight += weight_of(credential);
        self.make_room();
        // Behind what was there before: it is not the first to go.
        self.queue.push_back(key);
        self.trim_queue();
    }

    fn add_principal(&mut self, own: &DocKey, principal: &Arc<Principal>) {
        for document in principal.made_from.iter() {
            self.by_document.entry(document.clone()).or_default().insert(own.clone());
        }
        self.weight += principal.weight;
        let shared = Shared { principal: Arc::clone(principal), credentials: HashSet::new() };
        self.principals.insert(own.clone(), shared);
    }

    /// Lets go of what has not been used lately until what is left lies within the bounds.
    fn make_room(&mut self) {
        while self.credentials.len() > self.bounds.credentials || self.weight > self.bounds.weight {
            let Some(key) = self.queue.pop_front() else { return };
            let Some(credential) = self.credentials.get(&key) else { continue };
            if credential.used_lately.swap(false, Ordering::Relaxed) {
                self.queue.push_back(key);
            } else {
                self.remove(&key);
            }
        }
    }

    /// Names of what is gone must not pile up.
    fn trim_queue(&mut self) {
        if self.queue.len() > 2 * self.credentials.len() + 64 {
            self.queue = self.credentials.keys().cloned().collect();
        }
    }

    /// Takes a credential out, and its principal if it was the last one.
    fn remove(&mut self, key: &CacheKey) {
        let Some(credential) = self.credentials.remove(key) else { return };
        self.let_go(key, &credential);
        let Some(own) = credential.principal.made_from.first() else { return };
        let Some(shared) = self.principals.get_mut(own) else { return };
        shared.credentials.remove(key);
        if shared.credentials.is_empty() {
            self.remove_principal(own);
        }
    }

    /// Forgets what was kept of a credential that has been taken out.
    fn let_go(&mut self, key: &CacheKey, credential: &Credential) {
        self.weight = self.weight.saturating_sub(weight_of(credential));
        for document in documents_of(credential) {
            if let Some(sessions) = self.sessions_by_document.get_mut(document) {
                sessions.remove(key);
                if sessions.is_empty() {
                    self.sessions_by_document.remove(document);
                }
            }
        }
    }

    /// Takes a principal out whose documents have changed.
    fn discard(&mut self, own: &DocKey) {
        if let Some(shared) = self.principals.get(own) {
            shared.principal.make_stale();
        }
        self.remove_principal(own);
    }

    /// Takes a principal out everywhere, so that nothing of it stays behind.
    fn remove_principal(&mut self, own: &DocKey) {
        let Some(Shared { principal, credentials }) = self.principals.remove(own) else { return };
        self.weight = self.weight.saturating_sub(principal.weight);
        for key in &credentials {
            if let Some(credential) = self.credentials.remove(key) {
                self.let_go(key, &credential);
            }
        }
        for document in principal.made_from.iter() {
            if let Some(principals) = self.by_document.get_mut(document) {
                principals.remove(own);
                if principals.is_empty() {
                    self.by_document.remove(document);
                }
            }
        }
    }

    /// Lets go of all that was made from these documents.
    pub(super) fn forget(&mut self, changed: &[DocKey]) {
        for document in changed {
            for own in self.by_document.get(document).cloned().unwrap_or_default() {
                self.discard(&own);
            }
            for key in self.sessions_by_document.get(document).cloned().unwrap_or_default() {
                self.remove(&key);
            }
        }
    }
}

/// The documents that a credential depends on besides its principal.
fn documents_of(credential: &Credential) -> &[DocKey] {
    credential.session.as_ref().map_or(&[], |session| &session.made_from)
}

fn weight_of(credential: &Credential) -> usize {
    WEIGHT + credential.session.as_ref().map_or(0, |session| session.weight)
}

#[cfg(test)]
mod tests {
    use names::{AccountId, Secret};

    use super::*;
    use crate::entity::{Account, Root};

    fn principal(account: u64, weight: usize) -> Arc<Principal> {
        let id = AccountId::from_number(account).unwrap();
        let created = names::Timestamp::from_millis(0);
        let account = Account::new(id, created, Root::default());
        let mut principal = Principal::root(1, &account, Arc::default());
        principal.weight = weight;
        Arc::new(principal)
    }

    fn credential(id: usize, principal: &Arc<Principal>) -> (CacheKey, Arc<Credential>) {
        let (id, principal) = (id.to_string(), Arc::clone(principal));
        let secret = Secret::new("secret".to_owned());
        let credential = Credential::new(&id, secret, principal, None);
        (CacheKey::Session(id), Arc::new(credential))
    }

    fn add(held: &mut Held, id: usize, principal: &Arc<Principal>) {
        let (key, credential) = credential(id, principal);
        held.add(key, &credential);
    }

    fn is_held(held: &Held, id: usize) -> bool {
        held.credentials.contains_key(&CacheKey::Session(id.to_string()))
    }

    #[test]
    fn what_is_used_stays_and_the_rest_goes_one_by_one() {
        let mut held = Held::within(Bounds { credentials: 100, weight: 1 << 20 });
        let bob = principal(1, 1000);
        for id in 0..1000 {
            add(&mut held, id, &bob);
            assert!(held.get(&CacheKey::Session("7".to_owned())).is_some() || id < 7, "{id}");
            assert_eq!(held.credentials.len(), (id + 1).min(100), "{id}");
        }
        assert!(is_held(&held, 999) && is_held(&held, 7) && !is_held(&held, 8));
        assert!(held.queue.len() <= 2 * 100 + 64 + 1);
        assert_eq!(held.weight, 1000 + 100 * WEIGHT);
        assert!(!bob.is_stale());
    }

    #[test]
    fn two_who_load_one_key_at_once_leave_one_behind() {
        let mut held = Held::default();
        let bob = principal(1, 1000);
        add(&mut held, 1, &bob);
        add(&mut held, 1, &bob);
        assert_eq!((held.credentials.len(), held.weight), (1, 1000 + WEIGHT));
        assert!(!bob.is_stale());
        let other = held.share(principal(1, 1000));
        assert!(Arc::ptr_eq(&other, &bob));
    }

    #[test]
    fn large_principals_are_fewer() {
        let mut held = Held::within(Bounds { credentials: 100, weight: 800_000 });
        for id in 0..50 {
            add(&mut held, id, &principal(id as u64, 100_000));
            assert!(held.weight <= 800_000);
        }
        assert_eq!(held.principals.len(), 7);
        // Each of the seven has its own document and the one of its control policies.
        assert_eq!(held.by_document.len(), 14);
        // One that is larger still takes nobody's place.
        add(&mut held, 50, &principal(50, 100_001));
        assert!(!is_held(&held, 50) && is_held(&held, 49));
        assert_eq!(held.principals.len(), 7);
    }

    #[test]
    fn who_has_grown_too_large_is_let_go_of() {
        let mut held = Held::within(Bounds { credentials: 100, weight: 800_000 });
        let small = principal(1, 1000);
        add(&mut held, 1, &small);
        add(&mut held, 2, &principal(1, 100_001));
        assert!(small.is_stale() && !is_held(&held, 1) && !is_held(&held, 2));
        assert_eq!((held.principals.len(), held.weight), (0, 0));
    }

    #[test]
    fn nothing_is_left_of_what_changed() {
        let mut held = Held::default();
        let (bob, eve) = (principal(1, 1), principal(2, 1));
        (0..10).for_each(|id| add(&mut held, id, if id < 5 { &bob } else { &eve }));
        held.forget(&bob.made_from);
        assert!(bob.is_stale() && !eve.is_stale());
        assert!(!is_held(&held, 0) && is_held(&held, 5));
        // A younger principal takes the place of an older one, with all that hung on it.
        let younger = principal(2, 1);
        add(&mut held, 10, &younger);
        assert!(eve.is_stale() && !is_held(&held, 5) && is_held(&held, 10));
        held.forget(&younger.made_from);
        let left = (held.credentials.len(), held.principals.len(), held.by_document.len());
        assert_eq!((left, held.weight), ((0, 0, 0), 0));
    }
}
