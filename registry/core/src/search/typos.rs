//! Words with typos: which terms differ from a word by so many letters that are wrong, missing, added or swapped.

use std::sync::LazyLock;

use levenshtein_automata::{DFA, Distance, LevenshteinAutomatonBuilder, SINK_STATE};

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

/// What may be meant by a word with typos. Terms are read letter by letter: numbers stand for those that were read.
pub(super) struct Typos {
    automaton: DFA,
    may_go_on: bool,
}

impl Typos {
    /// Those of a word with so many `edits`; `None` where it is taken as it is.
    pub(super) fn of(word: &str, edits: u8) -> Option<Self> {
        let letters = word.chars().count();
        if edits == 0 || !(SHORTEST..=LONGEST).contains(&letters) {
            return None;
        }
        let builder = if edits == 1 || letters < TWO { &ONE } else { &BOTH };
        let may_go_on = letters >= BEGINNING;
        let automaton = if may_go_on { builder.build_prefix_dfa(word) } else { builder.build_dfa(word) };
        Some(Self { automaton, may_go_on })
    }

    /// Whether what begins with what is meant is meant, too.
    pub(super) fn may_go_on(&self) -> bool {
        self.may_go_on
    }

    /// Before the first letter.
    pub(super) fn start(&self) -> u32 {
        self.automaton.initial_state()
    }

    /// Behind the next letter, or a byte of it; `None` where nothing that follows is meant.
    pub(super) fn behind(&self, read: u32, next: u8) -> Option<u32> {
        let read = self.automaton.transition(read, next);
        (read != SINK_STATE).then_some(read)
    }

    /// Whether what was read is meant.
    pub(super) fn are_in(&self, read: u32) -> bool {
        matches!(self.automaton.distance(read), Distance::Exact(_))
    }
}
