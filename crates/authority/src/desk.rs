//! Where a call reads and lays down its changes.
//!
//! [`View`] reads, from a snapshot that is taken when it is first needed. [`Desk`] also remembers
//! what was read, so that the commit is refused if any of it has changed by then.

use std::cell::{OnceCell, RefCell};
use std::collections::{HashMap, VecDeque};
use std::rc::Rc;

use api::{Effect, Fault};
use names::{AccountId, UniqueId};
use serde::de::DeserializeOwned;
use store::{Body, ChangeSet, CounterStep, DocKey, IndexRow, Snapshot, Store};

use crate::counter::Counter;
use crate::entity::{self, Entity, Group, Index, Role, User, doc_key, joined, nobody};
use crate::fault;

/// An index row leads to a document that is not there or is another one. Rows are not sealed:
/// somebody changed them.
pub(crate) fn misled(index: Index, key: &str) -> Fault {
    tracing::error!(?index, key, "an index row was changed: it leads to the wrong document");
    fault::internal()
}

/// Consistent reads.
#[derive(Debug)]
pub(crate) struct View<'a> {
    store: &'a Store,
    snapshot: OnceCell<Snapshot>,
    /// The documents read last: what is asked about is read once more when it is changed.
    recent: RefCell<VecDeque<Recent>>,
}

/// A document that was looked for, and what was found.
type Recent = (DocKey, Option<Rc<Body>>);

/// Few: a call looks again at what it has just looked at.
const RECENT_MAX: usize = 4;

impl<'a> View<'a> {
    pub(crate) fn new(store: &'a Store) -> Self {
        Self { store, snapshot: OnceCell::new(), recent: RefCell::default() }
    }

    pub(crate) fn store(&self) -> &'a Store {
        self.store
    }

    fn snapshot(&self) -> Result<&Snapshot, Fault> {
        if let Some(snapshot) = self.snapshot.get() {
            return Ok(snapshot);
        }
        let taken = self.store.snapshot().map_err(|error| fault::of_store(&error))?;
        Ok(self.snapshot.get_or_init(|| taken))
    }

    fn read<T: DeserializeOwned>(&self, key: &DocKey) -> Result<Option<(u64, T)>, Fault> {
        let Some(body) = self.body(key)? else { return Ok(None) };
        Ok(Some((body.revision, parsed(key, &body)?)))
    }

    fn body(&self, key: &DocKey) -> Result<Option<Rc<Body>>, Fault> {
        let mut recent = self.recent.borrow_mut();
        if let Some((_, body)) = recent.iter().find(|(held, _)| held == key) {
            return Ok(body.clone());
        }
        let body = self.snapshot()?.get(key).map_err(|error| fault::of_store(&error))?;
        let body = body.map(Rc::new);
        recent.truncate(RECENT_MAX - 1);
        recent.push_front((key.clone(), body.clone()));
        Ok(body)
    }

    /// The entity with this key.
    pub(crate) fn entity<E: Entity>(
        &self,
        account: AccountId,
        key: &str,
    ) -> Result<Option<E>, Fault> {
        Ok(self.read(&doc_key::<E>(account, key))?.map(|(_, entity)| entity))
    }

    /// The entity with this key, and how many bytes its document has.
    pub(crate) fn entity_and_length<E: Entity>(
        &self,
        account: AccountId,
        key: &str,
    ) -> Result<Option<(E, usize)>, Fault> {
        let key = doc_key::<E>(account, key);
        let Some(body) = self.body(&key)? else { return Ok(None) };
        Ok(Some((parsed(&key, &body)?, body.bytes.len())))
    }

    /// The entity with this key, and its revision.
    pub(crate) fn entity_at<E: Entity>(
        &self,
        account: AccountId,
        key: &str,
    ) -> Result<Option<(u64, E)>, Fault> {
        self.read(&doc_key::<E>(account, key))
    }

    pub(crate) fn group_by_id(
        &self,
        account: AccountId,
        id: &UniqueId,
    ) -> Result<Option<Group>, Fault> {
        let found = self.by_id(Index::GroupById, account, id, |group: &Group| &group.id)?;
        Ok(found.map(|(_, group)| group))
    }

    /// The user with this id, and the revision.
    pub(crate) fn user_by_id(
        &self,
        account: AccountId,
        id: &UniqueId,
    ) -> Result<Option<(u64, User)>, Fault> {
        self.by_id(Index::UserById, account, id, |user: &User| &user.id)
    }

    /// The role with this id, and the revision.
    pub(crate) fn role_by_id(
        &self,
        account: AccountId,
        id: &UniqueId,
    ) -> Result<Option<(u64, Role)>, Fault> {
        self.by_id(Index::RoleById, account, id, |role: &Role| &role.id)
    }

    /// Follows an index row, and believes it if the document that it leads to has the id.
    fn by_id<E: Entity>(
        &self,
        index: Index,
        account: AccountId,
        id: &UniqueId,
        id_of: impl Fn(&E) -> &UniqueId,
    ) -> Result<Option<(u64, E)>, Fault> {
        let Some(key) = self.lookup_in(index, account, &[id.as_str()])? else { return Ok(None) };
        let found = self.entity_at::<E>(account, &String::from_utf8_lossy(&key))?;
        let found = found.filter(|(_, entity)| id_of(entity) == id);
        found.ok_or_else(|| misled(index, id.as_str())).map(Some)
    }

    /// The value of a row of an index that leads to an account.
    pub(crate) fn lookup(&self, index: Index, parts: &[&str]) -> Result<Option<Vec<u8>>, Fault> {
        self.lookup_in(index, nobody(), parts)
    }

    pub(crate) fn lookup_in(
        &self,
        index: Index,
        account: AccountId,
        parts: &[&str],
    ) -> Result<Option<Vec<u8>>, Fault> {
        let found = self.snapshot()?.lookup(index as u16, account, &joined(parts));
        found.map_err(|error| fault::of_store(&error))
    }

    /// Rows of an index in the order of their keys.
    pub(crate) fn scan(
        &self,
        index: Index,
        account: AccountId,
        prefix: &[u8],
        after: Option<&[u8]>,
        limit: usize,
    ) -> Result<Vec<IndexRow>, Fault> {
        let found = self.snapshot()?.scan(index as u16, account, prefix, after, limit);
        found.map_err(|error| fault::of_store(&error))
    }

    pub(crate) fn count(&self, account: AccountId, counter: &Counter) -> Result<u64, Fault> {
        let found = self.snapshot()?.counter(account, &counter.name());
        found.map_err(|error| fault::of_store(&error))
    }
}

