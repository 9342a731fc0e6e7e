//! A call's record: a CloudTrail event as JSON, and what it can be looked up by.
//!
//! Secrets are left out by the model's own marks. Source: CloudTrail User Guide, "CloudTrail record
//! contents for management, data, and network activity events" and "CloudTrail userIdentity element".

use std::borrow::Cow;

use api::{Effect, Fault, Kind, Type, Value};
use names::{AccountId, Timestamp};
use store::{Attribute, Attributes, Record};

use super::event_id;
use super::filing::Filing;
use crate::caller::{Caller, CallerKind};
use crate::corridor::region::HOME;
use crate::corridor::{Authority, Passage, Touched};
use crate::credentials::{self, Identity, LiveSession, Principal};
use crate::cut::cut;
use crate::desk::View;
use crate::entity::Owner;
use crate::operations;
use crate::token::Bearer;

/// A user agent is cut to this many bytes, as are error code and message.
const TEXT_MAX: usize = 1024;

/// An access key id, or an operation that does not exist, is cut to this many bytes. No key's id is
/// longer; what anybody can send must not grow the index.
const NAME_MAX: usize = 128;

/// Parameters longer than this are left out, in bytes.
const PARAMETERS_MAX: usize = 100 * 1024;

/// Makes the record of a call. If it dealt with a resource of another account, that account gets a
/// copy, which says of the caller only whose principal it is; a refused call leaves none.
pub(crate) fn of(
    passage: &Passage<'_>,
    result: &Result<Value, Fault>,
    authority: &Authority,
) -> Vec<Record> {
    let account = account_of(passage, authority);
    let owner = passage.touched.as_ref().map(|touched| touched.owner);
    let owner = owner.filter(|owner| *owner != account && result.is_ok());
    let mint = || event_id::mint(passage.now, &*authority.chance);
    let shared = owner.is_some().then(mint);
    let read_only = passage.operation.is_some_and(|operation| operation.effect == Effect::Read);
    let copy = |account, is_owner| {
        let id = mint();
        let copy = Copy { account, id: &id, read_only, shared: shared.as_deref(), is_owner };
        let json = json(passage, result, &copy).into_bytes();
        Record { account, time: passage.now, attributes: attributes(passage, result, &copy), json }
    };
    [copy(account, false)].into_iter().chain(owner.map(|owner| copy(owner, true))).collect()
}

/// What differs between the copies of a record.
struct Copy<'a> {
    /// In whose trail it stands.
    account: AccountId,
    id: &'a str,
    read_only: bool,
    /// The id that all copies have in common, if there are several.
    shared: Option<&'a str>,
    /// Whether it is the copy of the account that owns the resource.
    is_owner: bool,
}

/// The record of what an operator does at the machine itself, without a call.
pub(crate) fn of_operator(name: &str, account: AccountId, authority: &Authority) -> Record {
    let now = authority.clock.now();
    let id = event_id::mint(now, &*authority.chance);
    let mut out = Object::new(512);
    out.raw("eventVersion", "\"1.11\"");
    out.raw("userIdentity", "{\"type\":\"AWSService\",\"invokedBy\":\"keywright\"}");
    out.moment("eventTime", now);
    out.raw("eventSource", "\"keywright\"");
    out.text("eventName", name);
    out.text("awsRegion", HOME);
    out.raw("sourceIPAddress", "\"keywright\"");
    out.raw("requestParameters", "null");
    out.raw("responseElements", "null");
    out.text("eventID", &id);
    out.raw("readOnly", "false");
    out.raw("eventType", "\"AwsServiceEvent\"");
    out.raw("managementEvent", "true");
    out.text("recipientAccountId", &account.to_string());
    out.raw("eventCategory", "\"Management\"");
    let mut filing = Filing::new(HOME);
    filing.add(Attribute::EventId, &id);
    filing.add(Attribute::EventName, name);
    filing.add(Attribute::ReadOnly, "false");
    filing.add(Attribute::EventSource, "keywright");
    let attributes = filing.done();
    Record { account, time: now, attributes, json: out.close().into_bytes() }
}

/// The caller's account; before the caller is known, the account of the key that is claimed.
fn account_of(passage: &Passage<'_>, authority: &Authority) -> AccountId {
    if let Some(caller) = &passage.caller {
        return caller.account();
    }
    let view = View::new(&authority.store);
    let claimed = passage.claimed().map(|scope| &*scope.access_key_id);
    let owner = claimed.and_then(|id| credentials::owner(&view, id).ok().flatten());
    match (owner, claimed) {
        (Some(Owner::Root(account) | Owner::User(account, _)), _) => account,
        (None, Some(id)) => {
            let carried = names::account_of_id(id);
            carried.filter(|account| exists(&view, *account)).unwrap_or(authority.home)
        }
        (None, None) => authority.home,
    }
}

