//! Policies of resources of any service. Each service has rules of its own on top of these.

use super::principal::{self, Place};
use super::{form, read};
use crate::document::Malformed;

pub(super) fn check(text: &str) -> Result<(), Malformed> {
    let node = read(text)?;
    let statements = super::statements_with_principals(&node)?;
    form::check_legacy_parsing(&statements, false)?;
    let resource_error = form::check_resources(&statements)?;
    form::check_sids_unique(&statements)?;
    form::check_actions_present(&statements)?;
    resource_error.map_or(Ok(()), Err)?;
    form::check_actions(&statements)?;
    form::check_resources_present(&statements)?;
    statements.iter().try_for_each(|statement| {
        let element = statement.get("Principal").or(statement.get("NotPrincipal"));
        principal::check(element.ok_or_else(principal::missing)?, Place::Resource)
    })
}
