//! Calls as the story makes them, and as they go over the wire: signed like any client's.

use bytes::Bytes;
use http::Request;
use names::{Secret, Timestamp};
use sigv4::{Rules, Signer, sign};

/// An access key as its holder has it.
#[derive(Debug, Clone)]
pub(crate) struct Pair {
    pub(crate) id: String,
    pub(crate) secret: Secret<String>,
    pub(crate) token: Option<String>,
}

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Action {
    CreateUser { user: String },
    DeleteUser { user: String },
    CreateAccessKey { user: String },
    UpdateAccessKey { user: String, key: String, active: bool },
    DeleteAccessKey { user: String, key: String },
    PutUserPolicy { user: String },
    DeleteUserPolicy { user: String },
    AttachUserPolicy { user: String },
    DetachUserPolicy { user: String },
    CreateGroup { group: String },
    DeleteGroup { group: String },
    AddUserToGroup { group: String, user: String },
    RemoveUserFromGroup { group: String, user: String },
    PutGroupPolicy { group: String },
    DeleteGroupPolicy { group: String },
    CreateRole { role: String },
    DeleteRole { role: String },
    PutRolePolicy { role: String },
    DeleteRolePolicy { role: String },
    AssumeRole { role: String, arn: String },
    ListUsers,
    GetCallerIdentity,
    GetSessionToken,
}

/// The one permission that policies in a story give.
pub(crate) const LIST_USERS: &str = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"iam:ListUsers","Resource":"*"}}"#;

/// The trust policy of all roles: whoever is of the account may assume them.
const TRUST: &str = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}}"#;

/// The AWS-managed policy that stories attach; it allows `iam:ListUsers`, too.
pub(crate) const READ_ONLY: &str = "arn:aws:iam::aws:policy/IAMReadOnlyAccess";

/// Where all calls are made.
pub(crate) const REGION: &str = "us-east-1";

const POLICY_NAME: &str = "list";

