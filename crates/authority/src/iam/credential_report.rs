//! The credential report: a CSV of all users and the state of their credentials.
//!
//! Made when it is asked for, kept for four hours. Source: IAM User Guide, "Generate credential
//! reports for your AWS account"; the header is that of live reports.

use api::iam::operations::{GenerateCredentialReport, GetCredentialReport};
use api::iam::{errors, shapes};
use api::{Blob, Fault};
use names::{AccountId, Timestamp};
use serde::{Deserialize, Serialize};
use store::IndexRow;

use super::arn;
use crate::entity::{AccessKey, Account, Entity, Index, KeyStatus, Kind, SigningCertificate, User};
use crate::handle::{Asking, Asks, Granted, Handle};
use crate::iam::page;

/// A report is good for this long, in seconds.
const LIFETIME: i64 = 4 * 60 * 60;

/// Seconds.
const DAY: i64 = 24 * 60 * 60;

const HEADER: &str = "user,arn,user_creation_time,password_enabled,password_last_used,\
    password_last_changed,password_next_rotation,mfa_active,access_key_1_active,\
    access_key_1_last_rotated,access_key_1_last_used_date,access_key_1_last_used_region,\
    access_key_1_last_used_service,access_key_2_active,access_key_2_last_rotated,\
    access_key_2_last_used_date,access_key_2_last_used_region,access_key_2_last_used_service,\
    cert_1_active,cert_1_last_rotated,cert_2_active,cert_2_last_rotated";

/// The account's latest report.
#[derive(Debug, Serialize, Deserialize)]
struct Report {
    account: AccountId,
    made: Timestamp,
    content: String,
}

impl Report {
    const KEY: &'static str = "report";
}

impl Entity for Report {
    const KIND: Kind = Kind::CredentialReport;

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

impl Handle for GenerateCredentialReport {
    fn asks(_: &Self::Input, _: &Asking<'_>) -> Result<Asks, Fault> {
        Ok(Asks::on_any())
    }

    /// The first call makes the report and says that it has begun; the next one finds it complete.
    fn run(cx: &mut Granted<'_, Self>, _: Self::Input) -> Result<Self::Output, Fault> {
        let old = cx.get::<Report>(Report::KEY)?;
        let now = cx.now();
        if old.is_some_and(|old| now < old.made.plus_seconds(LIFETIME)) {
            return Ok(shapes::GenerateCredentialReportResponse {
                state: Some(shapes::ReportStateType::Complete),
                description: None,
            });
        }
        let content = content(cx)?;
        let report = Report { account: cx.account(), made: now.whole_second(), content };
        cx.put(&report)?;
        let text = "No report exists. Starting a new report generation task";
        Ok(shapes::GenerateCredentialReportResponse {
            state: Some(shapes::ReportStateType::Started),
            description: Some(text.to_owned()),
        })
    }
}

impl Handle for GetCredentialReport {
    fn asks(_: &Self::Input, _: &Asking<'_>) -> Result<Asks, Fault> {
        Ok(Asks::on_any())
    }

    fn run(cx: &mut Granted<'_, Self>, _: Self::Input) -> Result<Self::Output, Fault> {
        let missing = || Fault::new(&errors::CREDENTIAL_REPORT_NOT_PRESENT, "Unknown");
        let report = cx.get::<Report>(Report::KEY)?.ok_or_else(missing)?;
        if cx.now() >= report.made.plus_seconds(LIFETIME) {
            return Err(Fault::new(&errors::CREDENTIAL_REPORT_EXPIRED, "Unknown"));
        }
        Ok(shapes::GetCredentialReportResponse {
            content: Some(Blob(report.content.into_bytes())),
            report_format: Some(shapes::ReportFormatType::TextCsv),
            generated_time: Some(report.made),
        })
    }
}

/// Users are read in pages of this size.
const PAGE: usize = 256;

fn content<O>(cx: &mut Granted<'_, O>) -> Result<String, Fault> {
    let account = cx.caller_account()?;
    let mut out = HEADER.to_owned();
    push_root(cx, &mut out, &account);
    let max_age = account.password_policy.as_ref().and_then(|policy| policy.max_age);
    let mut after: Option<Vec<u8>> = None;
    loop {
        let rows = cx.view().scan(Index::UserByName, account.id, b"", after.as_deref(), PAGE)?;
        for row in &rows {
            if let Some(user) = cx.view().entity::<User>(account.id, page::last_part(&row.key))? {
                push_user(cx, &mut out, &user, max_age);
            }
        }
        match rows.last() {
            Some(last) if rows.len() == PAGE => after = Some(last.key.clone()),
            _ => return Ok(out),
        }
    }
}

fn push_root<O>(cx: &Granted<'_, O>, out: &mut String, account: &Account) {
    let created = account.created.iso();
    out.push_str(&format!(
        "\n<root_account>,{},{created},not_supported,no_information,not_supported,not_supported,{}",
        arn::root(account.id),
        !account.root.mfa.is_empty()
    ));
    push_keys(cx, out, &account.root.keys);
    push_certificates(out, &account.root.signing_certificates);
}

fn push_user<O>(cx: &Granted<'_, O>, out: &mut String, user: &User, max_age: Option<i32>) {
    let (name, created) = (&user.name, user.created.iso());
    // A comma is a legal character of a name.
    let quoted = |text: &str| {
        if text.contains(',') { format!("\"{text}\"") } else { text.to_owned() }
    };
    let (name, arn) = (quoted(name), quoted(&user.arn()));
    let (password, mfa) = (password(user, max_age), !user.mfa.is_empty());
    out.push_str(&format!("\n{name},{arn},{created},{password},{mfa}"));
    push_keys(cx, out, &user.keys);
    push_certificates(out, &user.signing_certificates);
}

/// Whether there is a password, when it was used and changed last, and until when it is good if
/// passwords expire after `max_age` days.
fn password(user: &User, max_age: Option<i32>) -> String {
    let Some(profile) = &user.login else { return "false,N/A,N/A,N/A".to_owned() };
    let used = profile.last_used.map_or_else(|| "no_information".to_owned(), Timestamp::iso);
    let expires = max_age.map(|days| profile.changed.plus_seconds(i64::from(days) * DAY));
    let expires = expires.map_or_else(|| "N/A".to_owned(), Timestamp::iso);
    format!("true,{used},{},{expires}", profile.changed.iso())
}

fn push_keys<O>(cx: &Granted<'_, O>, out: &mut String, keys: &[AccessKey]) {
    for at in 0..2 {
        let Some(key) = keys.get(at) else {
            out.push_str(",false,N/A,N/A,N/A,N/A");
            continue;
        };
        let active = key.status == KeyStatus::Active;
        out.push_str(&format!(",{active},{}", key.created.iso()));
        match cx.last_used(key.id.as_str()) {
            Some(used) => {
                let minute = Timestamp::from_seconds(used.at.seconds().div_euclid(60) * 60);
                let region = if used.service == "iam" { "N/A" } else { used.region.as_str() };
                out.push_str(&format!(",{},{region},{}", minute.iso(), used.service));
            }
            None => out.push_str(",N/A,N/A,N/A"),
        }
    }
}

fn push_certificates(out: &mut String, certificates: &[SigningCertificate]) {
    for at in 0..2 {
        match certificates.get(at) {
            Some(held) => {
                let active = held.status == KeyStatus::Active;
                out.push_str(&format!(",{active},{}", held.uploaded.iso()));
            }
            None => out.push_str(",false,N/A"),
        }
    }
}
