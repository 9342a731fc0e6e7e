//! Station 2: who signed it. The only place where a `Caller` is made.
//!
//! The order is AWS's: form of the claim, clock, scope, token, key, signature. A request that fails
//! here learns nothing of its input.

use api::Fault;
use sigv4::{Claim, Payload, Rules};

use super::region::{HOME, is_region};
use super::{Authority, Passage};
use crate::caller::{Caller, SessionFacts};
use crate::desk::View;
use crate::{fault, last_used, token};

/// Verifies the signature and finds its maker.
pub(super) fn authenticate(
    authority: &Authority,
    passage: &Passage<'_>,
    view: &View<'_>,
) -> Result<Caller, Fault> {
    let (parts, now) = (&passage.call.parts, passage.now);
    let rules = Rules::STANDARD;
    let claim = passage.claim.as_ref().map_err(fault::of_refusal)?;
    claim
        .check(now, &rules, Some(passage.service.signing_name))
        .map_err(|refusal| fault::of_refusal(&refusal))?;
    if !is_region(&claim.scope.region) {
        return Err(fault::no_region(&claim.scope.region));
    }
    let id = &*claim.scope.access_key_id;
    let (credential, session) = match &claim.token {
        None => (authority.credentials.get(view, id)?.ok_or_else(fault::unknown_key)?, None),
        Some(text) => {
            let vault = authority.store.vault();
            let session = token::open(vault, id, text).ok_or_else(fault::bad_token)?;
            if now >= session.expires {
                return Err(fault::expired_token());
            }
            let facts = SessionFacts { issued: session.issued, mfa: session.mfa };
            let credential = authority.credentials.of_session(view, id, &session)?;
            (credential.ok_or_else(fault::bad_token)?, Some(facts))
        }
    };
    let key = credential.signing_key(&claim.scope);
    let verified = claim
        .verify(&key, parts, Payload::Whole(&passage.call.body), &rules)
        .map_err(|refusal| fault::of_refusal(&refusal))?;
    let service = passage.service;
    if session.is_some_and(|session| !session.mfa) && service.id == "iam" {
        return Err(fault::bad_token());
    }
    if let Some(used) = credential.used(now, service.id, region_of_use(passage, claim)) {
        let value = serde_json::to_vec(&used).map_err(|_| fault::internal())?;
        authority.store.note(&last_used::key(id), Some(value));
    }
    Ok(Caller::new(credential, session, verified.into()))
}

/// Global services are used in `us-east-1`, wherever the client thinks it is.
fn region_of_use<'a>(passage: &Passage<'_>, claim: &'a Claim<'_>) -> &'a str {
    if passage.service.id == "iam" { HOME } else { &claim.scope.region }
}
