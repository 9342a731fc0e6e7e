//! Which documents have changed lately, in memory: what a change may be judged by besides the
//! documents that it reads.
//!
//! Changes are counted from the opening of the store. The memory is bounded; what is asked of a moment
//! that it does not reach back to is answered as if it had changed.

use std::collections::HashMap;

use crate::key::DocKey;

/// Changed documents that are remembered at most.
const REMEMBERED: usize = 8192;

#[derive(Debug, Default)]
pub(crate) struct Recent {
    /// Documents changed so far.
    count: u64,
    /// Before this moment nothing is remembered.
    floor: u64,
    newest: HashMap<DocKey, u64>,
}

impl Recent {
    pub(crate) fn count(&self) -> u64 {
        self.count
    }

    pub(crate) fn note(&mut self, key: &DocKey) {
        if self.newest.len() >= REMEMBERED {
            self.newest.clear();
            self.floor = self.count;
        }
        self.count += 1;
        self.newest.insert(key.clone(), self.count);
    }

    /// Whether one of `documents` has changed since `moment`.
    pub(crate) fn changed_since(&self, moment: u64, documents: &[DocKey]) -> bool {
        if moment >= self.count {
            return false;
        }
        let newer = |key: &DocKey| self.newest.get(key).is_some_and(|newest| *newest > moment);
        moment < self.floor || documents.iter().any(newer)
    }
}

#[cfg(test)]
mod tests {
    use names::AccountId;

    use super::*;

    fn key(number: usize) -> DocKey {
        DocKey::new(1, AccountId::default(), number.to_string())
    }

    #[test]
    fn what_changed_later_has_changed_and_nothing_else() {
        let mut recent = Recent::default();
        recent.note(&key(1));
        let moment = recent.count();
        assert!(!recent.changed_since(moment, &[key(1), key(2)]));
        recent.note(&key(2));
        assert!(recent.changed_since(moment, &[key(1), key(2)]));
        assert!(!recent.changed_since(moment, &[key(1), key(3)]));
        assert!(recent.changed_since(0, &[key(1)]));
        assert!(!recent.changed_since(recent.count(), &[key(2)]));
    }

    #[test]
    fn what_is_forgotten_counts_as_changed() {
        let mut recent = Recent::default();
        for number in 0..REMEMBERED {
            recent.note(&key(number));
        }
        assert!(!recent.changed_since(1, &[key(0)]));
        recent.note(&key(0));
        assert!(recent.newest.len() < REMEMBERED);
        assert!(recent.changed_since(1, &[key(REMEMBERED)]));
        assert!(!recent.changed_since(recent.count(), &[key(0)]));
    }
}
