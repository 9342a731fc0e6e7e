//! Role templates: AWS's own patterns for roles. AWS does not publish them, so none is kept here, and
//! none is found.
//!
//! Source: IAM API Reference, AcquireRole and GetRoleTemplateVersion.

use api::Fault;
use api::iam::operations::{AcquireRole, GetRoleTemplateVersion};

use super::faults;
use super::target::Target;
use crate::handle::{Asking, Asks, Granted, Handle};

/// What is no ARN of a template is told from a template that is not there.
fn not_found(arn: &str) -> Fault {
    let parsed = names::Arn::parse(arn).ok().filter(|arn| arn.service == "iam");
    match parsed.filter(|arn| arn.resource.starts_with("role-template/")) {
        Some(_) => faults::not_found(format!("Role template {arn} was not found.")),
        None => faults::invalid_input(format!("{arn} is not the ARN of a role template.")),
    }
}

impl Handle for AcquireRole {
    /// The role's name is the template's affair, so nobody can be allowed it on one role alone.
    fn asks(_: &Self::Input, _: &Asking<'_>) -> Result<Asks, Fault> {
        Ok(Asks::on_any())
    }

    fn run(_: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        Err(not_found(&input.template_arn))
    }
}

impl Handle for GetRoleTemplateVersion {
    fn asks(input: &Self::Input, _: &Asking<'_>) -> Result<Asks, Fault> {
        Ok(Asks::on(Target::made(input.template_arn.clone())))
    }

    fn run(_: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        Err(not_found(&input.template_arn))
    }
}
