//! Which services the statements of a document allow anything of.
//!
//! It looks at actions alone, as AWS's reports on access do: no resource, condition or deny takes
//! anything away.

use crate::document::{Document, Malformed, Named};
use crate::glob::Glob;

/// The actions that a document's statements allow.
#[derive(Debug)]
pub struct Reach(Vec<Named>);

/// What the document allows anything of.
///
/// # Errors
/// [`Malformed`] if the text is no policy.
pub fn reach(text: &str) -> Result<Reach, Malformed> {
    let allowing = Document::parse(text)?.statements.into_iter().filter(|s| s.allows);
    let mut all: Vec<Named> = allowing.map(|statement| statement.actions).collect();
    for action in all.iter_mut().flat_map(|named| &mut named.list) {
        action.make_ascii_lowercase();
    }
    Ok(Reach(all))
}

impl Reach {
    /// Whether a statement allows any action of the service, which is named in lower case.
    #[must_use]
    pub fn includes(&self, service: &str) -> bool {
        let is_of = |pattern: &str| Glob::new(pattern).matches(service);
        self.0.iter().any(|named| {
            let mut actions = named.list.iter().map(|action| parts(action));
            if named.except {
                !actions.any(|(of, name)| is_of(of) && name.bytes().all(|byte| byte == b'*'))
            } else {
                actions.any(|(of, _)| is_of(of))
            }
        })
    }

    /// The services that statements allow something of by name, in lower case.
    pub fn named(&self) -> impl Iterator<Item = &str> {
        let actions = self.0.iter().filter(|named| !named.except).flat_map(|named| &named.list);
        actions.map(|action| parts(action).0).filter(|service| !service.contains(['*', '?']))
    }
}

/// Service and name. What has no colon holds for both.
fn parts(action: &str) -> (&str, &str) {
    action.split_once(':').unwrap_or((action, "*"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowing(actions: &str) -> Reach {
        reach(&format!(
            r#"{{"Version":"2012-10-17","Statement":[
                {{"Effect":"Allow",{actions},"Resource":"*"}},
                {{"Effect":"Deny","Action":"sqs:*","Resource":"*"}}]}}"#
        ))
        .unwrap()
    }

    #[test]
    fn services_are_reached_by_name_by_pattern_and_by_exception() {
        let reach = allowing(r#""Action":["IAM:Get*","s3:*","e?2:Run"]"#);
        assert!(["iam", "s3", "ec2"].into_iter().all(|service| reach.includes(service)));
        assert!(!reach.includes("kms") && !reach.includes("sqs"));
        assert_eq!(reach.named().collect::<Vec<_>>(), ["iam", "s3"]);
        assert!(allowing(r#""Action":"*""#).includes("sqs"));
        let reach = allowing(r#""NotAction":["iam:*","kms:Get*"]"#);
        assert!(!reach.includes("iam") && reach.includes("kms") && reach.includes("sts"));
        assert_eq!(reach.named().count(), 0);
    }
}
