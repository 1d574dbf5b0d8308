//! The first of very many things, without putting all of them in order.

/// So many are kept at least before it is looked which of them are the first.
const ROOM: usize = 64;

/// Keeps the least of what it is offered. No two of them are equal.
pub(super) struct Firsts<T> {
    most: usize,
    /// Those that are wanted are among them.
    kept: Vec<T>,
    /// What is not less than this one is not wanted.
    bound: Option<T>,
}

impl<T: Ord + Copy> Firsts<T> {
    /// None yet, and at most so many.
    pub(super) fn new(most: usize) -> Self {
        Self { most, kept: Vec::new(), bound: None }
    }

    pub(super) fn offer(&mut self, one: T) {
        if self.bound.is_some_and(|bound| bound <= one) {
            return;
        }
        self.kept.push(one);
        if self.kept.len() >= self.most.saturating_mul(2).max(ROOM) {
            self.cut();
        }
    }

    /// The least, in no order.
    pub(super) fn done(mut self) -> Vec<T> {
        self.cut();
        self.kept
    }

    fn cut(&mut self) {
        if self.most < self.kept.len() {
            self.bound = Some(*self.kept.select_nth_unstable(self.most).1);
            self.kept.truncate(self.most);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn they_are_the_first_of_all_in_order(
            offered in prop::collection::hash_set(0..1000_u16, 0..500),
            most in prop_oneof![0..40_usize, Just(usize::MAX)],
        ) {
            let mut firsts = Firsts::new(most);
            for one in &offered {
                firsts.offer(*one);
            }
            let mut kept = firsts.done();
            kept.sort_unstable();
            let ordered: BTreeSet<_> = offered.into_iter().collect();
            prop_assert_eq!(kept, ordered.into_iter().take(most).collect::<Vec<_>>());
        }
    }
}
