//! A policy document as evaluation sees it. What may be *written* is stricter: see `validate`.

use crate::json::Node;
use crate::operator::Operator;
use crate::principals::Principals;
use crate::span::{self, Span};

/// The document is no policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Malformed {
    /// Why, in AWS's words.
    pub message: String,
}

impl Malformed {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into() }
    }

    pub(crate) fn syntax() -> Self {
        Self::new("Syntax errors in policy.")
    }
}

/// Actions or resources of a statement: those named, or all but those named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Named {
    pub(crate) except: bool,
    pub(crate) list: Vec<String>,
}

/// A statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Statement {
    pub(crate) sid: Option<String>,
    pub(crate) allows: bool,
    pub(crate) actions: Named,
    /// `None`: the statement names no resource.
    pub(crate) resources: Option<Named>,
    pub(crate) principals: Option<Principals>,
    /// Where it stands; `None` if the document was never a text.
    pub(crate) span: Option<Span>,
    /// Operator, key, values.
    pub(crate) conditions: Vec<(Operator, String, Vec<String>)>,
}

/// A policy document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// Whether variables are variables: version 2012-10-17.
    pub(crate) variables: bool,
    pub(crate) statements: Vec<Statement>,
}

impl Document {
    /// Reads a document.
    ///
    /// # Errors
    /// [`Malformed`] for what evaluation could not make sense of.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        let node = Node::parse(text).ok_or_else(Malformed::syntax)?;
        let mut document = Self::from_node(&node)?;
        for (statement, span) in document.statements.iter_mut().zip(span::of_statements(text)) {
            statement.span = Some(span);
        }
        Ok(document)
    }

    pub(crate) fn from_node(node: &Node) -> Result<Self, Malformed> {
        node.object().ok_or_else(Malformed::syntax)?;
        let variables = match node.get("Version").map(Node::text) {
            None | Some(Some("2008-10-17")) => false,
            Some(Some("2012-10-17")) => true,
            Some(_) => return Err(Malformed::syntax()),
        };
        let statements = match node.get("Statement") {
            Some(Node::List(list)) => list.iter().map(statement).collect::<Result<_, _>>()?,
            Some(one @ Node::Object(_)) => vec![statement(one)?],
            _ => return Err(Malformed::syntax()),
        };
        Ok(Self { variables, statements })
    }
}

const ELEMENTS: [&str; 9] = [
    "Sid",
    "Effect",
    "Principal",
    "NotPrincipal",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Condition",
];

fn statement(node: &Node) -> Result<Statement, Malformed> {
    let members = node.object().ok_or_else(Malformed::syntax)?;
    if members.iter().any(|(name, _)| !ELEMENTS.contains(&name.as_str())) {
        return Err(Malformed::syntax());
    }
    let allows = match node.get("Effect").and_then(Node::text) {
        Some("Allow") => true,
        Some("Deny") => false,
        _ => return Err(Malformed::syntax()),
    };
    let actions = named(node, "Action", "NotAction")?.ok_or_else(Malformed::syntax)?;
    let sid = match node.get("Sid") {
        None => None,
        Some(sid) => Some(sid.text().ok_or_else(Malformed::syntax)?.to_owned()),
    };
    Ok(Statement {
        sid,
        allows,
        actions,
        resources: named(node, "Resource", "NotResource")?,
        principals: Principals::read(node)?,
        span: None,
        conditions: node.get("Condition").map_or(Ok(Vec::new()), conditions)?,
    })
}

fn named(node: &Node, plain: &str, except: &str) -> Result<Option<Named>, Malformed> {
    let (node, except) = match (node.get(plain), node.get(except)) {
        (Some(node), None) => (node, false),
        (None, Some(node)) => (node, true),
        (None, None) => return Ok(None),
        (Some(_), Some(_)) => return Err(Malformed::syntax()),
    };
    let list = node.texts().ok_or_else(Malformed::syntax)?;
    Ok(Some(Named { except, list }))
}

fn conditions(node: &Node) -> Result<Vec<(Operator, String, Vec<String>)>, Malformed> {
    let mut all = Vec::new();
    for (name, keys) in node.object().ok_or_else(Malformed::syntax)? {
        let keys = keys.object().ok_or_else(Malformed::syntax)?;
        let operator = match Operator::parse(name) {
            Some(operator) => operator,
            None if keys.is_empty() => continue,
            None => return Err(Malformed::syntax()),
        };
        for (key, values) in keys {
            let values = values.scalars().ok_or_else(Malformed::syntax)?;
            all.push((operator, key.clone(), values));
        }
    }
    Ok(all)
}
