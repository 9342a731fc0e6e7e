//! `keywright policy eval` and `keywright policy check`: JSON lines in, JSON lines out.
//!
//! What a line brings is all there is: no key is added to its context, nothing is looked up. A line
//! that cannot be judged answers `error` and the next one is read.

mod asker;
mod documents;
mod members;
mod question;

use std::io::{self, BufRead, Write};

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::decision::{Decision, Effect, Reason};
use crate::validate::{PolicyKind, validate};
use question::Question;

/// Decides each line of `input`.
///
/// # Errors
/// If input or output break; what a line says never is an error of the whole.
pub fn eval_lines(input: impl BufRead, output: impl Write) -> io::Result<()> {
    each_line(input, output, |line| {
        let id = id_of(line);
        match Question::read(line).map(|question| question.decide()) {
            Ok(decision) => json!({
                "id": id,
                "decision": name_of(decision.effect),
                "reasons": reasons(&decision),
            }),
            Err(reason) => json!({ "id": id, "decision": "error", "reasons": [reason] }),
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

/// The id of a line that is a JSON object at least.
fn id_of(line: &str) -> Value {
    #[derive(Deserialize)]
    struct Id {
        #[serde(default)]
        id: Value,
    }
    let object = Some(line).filter(|line| line.starts_with('{'));
    let id: Option<Id> = object.and_then(|line| serde_json::from_str(line).ok());
    id.map_or(Value::Null, |found| found.id)
}

fn name_of(effect: Effect) -> &'static str {
    match effect {
        Effect::Allow => "allow",
        Effect::ExplicitDeny => "explicit_deny",
        Effect::ImplicitDeny => "implicit_deny",
    }
}

/// The statements that decided; for an implicit deny the kind of policy whose allow is missing.
fn reasons(decision: &Decision) -> Value {
    let reason = |reason: &Reason| {
        json!({
            "layer": reason.layer.name(),
            "policy": reason.source.name,
            "statement": reason.statement,
            "sid": reason.sid,
        })
    };
    if decision.effect == Effect::ImplicitDeny {
        let layer = decision.layer.name();
        return json!([{ "layer": layer, "policy": null, "statement": null, "sid": null }]);
    }
    decision.because.iter().map(reason).collect()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CheckLine<'a> {
    #[serde(default, rename = "id")]
    _id: Value,
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
        let (valid, error) = match document_of(line) {
            Err(unreadable) => (false, Some(unreadable)),
            Ok(text) => match validate(kind, &text) {
                Ok(()) => (true, None),
                Err(wrong) => (false, Some(wrong.message)),
            },
        };
        let errors: Vec<String> = error.into_iter().collect();
        json!({ "id": id_of(line), "valid": valid, "errors": errors })
    })
}

/// The document that a line brings, as text.
fn document_of(line: &str) -> Result<String, String> {
    if !line.starts_with('{') {
        return Err("unreadable line: it must be a JSON object".to_owned());
    }
    let line: CheckLine<'_> =
        serde_json::from_str(line).map_err(|error| format!("unreadable line: {error}"))?;
    match (line.policy_text, line.policy) {
        (Some(text), None) => Ok(text),
        (None, Some(policy)) => Ok(policy.get().to_owned()),
        (None, None) => Err("the line has neither `policy` nor `policy_text`".to_owned()),
        (Some(_), Some(_)) => Err("the line has both `policy` and `policy_text`".to_owned()),
    }
}
