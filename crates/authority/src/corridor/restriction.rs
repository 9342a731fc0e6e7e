//! What temporary credentials can't call at all, whatever policies say.
//!
//! Source: IAM User Guide, "Compare AWS STS credentials". IAM itself is closed to some sessions at
//! the authenticate station already.

use api::{Common, Fault, OperationInfo};

use crate::caller::{Caller, CallerKind};

/// Operations of STS that are open to a session of a user or of root.
const OWN: &[&str] = &[
    "sts:AssumeRole",
    "sts:GetCallerIdentity",
    "sts:GetScopedCredentials",
    "sts:GetWebIdentityToken",
];

/// Operations of STS that are open to a session that was lent out.
const LENT: &[&str] = &["sts:GetCallerIdentity", "sts:GetScopedCredentials"];

/// Operations of STS that are closed to a role's sessions.
const CLOSED_TO_ROLES: &[&str] = &["sts:GetSessionToken", "sts:GetFederationToken"];

/// Checks that this caller's kind of credentials may call the operation.
pub(super) fn check(caller: &Caller, operation: &OperationInfo) -> Result<(), Fault> {
    let action = operation.action;
    if caller.session().is_none() || !action.starts_with("sts:") {
        return Ok(());
    }
    let open = match caller.kind() {
        CallerKind::User | CallerKind::Root => OWN.contains(&action),
        CallerKind::Federated => LENT.contains(&action),
        CallerKind::Role => !CLOSED_TO_ROLES.contains(&action),
        CallerKind::RootTask => true,
    };
    if open {
        return Ok(());
    }
    let message = format!("Cannot call {} with session credentials", operation.name);
    Err(Fault::common(Common::AccessDenied, message))
}
