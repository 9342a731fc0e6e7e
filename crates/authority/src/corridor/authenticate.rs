//! Station 2: who signed it. The only place where a `Caller` is made.
//!
//! The order is AWS's: form of the claim, clock, scope, token, key, signature. A request that fails
//! here learns nothing of its input.

use api::Fault;
use sigv4::{Claim, Payload, Rules};

use super::region::{HOME, is_region};
use super::{Authority, Passage};
use crate::caller::{Caller, CallerKind};
use crate::desk::View;
use crate::{fault, last_used};

/// Verifies the signature and finds its maker.
pub(super) fn authenticate(
    authority: &Authority,
    passage: &Passage<'_>,
    view: &View<'_>,
) -> Result<Caller, Fault> {
    let (parts, now) = (&passage.call.parts, passage.now);
    let claim = passage.claim.as_ref().map_err(fault::of_refusal)?;
    let (rules, payload) = expected(passage, claim);
    // What is not served is known by its scope alone.
    let signing_name = Some(passage.service.signing_name).filter(|_| passage.unserved.is_none());
    claim.check(now, &rules, signing_name).map_err(|refusal| fault::of_refusal(&refusal))?;
    if !is_region(&claim.scope.region) {
        return Err(fault::no_region(&claim.scope.region));
    }
    let id = &*claim.scope.access_key_id;
    let credential = match &claim.token {
        None => authority.credentials.get(view, id)?.ok_or_else(fault::unknown_key)?,
        Some(token) => {
            let vault = authority.store.vault();
            let credential = authority.credentials.of_session(view, vault, (id, token))?;
            credential.ok_or_else(fault::bad_token)?
        }
    };
    if credential.session.as_ref().is_some_and(|session| now >= session.facts.expires) {
        return Err(fault::expired_token());
    }
    let key = credential.signing_key(&claim.scope);
    let verified = claim
        .verify(&key, parts, payload, &rules)
        .map_err(|refusal| fault::of_refusal(&refusal))?;
    let service = passage.service_name();
    if let Some(noted) = credential.noted_as()
        && let Some(used) = credential.used(now, service, region_of_use(passage, claim))
    {
        let value = serde_json::to_vec(&used).map_err(|_| fault::internal())?;
        authority.store.note(&last_used::key(noted), Some(value));
    }
    let caller = Caller::new(credential, verified.into());
    if service == "iam" && !may_call_iam(&caller) {
        return Err(fault::bad_token());
    }
    Ok(caller)
}

/// What the signature is expected to be like. Object storage is not served: of a body in chunks the
/// first signature is checked, which is that of the request, and what the chunks carry is not read.
fn expected<'a>(passage: &Passage<'a>, claim: &Claim<'_>) -> (Rules, Payload<'a>) {
    let body = Payload::Whole(&passage.call.body);
    match &passage.unserved {
        Some(unserved) if wire::is_object_storage(&unserved.name) => {
            let payload = if claim.chunking().is_some() { Payload::Streamed } else { body };
            (Rules::OBJECT_STORAGE, payload)
        }
        _ => (Rules::STANDARD, body),
    }
}

/// Sessions of a user or root call IAM if a second factor was shown, lent ones never do.
///
/// Source: IAM User Guide, "Compare AWS STS credentials".
fn may_call_iam(caller: &Caller) -> bool {
    let Some(session) = caller.session() else { return true };
    match caller.kind() {
        CallerKind::User | CallerKind::Root => session.facts.mfa.is_some(),
        CallerKind::Federated => false,
        CallerKind::Role | CallerKind::RootTask => true,
    }
}

/// Global services are used in `us-east-1`, wherever the client thinks it is.
fn region_of_use<'a>(passage: &Passage<'_>, claim: &'a Claim<'_>) -> &'a str {
    if passage.service.id == "iam" { HOME } else { &claim.scope.region }
}
