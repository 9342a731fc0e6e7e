//! What a simulation may cost. A call of a few kilobytes could otherwise ask for gigabytes: each of
//! its results tells of every statement that matched, and each goes through all policies.
//!
//! Costs are estimates from above, by lengths alone, and the same on every machine.

use api::Fault;
use api::iam::shapes::EvaluationResult;

use super::super::faults;

/// Bytes of all policies that a call passes, together: two of the longest.
const GIVEN_MAX: usize = 2 * 131_072;

/// Bytes of a text that are compared in the time that a byte of policy takes to be gone through, in the
/// worst case: patterns as short as can be, with a `*` at both ends.
const AT_ONCE: usize = 32;

/// A page ends early where its results together would cost more than this, and a result that would
/// by itself is refused. See [`Bulk::per_result`] for the unit.
pub(super) const WORK_MAX: usize = 32 << 20;

/// A page ends behind the result with which its answer becomes longer than this, in bytes.
pub(super) const LENGTH_MAX: usize = 1 << 20;

/// Bytes of an answer for a result, for a statement and for a missing key, besides their texts.
const RESULT: usize = 1024;
const STATEMENT: usize = 256;
const KEY: usize = 24;

/// How much there is of policies.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Bulk {
    /// Bytes of text.
    text: usize,
    /// Places where a variable might begin; in JSON a brace can be escaped.
    openings: usize,
}

impl Bulk {
    pub(super) fn of(text: &str) -> Self {
        Self { text: text.len(), openings: text.matches(['{', '\\']).count() }
    }

    pub(super) fn and(self, other: Self) -> Self {
        Self { text: self.text + other.text, openings: self.openings + other.openings }
    }

    /// What policies that were passed have, all together.
    ///
    /// # Errors
    /// InvalidInput where that is too much.
    pub(super) fn given<'a>(texts: impl IntoIterator<Item = &'a String>) -> Result<Self, Fault> {
        let all = texts.into_iter().fold(Self::default(), |all, text| all.and(Self::of(text)));
        if all.text > GIVEN_MAX {
            let message =
                format!("The policies must not be longer than {GIVEN_MAX} bytes in total.");
            return Err(faults::invalid_input(message));
        }
        Ok(all)
    }

    /// The work of one result, in bytes of policies that are gone through once. A pattern
    /// goes along all that it is compared with; a variable takes memory for whatever it stands for.
    ///
    /// # Errors
    /// InvalidInput where that is more than a call may cost.
    pub(super) fn per_result(self, asked: Asked) -> Result<usize, Fault> {
        let passes = 1 + asked.length / AT_ONCE;
        let replaced = self.openings.saturating_mul(asked.longest_value).saturating_mul(4);
        let work = self.text.saturating_mul(passes).saturating_add(replaced);
        if work > WORK_MAX {
            let message = "The policies, the resources and the context are too long together.";
            return Err(faults::invalid_input(message));
        }
        Ok(work)
    }
}

/// How much policies are compared with.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Asked {
    /// Bytes of the longest action, the longest resource and the context.
    pub(super) length: usize,
    /// Bytes of the context's longest value.
    pub(super) longest_value: usize,
}

/// What a result takes of an answer, in bytes.
pub(super) fn length(result: &EvaluationResult) -> usize {
    let statements = result.matched_statements.iter().flatten();
    let ids =
        statements.map(|one| STATEMENT + one.source_policy_id.as_ref().map_or(0, String::len));
    let keys = result.missing_context_values.iter().flatten().map(|key| KEY + key.len());
    let told: usize = ids.chain(keys).sum();
    let resource = result.eval_resource_name.as_ref().map_or(0, String::len);
    // What is told of the resource by itself repeats it all.
    let times = 1 + result.resource_specific_results.iter().flatten().count();
    RESULT + result.eval_action_name.len() + times * (told + resource)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_passed_is_bounded_in_total() {
        let half = "x".repeat(GIVEN_MAX / 2);
        assert_eq!(Bulk::given([&half, &half]).unwrap().text, GIVEN_MAX);
        assert!(Bulk::given([&half, &half, &"x".to_owned()]).is_err());
    }

    #[test]
    fn a_result_that_costs_too_much_is_refused() {
        let bulk = Bulk::of(&r#"{"Resource":"${aws:x}\u0024\u007baws:x}"}"#.repeat(1000));
        assert_eq!(bulk.openings, 4000);
        let asked = |length, longest_value| Asked { length, longest_value };
        assert_eq!(bulk.per_result(asked(AT_ONCE - 1, 0)).unwrap(), bulk.text);
        assert_eq!(bulk.per_result(asked(AT_ONCE, 0)).unwrap(), 2 * bulk.text);
        assert!(bulk.per_result(asked(AT_ONCE * 2000, 0)).is_err());
        assert!(bulk.per_result(asked(0, 2000)).is_ok());
        assert!(bulk.per_result(asked(0, 2100)).is_err());
        // The most that can be passed, for the longest resource there is.
        let most = Bulk { text: GIVEN_MAX, openings: 0 };
        assert!(most.per_result(asked(2048 + 128, 0)).is_ok());
    }
}
