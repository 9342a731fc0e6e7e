//! `keywright sessions revoke`: ends sessions by a policy that denies, as AWS's console does.
//!
//! A client of the API that may do what its credentials may. It never opens a store.

mod denial;
mod trail;
mod whose;

use clap::{Args, Subcommand};
use names::{AccountId, Timestamp, account_of_id};

use crate::api_client::ApiClient;
use crate::failure::Failure;
use crate::output;
use crate::remote::Remote;
use crate::service::Service;
use denial::{Denial, Reach};
use whose::{Holder, Whose};

/// End temporary sessions on a running server
#[derive(Debug, Subcommand)]
pub(crate) enum Sessions {
    Revoke(Revoke),
}

/// End the sessions of a role or a user, or the session of one key; the server is running
///
/// A client of the API: calls are signed with AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and
/// AWS_SESSION_TOKEN, and may do what their principal may. An inline policy is put on the role or user:
/// AWSRevokeOlderSessions denies everything to its sessions that began before now by the server's clock,
/// RevokeSession-… to the session of one key. From their next call on they are refused, but for
/// GetCallerIdentity, which is answered to everybody who can sign. The policy stays until it is deleted;
/// sessions that begin later are not denied.
///
/// Needs iam:PutRolePolicy or iam:PutUserPolicy; for a bare name iam:GetRole and iam:GetUser, for an AKIA…
/// key iam:GetAccessKeyLastUsed, for an ASIA… key cloudtrail:LookupEvents.
#[derive(Debug, Args)]
pub(crate) struct Revoke {
    /// An ARN, role/NAME, user/NAME or a name: all sessions. AKIA…: all sessions of the user whose key it
    /// is. ASIA…: the session of that key
    #[arg(value_name = "ROLE|USER|KEY")]
    whose: Whose,

    #[command(flatten)]
    remote: Remote,
}

impl Sessions {
    pub(crate) fn run(self) -> Result<(), Failure> {
        match self {
            Self::Revoke(revoke) => revoke.run(),
        }
    }
}

impl Revoke {
    fn run(self) -> Result<(), Failure> {
        let client = ApiClient::new(self.remote.settle()?)?;
        let account = account(&client)?;
        match self.whose {
            Whose::Of(holder, named) => {
                mine(account, named, &holder.to_string())?;
                revoke(&client, holder, Reach::All)
            }
            Whose::Named(name) => revoke(&client, whose::holder_named(&client, &name)?, Reach::All),
            Whose::Key(id) => {
                mine(account, account_of_id(&id), &id)?;
                let holder = whose::holder_of_key(&client, &id, account)?;
                revoke(&client, holder, Reach::AllOfKey(id))
            }
            Whose::SessionKey(id) => {
                mine(account, account_of_id(&id), &id)?;
                let session = trail::session_of(&client, &id)?;
                mine(account, session.account, &id)?;
                revoke(&client, session.holder, Reach::One { id, principal: session.principal })
            }
        }
    }
}

/// The account of the caller; the call needs no permission, and brings the server's clock.
fn account(client: &ApiClient) -> Result<AccountId, Failure> {
    let answer = client.query(Service::Sts, "GetCallerIdentity", &[])?;
    let account = answer.get("Account").and_then(|account| account.as_str()).unwrap_or_default();
    account.parse().map_err(|error| Failure::new("the answer names no account").because(error))
}

/// A policy can be put in one's own account alone.
fn mine(account: AccountId, named: Option<AccountId>, what: &str) -> Result<(), Failure> {
    match named.filter(|named| *named != account) {
        None => Ok(()),
        Some(other) => Err(Failure::new(format!("{what} is of account {other}")).hint(format!(
            "the credentials in the environment are of account {account}; call with some of {other}"
        ))),
    }
}

fn revoke(client: &ApiClient, holder: Holder, reach: Reach) -> Result<(), Failure> {
    // A session's begin is known in whole seconds: one that began in this second began before the next.
    let before = client.server_time()?.plus_seconds(1);
    let denial = Denial { holder, reach, before };
    let (document, policy) = (denial.document(), denial.policy_name());
    let (operation, member) = denial.holder.put_operation();
    client.query(
        Service::Iam,
        operation,
        &[(member, denial.holder.name()), ("PolicyName", &policy), ("PolicyDocument", &document)],
    )?;
    tell(&denial, &policy, before);
    Ok(())
}

fn tell(denial: &Denial, policy: &str, before: Timestamp) {
    output::data(&format!("{}\t{policy}\t{before}", denial.holder));
    output::tell(&format!("Ended: {}", denial.ended()));
    output::tell("Not reached:");
    for rest in denial.not_reached() {
        output::tell(&format!("- {rest}"));
    }
    output::tell(&denial.farewell());
}
