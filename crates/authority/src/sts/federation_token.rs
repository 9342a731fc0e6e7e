//! Lending out a part of one's permissions.
//!
//! What the session may do, both the user and the policies passed must allow; without any policy
//! passed it may do nothing but what resources grant it.
//!
//! Source: STS API Reference, GetFederationToken.

use api::Fault;
use api::sts::operations::GetFederationToken;
use api::sts::shapes;
use names::UniqueId;

use super::issue::{self, Beginning};
use super::session::seconds;
use crate::handle::{Asking, Asks, Granted, Handle};
use crate::iam::arn;
use crate::iam::target::Target;
use crate::token::{Bearer, Passed};

impl Handle for GetFederationToken {
    fn asks(input: &Self::Input, at: &Asking<'_>) -> Result<Asks, Fault> {
        let asks = Asks::on(Target::made(arn::federated_user(at.account(), &input.name)));
        let tags = issue::tags(input.tags.as_ref());
        Ok(if tags.is_empty() { asks } else { asks.also("sts:TagSession").with_tags(&tags) })
    }

    fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        let (account, caller) = (cx.account(), cx.caller());
        let tags = issue::tags(input.tags.as_ref());
        issue::check_tags(&tags)?;
        let user = caller.user_name().is_some().then(|| UniqueId::from_text(caller.user_id()));
        let policies = issue::policies(cx, account, input.policy, input.policy_arns)?;
        let bearer = Bearer::Federated { user, name: input.name.clone() };
        let beginning = Beginning {
            least: input.minimum_session_token_size,
            passed: Passed { policies, tags, transitive: Vec::new() },
            ..Beginning::plain(account, bearer, seconds(caller, input.duration_seconds))
        };
        let packed_policy_size = Some(beginning.packed_size()?.unwrap_or(0));
        Ok(shapes::GetFederationTokenResponse {
            credentials: Some(beginning.issue(cx)?),
            federated_user: Some(shapes::FederatedUser {
                federated_user_id: format!("{account}:{}", input.name),
                arn: arn::federated_user(account, &input.name),
            }),
            packed_policy_size,
            ..shapes::GetFederationTokenResponse::default()
        })
    }
}
