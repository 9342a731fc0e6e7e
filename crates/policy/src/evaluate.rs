//! The decision, in the order of the evaluation logic.
//!
//! 1. A statement that denies decides, whatever kind of policy it stands in.
//! 2. At every level the resource control policies must allow.
//! 3. At every level the service control policies must allow.
//! 4. The resource's policy must allow across accounts, for a role's trust and a key, and for those
//!    who have no identity policies; in the same account its grant may be all that is needed.
//! 5. An identity policy must allow; root is bound by none.
//! 6. The permissions boundary must allow.
//! 7. The session policies must allow; a federated user without any may do nothing.
//! 8. Each policy that the session was scoped down to must allow, whoever granted what.
//!
//! Where several kinds deny, or several are silent, the first one in the order 2 to 8 is named: AWS
//! does not say which one it names. A kind that does not bind the principal is not looked at.
//!
//! | | identity | boundary | session | scope-down | SCP | RCP |
//! |---|---|---|---|---|---|---|
//! | root | no | no | yes (the task of `AssumeRoot`) | yes | yes | yes |
//! | user, role | yes | yes | yes | yes | yes | yes |
//! | federated user | its user's | its user's | must be there | yes | yes | yes |
//! | service-linked role | yes | no | yes | yes | no | no |
//! | service, federated, anonymous | no | no | no | no | no | yes |
//!
//! Source: IAM User Guide, "Policy evaluation logic"; STS API Reference, GetScopedCredentials.

use crate::decision::{Decision, Layer};
use crate::request::{Principal, PrincipalKind, Request};
use crate::set::{Asked, PolicySet};
use crate::verdict::{Reading, Verdict, Verdicts};

/// What a resource's policy is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ResourcePolicyKind {
    /// It may allow, beside identity policies.
    Plain,
    /// A role's trust policy: nobody assumes the role whom it does not allow.
    Trust,
    /// A KMS key's policy: nobody uses the key whom it does not allow.
    Key,
}

/// The policy of a resource.
#[derive(Debug, Clone, Copy)]
pub struct ResourcePolicy<'a> {
    /// Its statements.
    pub set: &'a PolicySet,
    /// What it is for.
    pub kind: ResourcePolicyKind,
}

impl ResourcePolicy<'_> {
    pub(crate) fn is_trust(&self) -> bool {
        self.kind == ResourcePolicyKind::Trust
    }

    pub(crate) fn layer(&self) -> Layer {
        if self.is_trust() { Layer::Trust } else { Layer::Resource }
    }
}

/// The policies that bear on a question. What is `None` or empty does not apply.
#[derive(Debug, Clone, Copy, Default)]
pub struct Policies<'a> {
    /// The principal's own and its groups'; for a federated user those of the user.
    pub identity: Option<&'a PolicySet>,
    /// The permissions boundary of the user or role.
    pub boundary: Option<&'a PolicySet>,
    /// What was passed when the session began.
    pub session: Option<&'a PolicySet>,
    /// What the session was scoped down to since, one set for each time.
    pub scope_downs: &'a [PolicySet],
    /// The resource's own.
    pub resource: Option<ResourcePolicy<'a>>,
    /// The service control policies of the principal's account, one set for each level, root first.
    pub scps: &'a [PolicySet],
    /// The resource control policies of the resource's account, one set for each level, root first.
    pub rcps: &'a [PolicySet],
}

impl Policies<'_> {
    /// Those that bind the principal.
    pub(crate) fn binding(&self, principal: &Principal<'_>) -> Self {
        let kind = principal.kind;
        let none: &[PolicySet] = &[];
        let linked = kind == PrincipalKind::ServiceLinkedRole;
        let of_an_account = kind.is_of_an_account();
        let identity = of_an_account && !principal.acts_as_root();
        Self {
            identity: self.identity.filter(|_| identity),
            boundary: self.boundary.filter(|_| identity && !linked),
            session: self.session.filter(|_| of_an_account),
            scope_downs: if of_an_account { self.scope_downs } else { none },
            resource: self.resource,
            scps: if of_an_account && !linked { self.scps } else { none },
            rcps: if linked { none } else { self.rcps },
        }
    }
}

/// Decides.
#[must_use]
pub fn evaluate(request: &Request<'_>, policies: &Policies<'_>) -> Decision {
    let policies = policies.binding(&request.principal);
    Asked::with(request, |asked| {
        let own = |set| hear_own(set, asked);
        let bounded = policies.boundary.is_some();
        let named = |trust| Reading::Named { caller: &request.principal, trust, bounded };
        let verdicts = Verdicts {
            rcp: hear_levels(policies.rcps, |set| hear(set, asked, &named(false))),
            scp: hear_levels(policies.scps, own),
            resource: policies.resource.map(|p| hear(p.set, asked, &named(p.is_trust()))),
            identity: policies.identity.map(own),
            boundary: policies.boundary.map(own),
            session: policies.session.map(own),
            scope_down: hear_levels(policies.scope_downs, own),
        };
        verdicts.conclude(request, policies.resource)
    })
}

/// Principals are none of its business: the policies are the principal's own.
fn hear_own<'s>(set: &'s PolicySet, asked: &Asked<'_>) -> Verdict<'s> {
    let mut verdict = Verdict::default();
    set.applying(asked, |rule| verdict.add(rule, None));
    verdict
}

fn hear<'s>(set: &'s PolicySet, asked: &Asked<'_>, reading: &Reading<'_>) -> Verdict<'s> {
    let mut verdict = Verdict::default();
    set.applying(asked, |rule| {
        if let Some(reach) = reading.admits(rule) {
            verdict.add(rule, reach);
        }
    });
    verdict
}

fn hear_levels<'s>(
    sets: &'s [PolicySet],
    hear: impl Fn(&'s PolicySet) -> Verdict<'s>,
) -> Option<Verdict<'s>> {
    sets.iter().map(hear).reduce(Verdict::with_level)
}
