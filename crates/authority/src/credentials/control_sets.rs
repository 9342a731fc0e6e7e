//! An account's control policies, compiled.

use policy::PolicySet;

use super::gathering::Gathering;
use crate::entity::{Control, Controls};

/// The compiled control policies of an account, a set for each level.
#[derive(Debug, Default)]
pub(crate) struct ControlSets {
    /// What its principals may do at most.
    pub(crate) service: Vec<PolicySet>,
    /// What may be done to its resources at most.
    pub(crate) resource: Vec<PolicySet>,
}

/// AWS's own, which is attached to every level and cannot be taken away.
const FULL_ACCESS: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}"#;

impl ControlSets {
    pub(super) fn of(controls: &Controls) -> Self {
        let service = controls.levels.iter().map(|level| compiled(&level.service, None));
        let bound = controls.levels.iter().filter(|level| !level.resource.is_empty());
        let resource = bound.map(|level| compiled(&level.resource, Some(FULL_ACCESS)));
        Self { service: service.collect(), resource: resource.collect() }
    }

    /// Bytes of memory, about.
    pub(super) fn weight(&self) -> usize {
        size_of::<Self>()
            + self.service.iter().chain(&self.resource).map(PolicySet::weight).sum::<usize>()
    }
}

fn compiled(policies: &[Control], more: Option<&str>) -> PolicySet {
    let mut gathering = Gathering::default();
    for policy in policies {
        gathering.add(policy.name.clone(), None, &policy.document);
    }
    if let Some(text) = more {
        gathering.add("RCPFullAWSAccess".to_owned(), None, text);
    }
    gathering.compile()
}
