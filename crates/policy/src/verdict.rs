//! What each kind of policy says, and what they say together.
//!
//! It knows nothing of how a statement comes to apply: that is found out before.

use std::sync::Arc;

use crate::decision::{Decision, Effect, Layer, Reason};
use crate::evaluate::{ResourcePolicy, ResourcePolicyKind};
use crate::principals::Reach;
use crate::request::{Principal, PrincipalKind, Request};
use crate::set::Rule;

/// How a kind of policy names principals.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Reading<'p> {
    /// Not at all: the policies are the principal's own.
    Own,
    /// Each statement means the principals that it names.
    Named { caller: &'p Principal<'p>, trust: bool, bounded: bool },
}

impl Reading<'_> {
    /// Whether the statement means the caller, and how far its grant reaches if it names them.
    #[inline]
    pub(crate) fn admits(&self, rule: &Rule) -> Option<Option<Reach>> {
        let Self::Named { caller, trust, bounded } = self else { return Some(None) };
        match (&rule.principals, rule.allows) {
            (Some(named), true) => named.grant(caller, *trust).map(Some),
            (Some(named), false) => named.denies(caller, *trust, *bounded).then_some(None),
            // Such a statement cannot be written. It grants to nobody, and denies to all.
            (None, allows) => (!allows).then_some(None),
        }
    }
}

/// What one kind of policy says.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Verdict<'s> {
    deny: Option<&'s Rule>,
    allow: Option<&'s Rule>,
    /// How far the allow reaches, in policies that name principals.
    reach: Option<Reach>,
}

impl<'s> Verdict<'s> {
    /// Takes in a statement that applies.
    #[inline]
    pub(crate) fn add(&mut self, rule: &'s Rule, reach: Option<Reach>) {
        if !rule.allows {
            self.deny.get_or_insert(rule);
        } else if self.allow.is_none() || reach > self.reach {
            (self.allow, self.reach) = (Some(rule), reach);
        }
    }

    /// What it says together with a further level: one that denies denies, and all must allow.
    pub(crate) fn with_level(self, level: Self) -> Self {
        Self {
            deny: self.deny.or(level.deny),
            allow: self.allow.and(level.allow),
            reach: self.reach.and(level.reach),
        }
    }

    pub(crate) fn denies(&self) -> bool {
        self.deny.is_some()
    }

    pub(crate) fn allows(&self) -> bool {
        self.allow.is_some()
    }
}

/// What every kind of policy says; `None`: there is none that binds.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Verdicts<'s> {
    pub(crate) rcp: Option<Verdict<'s>>,
    pub(crate) scp: Option<Verdict<'s>>,
    pub(crate) resource: Option<Verdict<'s>>,
    pub(crate) identity: Option<Verdict<'s>>,
    pub(crate) boundary: Option<Verdict<'s>>,
    pub(crate) session: Option<Verdict<'s>>,
    pub(crate) scope_down: Option<Verdict<'s>>,
}

/// Up to two statements that grant: where both sides must, the principal's and the resource's.
type Because<'s> = [Option<(Layer, &'s Rule)>; 2];

impl<'s> Verdicts<'s> {
    /// The decision on the whole.
    pub(crate) fn conclude(
        &self,
        request: &Request<'_>,
        policy: Option<ResourcePolicy<'_>>,
    ) -> Decision {
        let of_resource = policy.map_or(Layer::Resource, |policy| policy.layer());
        if let Some((layer, found)) = self.deny(of_resource) {
            return decision(Effect::ExplicitDeny, layer, [Some((layer, found)), None]);
        }
        let own = policy.is_some_and(|policy| policy.kind != ResourcePolicyKind::Plain);
        let granted = self.grant(request, of_resource, own);
        let kept = granted.and_then(|granted| {
            must(&self.scope_down, Layer::ScopeDown)?;
            Ok(granted)
        });
        match kept {
            Ok((layer, because)) => decision(Effect::Allow, layer, because),
            Err(layer) => decision(Effect::ImplicitDeny, layer, [None, None]),
        }
    }

