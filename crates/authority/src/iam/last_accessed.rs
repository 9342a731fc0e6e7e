//! Which services users and roles last called, and with which actions: read from the trail.
//!
//! A job keeps whom and which services it is about, as they were when it was asked for; the answer
//! is read from the trail as of that moment, and is never stored. Attempts that were refused count.
//! A report is about [`ENTITIES_MAX`] users and roles at most, and a call makes no more than about
//! [`LOOKUPS_MAX`] look-ups: then its page ends early. Boundaries, denies, resources' policies and
//! control policies are left out of account.
//!
//! Source: IAM API Reference, GenerateServiceLastAccessedDetails, GetServiceLastAccessedDetails and
//! GetServiceLastAccessedDetailsWithEntities.

mod accesses;
mod subject;

use api::Fault;
use api::iam::operations::{
    GenerateServiceLastAccessedDetails, GetServiceLastAccessedDetails,
    GetServiceLastAccessedDetailsWithEntities,
};
use api::iam::shapes::{
    self, AccessAdvisorUsageGranularityType as Granularity, EntityDetails, EntityInfo,
    JobStatusType, PolicyOwnerEntityType, ServiceLastAccessed, TrackedActionLastAccessed,
};

use super::page::{self, Page};
use super::{faults, service_names};
use crate::entity::{AccessingEntity, Index, LastAccessedJob};
use crate::handle::{Asking, Asks, Granted, Handle};
use accesses::{Access, Accesses};
use subject::Subject;

/// A job can be read this long, in seconds.
const LIFETIME: i64 = 7 * 24 * 60 * 60;

/// Users and roles that a report is about, at most: members of a group in the order of their names;
/// of a policy those that it is attached to, then members of such groups.
pub(super) const ENTITIES_MAX: usize = 25;

/// Look-ups in the trail that a call makes. A service that takes more is looked up alone.
const LOOKUPS_MAX: usize = 5000;

/// Expired jobs that are taken away with each new one: more than come up.
const SWEPT: usize = 2;

impl Handle for GenerateServiceLastAccessedDetails {
    fn asks(input: &Self::Input, at: &Asking<'_>) -> Result<Asks, Fault> {
        Ok(Asks::on(subject::target(at, &input.arn)?))
    }

    fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        let subject = Subject::find(cx, &input.arn)?;
        let job = LastAccessedJob {
            account: cx.account(),
            id: names::mint_uuid(cx.chance()),
            created: cx.now(),
            by_action: input.granularity == Some(Granularity::ActionLevel),
            services: subject.services(cx.view())?,
            entities: subject.entities(cx.view(), cx.account())?,
        };
        sweep(cx)?;
        cx.put(&job)?;
        Ok(shapes::GenerateServiceLastAccessedDetailsResponse { job_id: Some(job.id) })
    }
}

fn is_expired<O>(cx: &Granted<'_, O>, job: &LastAccessedJob) -> bool {
    cx.now() >= job.created.plus_seconds(LIFETIME)
}

/// Takes away the oldest jobs that can no longer be read, so that they do not pile up.
fn sweep<O>(cx: &mut Granted<'_, O>) -> Result<(), Fault> {
    let rows = cx.view().scan(Index::LastAccessedJob, cx.account(), b"", None, SWEPT)?;
    for row in rows {
        let job = cx.get::<LastAccessedJob>(page::last_part(&row.key))?;
        if let Some(job) = job.filter(|job| is_expired(cx, job)) {
            cx.delete(&job);
        }
    }
    Ok(())
}

/// The job of the caller's account with this id.
fn job<O>(cx: &Granted<'_, O>, id: &str) -> Result<LastAccessedJob, Fault> {
    if !is_uuid(id) {
        return Err(faults::invalid_input(format!("Invalid JobId: {id}")));
    }
    let found = cx.view().entity::<LastAccessedJob>(cx.account(), id)?;
    let found = found.filter(|job| !is_expired(cx, job));
    found.ok_or_else(|| faults::no_such_job(id))
}

fn is_uuid(text: &str) -> bool {
    let parts = text.split('-').map(str::len);
    parts.eq([8, 4, 4, 4, 12]) && text.bytes().all(|b| b == b'-' || b.is_ascii_hexdigit())
}

impl Handle for GetServiceLastAccessedDetails {
    fn asks(_: &Self::Input, _: &Asking<'_>) -> Result<Asks, Fault> {
        Ok(Asks::on_any())
    }

    fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        let page = Page::of(cx, input.marker.as_deref(), input.max_items)?;
        let job = job(cx, &input.job_id)?;
        let (services, marker) = affordable(&page, &job)?;
        let accesses = Accesses::of(cx.view(), &job, &services)?;
        let shape = |service: &&str| service_shape(&job, &accesses, service);
        Ok(shapes::GetServiceLastAccessedDetailsResponse {
            job_status: JobStatusType::Completed,
            job_type: Some(match job.by_action {
                true => Granularity::ActionLevel,
                false => Granularity::ServiceLevel,
            }),
            job_creation_date: job.created.whole_second(),
            services_last_accessed: services.iter().map(shape).collect(),
            job_completion_date: job.created.whole_second(),
            is_truncated: Some(marker.is_some()),
            marker,
            error: None,
        })
    }
}

