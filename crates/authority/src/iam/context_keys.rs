//! Which condition keys policies speak of: what whoever simulates them has to give values for.
//!
//! Source: IAM API Reference, GetContextKeysForCustomPolicy and GetContextKeysForPrincipalPolicy.

use std::collections::HashSet;

use api::Fault;
use api::iam::operations::{GetContextKeysForCustomPolicy, GetContextKeysForPrincipalPolicy};
use api::iam::shapes;

use super::faults;
use super::policy_source::{self, PolicySource};
use crate::handle::{Asking, Asks, Granted, Handle};

impl Handle for GetContextKeysForCustomPolicy {
    fn asks(_: &Self::Input, _: &Asking<'_>) -> Result<Asks, Fault> {
        Ok(Asks::on_any())
    }

    fn run(_: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        keys(Vec::new(), &input.policy_input_list)
    }
}

impl Handle for GetContextKeysForPrincipalPolicy {
    fn asks(input: &Self::Input, at: &Asking<'_>) -> Result<Asks, Fault> {
        Ok(Asks::on(policy_source::target(at, &input.policy_source_arn)?))
    }

    fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        let source = PolicySource::find(cx, &input.policy_source_arn)?;
        let own = source.policies(cx.view())?.list;
        let texts = own.into_iter().filter_map(|policy| policy.text.ok()).collect();
        keys(texts, &input.policy_input_list.unwrap_or_default())
    }
}

/// The keys of all of them, each once, in the spelling that comes first. What was given must be
/// policies; what is stored was checked before.
fn keys(
    stored: Vec<String>,
    given: &[String],
) -> Result<shapes::GetContextKeysForPolicyResponse, Fault> {
    let invalid = |malformed: policy::Malformed| faults::invalid_input(malformed.message);
    let mut all: Vec<String> = Vec::new();
    for text in &stored {
        all.extend(policy::context_keys(text).unwrap_or_default());
    }
    for text in given {
        all.extend(policy::context_keys(text).map_err(invalid)?);
    }
    let mut seen = HashSet::new();
    all.retain(|key| seen.insert(key.to_ascii_lowercase()));
    Ok(shapes::GetContextKeysForPolicyResponse { context_key_names: Some(all) })
}
