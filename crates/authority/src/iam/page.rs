//! Paging: `Marker` and `MaxItems` in, a page and the next marker out.
//!
//! A marker is the place where the page before ended, not a number of items: the last page costs
//! what the first one does, and what was added or deleted meanwhile moves nothing. It is sealed for
//! its account, operation and list: nobody makes one up, or reads names out of it.
//!
//! Source: IAM API Reference, "Common parameters" of the List operations.

use std::sync::Arc;

use api::{Common, Fault, Operation};
use aws_lc_rs::digest::{SHA256, digest};
use store::Store;

use crate::entity::{Entity, Group, Index, InstanceProfile, ManagedPolicy, Role, User, joined};
use crate::handle::Granted;
use crate::sealed_place;

/// What a call asks for.
#[derive(Debug, Clone)]
pub(crate) struct Page {
    /// The place in an index, or the position in a document's list, behind which the page begins.
    after: Option<Vec<u8>>,
    size: usize,
    /// Seals this list's markers.
    store: Arc<Store>,
    list: Arc<[u8]>,
}

/// A page of items, and where the next one begins, if there is one.
#[derive(Debug)]
pub(crate) struct Found<T> {
    pub(crate) items: Vec<T>,
    pub(crate) marker: Option<String>,
}

impl Page {
    const DEFAULT_SIZE: i32 = 100;

    /// Reads the two parameters; the model has already bounded `max_items`.
    pub(crate) fn of<O: Operation>(
        cx: &Granted<'_, O>,
        marker: Option<&str>,
        max_items: Option<i32>,
    ) -> Result<Self, Fault> {
        let page = Self {
            after: None,
            size: usize::try_from(max_items.unwrap_or(Self::DEFAULT_SIZE)).unwrap_or(1),
            store: Arc::clone(&cx.authority().store),
            list: format!("marker {} {}", cx.account(), O::INFO.action).into_bytes().into(),
        };
        match marker {
            Some(marker) => page.reading_on(marker),
            None => Ok(page),
        }
    }

    /// The same list from where `marker` stands.
    pub(crate) fn reading_on(&self, marker: &str) -> Result<Self, Fault> {
        let place = sealed_place::open(self.store.vault(), &self.list, marker);
        let place = place.ok_or_else(invalid_marker)?;
        Ok(self.starting(Some(&place)))
    }

    /// As many items, but behind `after`.
    pub(crate) fn starting(&self, after: Option<&[u8]>) -> Self {
        Self { after: after.map(<[u8]>::to_vec), ..self.clone() }
    }

    /// From the same place, but `size` items.
    pub(crate) fn sized(self, size: usize) -> Self {
        Self { size, ..self }
    }

    /// `place` as a marker of this list.
    pub(crate) fn marker(&self, place: &[u8]) -> String {
        sealed_place::seal(self.store.vault(), &self.list, place)
    }

    pub(crate) fn after(&self) -> Option<&[u8]> {
        self.after.as_deref()
    }

    pub(crate) fn size(&self) -> usize {
        self.size
    }
}

pub(crate) fn invalid_marker() -> Fault {
    Fault::common(Common::ValidationError, "Invalid Marker.")
}

/// A page of a list that lies in one document.
pub(crate) fn of_slice<T: Clone>(page: &Page, all: &[T]) -> Result<Found<T>, Fault> {
    let found = of_count(page, all.len())?;
    let items = found.items.into_iter().filter_map(|at| all.get(at).cloned()).collect();
    Ok(Found { items, marker: found.marker })
}

/// A page of the numbers of a list's items, from zero, of which there are `count`.
pub(crate) fn of_count(page: &Page, count: usize) -> Result<Found<usize>, Fault> {
    let start: usize = match page.after() {
        None => 0,
        Some(after) => {
            let position = std::str::from_utf8(after).ok().and_then(|text| text.parse().ok());
            position.ok_or_else(invalid_marker)?
        }
    };
    let start = start.min(count);
    let end = start.saturating_add(page.size).min(count);
    Ok(Found {
        items: (start..end).collect(),
        marker: (end < count).then(|| page.marker(end.to_string().as_bytes())),
    })
}

/// An entity that is listed by name, or by path and name.
pub(crate) trait Listed: Entity {
    const BY_NAME: Index;
    const BY_PATH: Index;

    /// The path, the first part of its key by path.
    fn path(&self) -> &str;
}

impl Listed for User {
    const BY_NAME: Index = Index::UserByName;
    const BY_PATH: Index = Index::UserByPath;

    fn path(&self) -> &str {
        &self.path
    }
}

impl Listed for Group {
    const BY_NAME: Index = Index::GroupByName;
    const BY_PATH: Index = Index::GroupByPath;

    fn path(&self) -> &str {
        &self.path
    }
}

impl Listed for Role {
    const BY_NAME: Index = Index::RoleByName;
    const BY_PATH: Index = Index::RoleByPath;

    fn path(&self) -> &str {
        &self.path
    }
}

