//! What a call of an operation that is not built would be about.
//!
//! Nothing is done for such a call, whatever the policies say. But who is allowed the operation on
//! one thing alone must hear that it is not built, not that it is denied: the resource is read off
//! the members that name one. Input that cannot be read names nothing.

use api::{Fault, OperationInfo, Value};

use super::Passage;
use crate::handle::Asking;
use crate::iam::arn;
use crate::iam::target::Target;

/// The first thing that the input names; `*` if it names none.
pub(super) fn target(
    passage: &Passage<'_>,
    operation: &'static OperationInfo,
    at: &Asking<'_>,
) -> Result<Target, Fault> {
    let call = passage.call;
    let input = wire::read(passage.service, operation, &call.parts, &call.body);
    let Ok(Value::Structure(slots)) = input else { return Ok(Target::any()) };
    for (member, slot) in operation.input.members().iter().zip(slots) {
        if let Some(Value::Text(text)) = slot
            && let Some(named) = named(member.name, &text, at)?
        {
            return Ok(named);
        }
    }
    Ok(Target::any())
}

/// The thing that a member of this name stands for. What does not exist has the root path.
fn named(member: &str, text: &str, at: &Asking<'_>) -> Result<Option<Target>, Fault> {
    let own = |kind: &str, word: &str| {
        let target = Target::made(arn::at_root_path(at.account(), kind, text));
        Target { shown: format!("{word} {text}"), ..target }
    };
    Ok(match member {
        "UserName" => Some(Target::user(at, Some(text))?),
        "GroupName" => Some(Target::group(at, text)?),
        "RoleName" => Some(own("role", "role")),
        "InstanceProfileName" => Some(own("instance-profile", "instance profile")),
        _ if text.starts_with("arn:") => Some(Target::made(text.to_owned())),
        _ => None,
    })
}
