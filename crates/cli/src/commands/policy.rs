//! `keywright policy eval` and `keywright policy check`: pure, without a store or a server.

use std::io::{BufReader, BufWriter, Read};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Subcommand};
use policy::{Judged, PolicyKind};

use crate::failure::Failure;

/// Decide or check policies without a server
#[derive(Debug, Subcommand)]
pub(crate) enum Policy {
    Eval(Eval),
    Check(Check),
}

/// Decide requests against policies, one JSON line each, or one JSON object
///
/// Reads lines {"id", "request": {"principal", "action", "resource", "resource_account", "context"},
/// "policies": {"identity": […], "boundary": […], "session": […], "resource": …, "scp": [[…]…],
/// "rcp": [[…]…]}} and writes {"id", "decision", "reasons"}. The decision is "allow", "explicit_deny"
/// or "implicit_deny"; the reasons are the statements that made it, or the kind of policy ("layer")
/// whose allow is missing. The context is the whole context: nothing is added to it. An input that is one
/// object, laid out over lines, is decided as one; the exit code is 1 then if the answer is "error".
///
/// A principal is {"type", "arn", "account", "id"}: a root, user, role, service_linked_role or
/// federated_user; a service ("service": its name); federated (web_identity, saml; "arn": the
/// provider's); or anonymous. Without a type the ARN tells. The ARN of a role's session may come with
/// "role_arn"; else the role is aws:PrincipalArn, or one without a path. With a role's ARN for its
/// own no session is known. Without a principal a user asks of whom nothing is known.
///
/// A document is an object, or a string that holds one. Without "resource" the action is asked for
/// "*", without "resource_account" the resource is of the principal's account. The policy of a role
/// that is assumed and of a KMS key must allow; without one nothing is allowed there. Kinds that are
/// absent or empty do not apply, save identity policies. At each level of "scp" and "rcp" one document
/// must allow, none is added; a list of documents is one level. Members that are not known answer
/// "error".
#[derive(Debug, Args)]
pub(crate) struct Eval {
    /// File to read [default: stdin]
    file: Option<PathBuf>,
}

/// Check the grammar of one policy, or of many, one JSON line each
///
/// Reads a policy document and writes {"id": null, "valid", "errors"}, in AWS's words; the exit code is
/// 1 if it is invalid. Or reads lines {"id", "policy"} or {"id", "policy_text"} and writes {"id",
/// "valid", "errors"} for each; the exit code is 0 then. Whether principals, services and actions exist
/// is not asked.
#[derive(Debug, Args)]
pub(crate) struct Check {
    /// What the policies are for: identity, resource, trust, boundary, session, scp or rcp
    #[arg(long = "type", env = "KEYWRIGHT_TYPE", value_name = "KIND", value_parser = kind)]
    kind: PolicyKind,

    /// File to read [default: stdin]
    file: Option<PathBuf>,
}

fn kind(name: &str) -> Result<PolicyKind, String> {
    PolicyKind::parse(name).ok_or_else(|| {
        "expected identity, resource, trust, boundary, session, scp or rcp".to_owned()
    })
}

impl Policy {
    pub(crate) fn run(self) -> Result<ExitCode, Failure> {
        let output = BufWriter::new(std::io::stdout().lock());
        let outcome = match self {
            Self::Eval(eval) => policy::eval_lines(input(eval.file.as_deref())?, output),
            Self::Check(check) => {
                policy::check_lines(check.kind, input(check.file.as_deref())?, output)
            }
        };
        match outcome.map_err(|error| Failure::new("input or output broke").because(error))? {
            Judged::Answered => Ok(ExitCode::SUCCESS),
            Judged::Refused => Ok(ExitCode::FAILURE),
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the command line reads what it is told to")]
fn input(file: Option<&Path>) -> Result<BufReader<Box<dyn Read>>, Failure> {
    let reader: Box<dyn Read> = match file {
        None => Box::new(std::io::stdin().lock()),
        Some(path) if path == Path::new("-") => Box::new(std::io::stdin().lock()),
        Some(path) => Box::new(std::fs::File::open(path).map_err(|error| {
            Failure::new(format!("cannot read {}", path.display())).because(error)
        })?),
    };
    Ok(BufReader::new(reader))
}
