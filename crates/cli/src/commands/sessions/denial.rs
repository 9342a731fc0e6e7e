//! The policy that ends sessions, and in words what it ends and what it does not.

use names::Timestamp;
use serde_json::json;

use super::whose::Holder;

/// Which sessions of a role or user are to end.
#[derive(Debug)]
pub(super) enum Reach {
    /// All of them.
    All,
    /// All of the user whose access key this is.
    AllOfKey(String),
    /// That of one temporary key: its id, and by which `aws:userid` the session is known.
    One { id: String, principal: String },
}

/// Denies everything to sessions that began before a moment.
#[derive(Debug)]
pub(super) struct Denial {
    pub(super) holder: Holder,
    pub(super) reach: Reach,
    /// In whole seconds.
    pub(super) before: Timestamp,
}

impl Denial {
    /// The policy's name: AWS's own, or one for each key, so that none replaces another.
    pub(super) fn policy_name(&self) -> String {
        match &self.reach {
            Reach::All | Reach::AllOfKey(_) => "AWSRevokeOlderSessions".to_owned(),
            Reach::One { id, .. } => format!("RevokeSession-{id}"),
        }
    }

    /// The policy's document. Long-term keys have no `aws:TokenIssueTime`, and are not denied.
    pub(super) fn document(&self) -> String {
        let date = json!({"aws:TokenIssueTime": self.before.iso()});
        let condition = match &self.reach {
            Reach::All | Reach::AllOfKey(_) => json!({"DateLessThan": date}),
            Reach::One { principal, .. } => {
                json!({"DateLessThan": date, "StringEquals": {"aws:userid": principal}})
            }
        };
        let statement = json!([
            {"Effect": "Deny", "Action": ["*"], "Resource": ["*"], "Condition": condition}
        ]);
        json!({"Version": "2012-10-17", "Statement": statement}).to_string()
    }

    /// What has ended.
    pub(super) fn ended(&self) -> String {
        let (holder, before) = (&self.holder, self.before);
        let all = match (&self.reach, holder) {
            (Reach::One { id, principal }, Holder::Role(_)) => format!(
                "the session of {id}, and all other sessions of {holder} that are named as it is \
                 ({principal}) and"
            ),
            (Reach::One { id, principal }, Holder::User(_)) => format!(
                "the session of {id}, and all other sessions of {holder} that have the same user id \
                 ({principal}) and"
            ),
            (_, Holder::Role(_)) => format!("all sessions of {holder} that"),
            (_, Holder::User(_)) => {
                format!("all sessions of {holder} (GetSessionToken, GetFederationToken) that")
            }
        };
        format!(
            "{all} began before {before}. Their next call is refused, \
             GetCallerIdentity excepted: that is answered to everybody who can sign."
        )
    }

    /// What goes on.
    pub(super) fn not_reached(&self) -> Vec<String> {
        let onward = "sessions of roles that these sessions have taken on: revoke those roles";
        let mut rest = match (&self.reach, &self.holder) {
            (Reach::AllOfKey(id), Holder::User(name)) => vec![format!(
                "the key {id} itself, which lives on and can begin new sessions; to end it:\n  aws iam \
                 update-access-key --user-name {name} --access-key-id {id} --status Inactive"
            )],
            (_, Holder::User(name)) => {
                vec![format!("the access keys of user/{name}, which can begin new sessions")]
            }
            (_, Holder::Role(name)) => vec![format!(
                "sessions that begin from now on: whom the trust policy of role/{name} lets, can take \
                 it on again"
            )],
        };
        rest.push(match self.holder {
            Holder::Role(_) => onward.to_owned(),
            Holder::User(_) => {
                "sessions of roles that the user or these sessions have taken on: revoke those roles"
                    .to_owned()
            }
        });
        rest
    }

    /// When the policy has done its work. Source: STS API Reference, the longest durations.
    pub(super) fn farewell(&self) -> String {
        let (policy, name) = (self.policy_name(), self.holder.name());
        let (hours, kind) = match self.holder {
            Holder::Role(_) => (12, "role"),
            Holder::User(_) => (36, "user"),
        };
        let expired = self.before.plus_seconds(hours * 3600);
        format!(
            "Until they have expired, the policy must stay. From {expired} on it can be deleted:\n  \
             aws iam delete-{kind}-policy --{kind}-name {name} --policy-name {policy}"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documents() {
        let before = Timestamp::parse_iso("2026-09-11T13:14:44Z").unwrap();
        let holder = Holder::Role("deploy".to_owned());
        let denial = Denial { holder: holder.clone(), reach: Reach::All, before };
        assert_eq!(
            serde_json::from_str::<serde_json::Value>(&denial.document()).unwrap(),
            json!({"Version": "2012-10-17", "Statement": [{
                "Effect": "Deny", "Action": ["*"], "Resource": ["*"],
                "Condition": {"DateLessThan": {"aws:TokenIssueTime": "2026-09-11T13:14:44Z"}}}]})
        );
        let (id, principal) = ("ASIARZPUZDIKEXAMPLE2".to_owned(), "AROA1:build".to_owned());
        let one = Denial { holder, reach: Reach::One { id, principal }, before };
        assert_eq!(one.policy_name(), "RevokeSession-ASIARZPUZDIKEXAMPLE2");
        assert!(one.document().contains(r#""StringEquals":{"aws:userid":"AROA1:build"}"#));
    }
}
