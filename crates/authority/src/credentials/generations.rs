//! A bounded memory of things that are made of one document each.
//!
//! Two generations: what is asked for moves to the young one; when that is full, it becomes the old
//! one, and what was old is let go of. So a thing stays as long as it is asked for now and then.
//! Full is what holds as many things, or weighs as much, as it may.

use std::collections::HashMap;
use std::mem;

use store::DocKey;

#[derive(Debug)]
pub(super) struct Generations<V> {
    size: usize,
    /// Bytes, roughly.
    weight_max: usize,
    weigh: fn(&V) -> usize,
    young: HashMap<DocKey, V>,
    /// What the young ones weigh together.
    weight: usize,
    old: HashMap<DocKey, V>,
}

impl<V: Clone> Generations<V> {
    /// A memory of at most twice `size` things, that weigh about twice `weight_max` at most.
    pub(super) fn of(size: usize, weight_max: usize, weigh: fn(&V) -> usize) -> Self {
        let (young, old) = (HashMap::new(), HashMap::new());
        Self { size, weight_max, weigh, young, weight: 0, old }
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
        let weight = (self.weigh)(&value);
        if self.young.len() >= self.size || self.weight + weight > self.weight_max {
            self.old = mem::take(&mut self.young);
            self.weight = 0;
        }
        self.weight += weight;
        if let Some(before) = self.young.insert(key, value) {
            self.weight = self.weight.saturating_sub((self.weigh)(&before));
        }
    }

    /// Lets go of what was made of this document.
    pub(super) fn forget(&mut self, key: &DocKey) {
        if let Some(gone) = self.young.remove(key) {
            self.weight = self.weight.saturating_sub((self.weigh)(&gone));
        }
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
        let mut held = Generations::of(10, 10, |_| 1);
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
    fn what_is_heavy_is_fewer() {
        let mut held = Generations::of(100, 100, |weight| *weight);
        for number in 0..50 {
            held.add(key(number), 30);
            held.add(key(number), 30);
            assert!(held.weight == 30 * held.young.len() && held.young.len() <= 3, "{number}");
        }
        held.forget(&key(49));
        assert_eq!(held.weight, 30 * held.young.len());
    }

    #[test]
    fn nothing_is_found_that_was_forgotten_in_either_generation() {
        let mut held = Generations::of(1, 1, |_| 1);
        held.add(key(1), 1);
        held.add(key(2), 2);
        held.forget(&key(1));
        held.forget(&key(2));
        assert_eq!((held.get(&key(1)), held.get(&key(2))), (None, None));
    }
}