fn parsed<T: DeserializeOwned>(key: &DocKey, body: &Body) -> Result<T, Fault> {
    serde_json::from_slice(&body.bytes).map_err(|error| {
        tracing::error!(?key, %error, "a document cannot be read");
        fault::internal()
    })
}

/// Reads and changes of one call.
#[derive(Debug)]
pub(crate) struct Desk<'a> {
    view: View<'a>,
    /// Documents that were read to be changed: their revisions and the rows that they have.
    read: HashMap<DocKey, Option<(u64, Vec<IndexRow>)>>,
    changes: ChangeSet,
}

impl<'a> Desk<'a> {
    pub(crate) fn new(view: View<'a>) -> Self {
        Self { view, read: HashMap::new(), changes: ChangeSet::none() }
    }

    pub(crate) fn view(&self) -> &View<'a> {
        &self.view
    }

    /// Reads an entity that the call's outcome depends on.
    pub(crate) fn get<E: Entity>(
        &mut self,
        account: AccountId,
        key: &str,
    ) -> Result<Option<E>, Fault> {
        let key = doc_key::<E>(account, key);
        let found: Option<(u64, E)> = self.view.read(&key)?;
        let rows = found.as_ref().map(|(revision, entity)| (*revision, entity.index_rows()));
        self.read.insert(key, rows);
        Ok(found.map(|(_, entity)| entity))
    }

    /// Lays down an entity that was read with [`Desk::get`], or found absent.
    pub(crate) fn put<E: Entity>(&mut self, entity: &E) -> Result<(), Fault> {
        let key = doc_key::<E>(entity.account(), &entity.key());
        let body = entity::to_json(entity).map_err(|_| fault::internal())?;
        let before = self.read.get(&key).cloned().flatten().map_or(Vec::new(), |(_, rows)| rows);
        self.exchange_rows(before, entity.index_rows());
        self.changes.put(key, body);
        Ok(())
    }

    /// Takes an entity away that was read with [`Desk::get`].
    pub(crate) fn delete<E: Entity>(&mut self, entity: &E) {
        let key = doc_key::<E>(entity.account(), &entity.key());
        self.exchange_rows(entity.index_rows(), Vec::new());
        self.changes.delete(key);
    }

    /// Lays down an entity whose key may have changed.
    pub(crate) fn replace<E: Entity>(&mut self, before: &E, after: &E) -> Result<(), Fault> {
        if before.key() == after.key() {
            return self.put(after);
        }
        self.exchange_rows(before.index_rows(), after.index_rows());
        let body = entity::to_json(after).map_err(|_| fault::internal())?;
        self.changes.delete(doc_key::<E>(before.account(), &before.key()));
        self.changes.put(doc_key::<E>(after.account(), &after.key()), body);
        Ok(())
    }

    fn exchange_rows(&mut self, before: Vec<IndexRow>, after: Vec<IndexRow>) {
        for row in &before {
            if !after.iter().any(|new| new.index == row.index && new.key == row.key) {
                self.changes.delete_row(row.clone());
            }
        }
        for row in after {
            if !before.contains(&row) {
                self.changes.put_row(row);
            }
        }
    }

    /// The row's key must still be free when the change is made.
    pub(crate) fn must_stay_absent(&mut self, row: IndexRow) {
        self.changes.row_must_be_absent(row);
    }

    pub(crate) fn step(&mut self, account: AccountId, counter: &Counter, step: CounterStep) {
        self.changes.count(counter.key(account), step);
    }

    /// What is to be committed. A write that found nothing to change still holds only as long as
    /// what it read does: the trail must not say that it came later than a change that undid it.
    pub(crate) fn into_changes(mut self, effect: Effect) -> ChangeSet {
        if self.changes.is_empty() && effect == Effect::Read {
            return ChangeSet::none();
        }
        for (key, found) in self.read {
            self.changes.was_read(key, found.map(|(revision, _)| revision));
        }
        self.changes
    }
}
