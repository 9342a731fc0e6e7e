//! What is decided, by which kind of policy, and how AWS says it.

use std::sync::Arc;

use crate::set::Source;

/// What is decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Effect {
    /// Allowed.
    Allow,
    /// A statement denies it.
    ExplicitDeny,
    /// No statement allows it.
    ImplicitDeny,
}

/// A kind of policy in a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Layer {
    /// Identity-based policies.
    Identity,
    /// The permissions boundary.
    Boundary,
    /// Session policies.
    Session,
    /// What a session was scoped down to since it began.
    ScopeDown,
    /// The resource's policy.
    Resource,
    /// The role's trust policy.
    Trust,
    /// Service control policies.
    Scp,
    /// Resource control policies.
    Rcp,
}

impl Layer {
    /// What AWS's texts call it, and with which article where a policy of the kind denies.
    const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Identity => ("an", "identity-based policy"),
            Self::Boundary => ("a", "permissions boundary"),
            Self::Session | Self::ScopeDown => ("a", "session policy"),
            Self::Resource => ("a", "resource-based policy"),
            Self::Trust => ("the", "role trust policy"),
            Self::Scp => ("a", "service control policy"),
            Self::Rcp => ("a", "resource control policy"),
        }
    }

    /// Its name in lines and tables.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Boundary => "boundary",
            Self::Session => "session",
            Self::ScopeDown => "scope_down",
            Self::Resource => "resource",
            Self::Trust => "trust",
            Self::Scp => "scp",
            Self::Rcp => "rcp",
        }
    }
}

/// A statement that made the decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// The kind of policy.
    pub layer: Layer,
    /// The policy.
    pub source: Arc<Source>,
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
    /// The kind of policy that decided: the one that denies, the one whose allow is missing, or the
    /// one that granted.
    pub layer: Layer,
    /// The statements that made it; for an implicit deny there are none.
    pub because: Vec<Reason>,
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
        let (article, kind) = self.layer.words();
        if self.effect == Effect::ExplicitDeny {
            text.push_str(&format!(" with an explicit deny in {article} {kind}"));
            let arn = self.because.first().and_then(|reason| reason.source.arn.as_ref());
            if let Some(arn) = arn {
                text.push_str(": ");
                text.push_str(arn);
            }
        } else {
            text.push_str(&format!(" because no {kind} allows the {action} action"));
        }
        text
    }
}
