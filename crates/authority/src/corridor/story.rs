//! A refusal told in full, sealed for those who may read it: DecodeAuthorizationMessage opens it.
//!
//! Whoever is refused gets the sealed text and learns nothing from it. It is bound to the account of
//! the caller who was refused. Nothing is kept: a story is made when a call is refused, and goes out
//! with the answer.
//!
//! Source: STS API Reference, DecodeAuthorizationMessage, whose members come first; `layers` is ours.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use names::AccountId;
use policy::{Context, ContextValue, Explanation, Matched, Part, Policies, Request, Says, explain};
use serde_json::{Value, json};
use vault::Vault;

use crate::caller::Caller;

/// A text on the wire is not longer, in characters.
pub(crate) const LENGTH_MAX: usize = 10_240;

/// More than a story comes to when it is unpacked, in bytes.
const UNPACKED_MAX: usize = 1 << 20;

/// A refused question.
pub(super) struct Story<'a> {
    pub(super) caller: &'a Caller,
    pub(super) request: &'a Request<'a>,
    pub(super) policies: &'a Policies<'a>,
    /// Whether the resource is another account's. Then only the caller's own side is told: request
    /// and policies are those of that side.
    pub(super) foreign: bool,
}

/// AWS's text for a refused assumption, which gives no reason: that would tell about the role.
pub(crate) fn bare(principal: &str, action: &str, resource: &str) -> String {
    format!("User: {principal} is not authorized to perform: {action} on resource: {resource}")
}

fn place(account: AccountId) -> Vec<u8> {
    format!("authorization message {account}").into_bytes()
}

impl Story<'_> {
    /// The story as a text of `[A-Za-z0-9_-]`. Where it is too long, its parts are left out, first
    /// the statements, then the context.
    pub(super) fn sealed(&self, vault: &Vault) -> Option<String> {
        let explanation = explain(self.request, self.policies);
        let place = place(self.caller.account());
        [(true, true), (false, true), (false, false)].into_iter().find_map(|(layers, context)| {
            let told = self.told(&explanation, layers, context).to_string();
            let packed = zstd::bulk::compress(told.as_bytes(), 1).ok()?;
            let text = URL_SAFE_NO_PAD.encode(vault.seal(&place, &packed));
            (text.len() <= LENGTH_MAX).then_some(text)
        })
    }

    fn told(&self, explanation: &Explanation, layers: bool, context: bool) -> Value {
        let decision = &explanation.decision;
        let matched = explanation.parts.iter().flat_map(|part| &part.matched);
        let denied = decision.effect == policy::Effect::ExplicitDeny;
        let matched = matched.filter(|matched| layers && matched.allows != denied);
        let matched: Vec<Value> = matched.map(|matched| self.statement(matched)).collect();
        let parts = explanation.parts.iter().filter(|_| layers).map(told_part);
        let keys = if context { conditions(self.request.context) } else { Vec::new() };
        json!({
            "allowed": false,
            "explicitDeny": denied,
            "matchedStatements": { "items": matched },
            "failures": { "items": [] },
            "context": {
                "principal": {
                    "id": self.caller.user_id(),
                    "name": name_of(self.caller.arn()),
                    "arn": self.caller.arn(),
                },
                "action": self.request.action,
                "resource": self.request.resource,
                "conditions": { "items": keys },
            },
            "decidedBy": self.decided_by(explanation),
            "layers": parts.collect::<Vec<_>>(),
        })
    }

    /// The kind of policy that decided. Where the caller's own side allows, it was the other account.
    fn decided_by(&self, explanation: &Explanation) -> &'static str {
        let decision = &explanation.decision;
        if self.foreign && decision.allows() { "other account" } else { decision.layer.name() }
    }

    fn statement(&self, matched: &Matched) -> Value {
        let one = |value: &str| json!({ "items": [{ "value": value }] });
        json!({
            "statementId": matched.sid.as_deref().unwrap_or_default(),
            "effect": if matched.allows { "ALLOW" } else { "DENY" },
            "principals": one(self.caller.user_id()),
            "principalGroups": { "items": [] },
            "actions": one(self.request.action),
            "resources": one(self.request.resource),
            "conditions": { "items": [] },
        })
    }
}

/// The last part of an ARN's resource: the name by which people know a principal.
fn name_of(arn: &str) -> &str {
    arn.rsplit(['/', ':']).next().unwrap_or_default()
}

fn told_part(part: &Part) -> Value {
    let says = match part.says {
        Says::Allows => "allows",
        Says::Denies => "denies",
        Says::Nothing => "says nothing",
    };
    let statements = part.matched.iter().map(|matched| {
        json!({
            "policy": matched.source.name,
            "policyArn": matched.source.arn,
            "statement": matched.statement,
            "sid": matched.sid,
            "effect": if matched.allows { "Allow" } else { "Deny" },
            "line": matched.span.map(|span| span.start.line),
        })
    });
    json!({
        "layer": part.layer.name(),
        "level": part.level,
        "says": says,
        "statements": statements.collect::<Vec<_>>(),
        "missingContextKeys": part.missing,
    })
}

fn conditions(context: &Context) -> Vec<Value> {
    let values = |value: &ContextValue| match value {
        ContextValue::One(text) => vec![json!({ "value": text })],
        ContextValue::Many(list) => list.iter().map(|text| json!({ "value": text })).collect(),
    };
    let key = |(key, value)| json!({ "key": key, "values": { "items": values(value) } });
    context.iter().map(key).collect()
}

/// The story that was sealed for callers of `account`; `None` for any other text.
pub(crate) fn open(vault: &Vault, account: AccountId, text: &str) -> Option<String> {
    let sealed = URL_SAFE_NO_PAD.decode(text).ok()?;
    let packed = vault.open_sealed(&place(account), &sealed).ok()?;
    let told = zstd::bulk::decompress(&packed, UNPACKED_MAX).ok()?;
    String::from_utf8(told).ok()
}
