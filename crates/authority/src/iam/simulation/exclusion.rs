//! Which of an entity's policies a simulation leaves out.
//!
//! Source: IAM API Reference, SimulatePrincipalPolicy, "PolicyExclusionList".

use api::Fault;
use api::iam::shapes::{
    InlinePolicyIdentifierType, PolicyIdentifier, PolicyIdentifierPolicyType as Kind,
};
use names::Arn;

use super::super::faults;
use crate::credentials::OwnPolicy;

/// The policies that are left out.
#[derive(Debug, Default)]
pub(super) struct Exclusion {
    kinds: Vec<Kind>,
    arns: Vec<String>,
    embedded: Vec<InlinePolicyIdentifierType>,
}

impl Exclusion {
    /// Reads the list.
    ///
    /// # Errors
    /// InvalidInput for an identifier that names nothing, an ARN that is none, or wildcards where
    /// there may be none.
    pub(super) fn read(list: Vec<PolicyIdentifier>) -> Result<Self, Fault> {
        let mut exclusion = Self::default();
        for one in list {
            let PolicyIdentifier { policy_type, policy_arn, inline_policy_identifier } = one;
            match (policy_type, policy_arn, inline_policy_identifier) {
                (Some(kind), None, None) => exclusion.kinds.push(kind),
                (None, Some(arn), None) if is_pattern_of_policies(&arn) => {
                    exclusion.arns.push(arn);
                }
                (None, None, Some(embedded)) if stars(&embedded.attachment_name) <= 1 => {
                    exclusion.embedded.push(embedded);
                }
                _ => return Err(faults::invalid_input("Invalid PolicyIdentifier.")),
            }
        }
        Ok(exclusion)
    }

    /// Whether all policies of the kind are left out.
    pub(super) fn leaves_out_all(&self, kind: Kind) -> bool {
        self.kinds.contains(&kind)
    }

    pub(super) fn leaves_out(&self, policy: &OwnPolicy) -> bool {
        let Some(arn) = &policy.arn else {
            return self.leaves_out_all(Kind::Inline)
                || self.embedded.iter().any(|named| {
                    named.policy_name.eq_ignore_ascii_case(&policy.name)
                        && named.attachment_type.as_str() == policy.kind
                        && fits(&named.attachment_name, &policy.holder)
                });
        };
        let kind = match arn.starts_with("arn:aws:iam::aws:") {
            true => Kind::AwsManaged,
            false => Kind::UserManaged,
        };
        self.leaves_out_all(kind) || self.arns.iter().any(|pattern| fits(pattern, arn))
    }
}

/// Wildcards may stand in the resource's name alone.
fn is_pattern_of_policies(text: &str) -> bool {
    let Ok(arn) = Arn::parse(text) else { return false };
    let others = [arn.partition, arn.region, arn.account];
    let plain = !others.into_iter().any(|part| part.contains(['*', '?']));
    plain && arn.service == "iam" && arn.resource.starts_with("policy/") && stars(text) <= 1
}

fn stars(text: &str) -> usize {
    text.matches('*').count()
}

/// Whether `text` fits a pattern of at most one `*` and any number of `?`.
fn fits(pattern: &str, text: &str) -> bool {
    let same = |pattern: &str, text: &str| {
        let mut pairs = pattern.chars().zip(text.chars());
        pairs.all(|(wanted, found)| wanted == '?' || wanted == found)
    };
    let Some((head, tail)) = pattern.split_once('*') else {
        return pattern.chars().count() == text.chars().count() && same(pattern, text);
    };
    let length = text.chars().count();
    let Some(between) = length.checked_sub(head.chars().count() + tail.chars().count()) else {
        return false;
    };
    let behind: String = text.chars().skip(head.chars().count() + between).collect();
    same(head, text) && same(tail, &behind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_star_and_question_marks_fit() {
        for (pattern, text, expected) in [
            ("a*c", "abbc", true),
            ("a*c", "ac", true),
            ("ab*bc", "abc", false),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("*", "", true),
            ("abc", "abcd", false),
        ] {
            assert_eq!(fits(pattern, text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn wildcards_stand_in_names_alone() {
        assert!(is_pattern_of_policies("arn:aws:iam::123456789012:policy/a*?"));
        for bad in [
            "policy/a",
            "arn:aws:iam::*:policy/a",
            "arn:aws:iam::1:policy/a**",
            "arn:aws:iam::1:user/a",
        ] {
            assert!(!is_pattern_of_policies(bad), "{bad}");
        }
    }
}
