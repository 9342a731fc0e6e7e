//! Which operations are built, as data: the coverage page and its tests subtract from it.

use std::collections::HashMap;
use std::sync::LazyLock;

use api::{Fault, OperationInfo};

use crate::corridor::{Authority, Passage, Ran};
use crate::desk::View;
use crate::{iam, sts, trail};

/// Walks one operation from decoding to running.
pub(crate) type Walk = for<'a> fn(&Authority, &mut Passage<'a>, View<'_>) -> Result<Ran, Fault>;

/// An operation and its walk.
pub(crate) type Entry = (&'static OperationInfo, Walk);

/// Lists operations as entries.
macro_rules! entries {
    ($($operation:ident),* $(,)?) => {
        &[$((
            <$operation as api::Operation>::INFO,
            crate::corridor::walk::<$operation> as crate::operations::Walk,
        )),*]
    };
}

pub(crate) use entries;

static BY_ACTION: LazyLock<HashMap<&'static str, Walk>> = LazyLock::new(|| {
    let all = [iam::OPERATIONS, sts::OPERATIONS, trail::OPERATIONS];
    all.into_iter().flatten().map(|(info, walk)| (info.action, *walk)).collect()
});

/// The walk of an operation, if it is built.
pub(crate) fn find(operation: &OperationInfo) -> Option<Walk> {
    BY_ACTION.get(operation.action).copied()
}

/// Operations that hand out temporary credentials.
const HANDING_OUT: &[&str] =
    &["sts:AssumeRole", "sts:AssumeRoot", "sts:GetFederationToken", "sts:GetSessionToken"];

/// Whether the operation hands out temporary credentials.
pub(crate) fn hands_out_credentials(operation: &OperationInfo) -> bool {
    HANDING_OUT.contains(&operation.action)
}

/// The actions of all operations that are built, sorted.
#[must_use]
pub fn implemented() -> Vec<&'static str> {
    let mut actions: Vec<&'static str> = BY_ACTION.keys().copied().collect();
    actions.sort_unstable();
    actions
}
