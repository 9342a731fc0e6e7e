//! A second evaluator, written straight from the documentation, slow on purpose.
//!
//! It shares nothing with the first one but the JSON reader, the question and its context: patterns
//! are matched by recursion over characters, operators and principals are read from their names,
//! documents are walked as JSON, and what binds whom is a table. Property tests and fuzzing hold the
//! two equal.

mod literal;
mod principal;
mod statement;

use crate::decision::{Effect, Layer};
use crate::evaluate::ResourcePolicyKind;
use crate::json::Node;
use crate::request::{PrincipalKind, Request};

/// The documents of one kind of policy, or of one level of it.
pub type Texts = Vec<String>;

/// The policies that bear on a question, as texts.
#[derive(Debug, Clone, Default)]
pub struct Documents {
    /// The principal's own and its groups'.
    pub identity: Option<Texts>,
    /// The permissions boundary.
    pub boundary: Option<Texts>,
    /// Session policies.
    pub session: Option<Texts>,
    /// What the session was scoped down to, time by time.
    pub scope_downs: Vec<Texts>,
    /// The resource's.
    pub resource: Option<(ResourcePolicyKind, Texts)>,
    /// Service control policies, level by level.
    pub scps: Vec<Texts>,
    /// Resource control policies, level by level.
    pub rcps: Vec<Texts>,
}

/// What the statements of a layer that apply do.
#[derive(Debug, Default)]
struct Heard {
    denied: bool,
    allowed: bool,
    /// In what words those that allow name the caller.
    forms: Vec<principal::Form>,
}

/// Decides, and names the kind of policy that did. For an allow that is the one that grants.
///
/// Returns `None` if a document is no policy.
#[must_use]
pub fn decide(request: &Request<'_>, documents: &Documents) -> Option<(Effect, Layer)> {
    let trial = Trial::new(request, documents)?;
    let denying = ORDER.into_iter().find(|layer| trial.levels(*layer).iter().any(|l| l.denied));
    if let Some(layer) = denying {
        return Some((Effect::ExplicitDeny, trial.shown(layer)));
    }
    let silent = ORDER.into_iter().find(|layer| trial.needs(*layer) && !trial.allows(*layer));
    Some(match silent {
        Some(layer) => (Effect::ImplicitDeny, trial.shown(layer)),
        None => (Effect::Allow, trial.shown(trial.granting())),
    })
}

/// The order in which kinds are named. A trust policy stands in the place of the resource's.
const ORDER: [Layer; 7] = [
    Layer::Rcp,
    Layer::Scp,
    Layer::Resource,
    Layer::Identity,
    Layer::Boundary,
    Layer::Session,
    Layer::ScopeDown,
];

struct Trial<'a> {
    request: &'a Request<'a>,
    kind: Option<ResourcePolicyKind>,
    /// What each kind that binds says, level by level; kinds that are not there are missing.
    heard: Vec<(Layer, Vec<Heard>)>,
}

impl<'a> Trial<'a> {
    fn new(request: &'a Request<'a>, documents: &Documents) -> Option<Self> {
        let kind = documents.resource.as_ref().map(|(kind, _)| *kind);
        let bounded = documents.boundary.is_some() && binds(Layer::Boundary, request);
        let mut heard = Vec::new();
        for layer in ORDER {
            let Some(levels) = levels(layer, documents).filter(|_| binds(layer, request)) else {
                continue;
            };
            let trust = layer == Layer::Resource && kind == Some(ResourcePolicyKind::Trust);
            let named = matches!(layer, Layer::Rcp | Layer::Resource).then_some((trust, bounded));
            let levels = levels.iter().map(|level| hear(level, request, named));
            heard.push((layer, levels.collect::<Option<Vec<Heard>>>()?));
        }
        Some(Self { request, kind, heard })
    }

    fn shown(&self, layer: Layer) -> Layer {
        match (layer, self.kind) {
            (Layer::Resource, Some(ResourcePolicyKind::Trust)) => Layer::Trust,
            (layer, _) => layer,
        }
    }

    fn levels(&self, wanted: Layer) -> &[Heard] {
        self.heard.iter().find(|(layer, _)| *layer == wanted).map_or(&[], |(_, levels)| levels)
    }

    fn is_there(&self, layer: Layer) -> bool {
        !self.levels(layer).is_empty()
    }

    fn allows(&self, layer: Layer) -> bool {
        self.is_there(layer) && self.levels(layer).iter().all(|level| level.allowed)
    }

    fn is_in_own_account(&self) -> bool {
        let owner = self.request.resource_account;
        owner.is_none_or(|owner| owner == self.request.principal.account)
    }

    fn resource_must(&self) -> bool {
        use ResourcePolicyKind::{Key, Trust};
        matches!(self.kind, Some(Trust | Key))
            || !has_account(self.request.principal.kind)
            || !self.is_in_own_account()
    }

