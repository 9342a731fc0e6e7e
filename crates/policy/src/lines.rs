//! `keywright policy eval` and `keywright policy check`: JSON lines in, JSON lines out.
//!
//! What a line brings is all there is: no key is added to its context, nothing is looked up. A line
//! that cannot be judged answers `error` and the next one is read.

use std::collections::BTreeMap;
use std::io::{self, BufRead, Write};

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::context::{Context, ContextValue};
use crate::document::Document;
use crate::evaluate::{Decision, Effect, Policies, Principal, Request, evaluate};
use crate::set::{PolicySet, Source};
use crate::validate::{PolicyKind, validate};

#[derive(Deserialize)]
struct EvalLine<'a> {
    #[serde(default)]
    id: Value,
    request: RequestLine,
    #[serde(borrow, default)]
    policies: BTreeMap<String, &'a RawValue>,
}

#[derive(Deserialize)]
struct RequestLine {
    #[serde(default)]
    principal: BTreeMap<String, Value>,
    action: String,
    #[serde(default)]
    resource: Option<String>,
    #[serde(default)]
    context: Option<BTreeMap<String, Value>>,
}

/// Decides each line of `input`.
///
/// # Errors
/// If input or output break; what a line says never is an error of the whole.
pub fn eval_lines(input: impl BufRead, output: impl Write) -> io::Result<()> {
    each_line(input, output, |line| {
        let parsed: EvalLine<'_> = match serde_json::from_str(line) {
            Ok(parsed) => parsed,
            Err(error) => return eval_error(&id_of(line), &format!("unreadable line: {error}")),
        };
        match decide(&parsed) {
            Ok(decision) => json!({
                "id": parsed.id,
                "decision": name_of(decision.effect),
                "reasons": reasons(&decision),
            }),
            Err(reason) => eval_error(&parsed.id, &reason),
        }
    })
}

fn each_line(
    mut input: impl BufRead,
    mut output: impl Write,
    judge: impl Fn(&str) -> Value,
) -> io::Result<()> {
    let mut line = Vec::new();
    loop {
        line.clear();
        if input.read_until(b'\n', &mut line)? == 0 {
            return output.flush();
        }
        let text = String::from_utf8_lossy(&line);
        if !text.trim().is_empty() {
            writeln!(output, "{}", judge(text.trim()))?;
        }
    }
}

/// The id of a line that is JSON at least.
fn id_of(line: &str) -> Value {
    let parsed: Option<Value> = serde_json::from_str(line).ok();
    parsed.and_then(|mut line| line.get_mut("id").map(Value::take)).unwrap_or(Value::Null)
}

fn eval_error(id: &Value, reason: &str) -> Value {
    json!({ "id": id, "decision": "error", "reasons": [reason] })
}

fn name_of(effect: Effect) -> &'static str {
    match effect {
        Effect::Allow => "allow",
        Effect::ExplicitDeny => "explicit_deny",
        Effect::ImplicitDeny => "implicit_deny",
    }
}

fn reasons(decision: &Decision) -> Value {
    let reason = |reason: &crate::Reason| {
        json!({
            "layer": "identity",
            "policy": reason.source.name,
            "statement": reason.statement,
            "sid": reason.sid,
        })
    };
    decision.because.iter().map(reason).collect()
}

fn decide(line: &EvalLine<'_>) -> Result<Decision, String> {
    let mut documents = Vec::new();
    for (kind, raw) in &line.policies {
        let raw = raw.get();
        match kind.as_str() {
            "identity" => documents = identity(raw)?,
            _ if matches!(raw, "null" | "[]" | "{}" | "[[]]") => {}
            other => return Err(format!("policies of kind {other} are not supported yet")),
        }
    }
    let set = PolicySet::compile(documents);
    let context = context(line.request.context.as_ref())?;
    let request = Request {
        principal: principal(&line.request.principal),
        action: &line.request.action,
        resource: line.request.resource.as_deref().unwrap_or("*"),
        context: &context,
    };
    Ok(evaluate(&request, &Policies { identity: Some(&set) }))
}

fn identity(raw: &str) -> Result<Vec<(Source, Document)>, String> {
    let list: Option<Vec<&RawValue>> = serde_json::from_str(raw)
        .map_err(|_| "policies.identity must be a list of documents".to_owned())?;
    let documents = list.unwrap_or_default().into_iter().enumerate().map(|(at, raw)| {
        // A document may also be given as a string that holds it.
        let text: String = serde_json::from_str(raw.get()).unwrap_or_else(|_| raw.get().to_owned());
        let source = Source { name: format!("identity.{at}"), arn: None };
        match Document::parse(&text) {
            Ok(document) => Ok((source, document)),
            Err(malformed) => Err(format!("policies.identity[{at}]: {}", malformed.message)),
        }
    });
    documents.collect()
}

fn principal(members: &BTreeMap<String, Value>) -> Principal {
    let text = |name: &str| members.get(name).and_then(Value::as_str).unwrap_or_default();
    let kind = text("type").to_ascii_lowercase();
    let root = kind == "root" || kind == "account" || text("arn").ends_with(":root");
    if root { Principal::Root } else { Principal::User }
}

fn context(members: Option<&BTreeMap<String, Value>>) -> Result<Context, String> {
    let mut context = Context::new();
    for (key, value) in members.into_iter().flatten() {
        let value = match value {
            Value::Array(items) => {
                let texts: Option<Vec<String>> = items.iter().map(scalar).collect();
                ContextValue::many(texts.ok_or_else(|| bad_value(key))?)
            }
            Value::Null => continue,
            one => ContextValue::one(scalar(one).ok_or_else(|| bad_value(key))?),
        };
        context.set(key.clone(), value);
    }
    Ok(context)
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn bad_value(key: &str) -> String {
    format!("context key {key}: a value must be a string or a list of strings")
}

#[derive(Deserialize)]
struct CheckLine<'a> {
    #[serde(default)]
    id: Value,
    #[serde(borrow)]
    policy: Option<&'a RawValue>,
    policy_text: Option<String>,
}

/// Checks the grammar of the policy in each line of `input`.
///
/// # Errors
/// If input or output break; what a line says never is an error of the whole.
pub fn check_lines(kind: PolicyKind, input: impl BufRead, output: impl Write) -> io::Result<()> {
    each_line(input, output, |line| {
        let (id, outcome) = match serde_json::from_str::<CheckLine<'_>>(line) {
            Err(error) => (id_of(line), Err(format!("unreadable line: {error}"))),
            Ok(parsed) => {
                let text = parsed.policy_text.as_deref().or(parsed.policy.map(RawValue::get));
                let outcome = match text {
                    Some(text) => validate(kind, text).map_err(|malformed| malformed.message),
                    None => Err("the line has neither `policy` nor `policy_text`".to_owned()),
                };
                (parsed.id, outcome)
            }
        };
        let errors: Vec<String> = outcome.err().into_iter().collect();
        json!({ "id": id, "valid": errors.is_empty(), "errors": errors })
    })
}
