//! Which services the statements of a document allow anything of.
//!
//! It looks at actions alone, as AWS's reports on access do: no resource, condition or deny takes
//! anything away.

use std::collections::HashSet;

use crate::document::{Document, Malformed, Named};
use crate::glob::Glob;

/// The actions that a document's statements allow, each service once.
#[derive(Debug, Default)]
pub struct Reach {
    /// Services that something is allowed of by name, in lower case.
    named: HashSet<String>,
    /// Patterns of such services.
    patterns: Vec<Glob>,
    /// For each statement that allows all but something: patterns of the services that it leaves out
    /// as a whole.
    excepting: Vec<Vec<Glob>>,
}

/// What the document allows anything of.
///
/// # Errors
/// [`Malformed`] if the text is no policy.
pub fn reach(text: &str) -> Result<Reach, Malformed> {
    let (mut reach, mut seen) = (Reach::default(), HashSet::new());
    for statement in Document::parse(text)?.statements.into_iter().filter(|s| s.allows) {
        reach.add(statement.actions, &mut seen);
    }
    Ok(reach)
}

impl Reach {
    fn add(&mut self, actions: Named, seen: &mut HashSet<String>) {
        let Named { except, mut list } = actions;
        list.iter_mut().for_each(|action| action.make_ascii_lowercase());
        let actions = list.iter().map(|action| parts(action));
        if except {
            let whole = actions.filter(|(_, name)| name.bytes().all(|byte| byte == b'*'));
            let services: HashSet<&str> = whole.map(|(service, _)| service).collect();
            return self.excepting.push(services.into_iter().map(Glob::new).collect());
        }
        for (service, _) in actions {
            if !service.contains(['*', '?']) {
                self.named.insert(service.to_owned());
            } else if seen.insert(service.to_owned()) {
                self.patterns.push(Glob::new(service));
            }
        }
    }

    /// Whether a statement allows any action of the service, which is named in lower case.
    #[must_use]
    pub fn includes(&self, service: &str) -> bool {
        let fits = |patterns: &[Glob]| patterns.iter().any(|pattern| pattern.matches(service));
        self.named.contains(service)
            || fits(&self.patterns)
            || self.excepting.iter().any(|patterns| !fits(patterns))
    }

    /// The services that statements allow something of by name, in lower case.
    pub fn named(&self) -> impl Iterator<Item = &str> {
        self.named.iter().map(String::as_str)
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
        let named: std::collections::BTreeSet<_> = reach.named().collect();
        assert!(named.into_iter().eq(["iam", "s3"]));
        assert!(allowing(r#""Action":"*""#).includes("sqs"));
        let reach = allowing(r#""NotAction":["iam:*","kms:Get*"]"#);
        assert!(!reach.includes("iam") && reach.includes("kms") && reach.includes("sts"));
        assert_eq!(reach.named().count(), 0);
    }
}