    /// Whether a grant in the resource's policy makes the kind's allow needless.
    fn waives(&self, layer: Layer) -> bool {
        let kind = self.request.principal.kind;
        let mut forms = self.levels(Layer::Resource).iter().flat_map(|level| &level.forms);
        (self.is_in_own_account() || !has_account(kind))
            && forms.any(|form| form.waives(kind, layer))
    }

    fn needs(&self, layer: Layer) -> bool {
        let federated_user = self.request.principal.kind == PrincipalKind::FederatedUser;
        match layer {
            Layer::Rcp | Layer::Scp | Layer::ScopeDown => self.is_there(layer),
            Layer::Resource | Layer::Trust => self.resource_must(),
            Layer::Identity => binds(layer, self.request) && !self.waives(layer),
            Layer::Boundary => self.is_there(layer) && !self.waives(layer),
            Layer::Session => (self.is_there(layer) || federated_user) && !self.waives(layer),
        }
    }

    /// Which kind grants what nothing stands in the way of.
    fn granting(&self) -> Layer {
        if !has_account(self.request.principal.kind) || self.waives(Layer::Identity) {
            Layer::Resource
        } else if binds(Layer::Identity, self.request) {
            Layer::Identity
        } else if self.is_there(Layer::Session) {
            Layer::Session
        } else if self.resource_must() {
            Layer::Resource
        } else {
            Layer::Identity
        }
    }
}

fn has_account(kind: PrincipalKind) -> bool {
    use PrincipalKind as Kind;
    [Kind::Root, Kind::User, Kind::FederatedUser, Kind::Role, Kind::ServiceLinkedRole]
        .contains(&kind)
}

/// Which policies bind whom, kind by kind.
fn binds(layer: Layer, request: &Request<'_>) -> bool {
    use Layer::{Boundary, Identity, Rcp, Resource, ScopeDown, Scp, Session, Trust};
    let issuer = request.principal.issuer.unwrap_or_default();
    let binding: &[Layer] = match request.principal.kind {
        PrincipalKind::User | PrincipalKind::Role => {
            &[Rcp, Scp, Resource, Trust, Identity, Boundary, Session, ScopeDown]
        }
        PrincipalKind::FederatedUser if principal::is_root(issuer) => {
            &[Rcp, Scp, Resource, Trust, Session, ScopeDown]
        }
        PrincipalKind::FederatedUser => {
            &[Rcp, Scp, Resource, Trust, Identity, Boundary, Session, ScopeDown]
        }
        PrincipalKind::Root => &[Rcp, Scp, Resource, Trust, Session, ScopeDown],
        PrincipalKind::ServiceLinkedRole => &[Resource, Trust, Identity, Session, ScopeDown],
        PrincipalKind::Service | PrincipalKind::Federated | PrincipalKind::Anonymous => {
            &[Rcp, Resource, Trust]
        }
    };
    binding.contains(&layer)
}

/// The documents of a layer, level by level; `None`: there are none of the kind.
fn levels(layer: Layer, documents: &Documents) -> Option<Vec<Texts>> {
    let one = |texts: &Option<Texts>| texts.clone().map(|texts| vec![texts]);
    let many = |levels: &Vec<Texts>| Some(levels.clone()).filter(|levels| !levels.is_empty());
    match layer {
        Layer::Identity => one(&documents.identity),
        Layer::Boundary => one(&documents.boundary),
        Layer::Session => one(&documents.session),
        Layer::Resource | Layer::Trust => documents.resource.clone().map(|(_, texts)| vec![texts]),
        Layer::ScopeDown => many(&documents.scope_downs),
        Layer::Scp => many(&documents.scps),
        Layer::Rcp => many(&documents.rcps),
    }
}

/// `named`: statements name principals, in a trust policy or not, and the caller is bounded or not.
fn hear(texts: &[String], request: &Request<'_>, named: Option<(bool, bool)>) -> Option<Heard> {
    let mut heard = Heard::default();
    for text in texts {
        let document = Node::parse(text)?;
        let variables = document.get("Version").and_then(Node::text) == Some("2012-10-17");
        let statements = match document.get("Statement")? {
            Node::List(list) => list.clone(),
            one => vec![one.clone()],
        };
        for statement in &statements {
            let Request { action, resource, context, .. } = request;
            let applies = statement::applies(statement, action, resource, context, variables)?;
            let allows = statement.get("Effect")?.text()? == "Allow";
            match named.filter(|_| applies) {
                None => {
                    heard.allowed |= applies && allows;
                    heard.denied |= applies && !allows;
                }
                Some((trust, bounded)) if !allows => {
                    let caller = &request.principal;
                    heard.denied |= principal::is_denied(statement, caller, trust, bounded);
                }
                Some((trust, _)) => {
                    let forms = principal::forms(statement, &request.principal, trust);
                    heard.allowed |= !forms.is_empty();
                    heard.forms.extend(forms);
                }
            }
        }
    }
    Some(heard)
}
