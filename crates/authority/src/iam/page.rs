//! Paging: `Marker` and `MaxItems` in, a page and the next marker out.
//!
//! A marker is the place where the page before ended, not a number of items: the last page costs
//! what the first one does, and what was added or deleted meanwhile moves nothing.
//!
//! Source: IAM API Reference, "Common parameters" of the List operations.

use api::{Common, Fault};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::entity::{Entity, Group, Index, ManagedPolicy, User};
use crate::handle::Granted;

/// What a call asks for.
#[derive(Debug)]
pub(crate) struct Page {
    /// The index key, or the position in a document's list, behind which the page begins.
    after: Option<Vec<u8>>,
    size: usize,
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
    pub(crate) fn of(marker: Option<&str>, max_items: Option<i32>) -> Result<Self, Fault> {
        Ok(Self {
            after: marker.map(decoded).transpose()?,
            size: usize::try_from(max_items.unwrap_or(Self::DEFAULT_SIZE)).unwrap_or(1),
        })
    }

    /// The first page, of `size` items.
    pub(crate) fn first(size: usize) -> Self {
        Self { after: None, size }
    }

    /// As many items, but behind `after`.
    pub(crate) fn starting(&self, after: Option<&[u8]>) -> Self {
        Self { after: after.map(<[u8]>::to_vec), size: self.size }
    }

    /// From the same place, but `size` items.
    pub(crate) fn sized(self, size: usize) -> Self {
        Self { size, ..self }
    }

    pub(crate) fn after(&self) -> Option<&[u8]> {
        self.after.as_deref()
    }

    pub(crate) fn size(&self) -> usize {
        self.size
    }
}

/// The place that a marker stands for: always text, whatever it is a place in.
fn decoded(marker: &str) -> Result<Vec<u8>, Fault> {
    let bytes = URL_SAFE_NO_PAD.decode(marker).ok();
    bytes.filter(|bytes| std::str::from_utf8(bytes).is_ok()).ok_or_else(invalid_marker)
}

pub(crate) fn invalid_marker() -> Fault {
    Fault::common(Common::ValidationError, "Invalid Marker.")
}

/// `key` as a marker.
pub(crate) fn marker(key: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(key)
}

/// A page of a list that lies in one document.
pub(crate) fn of_slice<T: Clone>(page: &Page, all: &[T]) -> Result<Found<T>, Fault> {
    let start: usize = match page.after() {
        None => 0,
        Some(after) => {
            let position = std::str::from_utf8(after).ok().and_then(|text| text.parse().ok());
            position.ok_or_else(invalid_marker)?
        }
    };
    let start = start.min(all.len());
    let end = start.saturating_add(page.size).min(all.len());
    Ok(Found {
        items: all.get(start..end).unwrap_or_default().to_vec(),
        marker: (end < all.len()).then(|| marker(end.to_string().as_bytes())),
    })
}

/// An entity that is listed by name, or by path and name.
pub(crate) trait Listed: Entity {
    const BY_NAME: Index;
    const BY_PATH: Index;
}

impl Listed for User {
    const BY_NAME: Index = Index::UserByName;
    const BY_PATH: Index = Index::UserByPath;
}

impl Listed for Group {
    const BY_NAME: Index = Index::GroupByName;
    const BY_PATH: Index = Index::GroupByPath;
}

impl Listed for ManagedPolicy {
    const BY_NAME: Index = Index::PolicyByName;
    const BY_PATH: Index = Index::PolicyByPath;
}

/// A page of the account's entities whose path begins with `prefix`, in the order of their names,
/// or of path and name where there is a prefix.
pub(crate) fn by_path<E: Listed>(
    cx: &Granted<'_, impl Sized>,
    page: &Page,
    prefix: Option<&str>,
) -> Result<Found<E>, Fault> {
    let (index, prefix) = match prefix {
        None | Some("/") => (E::BY_NAME, ""),
        Some(prefix) => (E::BY_PATH, prefix),
    };
    let keys = keys(cx, page, index, prefix.as_bytes())?;
    let mut items = Vec::with_capacity(keys.items.len());
    for key in &keys.items {
        items.extend(cx.view().entity::<E>(cx.account(), last_part(key))?);
    }
    Ok(Found { items, marker: keys.marker })
}

/// A page of an index's keys that begin with `prefix`; a marker that doesn't is another list's.
pub(crate) fn keys(
    cx: &Granted<'_, impl Sized>,
    page: &Page,
    index: Index,
    prefix: &[u8],
) -> Result<Found<Vec<u8>>, Fault> {
    if page.after().is_some_and(|after| !after.starts_with(prefix)) {
        return Err(invalid_marker());
    }
    let rows = cx.view().scan(index, cx.account(), prefix, page.after(), page.size + 1)?;
    let mut items: Vec<Vec<u8>> = rows.into_iter().map(|row| row.key).collect();
    let more = items.len() > page.size;
    items.truncate(page.size);
    let marker = items.last().filter(|_| more).map(|key| marker(key));
    Ok(Found { items, marker })
}

/// The last part of an index key: the folded name.
pub(crate) fn last_part(key: &[u8]) -> &str {
    let tail = key.rsplit(|byte| *byte == 0).next().unwrap_or_default();
    std::str::from_utf8(tail).unwrap_or_default()
}
