//! The first check: elements and their JSON types. All of its failures have one text.

use crate::json::Node;
use crate::operator::Operator;

/// `Conditions` has no meaning here, but IAM takes it.
const TOP: [&str; 4] = ["Version", "Id", "Statement", "Conditions"];
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

/// The document's statements, if elements and types are right.
pub(super) fn statements(node: &Node) -> Option<Vec<&Node>> {
    only(node, &TOP)?;
    optional_text(node, "Id")?;
    if let Some(version) = node.get("Version") {
        matches!(version.text()?, "2008-10-17" | "2012-10-17").then_some(())?;
    }
    let statements: Vec<&Node> = match node.get("Statement")? {
        Node::List(list) if !list.is_empty() => list.iter().collect(),
        one @ Node::Object(_) => vec![one],
        _ => return None,
    };
    statements.iter().try_for_each(|node| statement(node))?;
    Some(statements)
}

fn only(node: &Node, names: &[&str]) -> Option<()> {
    node.object()?.iter().all(|(name, _)| names.contains(&name.as_str())).then_some(())
}

fn optional_text(node: &Node, name: &str) -> Option<()> {
    node.get(name).is_none_or(|node| node.text().is_some()).then_some(())
}

fn statement(node: &Node) -> Option<()> {
    only(node, &ELEMENTS)?;
    optional_text(node, "Sid")?;
    let effect = node.get("Effect")?.text()?;
    let known = effect.eq_ignore_ascii_case("allow") || effect.eq_ignore_ascii_case("deny");
    known.then_some(())?;
    for (plain, except) in [("Action", "NotAction"), ("Resource", "NotResource")] {
        let both = node.get(plain).is_some() && node.get(except).is_some();
        (!both).then_some(())?;
        for name in [plain, except] {
            if let Some(value) = node.get(name) {
                value.texts()?;
            }
        }
    }
    node.get("Condition").map_or(Some(()), condition)
}

fn condition(node: &Node) -> Option<()> {
    for (operator, keys) in node.object()? {
        let keys = keys.object()?;
        if Operator::parse(operator).is_none() && !keys.is_empty() {
            return None;
        }
        for (_, values) in keys {
            values.scalars()?;
        }
    }
    Some(())
}