/// The services of a page: as many as can be looked up, and one at least.
fn affordable<'j>(
    page: &Page,
    job: &'j LastAccessedJob,
) -> Result<(Vec<&'j str>, Option<String>), Fault> {
    let found = page::of_count(page, job.services.len())?;
    let mut services: Vec<&str> = Vec::new();
    let mut lookups = 0;
    for at in found.items {
        let Some(service) = job.services.get(at) else { continue };
        lookups += job.entities.len() * accesses::actions_of(service).len();
        if lookups > LOOKUPS_MAX && !services.is_empty() {
            return Ok((services, Some(page.marker(at.to_string().as_bytes()))));
        }
        services.push(service);
    }
    Ok((services, found.marker))
}

fn service_shape(
    job: &LastAccessedJob,
    accesses: &Accesses<'_>,
    service: &str,
) -> ServiceLastAccessed {
    let last = accesses.last(|access| access.service == service);
    let who = |entity: &&AccessingEntity| {
        accesses.last(|access| access.service == service && access.entity == *entity).is_some()
    };
    // Most services that a policy names are not of this house, and nobody has ever called them.
    let count = last.map_or(0, |_| job.entities.iter().filter(who).count());
    let actions = last.is_some() && job.by_action;
    ServiceLastAccessed {
        service_name: service_names::name_of(service).to_owned(),
        last_authenticated: last.map(|access| access.time.whole_second()),
        service_namespace: service.to_owned(),
        last_authenticated_entity: last.map(|access| access.entity.arn.clone()),
        last_authenticated_region: last.map(|access| access.region.clone()),
        total_authenticated_entities: i32::try_from(count).ok().filter(|count| *count > 0),
        tracked_actions_last_accessed: actions.then(|| tracked(accesses, service)),
    }
}

/// Every action of the service, with its last access if there was one.
fn tracked(accesses: &Accesses<'_>, service: &str) -> Vec<TrackedActionLastAccessed> {
    let shape = |action: &str| {
        let last = accesses.last(|access| access.action == action);
        let name = action.split_once(':').map_or(action, |(_, name)| name);
        TrackedActionLastAccessed {
            action_name: Some(name.to_owned()),
            last_accessed_entity: last.map(|access| access.entity.arn.clone()),
            last_accessed_time: last.map(|access| access.time.whole_second()),
            last_accessed_region: last.map(|access| access.region.clone()),
        }
    };
    accesses::actions_of(service).into_iter().map(shape).collect()
}

impl Handle for GetServiceLastAccessedDetailsWithEntities {
    fn asks(_: &Self::Input, _: &Asking<'_>) -> Result<Asks, Fault> {
        Ok(Asks::on_any())
    }

    fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        let page = Page::of(cx, input.marker.as_deref(), input.max_items)?;
        let job = job(cx, &input.job_id)?;
        let service = input.service_namespace.as_str();
        let entities: &[AccessingEntity] = match job.services.iter().any(|known| known == service) {
            true => &job.entities,
            // Nobody can use these permissions for it.
            false => &[],
        };
        let accesses = Accesses::of(cx.view(), &job, &[service])?;
        let last = |entity| (accesses.last(|access| access.entity == entity), entity);
        let mut all: Vec<(Option<&Access<'_>>, &AccessingEntity)> =
            entities.iter().map(last).collect();
        // Latest first, then those without any access; a stable sort keeps the order among these.
        all.sort_by_key(|(last, _)| std::cmp::Reverse(last.map(|access| access.time)));
        let found = page::of_slice(&page, &all)?;
        Ok(shapes::GetServiceLastAccessedDetailsWithEntitiesResponse {
            job_status: JobStatusType::Completed,
            job_creation_date: job.created.whole_second(),
            job_completion_date: job.created.whole_second(),
            entity_details_list: found.items.into_iter().map(details).collect(),
            is_truncated: Some(found.marker.is_some()),
            marker: found.marker,
            error: None,
        })
    }
}

fn details((last, entity): (Option<&Access<'_>>, &AccessingEntity)) -> EntityDetails {
    EntityDetails {
        entity_info: EntityInfo {
            arn: entity.arn.clone(),
            name: entity.name.clone(),
            type_: match entity.id.starts_with("AROA") {
                true => PolicyOwnerEntityType::Role,
                false => PolicyOwnerEntityType::User,
            },
            id: entity.id.clone(),
            path: Some(entity.path.clone()),
        },
        last_authenticated: last.map(|access| access.time.whole_second()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_jobs_are_uuids() {
        assert!(is_uuid("00000000-0000-4000-8000-000000000000"));
        for bad in ["00000000-0000-4000-8000-00000000000g", "000000000000-4000-8000-000000000000-"]
        {
            assert!(!is_uuid(bad), "{bad}");
        }
    }
}
