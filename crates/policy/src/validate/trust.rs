//! Role trust policies: who may assume the role, by which of the assume actions.
//!
//! The version is not asked for: roles with documents of the old version, or of none, are common.

use super::principal::{self, Place};
use super::{form, read};
use crate::document::Malformed;
use crate::json::Node;

pub(super) fn check(text: &str) -> Result<(), Malformed> {
    let node = read(text)?;
    let statements = super::statements_with_principals(&node)?;
    form::check_legacy_parsing(&statements, false)?;
    form::check_sids(&statements)?;
    form::check_actions_present(&statements)?;
    form::check_actions(&statements)?;
    statements.iter().try_for_each(|statement| check_assume_actions(statement))?;
    statements.iter().try_for_each(|statement| check_elements(statement))
}

/// Only actions of STS: a role can be assumed, and what goes with that, and nothing else.
fn check_assume_actions(statement: &Node) -> Result<(), Malformed> {
    let of_sts = |action: &String| {
        action.split_once(':').is_some_and(|(vendor, _)| vendor.eq_ignore_ascii_case("sts"))
    };
    let actions = statement.get("Action").and_then(Node::texts).unwrap_or_default();
    if statement.get("NotAction").is_none() && actions.iter().all(of_sts) {
        return Ok(());
    }
    // Two blanks, as IAM has it.
    Err(Malformed::new(
        "Trust Policy statement actions can only be sts:AssumeRole, sts:AssumeRoleWithSAML,  and \
         sts:AssumeRoleWithWebIdentity",
    ))
}

fn check_elements(statement: &Node) -> Result<(), Malformed> {
    for name in ["Resource", "NotResource", "NotPrincipal"] {
        if statement.get(name).is_some() {
            return Err(Malformed::new(format!("Has prohibited field {name}.")));
        }
    }
    let element = statement.get("Principal").ok_or_else(principal::missing)?;
    principal::check(element, Place::Trust)
}
