//! Managed policies, customer's and AWS's: create, read, list, delete. Versions lie next door.

use std::sync::Arc;

use api::iam::operations::{CreatePolicy, DeletePolicy, GetPolicy, ListPolicies};
use api::iam::shapes;
use api::{Common, Empty, Fault, Operation};
use names::{AccountId, Arn, IdKind, mint_id};

use super::aws_managed::{self, AwsPolicy};
use super::page::{self, Found, Page};
use super::target::Target;
use super::{arn, document, faults, quotas, tag};
use crate::counter::Counter;
use crate::entity::{ManagedPolicy, PolicyVersion, folded};
use crate::handle::{Asking, Asks, Granted, Handle};

/// A managed policy, whoever's it is.
#[derive(Debug, Clone)]
pub(crate) enum Managed {
    Customer(Arc<ManagedPolicy>),
    Aws(&'static AwsPolicy),
}

impl Managed {
    /// The policy with this ARN, of the caller's account or AWS's; ARNs are compared exactly.
    pub(crate) fn find<O>(
        cx: &mut Granted<'_, O>,
        policy_arn: &str,
    ) -> Result<Option<Self>, Fault> {
        let account = cx.account();
        Self::find_in(cx, account, policy_arn)
    }

    /// The policy with this ARN, of `account` or AWS's.
    pub(crate) fn find_in<O>(
        cx: &mut Granted<'_, O>,
        account: AccountId,
        policy_arn: &str,
    ) -> Result<Option<Self>, Fault> {
        if parsed(policy_arn)?.account == "aws" {
            return Ok(aws_managed::find(policy_arn).map(Self::Aws));
        }
        let Some(key) = ManagedPolicy::key_of(account, policy_arn) else { return Ok(None) };
        let found = cx.desk().get::<ManagedPolicy>(account, &key)?;
        let found = found.filter(|policy| policy.arn() == policy_arn);
        Ok(found.map(|policy| Self::Customer(Arc::new(policy))))
    }
}

impl Managed {
    /// Whether it may be attached to users, groups and roles, or bound them.
    ///
    /// # Errors
    /// AWS's text if it is for something else.
    pub(crate) fn attachable(&self) -> Result<(), Fault> {
        match self {
            Self::Aws(policy) if !policy.is_attachable() => {
                Err(faults::policy_not_attachable(&policy.arn))
            }
            _ => Ok(()),
        }
    }
}

/// How much a managed policy is used.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Uses {
    /// Users, groups and roles that it is attached to.
    pub(crate) attachments: u64,
    /// Users and roles whose permissions it bounds.
    pub(crate) boundaries: u64,
}

impl Uses {
    pub(crate) fn of<O>(cx: &Granted<'_, O>, arn: &str) -> Result<Self, Fault> {
        Ok(Self {
            attachments: cx.count(&Counter::Attachments(arn.to_owned()))?,
            boundaries: cx.count(&Counter::Boundaries(arn.to_owned()))?,
        })
    }
}

/// A policy's ARN, if it is one at all.
pub(crate) fn parsed(policy_arn: &str) -> Result<Arn<'_>, Fault> {
    let unparsable = "Invalid ARN:  Could not be parsed!";
    Arn::parse(policy_arn).map_err(|_| Fault::common(Common::ValidationError, unparsable))
}

/// The customer managed policy with this ARN, to be changed. AWS's own are out of everybody's
/// reach, and the refusal is the one of policies that don't allow it.
pub(crate) fn customer<O: Operation>(
    cx: &mut Granted<'_, O>,
    arn: &str,
) -> Result<ManagedPolicy, Fault> {
    match Managed::find(cx, arn)? {
        Some(Managed::Customer(policy)) => Ok(Arc::unwrap_or_clone(policy)),
        Some(Managed::Aws(_)) => {
            let (caller, action) = (cx.caller().arn(), O::INFO.action);
            let message = format!(
                "User: {caller} is not authorized to perform: {action} on resource: policy {arn} \
                 because no identity-based policy allows the {action} action"
            );
            Err(Fault::common(Common::AccessDenied, message))
        }
        None => Err(faults::no_such_policy(arn)),
    }
}

impl Handle for CreatePolicy {
    fn asks(input: &Self::Input, at: &Asking<'_>) -> Result<Asks, Fault> {
        let path = input.path.as_deref().unwrap_or("/");
        let made = Target::made(arn::policy(at.account(), path, &input.policy_name));
        Ok(tag::asked(Asks::on(made), input.tags.as_deref(), "iam:TagPolicy"))
    }

    fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        let account = cx.account();
        let tags = tag::checked(input.tags.unwrap_or_default())?;
        document::check_managed(&input.policy_document)?;
        let taken = cx.get::<ManagedPolicy>(&folded(&input.policy_name))?.is_some();
        if taken || aws_managed::named(&input.policy_name).is_some() {
            return Err(faults::policy_exists(&input.policy_name));
        }
        cx.count_up(&Counter::Policies, quotas::POLICIES)
            .map_err(|limit| faults::over_quota("PoliciesPerAccount", limit))?;
        let created = cx.now().whole_second();
        let policy = ManagedPolicy {
            account,
            id: mint_id(IdKind::ManagedPolicy, account, cx.chance()),
            name: input.policy_name,
            path: input.path.unwrap_or_else(|| "/".to_owned()),
            description: input.description,
            created,
            updated: created,
            versions: vec![PolicyVersion { number: 1, document: input.policy_document, created }],
            default_version: 1,
            next_version: 2,
            tags,
        };
        cx.put(&policy)?;
        let tags = tag::shapes(&policy.tags);
        Ok(shapes::CreatePolicyResponse {
            policy: Some(shapes::Policy {
                tags,
                ..listed(&policy, Uses { attachments: 0, boundaries: 0 })
            }),
        })
    }
}

impl Handle for GetPolicy {
    fn asks(input: &Self::Input, at: &Asking<'_>) -> Result<Asks, Fault> {
        Ok(Asks::on(Target::policy(at, &input.policy_arn)?))
    }

    fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        let found = Managed::find(cx, &input.policy_arn)?;
        let found = found.ok_or_else(|| faults::no_such_policy(&input.policy_arn))?;
        let uses = Uses::of(cx, &input.policy_arn)?;
        let policy = match found {
            Managed::Aws(policy) => policy.shape(uses, true),
            Managed::Customer(policy) => shapes::Policy {
                description: policy.description.clone(),
                tags: tag::shapes(&policy.tags),
                ..listed(&policy, uses)
            },
        };
        Ok(shapes::GetPolicyResponse { policy: Some(policy) })
    }
}

impl Handle for DeletePolicy {
    fn asks(input: &Self::Input, at: &Asking<'_>) -> Result<Asks, Fault> {
        Ok(Asks::on(Target::policy(at, &input.policy_arn)?))
    }

    fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        let policy = customer(cx, &input.policy_arn)?;
        let attached_to_none = cx.is_unused(&Counter::Attachments(policy.arn()))?;
        if !cx.is_unused(&Counter::Boundaries(policy.arn()))? || !attached_to_none {
            return Err(attached());
        }
        if policy.versions.len() > 1 {
            return Err(Fault::new(
                &api::iam::errors::DELETE_CONFLICT,
                "This policy has more than one version. Before you delete a policy, you must \
                 delete the policy's versions. The default version is deleted with the policy.",
            ));
        }
        cx.count_down(&Counter::Policies);
        cx.delete(&policy);
        Ok(Empty)
    }
}

fn attached() -> Fault {
    let message = "Cannot delete a policy attached to entities.";
    Fault::new(&api::iam::errors::DELETE_CONFLICT, message)
}

impl Handle for ListPolicies {
    fn asks(input: &Self::Input, _: &Asking<'_>) -> Result<Asks, Fault> {
        let shown = format!("policy path {}", input.path_prefix.as_deref().unwrap_or("/"));
        Ok(Asks::on(Target { shown, ..Target::any() }))
    }

    /// AWS's policies come first, by name, then the account's own; a marker says in which part it
    /// stands by its first byte.
    fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        use shapes::PolicyScopeType::{All, Aws, Local};
        let page = Page::of(cx, input.marker.as_deref(), input.max_items)?;
        let scope = input.scope.unwrap_or(All);
        let part = page.after().map(|after| after.first());
        if part.is_some_and(|part| !stands_in(scope, part)) {
            return Err(page::invalid_marker());
        }
        let filter = Filter {
            prefix: input.path_prefix.as_deref().unwrap_or("/"),
            only_attached: input.only_attached.unwrap_or(false),
            usage: input.policy_usage_filter,
        };
        let found = if scope == Aws {
            aws_page(cx, &page, &filter)?
        } else if scope == Local || part == Some(Some(&b'L')) {
            customer_page(cx, &page, &filter)?
        } else {
            both(cx, &page, &filter)?
        };
        Ok(shapes::ListPoliciesResponse {
            policies: Some(found.items),
            is_truncated: Some(found.marker.is_some()),
            marker: found.marker,
        })
    }
}

