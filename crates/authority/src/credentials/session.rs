//! A session in memory: its token, opened, and its own policies, compiled.

use std::collections::HashMap;
use std::sync::Arc;

use api::Fault;
use aws_lc_rs::constant_time::verify_slices_are_equal;
use policy::PolicySet;
use store::DocKey;

use super::gathering::Gathering;
use super::principal::{Identity, Principal};
use crate::desk::View;
use crate::entity::{ManagedPolicy, Tag, folded, weight_of_tags};
use crate::iam::arn;
use crate::token::{Bearer, Session};

/// Root may do everything. AWS's task policies say what of that a session may not, and allow nothing.
const ROOT: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;

/// A session whose token has been opened.
#[derive(Debug)]
pub(crate) struct LiveSession {
    pub(crate) facts: Session,
    /// The ARN by which the session is known.
    pub(crate) arn: String,
    /// `aws:userid`: of a role `AROA…:SESSION`, of a federated user `ACCOUNT:NAME`.
    pub(crate) user_id: String,
    /// The policies passed when it began, if any were.
    pub(crate) policies: Option<PolicySet>,
    /// What it was scoped down to since, one set for each time.
    pub(crate) scope_downs: Vec<PolicySet>,
    /// The principal's tags, overlaid by the session's; `None` if none were passed.
    pub(crate) tags: Option<Vec<Tag>>,
    token: Box<str>,
    /// Documents that the session alone depends on.
    pub(super) made_from: Arc<[DocKey]>,
    /// Bytes of memory, roughly.
    pub(super) weight: usize,
}

impl LiveSession {
    /// The session of `principal` whose token says `facts`.
    pub(super) fn of(
        view: &View<'_>,
        principal: &Principal,
        facts: Session,
        token: &str,
    ) -> Result<Self, Fault> {
        let mut gathering = Gathering::default();
        if let Some(inline) = &facts.passed.policies.inline {
            gathering.add("session policy".to_owned(), None, inline);
        }
        gathering.managed(view, facts.account, &facts.passed.policies.arns)?;
        for (arn, id) in &facts.passed.policies.pinned {
            let key = ManagedPolicy::key_of(facts.account, arn).unwrap_or_default();
            let policy = view.entity::<ManagedPolicy>(facts.account, &key)?;
            if policy.is_some_and(|policy| policy.id != *id) {
                gathering.deny(arn, "a policy passed to a session was deleted and made anew");
            }
        }
        if matches!(facts.bearer, Bearer::RootTask { .. }) {
            gathering.add("root".to_owned(), None, ROOT);
        }
        let made_from = std::mem::take(&mut gathering.made_from).into();
        let passed = !facts.passed.policies.is_empty();
        let policies = passed.then(|| gathering.compile());
        let scope_downs: Vec<PolicySet> =
            facts.passed.scope_downs.iter().map(|text| scope_down(text)).collect();
        let (arn, user_id) = names(principal, &facts);
        let passed = !facts.passed.tags.is_empty();
        let tags = passed.then(|| overlaid(principal.identity.tags(), &facts.passed.tags));
        let weight = 512
            + 2 * token.len()
            + policies.as_ref().map_or(0, PolicySet::weight)
            + scope_downs.iter().map(PolicySet::weight).sum::<usize>()
            + tags.as_deref().map_or(0, weight_of_tags)
            + weight_of_tags(&facts.passed.tags);
        Ok(Self {
            facts,
            arn,
            user_id,
            policies,
            scope_downs,
            tags,
            token: token.into(),
            made_from,
            weight,
        })
    }

    /// Whether it was made from this very token.
    pub(super) fn has_token(&self, token: &str) -> bool {
        verify_slices_are_equal(self.token.as_bytes(), token.as_bytes()).is_ok()
    }
}

/// A policy that a session was scoped down to.
fn scope_down(text: &str) -> PolicySet {
    let mut gathering = Gathering::default();
    gathering.add("scope down policy".to_owned(), None, text);
    gathering.compile()
}

fn names(principal: &Principal, session: &Session) -> (String, String) {
    match (&session.bearer, &principal.identity) {
        (Bearer::Role { id, name }, Identity::Role(role)) => {
            let arn = arn::assumed_role(session.account, &role.name, name);
            (arn, format!("{id}:{name}"))
        }
        (Bearer::Federated { name, .. }, _) => {
            let arn = arn::federated_user(session.account, name);
            (arn, format!("{}:{name}", session.account))
        }
        _ => (principal.arn.clone(), principal.user_id.clone()),
    }
}

/// `own`, with those of `over` in place of equal keys; keys are compared without regard to case.
fn overlaid(own: &[Tag], over: &[Tag]) -> Vec<Tag> {
    let passed: HashMap<String, &Tag> = over.iter().map(|tag| (folded(&tag.key), tag)).collect();
    let kept = own.iter().filter(|tag| !passed.contains_key(&folded(&tag.key)));
    kept.chain(over).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_of_the_session_cover_those_of_the_principal() {
        let tag = |key: &str, value: &str| Tag { key: key.to_owned(), value: value.to_owned() };
        let own = [tag("Team", "red"), tag("stage", "test")];
        let all = overlaid(&own, &[tag("team", "blue"), tag("Cost", "7")]);
        assert_eq!(all, [tag("stage", "test"), tag("team", "blue"), tag("Cost", "7")]);
        assert_eq!(overlaid(&own, &[]), own);
    }
}
