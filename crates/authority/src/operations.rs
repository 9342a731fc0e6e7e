//! Which operations are built, as data: the coverage page and its tests subtract from it.

mod costly;

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

/// An operation that is built.
#[derive(Clone, Copy)]
pub(crate) struct Built {
    pub(crate) walk: Walk,
    /// Whether its calls may take long.
    pub(crate) costly: bool,
}

static BY_ACTION: LazyLock<HashMap<&'static str, Built>> = LazyLock::new(|| {
    let all = [iam::OPERATIONS, sts::OPERATIONS, trail::OPERATIONS];
    let costly = |action| costly::COSTLY.iter().any(|costly| costly.action == action);
    let built =
        |(info, walk): &Entry| (info.action, Built { walk: *walk, costly: costly(info.action) });
    all.into_iter().flatten().map(built).collect()
});

/// An operation, if it is built.
pub(crate) fn find(operation: &OperationInfo) -> Option<Built> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn costly_operations_are_built_and_listed_once() {
        let listed: Vec<&str> = costly::COSTLY.iter().map(|costly| costly.action).collect();
        let mut once = listed.clone();
        once.sort_unstable();
        once.dedup();
        assert_eq!(once.len(), listed.len());
        assert!(costly::COSTLY.iter().all(|costly| find(costly).is_some_and(|it| it.costly)));
        let cheap = <api::sts::operations::GetCallerIdentity as api::Operation>::INFO;
        assert!(find(cheap).is_some_and(|it| !it.costly));
    }
}
