//! The last accesses as the trail has them: of each user and role, by each action, the latest one.

use std::collections::BTreeSet;

use api::Fault;
use names::Timestamp;
use store::{Attribute, Newest};

use crate::desk::View;
use crate::entity::{AccessingEntity, LastAccessedJob};
use crate::{fault, trail};

/// Reports reach back this far, in seconds.
const WINDOW: i64 = 400 * 24 * 60 * 60;

/// The latest call of an action with the permissions of a user or role.
#[derive(Debug)]
pub(super) struct Access<'j> {
    pub(super) entity: &'j AccessingEntity,
    pub(super) service: &'j str,
    /// `iam:GetUser`, …
    pub(super) action: &'static str,
    pub(super) time: Timestamp,
    pub(super) region: String,
}

/// What was found.
#[derive(Debug)]
pub(super) struct Accesses<'j>(Vec<Access<'j>>);

impl<'j> Accesses<'j> {
    /// Looks up the job's entities and some of its services, all at once.
    pub(super) fn of(
        view: &View<'_>,
        job: &'j LastAccessedJob,
        services: &[&'j str],
    ) -> Result<Self, Fault> {
        let mut sought = Vec::new();
        for service in services {
            for action in actions_of(service) {
                sought.extend(job.entities.iter().map(|entity| (entity, *service, action)));
            }
        }
        let values = sought.iter().map(|(entity, _, action)| trail::access(&entity.id, action));
        let values: Vec<String> = values.collect();
        let wanted = Newest {
            account: job.account,
            attribute: Attribute::Access,
            values: &values,
            from: job.created.plus_seconds(-WINDOW),
            to: job.created,
        };
        let found = view.store().newest(&wanted).map_err(|error| fault::of_store(&error))?;
        let found = sought.into_iter().zip(found);
        let accesses = found.filter_map(|((entity, service, action), record)| {
            let record = record?;
            let region = trail::region_of(&record).unwrap_or_default().to_owned();
            Some(Access { entity, service, action, time: record.time, region })
        });
        Ok(Self(accesses.collect()))
    }

    /// The latest of those that fit.
    pub(super) fn last(&self, fits: impl Fn(&Access<'j>) -> bool) -> Option<&Access<'j>> {
        self.0.iter().filter(|access| fits(access)).max_by_key(|access| access.time)
    }
}

/// The actions that calls of the service are filed under, sorted. Of a service that is not of this
/// house there are none.
pub(super) fn actions_of(service: &str) -> BTreeSet<&'static str> {
    let known = api::SERVICES.iter().find(|known| known.id == service);
    let operations = known.into_iter().flat_map(|known| known.operations);
    operations.map(|operation| operation.action).collect()
}