fn exists(view: &View<'_>, account: AccountId) -> bool {
    use crate::entity::Index;
    view.lookup(Index::Account, &[&account.to_string()]).is_ok_and(|found| found.is_some())
}

fn attributes(passage: &Passage<'_>, result: &Result<Value, Fault>, copy: &Copy<'_>) -> Attributes {
    let mut filing = Filing::new(passage.region());
    filing.add(Attribute::EventId, copy.id);
    filing.add(Attribute::EventName, event_name(passage));
    filing.add(Attribute::ReadOnly, if copy.read_only { "true" } else { "false" });
    filing.add(Attribute::EventSource, &event_source(passage));
    if let Some(caller) = passage.caller.as_ref().filter(|_| !copy.is_owner) {
        filing.add(Attribute::Username, called(caller));
        if let Some(operation) = passage.operation {
            filing.add_access(&caller.credential().user_id, operation.action);
        }
    }
    let claimed = passage.claimed().filter(|_| !copy.is_owner);
    let claimed = claimed.map(|claimed| &*claimed.access_key_id);
    if let Some(id) = claimed.filter(|id| id.len() <= NAME_MAX) {
        filing.add(Attribute::AccessKeyId, id);
    }
    let mut resources = Vec::new();
    if let (Some(operation), Some(input)) = (passage.operation, &passage.input) {
        resources_of(operation.input, input, &mut resources);
        // The key ids that are handed out, too: whose session is one that was never used?
        if let Ok(output) = result
            && is_shown(operation)
        {
            resources_of(operation.output, output, &mut resources);
        }
    }
    for (kind, name) in resources {
        filing.add(Attribute::ResourceType, kind);
        filing.add(Attribute::ResourceName, &name);
    }
    filing.done()
}

/// The name by which events are looked up: a user's, or that of the session.
fn called(caller: &Caller) -> &str {
    match caller.session().map(|session| &session.facts.bearer) {
        Some(Bearer::Role { name, .. } | Bearer::Federated { name, .. }) => name,
        _ => caller.user_name().unwrap_or("root"),
    }
}