    /// The first kind of policy that denies, with its statement.
    #[inline]
    fn deny(&self, of_resource: Layer) -> Option<(Layer, &'s Rule)> {
        let deny = |verdict: &Option<Verdict<'s>>, layer| Some((layer, verdict.as_ref()?.deny?));
        deny(&self.rcp, Layer::Rcp)
            .or_else(|| deny(&self.scp, Layer::Scp))
            .or_else(|| deny(&self.resource, of_resource))
            .or_else(|| deny(&self.identity, Layer::Identity))
            .or_else(|| deny(&self.boundary, Layer::Boundary))
            .or_else(|| deny(&self.session, Layer::Session))
            .or_else(|| deny(&self.scope_down, Layer::ScopeDown))
    }

    /// Who grants, or the first kind of policy that had to and is silent. `own`: the resource's
    /// policy must allow, also in its account.
    fn grant(
        &self,
        request: &Request<'_>,
        of_resource: Layer,
        own: bool,
    ) -> Result<(Layer, Because<'s>), Layer> {
        must(&self.rcp, Layer::Rcp)?;
        must(&self.scp, Layer::Scp)?;
        let principal = &request.principal;
        let of_an_account = principal.kind.is_of_an_account();
        let crosses = request.crosses_accounts();
        let granted = self.resource.and_then(|verdict| verdict.allow);
        if granted.is_none() && (own || crosses || !of_an_account) {
            return Err(of_resource);
        }
        let granted = granted.map(|found| (of_resource, found));
        let reach = self.resource.and_then(|verdict| verdict.reach).filter(|_| !crosses);
        if !of_an_account || reach == Some(Reach::Full) {
            return Ok((of_resource, [granted, None]));
        }
        let direct = reach == Some(Reach::Limited);
        if !direct && !principal.acts_as_root() {
            must(&Some(self.identity.unwrap_or_default()), Layer::Identity)?;
        }
        self.limits(principal)?;
        if direct {
            return Ok((of_resource, [granted, None]));
        }
        let second = granted.filter(|_| own || crosses);
        let first = self.of_its_own(principal);
        let layer = first.or(second).map_or(Layer::Identity, |(layer, _)| layer);
        Ok((layer, [first, second]))
    }

    /// What limits identity policies, and grants to the role or user behind a session.
    fn limits(&self, principal: &Principal<'_>) -> Result<(), Layer> {
        must(&self.boundary, Layer::Boundary)?;
        if principal.kind == PrincipalKind::FederatedUser && self.session.is_none() {
            return Err(Layer::Session);
        }
        must(&self.session, Layer::Session)
    }

    /// The principal's own statement that grants. Sessions of root are given what their session
    /// policies say.
    fn of_its_own(&self, principal: &Principal<'_>) -> Option<(Layer, &'s Rule)> {
        let (layer, verdict) = match principal.acts_as_root() {
            true => (Layer::Session, self.session),
            false => (Layer::Identity, self.identity),
        };
        Some((layer, verdict?.allow?))
    }
}

/// If there are policies of the kind, they must allow.
fn must(verdict: &Option<Verdict<'_>>, layer: Layer) -> Result<(), Layer> {
    match verdict {
        Some(verdict) if !verdict.allows() => Err(layer),
        _ => Ok(()),
    }
}

fn decision(effect: Effect, layer: Layer, because: Because<'_>) -> Decision {
    let reason = |(layer, rule): (Layer, &Rule)| Reason {
        layer,
        source: Arc::clone(&rule.source),
        statement: rule.statement,
        sid: rule.sid.clone(),
    };
    let [first, second] = because;
    let mut reasons: Vec<Reason> = first.into_iter().map(reason).collect();
    reasons.extend(second.map(reason));
    Decision { effect, layer, because: reasons }
}
