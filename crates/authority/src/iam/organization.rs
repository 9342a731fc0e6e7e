//! What belongs to AWS Organizations, for accounts that are in none: root management across
//! accounts and access reports.
//!
//! There are no organizations here. These operations are authorised and recorded like any other, and
//! answer what AWS answers an account outside of every organization.

use api::Fault;
use api::iam::operations::{
    DisableOrganizationsRootCredentialsManagement, DisableOrganizationsRootSessions,
    EnableOrganizationsRootCredentialsManagement, EnableOrganizationsRootSessions,
    GenerateOrganizationsAccessReport, GetOrganizationsAccessReport, ListOrganizationsFeatures,
};
use api::iam::{errors, shapes};
use names::{AccountId, mint_uuid};
use serde::{Deserialize, Serialize};
use store::IndexRow;

use super::page::Page;
use super::target::Target;
use super::{arn, faults};
use crate::entity::{Entity, Kind, Recent};
use crate::handle::{Asking, Asks, Granted, Handle};

/// The refusal of whoever asks for what only organizations have.
fn no_organization() -> Fault {
    let message = "The request was rejected because no organization is associated with your \
        account.";
    Fault::new(&errors::ORGANIZATION_NOT_FOUND, message)
}

/// Operations that need an organization and nothing else to refuse without one.
macro_rules! refused_without_organization {
    ($($operation:ident),* $(,)?) => {$(
        impl Handle for $operation {
            fn asks(_: &Self::Input, _: &Asking<'_>) -> Result<Asks, Fault> {
                Ok(Asks::on_any())
            }

            fn run(_: &mut Granted<'_, Self>, _: Self::Input) -> Result<Self::Output, Fault> {
                Err(no_organization())
            }
        }
    )*};
}

refused_without_organization!(
    DisableOrganizationsRootCredentialsManagement,
    DisableOrganizationsRootSessions,
    EnableOrganizationsRootCredentialsManagement,
    EnableOrganizationsRootSessions,
    ListOrganizationsFeatures,
);

/// The access reports that an account has asked for. All of them have failed.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct AccessReports {
    account: AccountId,
    jobs: Recent,
}

impl AccessReports {
    const KEY: &'static str = "reports";

    fn of(account: AccountId) -> Self {
        Self { account, jobs: Recent::default() }
    }
}

impl Entity for AccessReports {
    const KIND: Kind = Kind::OrganizationAccessReports;

    fn account(&self) -> AccountId {
        self.account
    }

    fn key(&self) -> String {
        Self::KEY.to_owned()
    }

    fn index_rows(&self) -> Vec<IndexRow> {
        Vec::new()
    }
}

impl Handle for GenerateOrganizationsAccessReport {
    fn asks(input: &Self::Input, at: &Asking<'_>) -> Result<Asks, Fault> {
        let path = &input.entity_path;
        let asks = Asks::on(Target::made(arn::at_root_path(at.account(), "access-report", path)));
        Ok(match &input.organizations_policy_id {
            Some(id) => asks.with("iam:OrganizationsPolicyId", id),
            None => asks,
        })
    }

    /// The job begins; that the account is in no organization is what its report says.
    fn run(cx: &mut Granted<'_, Self>, _: Self::Input) -> Result<Self::Output, Fault> {
        let account = cx.account();
        let reports = cx.get::<AccessReports>(AccessReports::KEY)?;
        let mut reports = reports.unwrap_or_else(|| AccessReports::of(account));
        let id = mint_uuid(cx.chance());
        reports.jobs.add(id.clone(), cx.now().whole_second());
        cx.put(&reports)?;
        Ok(shapes::GenerateOrganizationsAccessReportResponse { job_id: Some(id) })
    }
}

impl Handle for GetOrganizationsAccessReport {
    fn asks(_: &Self::Input, _: &Asking<'_>) -> Result<Asks, Fault> {
        Ok(Asks::on_any())
    }

    fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        Page::of(cx, input.marker.as_deref(), input.max_items)?;
        let reports = cx.get::<AccessReports>(AccessReports::KEY)?;
        let made = reports.and_then(|reports| reports.jobs.made(&input.job_id, cx.now()));
        let missing = || faults::not_found(format!("Report not found for job id {}", input.job_id));
        let made = made.ok_or_else(missing)?;
        Ok(shapes::GetOrganizationsAccessReportResponse {
            job_status: shapes::JobStatusType::Failed,
            job_creation_date: made,
            job_completion_date: Some(made),
            is_truncated: Some(false),
            error_details: Some(shapes::ErrorDetails {
                message: "Your account is not a member of an organization.".to_owned(),
                code: "AWSOrganizationsNotInUseException".to_owned(),
            }),
            ..shapes::GetOrganizationsAccessReportResponse::default()
        })
    }
}
