//! The policies of a line, kind by kind, compiled.

use super::members::members;
use crate::document::Document;
use crate::evaluate::{Policies, ResourcePolicy, ResourcePolicyKind};
use crate::json::Node;
use crate::set::{PolicySet, Source};

/// All policies of a line.
#[derive(Default)]
pub(super) struct Documents {
    identity: PolicySet,
    boundary: Option<PolicySet>,
    session: Option<PolicySet>,
    scope_downs: Vec<PolicySet>,
    resource: Option<PolicySet>,
    scps: Vec<PolicySet>,
    rcps: Vec<PolicySet>,
}

impl Documents {
    /// Reads `policies`. A kind that is null or an empty list is not there.
    pub(super) fn read(policies: &Node) -> Result<Self, String> {
        let mut all = Self::default();
        for (kind, node) in members(policies, "policies")? {
            let absent =
                matches!(node, Node::Null) || matches!(node, Node::List(list) if list.is_empty());
            match kind.as_str() {
                _ if absent => {}
                "identity" if !matches!(node, Node::List(_)) => {
                    return Err("policies.identity must be a list of documents".to_owned());
                }
                "identity" => all.identity = set(kind, node)?,
                "boundary" => all.boundary = Some(set(kind, node)?),
                "session" => all.session = Some(set(kind, node)?),
                "scope_down" => all.scope_downs = levels(kind, node)?,
                "resource" => all.resource = Some(set(kind, node)?),
                "scp" => all.scps = levels(kind, node)?,
                "rcp" => all.rcps = levels(kind, node)?,
                other => return Err(format!("policies of kind {other} are not known")),
            }
        }
        Ok(all)
    }

    /// The policies for a resource whose own is of this kind. If it must allow, none at all is one
    /// that is silent: `silent`.
    pub(super) fn policies<'a>(
        &'a self,
        kind: ResourcePolicyKind,
        silent: &'a PolicySet,
    ) -> Policies<'a> {
        let must = Some(silent).filter(|_| kind != ResourcePolicyKind::Plain);
        let resource = self.resource.as_ref().or(must);
        Policies {
            identity: Some(&self.identity),
            boundary: self.boundary.as_ref(),
            session: self.session.as_ref(),
            scope_downs: &self.scope_downs,
            resource: resource.map(|set| ResourcePolicy { set, kind }),
            scps: &self.scps,
            rcps: &self.rcps,
        }
    }
}

/// One document, or a list of them.
fn set(name: &str, node: &Node) -> Result<PolicySet, String> {
    match node {
        Node::List(list) => compiled(name, list),
        one => compiled(name, std::slice::from_ref(one)),
    }
}

/// A list of levels, each a list of documents. A list of documents is one level.
fn levels(name: &str, node: &Node) -> Result<Vec<PolicySet>, String> {
    let Node::List(list) = node else { return Ok(vec![set(name, node)?]) };
    let deep = list.iter().filter(|item| matches!(item, Node::List(_))).count();
    if deep == 0 {
        return Ok(vec![compiled(name, list)?]);
    }
    if deep < list.len() {
        return Err(format!("policies.{name} must be a list of lists of documents"));
    }
    let level = |(at, level): (usize, &Node)| set(&format!("{name}.{at}"), level);
    list.iter().enumerate().map(level).collect()
}

fn compiled(name: &str, list: &[Node]) -> Result<PolicySet, String> {
    let read = |(at, node): (usize, &Node)| {
        // A document may also be given as a string that holds it.
        let document = match node.text() {
            Some(text) => Document::parse(text),
            None => Document::from_node(node),
        };
        let source = Source { name: format!("{name}.{at}"), arn: None };
        let wrong = |message| format!("policies.{name}[{at}]: {message}");
        document.map(|document| (source, document)).map_err(|malformed| wrong(malformed.message))
    };
    let documents: Vec<(Source, Document)> =
        list.iter().enumerate().map(read).collect::<Result<_, _>>()?;
    Ok(PolicySet::compile(documents))
}
