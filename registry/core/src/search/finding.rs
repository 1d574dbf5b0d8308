//! Finding documents of one index: which have all words of a query, and how well they fit.

use std::ops::Range;

use super::field::{Fields, Likeness, WHOLE_NAME};
use super::index::Index;
use super::query::{Query, Word};
use super::typos::Typos;

/// So many documents are passed over at once where none of them has a word.
const STRETCH: u32 = 64;

/// A document that has all words.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Match {
    pub(super) document: u32,
    /// The more the better.
    pub(super) score: u16,
}

/// The terms that may be meant by a word.
struct Meant {
    places: Vec<(Range<usize>, Likeness)>,
    /// How many documents are in their lists.
    listed: usize,
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
        meant.sort_by_cached_key(|meant| meant.listed);
        let mut meant = meant.into_iter();
        let mut matches = meant.next().map_or_else(Vec::new, |rarest| self.first_matches(&rarest, among));
        for meant in meant {
            if matches.is_empty() {
                return;
            }
            let worths = self.worths(&meant);
            matches.retain_mut(|found| {
                let worth = worths[found.document as usize];
                found.score += u16::from(worth);
                worth > 0
            });
        }
        for place in query.names.iter().filter_map(|name| self.terms.equal(name)) {
            let called = self.terms.documents_of(place..place + 1);
            for (document, _) in called.filter(|(_, fields)| !fields.and(Fields::WHOLE).is_empty()) {
                if let Ok(at) = matches.binary_search_by_key(&document, |found| found.document) {
                    matches[at].score += WHOLE_NAME;
                }
            }
        }
        for Match { document, score } in matches {
            found(Match { document, score: self.score(document, score) });
        }
    }

    /// The documents among these that have a word, in their order, and what it is worth there.
    fn first_matches(&self, meant: &Meant, among: Range<u32>) -> Vec<Match> {
        if meant.listed == 0 {
            return Vec::new();
        }
        let worths = self.worths(meant);
        let mut matches = Vec::with_capacity(meant.listed.min(among.len()));
        for begin in among.clone().step_by(STRETCH as usize) {
            let end = among.end.min(begin.saturating_add(STRETCH));
            let stretch = &worths[begin as usize..end as usize];
            // Most words are in few documents.
            if stretch.iter().fold(0, |all, worth| all | worth) == 0 {
                continue;
            }
            // Of a frequent word nobody can foresee which documents have it: no branch depends on that.
            let (mut there, mut count) = ([Match::default(); STRETCH as usize], 0);
            for (document, worth) in (begin..).zip(stretch) {
                there[count] = Match { document, score: u16::from(*worth) };
                count += usize::from(*worth > 0);
            }
            matches.extend_from_slice(&there[..count]);
        }
        matches
    }

    /// What a word is worth in each document: the most of what the terms are that may be meant.
    fn worths(&self, Meant { places, fields: wanted, .. }: &Meant) -> Vec<u8> {
        let mut worths = vec![0; self.documents.len()];
        for (places, likeness) in places {
            for (document, fields) in self.terms.documents_of(places.clone()) {
                let most: &mut u8 = &mut worths[document as usize];
                *most = fields.and(*wanted).worth(*likeness).max(*most);
            }
        }
        worths
    }

    /// Of two that are worth the same, the one whose name has less besides.
    fn score(&self, document: u32, worth: u16) -> u16 {
        worth * 8 + u16::from(7_u8.saturating_sub(self.name_words[document as usize]))
    }

    fn meant(&self, word: &Word, edits: u8) -> Meant {
        let mut places = Vec::new();
        if word.exact {
            places.extend(self.terms.equal(&word.text).map(|equal| (equal..equal + 1, Likeness::Equal)));
        } else {
            let (equal, longer) = self.terms.beginning(&word.text);
            let typos = Typos::of(&word.text, edits).map(|typos| self.terms.meant(&typos));
            // What is there as it is typed is worth more than with a typo.
            let read = |other: &Range<usize>| equal.start <= other.start && other.end <= longer.end;
            let others = typos.into_iter().flatten().filter(|other| !read(other));
            places.extend(others.map(|other| (other, Likeness::Typo)));
            places.extend([(equal, Likeness::Equal), (longer, Likeness::Begins)]);
        }
        let listed = places.iter().map(|(places, _)| self.terms.listed(places)).sum();
        Meant { places, listed, fields: word.fields }
    }

    /// The documents of these organizations, which are all of one, or none.
    fn of_orgs(&self, orgs: &[String]) -> Range<u32> {
        let number = |count| u32::try_from(count).unwrap_or(u32::MAX);
        let mut among = 0..number(self.documents.len());
        for org in orgs {
            let before = |less: &dyn Fn(&str) -> bool| {
                number(self.documents.partition_point(|entry| less(entry.package.org.as_str())))
            };
            let (first, behind) =
                (before(&|other| other < org.as_str()), before(&|other| other <= org.as_str()));
            among = among.start.max(first)..among.end.min(behind);
        }
        among
    }
}
