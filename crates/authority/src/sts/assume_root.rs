//! Doing one task of a member account's root.
//!
//! The operator of the server says which account manages which (`keywright account manage-root`);
//! nobody else's root can be reached. What the session may do is one of AWS's task policies.
//!
//! Source: STS API Reference, AssumeRoot; IAM User Guide, "Perform a privileged task on an AWS
//! Organizations member account".

use api::sts::operations::AssumeRoot;
use api::sts::shapes;
use api::{Common, Fault};
use names::AccountId;

use super::issue::Beginning;
use crate::corridor::story;
use crate::entity::Account;
use crate::fault;
use crate::handle::{Asking, Asks, Granted, Handle};
use crate::iam::aws_managed::{self, ROOT_TASKS};
use crate::iam::{arn, target::Target};
use crate::token::{Bearer, Passed, SessionPolicies};

/// Seconds that a task may take, and takes unless the call says less.
const MAX: i32 = 900;

impl Handle for AssumeRoot {
    /// An account that the caller's does not manage is refused in the words of one that does not
    /// exist.
    fn asks(input: &Self::Input, at: &Asking<'_>) -> Result<Asks, Fault> {
        let member = member(&input.target_principal)?;
        let root = arn::root(member);
        let account = at.view().entity::<Account>(member, Account::KEY)?;
        let managed = account.is_some_and(|account| account.root_manager == Some(at.account()));
        if !managed {
            let message = story::bare(at.caller().arn(), "sts:AssumeRoot", &root);
            return Err(Fault::common(Common::AccessDenied, message));
        }
        let task = input.task_policy_arn.arn.as_deref().unwrap_or_default();
        Ok(Asks::on(Target::made(root)).with("sts:TaskPolicyArn", task))
    }

    fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        let member = member(&input.target_principal)?;
        let task = input.task_policy_arn.arn.unwrap_or_default();
        if aws_managed::find(&task).is_none_or(|policy| policy.path != ROOT_TASKS) {
            return Err(fault::invalid(format!("ARN {task} is not valid.")));
        }
        let source_identity =
            cx.caller().session().and_then(|session| session.facts.source_identity.clone());
        let policies = SessionPolicies { arns: vec![task], ..SessionPolicies::default() };
        let beginning = Beginning {
            least: input.minimum_session_token_size,
            passed: Passed { policies, ..Passed::default() },
            source_identity: source_identity.clone(),
            ..Beginning::plain(
                member,
                Bearer::RootTask { manager: cx.account() },
                input.duration_seconds.unwrap_or(MAX),
            )
        };
        Ok(shapes::AssumeRootResponse {
            credentials: Some(beginning.issue(cx)?),
            source_identity,
            ..shapes::AssumeRootResponse::default()
        })
    }
}

/// The account whose root is meant: its id, or root's ARN.
fn member(text: &str) -> Result<AccountId, Fault> {
    let id = text.strip_prefix("arn:aws:iam::").and_then(|rest| rest.strip_suffix(":root"));
    id.unwrap_or(text).parse().map_err(|_| fault::invalid(format!("{text} is invalid")))
}