impl Listed for InstanceProfile {
    const BY_NAME: Index = Index::InstanceProfileByName;
    const BY_PATH: Index = Index::InstanceProfileByPath;

    fn path(&self) -> &str {
        &self.path
    }
}

impl Listed for ManagedPolicy {
    const BY_NAME: Index = Index::PolicyByName;
    const BY_PATH: Index = Index::PolicyByPath;

    fn path(&self) -> &str {
        &self.path
    }
}

/// Bytes of documents that are read for a page, about. IAM may return fewer items than were asked for.
const READ_MAX: usize = 4 << 20;

/// A page of the account's entities whose path begins with `prefix`, in the order of their names,
/// or of path and name where there is a prefix.
///
/// Each is given to `shape` as soon as it is read, so that no two are held whole. A page ends early
/// when much has been read for it; it has one item at least.
pub(crate) fn by_path<E: Listed, T, O>(
    cx: &Granted<'_, O>,
    page: &Page,
    prefix: Option<&str>,
    mut shape: impl FnMut(E) -> Result<T, Fault>,
) -> Result<Found<T>, Fault> {
    let (index, prefix) = match prefix {
        None | Some("/") => (E::BY_NAME, ""),
        Some(prefix) => (E::BY_PATH, prefix),
    };
    let page = behind_named::<E>(cx, page, prefix)?;
    let keys = keys(cx, &page, index, prefix.as_bytes())?;
    let mut items = Vec::with_capacity(keys.items.len());
    let mut read = 0;
    for (at, key) in keys.items.iter().enumerate() {
        let found = cx.view().entity_and_length::<E>(cx.account(), last_part(key))?;
        let Some((entity, length)) = found else { continue };
        items.push(shape(entity)?);
        read += length;
        if read > READ_MAX && at + 1 < keys.items.len() {
            let marker = Some(page.marker(&place_of(key, prefix.as_bytes())));
            return Ok(Found { items, marker });
        }
    }
    Ok(Found { items, marker: keys.marker })
}

/// A page of an index's keys that begin with `prefix`. A marker that is of another prefix is
/// refused.
pub(crate) fn keys(
    cx: &Granted<'_, impl Sized>,
    page: &Page,
    index: Index,
    prefix: &[u8],
) -> Result<Found<Vec<u8>>, Fault> {
    let after = match page.after() {
        None => None,
        Some(place) => {
            let rest = place.strip_prefix(&mark_of(prefix)).ok_or_else(invalid_marker)?;
            Some([prefix, rest].concat())
        }
    };
    let rows = cx.view().scan(index, cx.account(), prefix, after.as_deref(), page.size + 1)?;
    let mut items: Vec<Vec<u8>> = rows.into_iter().map(|row| row.key).collect();
    let more = items.len() > page.size;
    items.truncate(page.size);
    let marker = items.last().filter(|_| more).map(|key| page.marker(&place_of(key, prefix)));
    Ok(Found { items, marker })
}

/// As much of a key as fits a marker: that has 320 characters at most, the seal's own among them.
const REST_MAX: usize = 180;

/// What stands in a place for the prefix of its list. It need not be secret, only short.
fn mark_of(prefix: &[u8]) -> [u8; 8] {
    let mut mark = [0; 8];
    mark.iter_mut().zip(digest(&SHA256, prefix).as_ref()).for_each(|(to, from)| *to = *from);
    mark
}

/// A key's place: its list's mark and what follows the prefix. Where a path is too long for that,
/// the last part of the key, the name, stands there behind a NUL.
fn place_of(key: &[u8], prefix: &[u8]) -> Vec<u8> {
    let rest = key.strip_prefix(prefix).unwrap_or_default();
    if rest.len() <= REST_MAX {
        return [&mark_of(prefix), rest].concat();
    }
    [&mark_of(prefix), b"\0".as_slice(), last_part(key).as_bytes()].concat()
}

/// The page, where its place gives a name alone: behind the path and name of the entity. If that
/// is gone or has moved out of the list, the place is lost.
fn behind_named<E: Listed>(
    cx: &Granted<'_, impl Sized>,
    page: &Page,
    prefix: &str,
) -> Result<Page, Fault> {
    let mark = [mark_of(prefix.as_bytes()).as_slice(), b"\0"].concat();
    let name = page.after().and_then(|place| place.strip_prefix(mark.as_slice()));
    let Some(name) = name else { return Ok(page.clone()) };
    let name = String::from_utf8_lossy(name);
    let entity: Option<E> = cx.view().entity(cx.account(), &name)?;
    let key = entity.map(|entity| joined(&[entity.path(), &name])).ok_or_else(invalid_marker)?;
    let rest = key.strip_prefix(prefix.as_bytes()).ok_or_else(invalid_marker)?;
    Ok(page.starting(Some(&[&mark_of(prefix.as_bytes()), rest].concat())))
}

/// The last part of an index key: the folded name.
pub(crate) fn last_part(key: &[u8]) -> &str {
    let tail = key.rsplit(|byte| *byte == 0).next().unwrap_or_default();
    std::str::from_utf8(tail).unwrap_or_default()
}
