//! What is simulated, and the result for one action on one resource. Nothing is looked up here.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use api::iam::shapes::{
    self, EvaluationResult, PolicyEvaluationDecisionType as Decided, PolicySourceType,
    ResourceSpecificResult, Statement,
};
use names::{AccountId, Arn};
use policy::{
    Context, Effect, Explanation, Layer, Matched, Part, Policies, PolicySet, Position, Request,
    ResourcePolicy, ResourcePolicyKind, Says, explain,
};

use super::caller::SimulatedCaller;
use crate::credentials::ControlSets;

/// All that is simulated, but for action and resource.
#[derive(Debug)]
pub(super) struct Scenario {
    pub(super) caller: SimulatedCaller,
    pub(super) identity: PolicySet,
    pub(super) boundary: Option<PolicySet>,
    pub(super) resource_policy: Option<PolicySet>,
    pub(super) controls: Arc<ControlSets>,
    /// The account of resources whose ARN names none.
    pub(super) resource_owner: Option<String>,
    pub(super) context: Context,
    /// Whether resources were named.
    pub(super) named_resources: bool,
}

impl Scenario {
    /// The result for one action on one resource.
    pub(super) fn result(&self, action: &str, resource: &str) -> EvaluationResult {
        let owner = self.owner(resource);
        let request = Request {
            principal: self.caller.principal(),
            action,
            resource,
            // Without the resource's policy a call is taken for one within the caller's account.
            resource_account: self.resource_policy.as_ref().map(|_| owner),
            context: &self.context,
        };
        let told = Told(explain(&request, &self.policies(resource)));
        let crosses = self.resource_policy.is_some() && owner != self.caller.account();
        let (matched, missing) = (told.matched(), told.missing());
        let specific = self.named_resources.then(|| ResourceSpecificResult {
            eval_resource_name: resource.to_owned(),
            eval_resource_decision: told.decided(),
            matched_statements: Some(matched.clone()),
            missing_context_values: Some(missing.clone()),
            eval_decision_details: told.details(resource, crosses),
            permissions_boundary_decision_detail: told.of_boundary(),
        });
        EvaluationResult {
            eval_action_name: action.to_owned(),
            eval_resource_name: Some(resource.to_owned()),
            eval_decision: told.decided(),
            matched_statements: Some(matched),
            missing_context_values: Some(missing),
            organizations_decision_detail: told.of_organizations(),
            permissions_boundary_decision_detail: told.of_boundary(),
            eval_decision_details: told.details(resource, crosses),
            resource_specific_results: specific.map(|specific| vec![specific]),
        }
    }

    fn policies(&self, resource: &str) -> Policies<'_> {
        let service = Arn::parse(resource).map(|arn| arn.service);
        let kind = match service {
            Ok("kms") => ResourcePolicyKind::Key,
            _ => ResourcePolicyKind::Plain,
        };
        Policies {
            identity: Some(&self.identity),
            boundary: self.boundary.as_ref(),
            resource: self.resource_policy.as_ref().map(|set| ResourcePolicy { set, kind }),
            scps: &self.controls.service,
            ..Policies::default()
        }
    }

    /// The account that a resource belongs to: the one in its ARN, the one that was named for such
    /// as have none there, or the caller's.
    fn owner<'a>(&'a self, resource: &'a str) -> &'a str {
        let account = Arn::parse(resource).map_or("", |arn| arn.account);
        if account.parse::<AccountId>().is_ok() {
            return account;
        }
        self.resource_owner.as_deref().unwrap_or(self.caller.account())
    }
}

/// The kinds of policies that answers speak of, and what they call them.
const SHOWN: [(Layer, PolicySourceType); 3] = [
    (Layer::Identity, PolicySourceType::IamPolicy),
    (Layer::Resource, PolicySourceType::ResourcePolicy),
    (Layer::Boundary, PolicySourceType::PermissionsBoundaryPolicy),
];

/// A decision, in the words of answers.
struct Told(Explanation);

impl Told {
    fn decided(&self) -> Decided {
        match self.0.decision.effect {
            Effect::Allow => Decided::Allowed,
            Effect::ExplicitDeny => Decided::ExplicitDeny,
            Effect::ImplicitDeny => Decided::ImplicitDeny,
        }
    }

    /// What is told of the kinds of policies that answers speak of.
    fn shown(&self) -> impl Iterator<Item = (PolicySourceType, &Part)> {
        self.0.parts.iter().filter_map(|part| {
            let (_, kind) = SHOWN.into_iter().find(|(layer, _)| *layer == part.layer)?;
            Some((kind, part))
        })
    }

