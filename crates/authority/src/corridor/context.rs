//! What policies may ask of a request: its condition keys. Nothing is decided here.

use policy::{Context, ContextValue};

use super::Passage;
use crate::caller::{Caller, CallerKind};
use crate::cut::cut;
use crate::iam::target::Target;

/// The condition keys of a request. Those that the operation brings come first, since the first
/// setting of a key is the one that counts.
///
/// Source: IAM User Guide, "AWS global condition context keys".
pub(super) fn context(
    passage: &Passage<'_>,
    caller: &Caller,
    target: &Target,
    more: &[(String, ContextValue)],
) -> Context {
    let mut context = Context::new();
    for (key, value) in more {
        context.set(key.clone(), value.clone());
    }
    request_keys(&mut context, passage);
    principal_keys(&mut context, caller);
    session_keys(&mut context, passage, caller);
    let owner = target.own.as_ref().map(|own| own.account.as_str());
    let owner = owner.unwrap_or(&caller.credential().account_text);
    context.set("aws:ResourceAccount", ContextValue::one(owner));
    for tag in &target.tags {
        context.set(format!("aws:ResourceTag/{}", tag.key), ContextValue::one(&tag.value));
        context.set(format!("iam:ResourceTag/{}", tag.key), ContextValue::one(&tag.value));
    }
    context
}

fn flag(flag: bool) -> ContextValue {
    ContextValue::constant(if flag { "true" } else { "false" })
}

fn request_keys(context: &mut Context, passage: &Passage<'_>) {
    let (call, now) = (passage.call, passage.now);
    context.set("aws:CurrentTime", ContextValue::one(now.iso()));
    context.set("aws:EpochTime", ContextValue::one(now.seconds().to_string()));
    context.set("aws:SecureTransport", flag(call.origin.secure));
    context.set("aws:SourceIp", ContextValue::one(call.origin.address.to_string()));
    let agent = header(passage, "user-agent").unwrap_or_default();
    context.set("aws:UserAgent", ContextValue::one(agent));
    if let Some(referer) = header(passage, "referer") {
        context.set("aws:referer", ContextValue::one(referer));
    }
    context.set("aws:RequestedRegion", ContextValue::one(passage.region()));
    context.set("aws:ViaAWSService", flag(false));
}

fn principal_keys(context: &mut Context, caller: &Caller) {
    context.set("aws:PrincipalArn", ContextValue::one(caller.principal_arn()));
    let account = &caller.credential().account_text;
    context.set("aws:PrincipalAccount", ContextValue::one(account));
    context.set("aws:PrincipalIsAWSService", flag(false));
    context.set("aws:userid", ContextValue::one(caller.user_id()));
    let kind = match caller.kind() {
        CallerKind::Root | CallerKind::RootTask => "Account",
        CallerKind::User => "User",
        CallerKind::Role => "AssumedRole",
        CallerKind::Federated => "FederatedUser",
    };
    context.set("aws:PrincipalType", ContextValue::constant(kind));
    if let Some(name) = caller.user_name() {
        context.set("aws:username", ContextValue::one(name));
    }
    if caller.kind() == CallerKind::RootTask {
        context.set("aws:AssumedRoot", flag(true));
    }
    for tag in caller.tags() {
        context.set(format!("aws:PrincipalTag/{}", tag.key), ContextValue::one(&tag.value));
    }
}

/// Long-term keys have none of these keys, not even as `false`.
fn session_keys(context: &mut Context, passage: &Passage<'_>, caller: &Caller) {
    let Some(session) = caller.session().map(|session| &session.facts) else { return };
    context.set("aws:TokenIssueTime", ContextValue::one(session.issued.iso()));
    context.set("aws:MultiFactorAuthPresent", flag(session.mfa.is_some()));
    if let Some(shown) = session.mfa {
        let age = passage.now.seconds().saturating_sub(shown.seconds()).max(0);
        context.set("aws:MultiFactorAuthAge", ContextValue::one(age.to_string()));
    }
    if let Some(identity) = &session.source_identity {
        context.set("aws:SourceIdentity", ContextValue::one(identity));
    }
}

/// A condition key that comes from a header is cut to this many bytes: headers may be far longer,
/// and each pattern of a policy is matched against it.
const HEADER_VALUE_MAX: usize = 2048;

fn header<'a>(passage: &Passage<'a>, name: &str) -> Option<&'a str> {
    let value = passage.call.parts.headers.get(name)?.to_str().ok()?;
    Some(cut(value, HEADER_VALUE_MAX))
}
