//! Station 1: which service is meant. The credential scope says so; unsigned requests by their form.
//! A scope may name a service that is not served: its caller is authenticated like any other.

use api::{OperationInfo, ServiceInfo};
use names::Timestamp;
use sigv4::{Claim, Refusal};

use super::{Call, Passage};

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

/// The operation, if the request carries no signature and the operation needs none.
pub(super) fn unsigned_operation(passage: &Passage<'_>) -> Option<&'static OperationInfo> {
    if !matches!(passage.claim, Err(Refusal::Unsigned)) {
        return None;
    }
    let selected = wire::select(passage.service, &passage.call.parts, &passage.call.body);
    selected.ok().filter(|operation| operation.unsigned)
}
