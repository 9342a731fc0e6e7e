//! The decision, in the order of the evaluation logic.
//!
//! 1. An explicit deny anywhere decides.
//! 2. Root is bound by no identity policy.
//! 3. An allow in an identity policy allows.
//! 4. All else is denied.
//!
//! Source: IAM User Guide, "Policy evaluation logic".

use crate::context::Context;
use crate::set::{PolicySet, Rule, Source};

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Principal {
    /// An account's root user.
    Root,
    /// A user, with long-term keys or a session of its own.
    User,
}

/// A question.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// Who asks.
    pub principal: Principal,
    /// `iam:CreateUser`, …; compared without regard to case.
    pub action: &'a str,
    /// An ARN, or `*` for actions without a resource type.
    pub resource: &'a str,
    /// The condition keys.
    pub context: &'a Context,
}

/// The policies that bear on a question.
#[derive(Debug, Clone, Copy, Default)]
pub struct Policies<'a> {
    /// The principal's own and its groups'.
    pub identity: Option<&'a PolicySet>,
}

/// What is decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Allowed.
    Allow,
    /// A statement denies it.
    ExplicitDeny,
    /// No statement allows it.
    ImplicitDeny,
}

/// Which kind of policy a reason comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layer {
    /// Identity-based policies.
    Identity,
}

/// A statement that made the decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// The kind of policy.
    pub layer: Layer,
    /// The policy.
    pub source: Source,
    /// The statement's place in its document, from zero.
    pub statement: usize,
    /// The statement's id.
    pub sid: Option<String>,
}

/// A decision with its reasons.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// What is decided.
    pub effect: Effect,
    /// The statements that made it; for an implicit deny there are none.
    pub because: Vec<Reason>,
}

/// Decides.
#[must_use]
pub fn evaluate(request: &Request<'_>, policies: &Policies<'_>) -> Decision {
    let (mut deny, mut allow) = (None, None);
    if let (Principal::User, Some(set)) = (request.principal, policies.identity) {
        set.applying(request.action, request.resource, request.context, |rule| {
            let slot = if rule.allows { &mut allow } else { &mut deny };
            slot.get_or_insert((set, rule));
        });
    }
    let root = request.principal == Principal::Root;
    match (deny, allow) {
        (Some(found), _) => decision(Effect::ExplicitDeny, Some(found)),
        (None, Some(found)) => decision(Effect::Allow, Some(found)),
        (None, None) if root => decision(Effect::Allow, None),
        (None, None) => decision(Effect::ImplicitDeny, None),
    }
}

fn decision(effect: Effect, found: Option<(&PolicySet, &Rule)>) -> Decision {
    let because = found.and_then(|(set, rule)| {
        Some(Reason {
            layer: Layer::Identity,
            source: set.source(rule.source)?.clone(),
            statement: rule.statement,
            sid: rule.sid.clone(),
        })
    });
    Decision { effect, because: because.into_iter().collect() }
}

impl Decision {
    /// Whether it is an allow.
    #[must_use]
    pub fn allows(&self) -> bool {
        self.effect == Effect::Allow
    }

    /// AWS's text for a refusal, with its reason.
    ///
    /// Source: IAM User Guide, "Troubleshoot access denied error messages".
    #[must_use]
    pub fn denial(&self, principal: &str, action: &str, resource: Option<&str>) -> String {
        let mut text = format!("User: {principal} is not authorized to perform: {action}");
        if let Some(resource) = resource {
            text.push_str(" on resource: ");
            text.push_str(resource);
        }
        match self.effect {
            Effect::ExplicitDeny => {
                text.push_str(" with an explicit deny in an identity-based policy");
                let arn = self.because.first().and_then(|reason| reason.source.arn.as_ref());
                if let Some(arn) = arn {
                    text.push_str(": ");
                    text.push_str(arn);
                }
            }
            Effect::ImplicitDeny | Effect::Allow => {
                let reason =
                    format!(" because no identity-based policy allows the {action} action");
                text.push_str(&reason);
            }
        }
        text
    }
}