impl Action {
    /// The operation, and its parameters as pairs.
    fn parameters(&self) -> (&'static str, Vec<(&'static str, &str)>) {
        let (user_name, group_name) = ("UserName", "GroupName");
        let (policy_name, document) = ("PolicyName", "PolicyDocument");
        match self {
            Self::CreateUser { user } => ("CreateUser", vec![(user_name, user)]),
            Self::DeleteUser { user } => ("DeleteUser", vec![(user_name, user)]),
            Self::CreateAccessKey { user } => ("CreateAccessKey", vec![(user_name, user)]),
            Self::UpdateAccessKey { user, key, active } => {
                let status = if *active { "Active" } else { "Inactive" };
                let all = vec![(user_name, &**user), ("AccessKeyId", key), ("Status", status)];
                ("UpdateAccessKey", all)
            }
            Self::DeleteAccessKey { user, key } => {
                ("DeleteAccessKey", vec![(user_name, user), ("AccessKeyId", key)])
            }
            Self::PutUserPolicy { user } => (
                "PutUserPolicy",
                vec![(user_name, user), (policy_name, POLICY_NAME), (document, LIST_USERS)],
            ),
            Self::DeleteUserPolicy { user } => {
                ("DeleteUserPolicy", vec![(user_name, user), (policy_name, POLICY_NAME)])
            }
            Self::AttachUserPolicy { user } => {
                ("AttachUserPolicy", vec![(user_name, user), ("PolicyArn", READ_ONLY)])
            }
            Self::DetachUserPolicy { user } => {
                ("DetachUserPolicy", vec![(user_name, user), ("PolicyArn", READ_ONLY)])
            }
            Self::CreateGroup { group } => ("CreateGroup", vec![(group_name, group)]),
            Self::DeleteGroup { group } => ("DeleteGroup", vec![(group_name, group)]),
            Self::AddUserToGroup { group, user } => {
                ("AddUserToGroup", vec![(group_name, group), (user_name, user)])
            }
            Self::RemoveUserFromGroup { group, user } => {
                ("RemoveUserFromGroup", vec![(group_name, group), (user_name, user)])
            }
            Self::PutGroupPolicy { group } => (
                "PutGroupPolicy",
                vec![(group_name, group), (policy_name, POLICY_NAME), (document, LIST_USERS)],
            ),
            Self::DeleteGroupPolicy { group } => {
                ("DeleteGroupPolicy", vec![(group_name, group), (policy_name, POLICY_NAME)])
            }
            Self::ListUsers => ("ListUsers", vec![("MaxItems", "1000")]),
            Self::GetCallerIdentity => ("GetCallerIdentity", Vec::new()),
            Self::GetSessionToken => ("GetSessionToken", Vec::new()),
            Self::CreateRole { .. }
            | Self::DeleteRole { .. }
            | Self::PutRolePolicy { .. }
            | Self::DeleteRolePolicy { .. }
            | Self::AssumeRole { .. } => self.role_parameters(),
        }
    }

    fn role_parameters(&self) -> (&'static str, Vec<(&'static str, &str)>) {
        let (role_name, policy_name) = ("RoleName", "PolicyName");
        match self {
            Self::CreateRole { role } => {
                ("CreateRole", vec![(role_name, role), ("AssumeRolePolicyDocument", TRUST)])
            }
            Self::DeleteRole { role } => ("DeleteRole", vec![(role_name, role)]),
            Self::PutRolePolicy { role } => (
                "PutRolePolicy",
                vec![(role_name, role), (policy_name, POLICY_NAME), ("PolicyDocument", LIST_USERS)],
            ),
            Self::DeleteRolePolicy { role } => {
                ("DeleteRolePolicy", vec![(role_name, role), (policy_name, POLICY_NAME)])
            }
            Self::AssumeRole { arn, .. } => {
                ("AssumeRole", vec![("RoleArn", arn), ("RoleSessionName", "story")])
            }
            _ => ("", Vec::new()),
        }
    }

    /// Whether the call has changed something, going by its outcome.
    pub(crate) fn changes<E>(&self, outcome: Result<(), E>) -> bool {
        outcome.is_ok() && !matches!(self, Self::ListUsers) && self.service().0 == "iam"
    }

    fn service(&self) -> (&'static str, &'static str) {
        match self {
            Self::GetCallerIdentity | Self::GetSessionToken | Self::AssumeRole { .. } => {
                ("sts", "2011-06-15")
            }
            _ => ("iam", "2010-05-08"),
        }
    }

    /// The request, signed by `pair` at `now`.
    pub(crate) fn signed(&self, pair: &Pair, now: Timestamp) -> Signed {
        let (operation, parameters) = self.parameters();
        signed(self.service(), operation, &parameters, pair, now)
    }
}

/// A request, ready to be received.
#[derive(Debug)]
pub struct Signed(pub(crate) Request<Bytes>);

/// Any awsQuery request, signed by `pair` at `now`.
pub(crate) fn signed(
    (service, version): (&str, &str),
    operation: &str,
    parameters: &[(&str, &str)],
    pair: &Pair,
    now: Timestamp,
) -> Signed {
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.append_pair("Action", operation).append_pair("Version", version);
    form.extend_pairs(parameters);
    let body = Bytes::from(form.finish());
    let mut request = Request::new(body.clone());
    *request.method_mut() = http::Method::POST;
    let headers = request.headers_mut();
    headers.insert("host", http::HeaderValue::from_static("iam.sim"));
    let kind = http::HeaderValue::from_static("application/x-www-form-urlencoded");
    headers.insert(http::header::CONTENT_TYPE, kind);
    let (mut parts, body) = request.into_parts();
    let signer = Signer {
        access_key_id: &pair.id,
        secret: &pair.secret,
        session_token: pair.token.as_deref(),
        region: REGION,
        service,
    };
    // The only headers are the ones above, whose values are valid.
    let _ = sign(&signer, &mut parts, &body, now, &Rules::STANDARD);
    Signed(Request::from_parts(parts, body))
}
