//! JSON objects of a line: members that must be there, may be there, or are not known.

use crate::json::Node;

/// The node is an object without members other than those `known`.
pub(super) fn only(node: &Node, what: &str, known: &[&str]) -> Result<(), String> {
    let unknown = members(node, what)?.iter().find(|(name, _)| !known.contains(&name.as_str()));
    unknown.map_or(Ok(()), |(name, _)| Err(format!("{what} has no member {name:?}")))
}

pub(super) fn members<'n>(node: &'n Node, what: &str) -> Result<&'n [(String, Node)], String> {
    node.object().ok_or_else(|| format!("{what} must be a JSON object"))
}

pub(super) fn text<'n>(node: &'n Node, name: &str) -> Result<Option<&'n str>, String> {
    let texts = node.present(name).map(|node| node.text().ok_or(()));
    texts.transpose().map_err(|()| format!("{name} must be a string"))
}

/// The first of several members that is there.
pub(super) fn first_text<'n>(node: &'n Node, names: &[&str]) -> Result<Option<&'n str>, String> {
    for name in names {
        if let Some(found) = text(node, name)?.filter(|text| !text.is_empty()) {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

/// An account's id, which may be written as a number.
pub(super) fn account_id(node: &Node, name: &str) -> Result<Option<String>, String> {
    let ids = node.present(name).map(|node| node.scalar().ok_or(()));
    ids.transpose().map_err(|()| format!("{name} must be an account's id"))
}

/// A part of an ARN, counted from zero.
pub(super) fn arn_part(arn: &str, at: usize) -> Option<&str> {
    arn.starts_with("arn:").then(|| arn.splitn(6, ':').nth(at)).flatten()
}
