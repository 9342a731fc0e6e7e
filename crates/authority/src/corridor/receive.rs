//! Station 1: which service is meant, and which operation. The credential scope says the service;
//! unsigned requests by their form. A scope may name a service that is not served: its caller is
//! authenticated like any other. Nothing that is read here is believed: nobody is known yet.

use api::{Fault, OperationInfo, ServiceInfo};
use names::Timestamp;
use sigv4::{Claim, Refusal};

use super::{Call, Passage};
use crate::fault;
use crate::operations::{self, Built};

/// Lets a call in.
pub(super) fn enter(call: &Call, now: Timestamp, moment: u64) -> Passage<'_> {
    let claim = Claim::read(&call.parts);
    let scope = claim.as_ref().ok().map(|claim| &claim.scope);
    let by_scope = scope.and_then(|scope| api::service_by_signing_name(&scope.service));
    let unserved = scope.filter(|_| by_scope.is_none());
    let unserved =
        unserved.and_then(|scope| wire::unserved(&scope.service, &call.parts, &call.body));
    let service = by_scope.or_else(|| wire::service_of(&call.parts, &call.body));
    let service = service.unwrap_or(FALLBACK);
    let astray = if unserved.is_none() { wire::astray(service, &call.parts) } else { None };
    let asked = unserved.as_ref().and_then(|unserved| unserved.operation.clone());
    Passage {
        call,
        now,
        moment,
        service,
        astray,
        claim,
        caller: None,
        operation: None,
        unserved,
        asked,
        input: None,
        touched: None,
        story: None,
    }
}

/// Whose error form a request gets that names no service.
const FALLBACK: &ServiceInfo = &api::sts::SERVICE;

/// What a request asks for.
pub(super) enum Selected {
    /// It is no call, or one that needs nobody: the answer is the same for everybody.
    Nothing(Fault),
    /// The operation, or why there is none: whoever asks hears of it after authentication only.
    Operation(Result<(&'static OperationInfo, Option<Built>), Fault>),
}

impl Selected {
    /// Whether the operation may take long.
    pub(super) fn is_costly(&self) -> bool {
        matches!(self, Self::Operation(Ok((_, Some(built)))) if built.costly)
    }
}

/// Selects the operation. It is known to the record from here on.
pub(super) fn select(passage: &mut Passage<'_>) -> Selected {
    if let Some(astray) = passage.astray {
        return Selected::Nothing(fault::astray(astray));
    }
    if passage.unserved.is_some() {
        return Selected::Operation(Err(fault::unserved(passage.service_name())));
    }
    let call = passage.call;
    let selected = wire::select(passage.service, &call.parts, &call.body);
    passage.operation = selected.as_ref().ok().copied();
    if let Some(operation) = passage.operation.filter(|operation| operation.unsigned)
        && matches!(passage.claim, Err(Refusal::Unsigned))
    {
        return Selected::Nothing(super::not_implemented(operation));
    }
    if selected.is_err() {
        passage.asked = wire::asked_name(passage.service, &call.parts, &call.body);
    }
    Selected::Operation(selected.map(|operation| (operation, operations::find(operation))))
}
