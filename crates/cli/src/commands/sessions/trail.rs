//! Whose session a temporary key is of, from the audit trail: from a call that it signed, or from the
//! call that handed it out.
//!
//! A record of a call whose signature was not good says nothing of the key's holder, and is not believed.

use names::{AccountId, Arn};
use serde_json::{Value, json};

use super::whose::{Holder, of_root};
use crate::api_client::ApiClient;
use crate::failure::Failure;

/// No session lives longer than 36 hours, which is GetSessionToken's limit; an hour more for clocks.
const WINDOW_SECONDS: i64 = 37 * 3600;
/// Where AWS keeps the records of global services.
const HOME: &str = "us-east-1";
const PAGE: u32 = 50;

/// A session that the trail knows.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Session {
    /// On whom a policy reaches it.
    pub(super) holder: Holder,
    /// The account of the holder.
    pub(super) account: Option<AccountId>,
    /// The session's `aws:userid`.
    pub(super) principal: String,
}

/// What a record says of a key.
#[derive(Debug, PartialEq, Eq)]
enum Found {
    Session(Session),
    /// A session of root's, which no policy reaches.
    Root(AccountId),
    /// A session that does one of root's tasks, which no policy reaches either.
    RootTask,
}

/// What a record says of the key with an id, if it can be believed.
type Reading = fn(&Value, &str) -> Option<Found>;

/// Finds the session of a key.
pub(super) fn session_of(client: &ApiClient, id: &str) -> Result<Session, Failure> {
    let likely = [client.region(), HOME];
    let others = authority::regions().iter().copied().filter(|region| !likely.contains(region));
    let regions: Vec<&str> = likely.into_iter().chain(others).collect();
    let readings: [(&str, Reading); 2] = [("AccessKeyId", signed), ("ResourceName", handed_out)];
    for (attribute, reading) in readings {
        for region in &regions {
            match search(client, region, attribute, id, reading)? {
                Some(Found::Session(session)) => return Ok(session),
                Some(Found::Root(account)) => return Err(of_root(id, account)),
                Some(Found::RootTask) => return Err(of_root_task(id)),
                None => {}
            }
        }
    }
    Err(Failure::new(format!("no session of {id} is known"))
        .hint("the trails of all regions were searched, 37 hours back; no session lives longer"))
}

fn of_root_task(id: &str) -> Failure {
    Failure::new(format!("{id} does a task of root's (AssumeRoot); no policy of IAM binds it")).hint(
        "it expires 15 minutes after it began, at the latest; revoke the sessions of who began it",
    )
}

/// Goes through the records with an attribute, newest first, until one says whose the key is.
fn search(
    client: &ApiClient,
    region: &str,
    attribute: &str,
    id: &str,
    reading: Reading,
) -> Result<Option<Found>, Failure> {
    let start = client.server_time()?.plus_seconds(-WINDOW_SECONDS).seconds();
    let mut input = json!({
        "LookupAttributes": [{"AttributeKey": attribute, "AttributeValue": id}],
        "MaxResults": PAGE,
        "StartTime": start,
    });
    loop {
        let page = client.lookup_events(region, &input)?;
        let events = page.get("Events").and_then(Value::as_array);
        let records = events.into_iter().flatten().filter_map(record);
        if let Some(found) = records.filter_map(|record| reading(&record, id)).next() {
            return Ok(Some(found));
        }
        match (page.get("NextToken").filter(|token| token.is_string()), input.as_object_mut()) {
            (Some(token), Some(input)) => input.insert("NextToken".to_owned(), token.clone()),
            _ => return Ok(None),
        };
    }
}

fn record(event: &Value) -> Option<Value> {
    serde_json::from_str(event.get("CloudTrailEvent")?.as_str()?).ok()
}

fn text<'a>(record: &'a Value, path: &str) -> Option<&'a str> {
    record.pointer(path).and_then(Value::as_str)
}

fn account(record: &Value, path: &str) -> Option<AccountId> {
    text(record, path)?.parse().ok()
}

/// From a call that the key has signed.
fn signed(record: &Value, id: &str) -> Option<Found> {
    text(record, "/userIdentity/accessKeyId").filter(|key| *key == id)?;
    let principal = text(record, "/userIdentity/principalId")?;
    if text(record, "/userIdentity/sessionContext/assumedRoot") == Some("true") {
        return Some(Found::RootTask);
    }
    match text(record, "/userIdentity/type")? {
        "AssumedRole" | "FederatedUser" => {
            issued_by(record, "/userIdentity/sessionContext/sessionIssuer", principal)
        }
        "IAMUser" | "Root" => issued_by(record, "/userIdentity", principal),
        _ => None,
    }
}

