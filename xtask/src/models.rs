//! Reduces botocore's service models to what the code needs: shapes and constraints, no prose.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Map, Value};

use crate::process::{self, Outcome};

/// The services, by their directory names in botocore, with the API version.
pub(crate) const SERVICES: [(&str, &str); 6] = [
    ("cloudtrail", "2013-11-01"),
    ("iam", "2010-05-08"),
    ("kms", "2014-11-01"),
    ("lambda", "2015-03-31"),
    ("secretsmanager", "2017-10-17"),
    ("sts", "2011-06-15"),
];

/// What is kept of an operation, a shape and a member.
const KEPT: [&str; 31] = [
    "auth",
    "authtype",
    "box",
    "code",
    "enum",
    "error",
    "event",
    "eventstream",
    "exception",
    "fault",
    "flattened",
    "http",
    "httpStatusCode",
    "idempotencyToken",
    "input",
    "key",
    "location",
    "locationName",
    "max",
    "member",
    "members",
    "min",
    "name",
    "output",
    "pattern",
    "payload",
    "required",
    "sensitive",
    "streaming",
    "type",
    "value",
];

const KEPT_METADATA: [&str; 7] = [
    "apiVersion",
    "endpointPrefix",
    "jsonVersion",
    "protocol",
    "serviceId",
    "signingName",
    "targetPrefix",
];

/// Writes models/*.json from the botocore data directory `from`.
pub(crate) fn reduce(from: Option<&str>) -> Outcome {
    let from = from.map_or_else(installed, |dir| Ok(PathBuf::from(dir)))?;
    for (service, version) in SERVICES {
        let model = load(&from.join(service).join(version).join("service-2.json"))?;
        let target = process::root().join(format!("models/{service}.json"));
        process::write(&target, &lines(&reduced(&model)))?;
        process::say(&format!("models/{service}.json"));
    }
    Ok(())
}

fn installed() -> Outcome<PathBuf> {
    let ask =
        "import botocore, os; print(os.path.join(os.path.dirname(botocore.__file__), 'data'))";
    let out = process::output(Command::new("python3").args(["-c", ask]))?;
    Ok(PathBuf::from(String::from_utf8_lossy(&out).trim()))
}

fn load(path: &Path) -> Outcome<Value> {
    let packed = path.with_extension("json.gz");
    let text = if packed.exists() {
        process::output(Command::new("gzip").arg("-dc").arg(&packed))?
    } else {
        process::read(path)?.into_bytes()
    };
    serde_json::from_slice(&text).map_err(|error| format!("{}: {error}", path.display()))
}

fn reduced(model: &Value) -> Map<String, Value> {
    let mut out = Map::new();
    let mut metadata = Map::new();
    for key in KEPT_METADATA {
        if let Some(value) = model["metadata"].get(key) {
            metadata.insert(key.to_owned(), value.clone());
        }
    }
    if let Some(space) = model["metadata"].get("xmlNamespace") {
        metadata.insert("xmlNamespace".to_owned(), space.clone());
    }
    out.insert("metadata".to_owned(), Value::Object(metadata));
    for part in ["operations", "shapes"] {
        let mut entries = Map::new();
        for (name, entry) in model[part].as_object().into_iter().flatten() {
            entries.insert(name.clone(), kept(entry, part == "operations"));
        }
        out.insert(part.to_owned(), Value::Object(entries));
    }
    out
}

/// `value` without prose. The names of members are names, not keys to be judged.
fn kept(value: &Value, with_errors: bool) -> Value {
    match value {
        Value::Object(map) => {
            let mut out = Map::new();
            for (key, value) in map {
                if key == "members" {
                    let members = value.as_object().into_iter().flatten();
                    let members = members.map(|(name, member)| (name.clone(), kept(member, false)));
                    out.insert(key.clone(), Value::Object(members.collect()));
                } else if key == "errors" && with_errors {
                    let names = value.as_array().into_iter().flatten();
                    let names = names.map(|error| error["shape"].clone());
                    out.insert(key.clone(), Value::Array(names.collect()));
                } else if key == "shape"
                    || key == "method"
                    || key == "requestUri"
                    || key == "responseCode"
                    || key == "senderFault"
                    || KEPT.contains(&key.as_str())
                {
                    out.insert(key.clone(), kept(value, false));
                }
            }
            Value::Object(out)
        }
        other => other.clone(),
    }
}

/// One operation or shape a line, so that a change of the model reads as a diff.
fn lines(model: &Map<String, Value>) -> String {
    let mut out = String::from("{\n");
    out.push_str(&format!("\"metadata\": {}", model["metadata"]));
    for part in ["operations", "shapes"] {
        out.push_str(&format!(",\n\"{part}\": {{\n"));
        let entries: Vec<String> = model[part]
            .as_object()
            .into_iter()
            .flatten()
            .map(|(name, entry)| format!("\"{name}\": {entry}"))
            .collect();
        out.push_str(&entries.join(",\n"));
        out.push_str("\n}");
    }
    out.push_str("\n}\n");
    out
}
