//! Words with typos: which terms differ from a word by so many letters that are wrong, missing, added or swapped.

use std::sync::LazyLock;

use levenshtein_automata::{DFA, LevenshteinAutomatonBuilder};

/// Most letters that may differ.
pub(super) const MOST: u8 = 2;

/// A word of fewer letters is taken as it is.
const SHORTEST: usize = 3;
/// From so many letters on a word may be the beginning of what is meant, with a typo: of a shorter one too little is left.
const BEGINNING: usize = 4;
/// From so many letters on two may differ.
const TWO: usize = 8;
/// A longer word is taken as it is: an automaton grows with it.
const LONGEST: usize = 32;

static ONE: LazyLock<LevenshteinAutomatonBuilder> =
    LazyLock::new(|| LevenshteinAutomatonBuilder::new(1, true));
static BOTH: LazyLock<LevenshteinAutomatonBuilder> =
    LazyLock::new(|| LevenshteinAutomatonBuilder::new(2, true));

/// Accepts the terms that may be meant by a word with `edits` typos; `None` where it is taken as it is.
pub(super) fn automaton(word: &str, edits: u8) -> Option<DFA> {
    let letters = word.chars().count();
    if edits == 0 || !(SHORTEST..=LONGEST).contains(&letters) {
        return None;
    }
    let builder = if edits == 1 || letters < TWO { &ONE } else { &BOTH };
    Some(if letters < BEGINNING { builder.build_dfa(word) } else { builder.build_prefix_dfa(word) })
}