/// From the call that handed the key out: for a role, for somebody else, or for the caller.
fn handed_out(record: &Value, id: &str) -> Option<Found> {
    text(record, "/eventSource").filter(|source| *source == "sts.amazonaws.com")?;
    text(record, "/responseElements/credentials/accessKeyId").filter(|key| *key == id)?;
    if let Some(arn) = text(record, "/responseElements/assumedRoleUser/arn") {
        let principal = text(record, "/responseElements/assumedRoleUser/assumedRoleId")?;
        return of_role(arn, principal).map(Found::Session);
    }
    let federated = text(record, "/responseElements/federatedUser/federatedUserId");
    let itself = text(record, "/userIdentity/principalId");
    if text(record, "/eventName") == Some("AssumeRoot") {
        return Some(Found::RootTask);
    }
    issued_by(record, "/userIdentity", federated.or(itself)?)
}

/// The session `principal` that is of the role, user or root that stands at a place of a record.
fn issued_by(record: &Value, path: &str, principal: &str) -> Option<Found> {
    let at = |member: &str| format!("{path}/{member}");
    let account = account(record, &at("accountId"));
    let name = || text(record, &at("userName")).map(str::to_owned);
    let holder = match text(record, &at("type"))? {
        "Root" => return account.map(Found::Root),
        "Role" => Holder::Role(name()?),
        "IAMUser" => Holder::User(name()?),
        _ => return None,
    };
    Some(Found::Session(Session { holder, account, principal: principal.to_owned() }))
}

/// A role's session, by the session's own ARN.
fn of_role(arn: &str, principal: &str) -> Option<Session> {
    let arn = Arn::parse(arn).ok()?;
    let (name, _) = arn.resource.strip_prefix("assumed-role/")?.split_once('/')?;
    let holder = Holder::Role(name.to_owned());
    Some(Session { holder, account: arn.account.parse().ok(), principal: principal.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "ASIARZPUZDIKEXAMPLE2";

    fn session(holder: Holder, principal: &str) -> Option<Found> {
        let account = "123456789012".parse().ok();
        Some(Found::Session(Session { holder, account, principal: principal.to_owned() }))
    }

    fn user(kind: &str) -> Value {
        json!({"type": kind, "principalId": "AIDA1", "accountId": "123456789012",
            "accessKeyId": ID, "userName": "bob"})
    }

    #[test]
    fn a_call_is_believed_if_its_signature_was_good() {
        let bob = json!({"userIdentity": user("IAMUser")});
        assert_eq!(signed(&bob, ID), session(Holder::User("bob".to_owned()), "AIDA1"));
        assert_eq!(signed(&bob, "ASIAANOTHER"), None);
        assert_eq!(
            signed(&json!({"userIdentity": {"type": "Unknown", "accessKeyId": ID}}), ID),
            None
        );
        let root = json!({"userIdentity": user("Root")});
        assert_eq!(signed(&root, ID), Some(Found::Root("123456789012".parse().unwrap())));
    }

    #[test]
    fn the_call_that_handed_it_out_says_whose_it_is() {
        let out = json!({"credentials": {"accessKeyId": ID},
            "assumedRoleUser": {"assumedRoleId": "AROA1:s",
                "arn": "arn:aws:sts::123456789012:assumed-role/deploy/s"}});
        let mut record = json!({"eventSource": "sts.amazonaws.com", "eventName": "AssumeRole",
            "userIdentity": user("IAMUser"), "responseElements": out});
        assert_eq!(handed_out(&record, ID), session(Holder::Role("deploy".to_owned()), "AROA1:s"));
        record["responseElements"] = json!({"credentials": {"accessKeyId": ID}});
        assert_eq!(handed_out(&record, ID), session(Holder::User("bob".to_owned()), "AIDA1"));
        record["eventName"] = json!("AssumeRoot");
        assert_eq!(handed_out(&record, ID), Some(Found::RootTask));
        // A call that only names the key.
        record["responseElements"] = json!(null);
        assert_eq!(handed_out(&record, ID), None);
    }
}
