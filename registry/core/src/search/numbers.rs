//! A number for each term. Most are asked for again and again, so that it matters how far away they lie: short ones are in
//! the map itself.

use std::collections::HashMap;

/// The numbers of terms.
#[derive(Default)]
pub(super) struct Numbers {
    short: HashMap<Short, u32>,
    long: HashMap<String, u32>,
}

/// A term of at most seven bytes, and behind them how many they are: ordered as the terms are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Short([u8; 8]);

impl Numbers {
    /// The number of a term, if it has one.
    pub(super) fn of(&self, term: &str) -> Option<u32> {
        match Short::of(term) {
            Some(short) => self.short.get(&short),
            None => self.long.get(term),
        }
        .copied()
    }

    /// Gives a term a number.
    pub(super) fn insert(&mut self, term: &str, number: u32) {
        match Short::of(term) {
            Some(short) => self.short.insert(short, number),
            None => self.long.insert(term.to_owned(), number),
        };
    }

    /// The terms in their order, each with its number.
    pub(super) fn sorted(self) -> Vec<(Vec<u8>, u32)> {
        let short = self.short.into_iter().map(|(term, number)| (term.text().to_vec(), number));
        let long = self.long.into_iter().map(|(term, number)| (term.into_bytes(), number));
        // Most are told apart by what they begin with, without a look at all of them.
        let mut sorted: Vec<(u64, (Vec<u8>, u32))> =
            short.chain(long).map(|(term, number)| (beginning(&term), (term, number))).collect();
        sorted.sort_unstable();
        sorted.into_iter().map(|(_, term)| term).collect()
    }
}

impl Short {
    fn of(term: &str) -> Option<Self> {
        let mut short = [0; 8];
        let (text, length) = short.split_at_mut(7);
        text.get_mut(..term.len())?.copy_from_slice(term.as_bytes());
        length[0] = u8::try_from(term.len()).ok()?;
        Some(Self(short))
    }

    fn text(&self) -> &[u8] {
        let [text @ .., length] = &self.0;
        &text[..usize::from(*length)]
    }
}

/// The first bytes of a term as a number: in the same order, as far as they go.
fn beginning(term: &[u8]) -> u64 {
    let mut first = [0; size_of::<u64>()];
    first.iter_mut().zip(term).for_each(|(to, byte)| *to = *byte);
    u64::from_be_bytes(first)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn each_term_has_its_own_and_all_are_in_order(
            terms in prop::collection::vec("[ab\u{0}é]{0,10}", 0..40),
        ) {
            let (mut numbers, mut expected) = (Numbers::default(), BTreeMap::new());
            for (number, term) in (0..).zip(&terms) {
                prop_assert_eq!(numbers.of(term), expected.get(term.as_bytes()).copied());
                numbers.insert(term, number);
                expected.insert(term.clone().into_bytes(), number);
            }
            prop_assert_eq!(numbers.sorted(), expected.into_iter().collect::<Vec<_>>());
        }
    }
}
