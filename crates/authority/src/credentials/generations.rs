//! A bounded memory of things that are made of one document each.
//!
//! Two generations: what is asked for moves to the young one; when that is full, it becomes the old
//! one, and what was old is let go of. So a thing stays as long as it is asked for now and then.

use std::collections::HashMap;
use std::mem;

use store::DocKey;

#[derive(Debug)]
pub(super) struct Generations<V> {
    size: usize,
    young: HashMap<DocKey, V>,
    old: HashMap<DocKey, V>,
}

impl<V: Clone> Generations<V> {
    /// A memory of at most twice `size` things.
    pub(super) fn of(size: usize) -> Self {
        Self { size, young: HashMap::new(), old: HashMap::new() }
    }

    pub(super) fn get(&mut self, key: &DocKey) -> Option<V> {
        if let Some(found) = self.young.get(key) {
            return Some(found.clone());
        }
        let found = self.old.remove(key)?;
        self.add(key.clone(), found.clone());
        Some(found)
    }

    pub(super) fn add(&mut self, key: DocKey, value: V) {
        if self.young.len() >= self.size {
            self.old = mem::take(&mut self.young);
        }
        self.young.insert(key, value);
    }

    /// Lets go of what was made of this document.
    pub(super) fn forget(&mut self, key: &DocKey) {
        self.young.remove(key);
        self.old.remove(key);
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
    fn what_is_asked_for_stays_and_the_rest_goes() {
        let mut held = Generations::of(10);
        for number in 0..100 {
            held.add(key(number), number);
            assert!(held.young.len() <= 10 && held.old.len() <= 10);
            assert_eq!(held.get(&key(0)), Some(0), "{number}");
        }
        assert_eq!((held.get(&key(50)), held.get(&key(99))), (None, Some(99)));
        held.forget(&key(99));
        assert_eq!(held.get(&key(99)), None);
    }

    #[test]
    fn nothing_is_found_that_was_forgotten_in_either_generation() {
        let mut held = Generations::of(1);
        held.add(key(1), 1);
        held.add(key(2), 2);
        held.forget(&key(1));
        held.forget(&key(2));
        assert_eq!((held.get(&key(1)), held.get(&key(2))), (None, None));
    }
}
