//! Every term of some documents, and the documents that have it.
//!
//! The dictionary (an `fst`) gives each term its place in alphabetic order. The lists of all terms lie behind each other in
//! that order, so that the documents with any term that begins with a word are one stretch.

use std::ops::Range;

use fst::raw::Node;
use fst::{IntoStreamer as _, Streamer as _};

use super::field::Fields;
use super::typos::Typos;

/// Terms, and where they are. They are made at once and never changed.
#[derive(Default)]
pub(super) struct Terms {
    /// The place of each term.
    pub(super) dictionary: fst::Map<Vec<u8>>,
    /// Where in `documents` the list of each term begins; one more for the end of the last.
    pub(super) starts: Vec<u32>,
    /// The documents of each term, in ascending order, and in which fields they have it.
    pub(super) documents: Vec<u32>,
    pub(super) fields: Vec<Fields>,
}

impl Terms {
    /// How many bytes they take.
    pub(super) fn bytes(&self) -> usize {
        let Self { dictionary, starts, documents, fields } = self;
        dictionary.as_fst().as_bytes().len()
            + size_of_val(&**starts)
            + size_of_val(&**documents)
            + size_of_val(&**fields)
    }

    /// The place of the term that is equal to `word`, if there is one, and behind it those of the terms that are longer and
    /// begin with it.
    pub(super) fn beginning(&self, word: &str) -> (Range<usize>, Range<usize>) {
        let first = self.place_from(word.as_bytes());
        let longer = first + usize::from(self.equal(word).is_some());
        // No text has a byte with the highest value.
        let mut behind = word.as_bytes().to_vec();
        if let Some(last) = behind.last_mut() {
            *last = last.saturating_add(1);
        }
        (first..longer, longer..self.place_from(&behind))
    }

    /// The place of the term that is equal to `word`.
    pub(super) fn equal(&self, word: &str) -> Option<usize> {
        usize::try_from(self.dictionary.get(word)?).ok()
    }

    /// The places of the terms that may be meant by a word with typos.
    pub(super) fn meant(&self, typos: &Typos) -> Vec<Range<usize>> {
        let (dictionary, mut meant) = (self.dictionary.as_fst(), Vec::new());
        // What is still to be looked at: beginnings of terms, each with the place of the first one that begins so.
        let mut left = vec![(dictionary.root(), typos.start(), 0)];
        while let Some((node, letters, first)) = left.pop() {
            if typos.are_in(letters) {
                if typos.may_go_on() {
                    // All that begin so: they are not looked at one by one.
                    meant.push(places(first, self.last(node, first)));
                    continue;
                }
                if node.is_final() {
                    let place = first + node.final_output().value();
                    meant.push(places(place, place));
                }
            }
            left.extend(node.transitions().filter_map(|next| {
                let letters = typos.behind(letters, next.inp)?;
                Some((dictionary.node(next.addr), letters, first + next.out.value()))
            }));
        }
        meant
    }

    /// The place of the last term that begins as this node does.
    fn last<'a>(&'a self, mut node: Node<'a>, mut place: u64) -> u64 {
        while let Some(last) = node.len().checked_sub(1) {
            let next = node.transition(last);
            place += next.out.value();
            node = self.dictionary.as_fst().node(next.addr);
        }
        place + node.final_output().value()
    }

    /// The documents of these terms, those of one term after those of another.
    pub(super) fn documents_of(&self, places: Range<usize>) -> impl Iterator<Item = (u32, Fields)> {
        let stretch = self.stretch(&places);
        self.documents[stretch.clone()].iter().copied().zip(self.fields[stretch].iter().copied())
    }

    /// How many documents that are; one that has several of the terms counts for each.
    pub(super) fn listed(&self, places: &Range<usize>) -> usize {
        self.stretch(places).len()
    }

    fn stretch(&self, places: &Range<usize>) -> Range<usize> {
        let at = |place: usize| self.starts.get(place).map_or(self.documents.len(), |start| *start as usize);
        at(places.start)..at(places.end).max(at(places.start))
    }

    /// The place of the first term that is not before `bytes`.
    fn place_from(&self, bytes: &[u8]) -> usize {
        let mut terms = self.dictionary.range().ge(bytes).into_stream();
        let place = terms.next().and_then(|(_, place)| usize::try_from(place).ok());
        place.unwrap_or(self.dictionary.len())
    }
}

fn places(first: u64, last: u64) -> Range<usize> {
    let at = |place| usize::try_from(place).unwrap_or(usize::MAX);
    at(first)..at(last).saturating_add(1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::gathered::Gathered;
    use super::*;

    proptest! {
        #[test]
        fn what_may_be_meant_is_found_without_a_look_at_every_term(
            texts in prop::collection::btree_set("[abé]{1,10}", 0..60),
            word in "[abé]{2,10}",
            edits in 1..3_u8,
        ) {
            let mut gathered = Gathered::default();
            for text in &texts {
                gathered.add(text, Fields::NAME);
            }
            gathered.end();
            let (terms, typos) = (gathered.sorted(), Typos::of(&word, edits));
            prop_assert_eq!(typos.is_some(), word.chars().count() > 2);
            if let Some(typos) = typos {
                let is_meant = |text: &String| {
                    let mut read = Some(typos.start());
                    let mut meant = text.bytes().map(|byte| {
                        read = read.and_then(|read| typos.behind(read, byte));
                        read.is_some_and(|read| typos.are_in(read))
                    });
                    if typos.may_go_on() { meant.any(|is| is) } else { meant.last() == Some(true) }
                };
                let expected: Vec<_> = (0..).zip(&texts).filter(|(_, text)| is_meant(text)).collect();
                let mut meant: Vec<_> = terms.meant(&typos).into_iter().flatten().collect();
                meant.sort_unstable();
                prop_assert_eq!(meant, expected.into_iter().map(|(place, _)| place).collect::<Vec<_>>());
            }
        }
    }
}