/// Whether a marker that begins so can be of a list of this scope.
fn stands_in(scope: shapes::PolicyScopeType, part: Option<&u8>) -> bool {
    use shapes::PolicyScopeType::{Aws, Local};
    match part {
        Some(b'A') => scope != Local,
        Some(b'L') => scope != Aws,
        _ => false,
    }
}

struct Filter<'a> {
    prefix: &'a str,
    only_attached: bool,
    /// Acts with `only_attached` alone.
    usage: Option<shapes::PolicyUsageType>,
}

impl Filter<'_> {
    fn takes(&self, uses: Uses) -> bool {
        use shapes::PolicyUsageType::{PermissionsBoundary, PermissionsPolicy};
        !self.only_attached
            || match self.usage {
                Some(PermissionsPolicy) => uses.attachments > 0,
                Some(PermissionsBoundary) => uses.boundaries > 0,
                None => uses.attachments + uses.boundaries > 0,
            }
    }
}

fn both<O>(
    cx: &mut Granted<'_, O>,
    page: &Page,
    filter: &Filter<'_>,
) -> Result<Found<shapes::Policy>, Fault> {
    let mut found = aws_page(cx, page, filter)?;
    if found.marker.is_some() {
        return Ok(found);
    }
    let rest = page.size() - found.items.len();
    if rest == 0 {
        found.marker = Some(page.marker(b"L"));
        return Ok(found);
    }
    let own = customer_page(cx, &page.starting(None).sized(rest), filter)?;
    found.items.extend(own.items);
    found.marker = own.marker;
    Ok(found)
}

fn aws_page<O>(
    cx: &mut Granted<'_, O>,
    page: &Page,
    filter: &Filter<'_>,
) -> Result<Found<shapes::Policy>, Fault> {
    let after = page.after().and_then(|after| after.strip_prefix(b"A")).unwrap_or_default();
    let mut found = Found { items: Vec::new(), marker: None };
    let mut last = None;
    for policy in aws_managed::all().iter().filter(|policy| policy.name.as_bytes() > after) {
        if !policy.path.starts_with(filter.prefix) {
            continue;
        }
        let uses = Uses::of(cx, &policy.arn)?;
        if !filter.takes(uses) {
            continue;
        }
        if found.items.len() == page.size() {
            found.marker = last.map(|name: &str| page.marker(format!("A{name}").as_bytes()));
            break;
        }
        last = Some(policy.name.as_str());
        found.items.push(policy.shape(uses, false));
    }
    Ok(found)
}

/// With `only_attached`, policies in use are looked for page by page until enough are found, or
/// until a page has ended early because much was read for it: then this one does, too.
fn customer_page<O>(
    cx: &mut Granted<'_, O>,
    page: &Page,
    filter: &Filter<'_>,
) -> Result<Found<shapes::Policy>, Fault> {
    let after = page.after().and_then(|after| after.strip_prefix(b"L"));
    let mut at = page.starting(after.filter(|after| !after.is_empty()));
    let mut found = Found { items: Vec::new(), marker: None };
    loop {
        let batch = page::by_path(cx, &at, Some(filter.prefix), |policy: ManagedPolicy| {
            let uses = Uses::of(cx, &policy.arn())?;
            Ok(filter.takes(uses).then(|| listed(&policy, uses)))
        })?;
        let is_full = batch.items.len() == at.size();
        found.items.extend(batch.items.into_iter().flatten());
        match batch.marker {
            Some(marker) if is_full && found.items.len() < page.size() => {
                at = at.reading_on(&marker)?.sized(page.size() - found.items.len());
            }
            marker => {
                let next = marker.map(|marker| page.reading_on(&marker)).transpose()?;
                found.marker = next.and_then(|next| {
                    next.after().map(|after| page.marker(&[b"L", after].concat()))
                });
                return Ok(found);
            }
        }
    }
}

/// A policy as list answers show it: without description and tags.
pub(crate) fn listed(policy: &ManagedPolicy, uses: Uses) -> shapes::Policy {
    shapes::Policy {
        policy_name: Some(policy.name.clone()),
        policy_id: Some(policy.id.to_string()),
        arn: Some(policy.arn()),
        path: Some(policy.path.clone()),
        default_version_id: Some(format!("v{}", policy.default_version)),
        attachment_count: Some(clamped(uses.attachments)),
        permissions_boundary_usage_count: Some(clamped(uses.boundaries)),
        is_attachable: Some(true),
        create_date: Some(policy.created),
        update_date: Some(policy.updated),
        ..shapes::Policy::default()
    }
}

/// A count as answers carry it.
pub(crate) fn clamped(count: u64) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}
