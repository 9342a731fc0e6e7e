//! `keywright policy eval` and `keywright policy check`: JSON lines in, JSON lines out; or one object
//! in, laid out over lines, and one line out.
//!
//! What a line brings is all there is: no key is added to its context, nothing is looked up. A line
//! that cannot be judged answers `error` and the next one is read.

mod asker;
mod documents;
mod members;
mod question;
mod whole;

use std::io::{self, BufRead, Write};

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::decision::{Decision, Effect, Reason};
use crate::validate::{PolicyKind, validate};
use question::Question;
use whole::Input;

/// What became of an input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Judged {
    /// Its lines have their answers, or the one object that it is was good.
    Answered,
    /// It is one object, and that is invalid or cannot be judged.
    Refused,
}

/// Decides each line of `input`, or the one object that it is, laid out over lines.
///
/// # Errors
/// If input or output break; what a line says never is an error of the whole.
pub fn eval_lines(input: impl BufRead, mut output: impl Write) -> io::Result<Judged> {
    match whole::look(input, |_| false)? {
        Input::Lines(lines) => each_line(lines, output, |line| decide(line).0),
        Input::Whole(text) => {
            let (answer, judged) = decide(&text);
            writeln!(output, "{answer}")?;
            output.flush().map(|()| judged)
        }
    }
}

fn decide(line: &str) -> (Value, Judged) {
    let id = id_of(line);
    match Question::read(line).map(|question| question.decide()) {
        Ok(decision) => {
            let (decided, reasons) = (name_of(decision.effect), reasons(&decision));
            let answer = json!({ "id": id, "decision": decided, "reasons": reasons });
            (answer, Judged::Answered)
        }
        Err(reason) => {
            let answer = json!({ "id": id, "decision": "error", "reasons": [reason] });
            (answer, Judged::Refused)
        }
    }
}

fn each_line(
    mut input: impl BufRead,
    mut output: impl Write,
    judge: impl Fn(&str) -> Value,
) -> io::Result<Judged> {
    let mut line = Vec::new();
    loop {
        line.clear();
        if input.read_until(b'\n', &mut line)? == 0 {
            return output.flush().map(|()| Judged::Answered);
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

/// Checks the grammar of the policy in each line of `input`, or of the one policy that it is.
///
/// # Errors
/// If input or output break; what a line says never is an error of the whole.
pub fn check_lines(
    kind: PolicyKind,
    input: impl BufRead,
    mut output: impl Write,
) -> io::Result<Judged> {
    let is_policy = |value: &Value| value.get("Statement").is_some();
    match whole::look(input, is_policy)? {
        Input::Lines(lines) => {
            each_line(lines, output, |line| check(kind, id_of(line), document_of(line)).0)
        }
        Input::Whole(text) => {
            let brings = |member| {
                let object = serde_json::from_str::<Value>(&text);
                object.is_ok_and(|object| object.get(member).is_some())
            };
            let (answer, judged) = if brings("policy") || brings("policy_text") {
                check(kind, id_of(&text), document_of(&text))
            } else {
                check(kind, Value::Null, Ok(text))
            };
            writeln!(output, "{answer}")?;
            output.flush().map(|()| judged)
        }
    }
}

fn check(kind: PolicyKind, id: Value, document: Result<String, String>) -> (Value, Judged) {
    let checked =
        document.and_then(|text| validate(kind, &text).map_err(|invalid| invalid.message));
    let judged = if checked.is_ok() { Judged::Answered } else { Judged::Refused };
    let errors: Vec<String> = checked.err().into_iter().collect();
    (json!({ "id": id, "valid": errors.is_empty(), "errors": errors }), judged)
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