/// `iam.amazonaws.com`, …; that of a service that is not served is made of its name.
fn event_source(passage: &Passage<'_>) -> Cow<'static, str> {
    match &passage.unserved {
        Some(unserved) => format!("{}.amazonaws.com", unserved.name).into(),
        None => passage.service.event_source.into(),
    }
}

fn event_name<'a>(passage: &'a Passage<'_>) -> &'a str {
    match (passage.operation, &passage.asked) {
        (Some(operation), _) => operation.name,
        (None, Some(name)) if is_operation_name(name) => cut(name, NAME_MAX),
        (None, _) => "Unknown",
    }
}

fn is_operation_name(text: &str) -> bool {
    let begins = text.bytes().next().is_some_and(|byte| byte.is_ascii_alphabetic());
    begins && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// Resources that a structure names, one level deep.
fn resources_of(ty: &Type, value: &Value, found: &mut Vec<(&'static str, String)>) {
    let Value::Structure(slots) = value else { return };
    for (member, slot) in ty.members().iter().zip(slots) {
        match (slot, &member.ty.kind) {
            (Some(Value::Text(name)), _) => {
                let kind = match member.name {
                    "UserName" => "AWS::IAM::User",
                    "GroupName" => "AWS::IAM::Group",
                    "RoleName" | "RoleArn" => "AWS::IAM::Role",
                    "InstanceProfileName" => "AWS::IAM::InstanceProfile",
                    "AccessKeyId" => "AWS::IAM::AccessKey",
                    "PolicyArn" => "AWS::IAM::Policy",
                    "ServerCertificateName" => "AWS::IAM::ServerCertificate",
                    "CertificateId" => "AWS::IAM::SigningCertificate",
                    "SSHPublicKeyId" => "AWS::IAM::SshPublicKey",
                    "OpenIDConnectProviderArn" => "AWS::IAM::OpenIDConnectProvider",
                    "SAMLProviderArn" => "AWS::IAM::SAMLProvider",
                    "Arn" if name.contains(":policy/") => "AWS::IAM::Policy",
                    _ => continue,
                };
                if !name.is_empty() && !found.iter().any(|(k, n)| *k == kind && n == name) {
                    found.push((kind, name.clone()));
                }
            }
            (Some(inner @ Value::Structure(_)), Kind::Structure(_)) => {
                resources_of(member.ty, inner, found);
            }
            _ => {}
        }
    }
}

fn json(passage: &Passage<'_>, result: &Result<Value, Fault>, copy: &Copy<'_>) -> String {
    let call = passage.call;
    let mut out = Object::new(1024);
    out.raw("eventVersion", "\"1.11\"");
    out.object("userIdentity", |out| match &passage.caller {
        Some(caller) if copy.is_owner => foreign_identity(out, caller),
        _ => identity(out, passage),
    });
    out.moment("eventTime", passage.now);
    out.text("eventSource", &event_source(passage));
    out.text("eventName", event_name(passage));
    out.text("awsRegion", passage.region());
    out.text("sourceIPAddress", &call.origin.address.to_string());
    if let Some(agent) = call.parts.headers.get(http::header::USER_AGENT) {
        out.text("userAgent", cut(&String::from_utf8_lossy(agent.as_bytes()), TEXT_MAX));
    }
    if let Err(fault) = result {
        let (code, ..) = fault.on(passage.protocol());
        out.text(
            "errorCode",
            code.strip_suffix("Exception").filter(|c| *c == "AccessDenied").unwrap_or(code),
        );
        out.text("errorMessage", shown(&fault.message));
    }
    out.json("requestParameters", |out| request_parameters(out, passage));
    out.json("responseElements", |out| response_elements(out, passage, result, copy));
    out.text("requestID", &call.request_id);
    out.text("eventID", copy.id);
    out.raw("readOnly", if copy.read_only { "true" } else { "false" });
    if let Some(touched) = &passage.touched {
        out.json("resources", |out| resource(out, touched));
    }
    out.raw("eventType", "\"AwsApiCall\"");
    if passage.unserved.is_none() {
        out.text("apiVersion", passage.service.api_version);
    }
    out.raw("managementEvent", "true");
    out.text("recipientAccountId", &copy.account.to_string());
    if let Some(shared) = copy.shared {
        out.text("sharedEventID", shared);
    }
    out.raw("eventCategory", "\"Management\"");
    if let Some(tls) = call.origin.tls {
        out.object("tlsDetails", |details| {
            details.text("tlsVersion", tls.version);
            details.text("cipherSuite", tls.cipher_suite);
            if let Some(host) = call.parts.headers.get(http::header::HOST) {
                let host = String::from_utf8_lossy(host.as_bytes());
                details.text("clientProvidedHostHeader", &host);
            }
        });
    }
    out.close()
}

/// An error's message. It may quote what was sent.
fn shown(message: &str) -> &str {
    if wire::holds_private_key(message) { wire::HIDDEN } else { cut(message, TEXT_MAX) }
}

fn resource(out: &mut String, touched: &Touched) {
    let mut resource = Object::new(256);
    resource.text("ARN", &touched.arn);
    resource.text("accountId", &touched.owner.to_string());
    resource.text("type", touched.kind);
    out.push('[');
    out.push_str(&resource.close());
    out.push(']');
}

/// The caller as the account hears of it whose resource it dealt with.
fn foreign_identity(out: &mut Object, caller: &Caller) {
    out.raw("type", "\"AWSAccount\"");
    out.text("principalId", caller.user_id());
    out.text("accountId", &caller.credential().account_text);
}

fn identity(out: &mut Object, passage: &Passage<'_>) {
    let Some(caller) = &passage.caller else {
        out.raw("type", "\"Unknown\"");
        if let Some(claimed) = passage.claimed() {
            out.text("accessKeyId", cut(&claimed.access_key_id, NAME_MAX));
        }
        return;
    };
    let credential = caller.credential();
    let kind = caller.kind();
    out.text(
        "type",
        match kind {
            CallerKind::Root | CallerKind::RootTask => "Root",
            CallerKind::User => "IAMUser",
            CallerKind::Role => "AssumedRole",
            CallerKind::Federated => "FederatedUser",
        },
    );
    out.text("principalId", caller.user_id());
    out.text("arn", caller.arn());
    out.text("accountId", &credential.account_text);
    out.text("accessKeyId", &credential.access_key_id);
    match &credential.identity {
        Identity::User(user) if kind == CallerKind::User => out.text("userName", &user.name),
        Identity::Root { alias: Some(alias) } if kind == CallerKind::Root => {
            out.text("userName", alias);
        }
        _ => {}
    }
    if let Some(session) = caller.session() {
        out.object("sessionContext", |context| session_context(context, caller, session));
    }
}

fn session_context(out: &mut Object, caller: &Caller, session: &LiveSession) {
    let kind = caller.kind();
    if matches!(kind, CallerKind::Role | CallerKind::Federated) {
        out.object("sessionIssuer", |issuer| session_issuer(issuer, caller.credential()));
    }
    out.object("attributes", |attributes| {
        attributes.moment("creationDate", session.facts.issued);
        let mfa = session.facts.mfa.is_some();
        attributes.text("mfaAuthenticated", if mfa { "true" } else { "false" });
    });
    if let Some(identity) = &session.facts.source_identity {
        out.text("sourceIdentity", identity);
    }
    if kind == CallerKind::RootTask {
        out.raw("assumedRoot", "\"true\"");
    }
}

/// Whose permissions the session has.
fn session_issuer(out: &mut Object, principal: &Principal) {
    let (kind, name) = match &principal.identity {
        Identity::Role(role) => ("Role", Some(&role.name)),
        Identity::User(user) => ("IAMUser", Some(&user.name)),
        Identity::Root { alias } => ("Root", alias.as_ref()),
    };
    out.text("type", kind);
    out.text("principalId", &principal.user_id);
    out.text("arn", &principal.arn);
    out.text("accountId", &principal.account_text);
    if let Some(name) = name {
        out.text("userName", name);
    }
}

fn request_parameters(out: &mut String, passage: &Passage<'_>) {
    match (passage.operation, &passage.input) {
        (Some(operation), Some(input)) => {
            wire::trail_parameters(out, operation.input, input, &[]);
        }
        _ => out.push_str("null"),
    }
}

/// The members by which a session is used. As on AWS the caller's trail has them, where only the
/// secret, which no record has, is wanting; the owner of the resource has no use for them.
const TOKENS: &[&str] = &["SessionToken"];

/// What a successful change answered; reads and refusals have none.
fn response_elements(
    out: &mut String,
    passage: &Passage<'_>,
    result: &Result<Value, Fault>,
    copy: &Copy<'_>,
) {
    match (passage.operation, result) {
        (Some(operation), Ok(output)) if is_shown(operation) => {
            let omit = if copy.is_owner { TOKENS } else { &[] };
            wire::trail_parameters(out, operation.output, output, omit);
        }
        _ => out.push_str("null"),
    }
}

/// Calls that hand out credentials read nothing and change nothing, but what they hand out is shown.
fn is_shown(operation: &api::OperationInfo) -> bool {
    operation.effect == Effect::Write || operations::hands_out_credentials(operation)
}

/// A JSON object, member by member.
struct Object {
    text: String,
    /// What stands before the next member.
    mark: char,
}

impl Object {
    fn new(capacity: usize) -> Self {
        Self { text: String::with_capacity(capacity), mark: '{' }
    }

    fn name(&mut self, name: &str) {
        self.text.push(self.mark);
        self.mark = ',';
        self.text.push('"');
        self.text.push_str(name);
        self.text.push_str("\":");
    }

    /// A member whose value is JSON already.
    fn raw(&mut self, name: &str, json: &str) {
        self.name(name);
        self.text.push_str(json);
    }

    fn text(&mut self, name: &str, text: &str) {
        self.name(name);
        wire::push_json_string(&mut self.text, text);
    }

    fn moment(&mut self, name: &str, moment: Timestamp) {
        self.name(name);
        self.text.push('"');
        moment.push_iso(&mut self.text);
        self.text.push('"');
    }

    fn object(&mut self, name: &str, fill: impl FnOnce(&mut Self)) {
        self.name(name);
        let mut inner = Self { text: std::mem::take(&mut self.text), mark: '{' };
        fill(&mut inner);
        self.text = inner.close();
    }

    /// A member whose value `write` appends as JSON; `null` where that is longer than is kept.
    fn json(&mut self, name: &str, write: impl FnOnce(&mut String)) {
        self.name(name);
        let begin = self.text.len();
        write(&mut self.text);
        if self.text.len() - begin > PARAMETERS_MAX {
            self.text.truncate(begin);
            self.text.push_str("null");
        }
    }

    fn close(mut self) -> String {
        if self.mark == '{' {
            self.text.push('{');
        }
        self.text.push('}');
        self.text
    }
}
