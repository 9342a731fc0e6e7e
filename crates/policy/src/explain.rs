//! The full story of a decision: what each kind of policy says to it, and by which statements.
//!
//! Slower than [`evaluate`](crate::evaluate()): it looks at every statement instead of those that an
//! index offers, and comes to the same decision.

use std::collections::HashSet;
use std::sync::Arc;

use crate::decision::{Decision, Layer};
use crate::evaluate::Policies;
use crate::request::Request;
use crate::set::{Asked, PolicySet, Source};
use crate::span::Span;
use crate::verdict::{Reading, Verdict, Verdicts};

/// A decision with all that bears on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// What is decided, and by what.
    pub decision: Decision,
    /// What the policies say that bind the principal: resource control policies first, then service
    /// control policies, each level by itself, the resource's, identity, boundary, session.
    pub parts: Vec<Part>,
}

/// What the policies of one kind, or of one level of it, say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The kind of policy.
    pub layer: Layer,
    /// Of service and resource control policies: which level, root being 0.
    pub level: Option<usize>,
    /// What they say together.
    pub says: Says,
    /// All statements that apply, in the order of their documents.
    pub matched: Vec<Matched>,
    /// Keys that the request does not have, and whose absence alone kept a statement from applying.
    pub missing: Vec<String>,
}

/// What policies say to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Says {
    /// A statement allows it, none denies it.
    Allows,
    /// A statement denies it.
    Denies,
    /// No statement applies.
    Nothing,
}

/// A statement that applies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matched {
    /// The policy.
    pub source: Arc<Source>,
    /// The statement's place in its document, from zero.
    pub statement: usize,
    /// The statement's id.
    pub sid: Option<String>,
    /// Whether it allows or denies.
    pub allows: bool,
    /// Where it stands in the document; `None` if the document was never a text.
    pub span: Option<Span>,
}

/// Decides and tells all.
#[must_use]
pub fn explain(request: &Request<'_>, policies: &Policies<'_>) -> Explanation {
    let policies = policies.binding(&request.principal);
    let bounded = policies.boundary.is_some();
    let named = |trust| Reading::Named { caller: &request.principal, trust, bounded };
    Asked::with(request, |asked| {
        let mut story = Story { asked, parts: Vec::new() };
        let verdicts = Verdicts {
            rcp: story.levels(Layer::Rcp, policies.rcps, &named(false)),
            scp: story.levels(Layer::Scp, policies.scps, &Reading::Own),
            resource: policies
                .resource
                .map(|p| story.part(p.layer(), None, p.set, &named(p.is_trust()))),
            identity: story.own(Layer::Identity, policies.identity),
            boundary: story.own(Layer::Boundary, policies.boundary),
            session: story.own(Layer::Session, policies.session),
        };
        let decision = verdicts.conclude(request, policies.resource);
        Explanation { decision, parts: story.parts }
    })
}

/// What was told so far.
struct Story<'a> {
    asked: &'a Asked<'a>,
    parts: Vec<Part>,
}

impl Story<'_> {
    fn levels<'s>(
        &mut self,
        layer: Layer,
        sets: &'s [PolicySet],
        reading: &Reading<'_>,
    ) -> Option<Verdict<'s>> {
        let levels = sets.iter().enumerate();
        levels
            .map(|(level, set)| self.part(layer, Some(level), set, reading))
            .reduce(Verdict::with_level)
    }

    fn own<'s>(&mut self, layer: Layer, set: Option<&'s PolicySet>) -> Option<Verdict<'s>> {
        set.map(|set| self.part(layer, None, set, &Reading::Own))
    }

    fn part<'s>(
        &mut self,
        layer: Layer,
        level: Option<usize>,
        set: &'s PolicySet,
        reading: &Reading<'_>,
    ) -> Verdict<'s> {
        let mut verdict = Verdict::default();
        let (mut matched, mut missing) = (Vec::new(), Vec::<String>::new());
        let mut known = HashSet::new();
        for rule in set.rules().iter().filter(|rule| rule.names(self.asked)) {
            let Some(reach) = reading.admits(rule) else { continue };
            if rule.applies(self.asked) {
                verdict.add(rule, reach);
                matched.push(Matched {
                    source: Arc::clone(&rule.source),
                    statement: rule.statement,
                    sid: rule.sid.clone(),
                    allows: rule.allows,
                    span: rule.span,
                });
                continue;
            }
            for key in rule.lacks(self.asked).unwrap_or_default() {
                if known.insert(key.to_ascii_lowercase()) {
                    missing.push(key.to_owned());
                }
            }
        }
        let says = match (verdict.denies(), verdict.allows()) {
            (true, _) => Says::Denies,
            (false, true) => Says::Allows,
            (false, false) => Says::Nothing,
        };
        self.parts.push(Part { layer, level, says, matched, missing });
        verdict
    }
}
