//! Finding documents of one index: which have all words of a query, and how well they fit.

use std::ops::Range;

use super::field::{Fields, Likeness, WHOLE_NAME};
use super::index::Index;
use super::query::{Query, Word};
use super::typos;

/// A document that has all words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Match {
    pub(super) document: usize,
    /// The more the better.
    pub(super) score: u16,
}

/// What of a document is known while the words of a query are looked up one after the other.
#[derive(Clone, Copy, Default)]
struct Tally {
    /// How many words it has, of those that were looked up.
    has: u8,
    /// What the last of them is worth.
    last: u8,
    /// What all of them are worth.
    score: u16,
}

/// The terms that may be meant by a word.
struct Meant {
    places: Vec<(Range<usize>, Likeness)>,
    fields: Fields,
}

impl Index {
    /// Tells of the documents that `query` is about, in no order. A word may be meant that differs by so many `edits`.
    pub(super) fn each_match(&self, query: &Query, edits: u8, mut found: impl FnMut(Match)) {
        let among = self.of_orgs(&query.orgs);
        if query.words.is_empty() {
            among.for_each(|document| found(Match { document, score: 0 }));
            return;
        }
        let mut meant: Vec<_> = query.words.iter().map(|word| self.meant(word, edits)).collect();
        // What does not have the rarest word is not looked at again.
        meant.sort_by_cached_key(|meant| {
            meant.places.iter().map(|(places, _)| self.listed(places)).sum::<usize>()
        });
        let mut tallies = vec![Tally::default(); self.documents.len()];
        let mut begun = Vec::new();
        for (before, Meant { places, fields: wanted }) in (0_u8..).zip(meant) {
            for (places, likeness) in places {
                for (document, fields) in self.documents_of(places) {
                    let worth = fields.and(wanted).worth(likeness);
                    let tally = &mut tallies[document];
                    if worth == 0 {
                        continue;
                    }
                    if tally.has == before {
                        *tally =
                            Tally { has: before + 1, last: worth, score: tally.score + u16::from(worth) };
                        if before == 0 {
                            begun.push(document);
                        }
                    } else if tally.has == before + 1 && tally.last < worth {
                        tally.score += u16::from(worth - tally.last);
                        tally.last = worth;
                    }
                }
            }
            if begun.is_empty() {
                return;
            }
        }
        for place in query.names.iter().filter_map(|name| self.equal(name)) {
            for (document, fields) in self.documents_of(place..place + 1) {
                if !fields.and(Fields::WHOLE).is_empty() {
                    tallies[document].score += WHOLE_NAME;
                }
            }
        }
        for document in begun {
            let Tally { has, score, .. } = tallies[document];
            if usize::from(has) == query.words.len() && among.contains(&document) {
                found(Match { document, score: self.score(document, score) });
            }
        }
    }

    /// Of two that are worth the same, the one whose name has less besides.
    fn score(&self, document: usize, worth: u16) -> u16 {
        worth * 8 + u16::from(7_u8.saturating_sub(self.documents[document].name_words))
    }

    fn meant(&self, word: &Word, edits: u8) -> Meant {
        let mut places = Vec::new();
        if word.exact {
            places.extend(self.equal(&word.text).map(|equal| (equal..equal + 1, Likeness::Equal)));
        } else {
            let (equal, longer) = self.beginning(&word.text);
            let read = equal.start..longer.end;
            // What is worth the most first: what comes later is compared with it.
            places.extend([(equal, Likeness::Equal), (longer, Likeness::Begins)]);
            if let Some(automaton) = typos::automaton(&word.text, edits) {
                let accepted = self.accepted(&automaton).into_iter().filter(|place| !read.contains(place));
                places.extend(accepted.map(|place| (place..place + 1, Likeness::Typo)));
            }
        }
        Meant { places, fields: word.fields }
    }

    /// The documents of these organizations, which are all of one, or none.
    fn of_orgs(&self, orgs: &[String]) -> Range<usize> {
        let mut among = 0..self.documents.len();
        for org in orgs {
            let before = |less: &dyn Fn(&str) -> bool| {
                self.documents.partition_point(|entry| less(entry.package.org.as_str()))
            };
            let (first, behind) =
                (before(&|other| other < org.as_str()), before(&|other| other <= org.as_str()));
            among = among.start.max(first)..among.end.min(behind);
        }
        among
    }
}