    /// The statements that made the decision; what is denied for want of an allow has none.
    fn matched(&self) -> Vec<Statement> {
        let allows = match self.0.decision.effect {
            Effect::Allow => true,
            Effect::ExplicitDeny => false,
            Effect::ImplicitDeny => return Vec::new(),
        };
        let all = self.shown().flat_map(|(kind, part)| part.matched.iter().map(move |m| (kind, m)));
        let deciding = all.filter(|(_, matched)| matched.allows == allows);
        deciding.map(|(kind, matched)| statement(kind, matched)).collect()
    }

    fn missing(&self) -> Vec<String> {
        let mut known = HashSet::new();
        let all = self.shown().flat_map(|(_, part)| &part.missing);
        all.filter(|key| known.insert(key.to_ascii_lowercase())).cloned().collect()
    }

    /// Whether the service control policies of every level allow it; nothing where there are none.
    fn of_organizations(&self) -> Option<shapes::OrganizationsDecisionDetail> {
        let mut levels = self.0.parts.iter().filter(|part| part.layer == Layer::Scp).peekable();
        levels.peek()?;
        Some(shapes::OrganizationsDecisionDetail {
            allowed_by_organizations: Some(levels.all(|level| level.says == Says::Allows)),
        })
    }

    fn of_boundary(&self) -> Option<shapes::PermissionsBoundaryDecisionDetail> {
        let boundary = self.0.parts.iter().find(|part| part.layer == Layer::Boundary)?;
        Some(shapes::PermissionsBoundaryDecisionDetail {
            allowed_by_permissions_boundary: Some(boundary.says == Says::Allows),
        })
    }

    /// What each kind of policy says, if the call crosses accounts. Within an account it is empty,
    /// and left out where all resources are meant.
    fn details(&self, resource: &str, crosses: bool) -> Option<BTreeMap<String, Decided>> {
        let says = |(kind, part): (PolicySourceType, &Part)| {
            let decided = match part.says {
                Says::Allows => Decided::Allowed,
                Says::Denies => Decided::ExplicitDeny,
                Says::Nothing => Decided::ImplicitDeny,
            };
            (kind.as_str().to_owned(), decided)
        };
        if crosses {
            return Some(self.shown().map(says).collect());
        }
        (resource != "*").then(BTreeMap::new)
    }
}

fn statement(kind: PolicySourceType, matched: &Matched) -> Statement {
    let number = |count: usize| i32::try_from(count).ok();
    let place = |place: Position| shapes::Position {
        line: number(place.line),
        column: number(place.column),
    };
    Statement {
        source_policy_id: Some(matched.source.name.clone()),
        source_policy_type: Some(kind),
        start_position: matched.span.map(|span| place(span.start)),
        end_position: matched.span.map(|span| place(span.end)),
    }
}

#[cfg(test)]
mod tests {
    use policy::{Document, Source};

    use super::*;

    fn set(name: &str, statement: &str) -> PolicySet {
        let text = format!(r#"{{"Version":"2012-10-17","Statement":[{statement}]}}"#);
        let source = Source { name: name.to_owned(), arn: None };
        PolicySet::compile([(source, Document::parse(&text).unwrap())])
    }

    #[test]
    fn each_kind_of_policy_is_told_apart_across_accounts() {
        let bob = "arn:aws:iam::111122223333:user/bob";
        let own = r#"{"Effect":"Allow","Action":"s3:*","Resource":"*"}"#;
        let bounding = r#"{"Effect":"Allow","Action":"sqs:*","Resource":"*"}"#;
        let other = r#"{"Effect":"Deny","Principal":"*","Action":"s3:Get","Resource":"*"}"#;
        let scenario = Scenario {
            caller: SimulatedCaller::named(bob).unwrap(),
            identity: set("own", own),
            boundary: Some(set("bounding", bounding)),
            resource_policy: Some(set("other", other)),
            controls: Arc::default(),
            resource_owner: Some("444455556666".to_owned()),
            context: Context::new(),
            named_resources: true,
        };
        let result = scenario.result("s3:Get", "arn:aws:s3:::b");
        assert_eq!(result.eval_decision, Decided::ExplicitDeny);
        let expected = [
            ("IAM Policy".to_owned(), Decided::Allowed),
            ("Permissions Boundary Policy".to_owned(), Decided::ImplicitDeny),
            ("Resource Policy".to_owned(), Decided::ExplicitDeny),
        ];
        assert_eq!(result.eval_decision_details, Some(BTreeMap::from(expected)));
        let matched = result.matched_statements.unwrap();
        let ids: Vec<_> = matched.into_iter().filter_map(|one| one.source_policy_id).collect();
        assert_eq!(ids, ["other"]);
        // Where the ARN says whose it is, nothing else is asked.
        let own = scenario.result("s3:Get", "arn:aws:sqs:us-east-1:111122223333:q");
        assert_eq!(own.eval_decision_details, Some(BTreeMap::new()));
    }
}
