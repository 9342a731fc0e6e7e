//! Station 4: may they? The only place where a `Granted` is made.

use std::marker::PhantomData;

use api::{Common, Fault, Operation, OperationInfo};
use policy::{ContextValue, Policies, Request, ResourcePolicy, ResourcePolicyKind, evaluate};

use super::context::context;
use super::story::{self, Story};
use super::{Authority, Passage, unbuilt};
use crate::caller::Caller;
use crate::desk::View;
use crate::handle::{Ask, Asking, Asks, Need};
use crate::iam::target::Target;

/// Says that everything an operation asks for is allowed. Made by [`authorize`] alone.
pub(super) struct Pass<O>(PhantomData<O>);

/// A refusal, and its whole story for those who may read it.
pub(super) struct Refused {
    pub(super) fault: Fault,
    pub(super) story: Option<String>,
}

impl From<Fault> for Refused {
    fn from(fault: Fault) -> Self {
        Self { fault, story: None }
    }
}

/// Asks the policies everything that the operation asks for.
pub(super) fn authorize<O: Operation>(
    authority: &Authority,
    passage: &Passage<'_>,
    caller: &Caller,
    asks: &Asks,
) -> Result<Pass<O>, Refused> {
    for ask in &asks.list {
        decide(authority, passage, (caller, O::INFO, ask), &asks.context)?;
    }
    Ok(Pass(PhantomData))
}

/// Asks whether the caller may call an operation that is not built.
pub(super) fn unbuilt(
    authority: &Authority,
    passage: &Passage<'_>,
    operation: &'static OperationInfo,
    view: &View<'_>,
) -> Result<(), Refused> {
    let caller = passage.caller.as_ref().ok_or_else(crate::fault::internal)?;
    let (call, now) = (passage.call, passage.now);
    let asking = Asking { caller, view, authority, call, now };
    let target = unbuilt::target(passage, operation, &asking)?;
    decide(authority, passage, (caller, operation, &Ask::of(None, target)), &[])
}

fn decide(
    authority: &Authority,
    passage: &Passage<'_>,
    (caller, operation, ask): (&Caller, &OperationInfo, &Ask),
    more: &[(String, ContextValue)],
) -> Result<(), Refused> {
    let (action, target) = (ask.action.unwrap_or(operation.action), &ask.target);
    let context = context(passage, caller, target, more);
    let request = Request {
        principal: caller.principal(),
        action,
        resource: &target.arn,
        resource_account: target.own.as_ref().map(|own| own.account.as_str()),
        context: &context,
    };
    let policies = policies(caller, target);
    let decision = evaluate(&request, &policies);
    let granted = match ask.need {
        Need::Allow => decision.allows(),
        Need::NoDeny => decision.effect != policy::Effect::ExplicitDeny,
    };
    if granted {
        return Ok(());
    }
    let message = match trust_of(target) {
        Some(_) => story::bare(caller.arn(), action, &target.shown),
        None => decision.denial(caller.arn(), action, Some(&target.shown)),
    };
    let vault = authority.store.vault();
    let owner = request.resource_account.unwrap_or(request.principal.account);
    let story = if owner == request.principal.account {
        Story { caller, request: &request, policies: &policies, foreign: false }.sealed(vault)
    } else {
        // Of what belongs to another account nothing is told: not what its policies say, not what
        // tags it has, and not whether it is there.
        let context = super::context::context(passage, caller, &target.without_tags(), more);
        let request = Request { resource_account: None, context: &context, ..request };
        let policies = caller.policies();
        Story { caller, request: &request, policies: &policies, foreign: true }.sealed(vault)
    };
    Err(Refused { fault: Fault::common(Common::AccessDenied, message), story })
}

fn trust_of(target: &Target) -> Option<ResourcePolicy<'_>> {
    let role = target.own.as_ref()?.role.as_ref()?;
    Some(ResourcePolicy { set: &role.trust, kind: ResourcePolicyKind::Trust })
}

/// The policies that bear on the caller's dealing with the target.
fn policies<'a>(caller: &'a Caller, target: &'a Target) -> Policies<'a> {
    let rcps = target.own.as_ref().map_or(&[] as &[_], |own| &own.controls.resource);
    Policies { resource: trust_of(target), rcps, ..caller.policies() }
}
