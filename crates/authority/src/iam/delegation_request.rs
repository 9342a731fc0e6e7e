//! Delegation requests: temporary access that product partners of AWS ask an account for.
//!
//! Nobody is a partner here, so there are no requests: none can be made, and none is found.
//!
//! Source: IAM API Reference, "CreateDelegationRequest".

use api::Fault;
use api::iam::operations::{
    AcceptDelegationRequest, AssociateDelegationRequest, CreateDelegationRequest,
    GetDelegationRequest, GetHumanReadableSummary, ListDelegationRequests, RejectDelegationRequest,
    SendDelegationToken, UpdateDelegationRequest,
};
use api::iam::shapes;

use super::page::Page;
use super::target::Target;
use super::{arn, faults, managed};
use crate::handle::{Asking, Asks, Granted, Handle};

const KIND: &str = "delegation-request";

fn target(at: &Asking<'_>, id: &str) -> Target {
    Target::made(arn::at_root_path(at.account(), KIND, id))
}

fn no_such_request(id: &str) -> Fault {
    faults::not_found(format!("Delegation request {id} cannot be found."))
}

/// Operations on a request that has to be there.
macro_rules! on_a_request {
    ($($operation:ident),* $(,)?) => {$(
        impl Handle for $operation {
            fn asks(input: &Self::Input, at: &Asking<'_>) -> Result<Asks, Fault> {
                Ok(Asks::on(target(at, &input.delegation_request_id)))
            }

            fn run(_: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
                Err(no_such_request(&input.delegation_request_id))
            }
        }
    )*};
}

on_a_request!(
    AcceptDelegationRequest,
    AssociateDelegationRequest,
    GetDelegationRequest,
    RejectDelegationRequest,
    SendDelegationToken,
    UpdateDelegationRequest,
);

impl Handle for CreateDelegationRequest {
    fn asks(input: &Self::Input, at: &Asking<'_>) -> Result<Asks, Fault> {
        let asks = Asks::on(target(at, "*"))
            .with("iam:DelegationDuration", &input.session_duration.to_string())
            .with("iam:NotificationChannel", &input.notification_channel);
        Ok(match &input.permissions.policy_template_arn {
            Some(template) => asks.with("iam:TemplateArn", template),
            None => asks,
        })
    }

    /// A request asks for the permissions of a template, and templates are what partners register.
    fn run(_: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        let template = input.permissions.policy_template_arn.unwrap_or_default();
        Err(faults::invalid_input(format!("Policy template {template} is invalid.")))
    }
}

impl Handle for ListDelegationRequests {
    fn asks(input: &Self::Input, _: &Asking<'_>) -> Result<Asks, Fault> {
        let asks = Asks::on_any();
        Ok(match &input.owner_id {
            Some(owner) => asks.with("iam:DelegationRequestOwner", owner),
            None => asks,
        })
    }

    fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        Page::of(cx, input.marker.as_deref(), input.max_items)?;
        Ok(shapes::ListDelegationRequestsResponse {
            delegation_requests: Some(Vec::new()),
            marker: None,
            is_truncated: Some(false),
        })
    }
}

impl Handle for GetHumanReadableSummary {
    fn asks(input: &Self::Input, _: &Asking<'_>) -> Result<Asks, Fault> {
        Ok(Asks::on(Target::made(input.entity_arn.clone())))
    }

    fn run(_: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        let named = managed::parsed(&input.entity_arn)?;
        let id = named.resource.strip_prefix("delegation-request/");
        let wrong = || faults::invalid_input(format!("ARN {} is not valid.", input.entity_arn));
        Err(no_such_request(id.filter(|_| named.service == "iam").ok_or_else(wrong)?))
    }
}
