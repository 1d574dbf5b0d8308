//! An index: every term of some packages, and the documents that have it. It is made at once and never changed.
//!
//! The dictionary (an `fst`) gives each term its place in alphabetic order. The lists of all terms lie behind each other in
//! that order, so that the documents with any term that begins with a word are one stretch.

use std::collections::HashMap;
use std::ops::Range;

use fst::{IntoStreamer as _, Streamer as _};
use levenshtein_automata::DFA;

use super::audience::{Audience, Audiences};
use super::document::documents;
use super::field::Fields;
use crate::package::PackageId;
use crate::state::{Package, State};

/// What is found by words.
#[derive(Default)]
pub(super) struct Index {
    /// The place of each term.
    dictionary: fst::Map<Vec<u8>>,
    /// Where in `documents` the list of each term begins; one more for the end of the last.
    starts: Vec<u32>,
    /// The documents of each term, in ascending order, and in which fields they have it.
    lists: Vec<u32>,
    fields: Vec<Fields>,
    /// In the order of their packages.
    pub(super) documents: Vec<Entry>,
    pub(super) audiences: Vec<Audience>,
}

/// What is known of a document besides its terms.
pub(super) struct Entry {
    pub(super) package: PackageId,
    pub(super) audience: u32,
    pub(super) name_words: u8,
    /// In milliseconds.
    pub(super) created: i64,
}

/// The terms of documents in the order in which they come, numbered as they first occur.
#[derive(Default)]
struct Gathered {
    numbers: HashMap<String, u32>,
    terms: Vec<u32>,
    fields: Vec<Fields>,
    /// Where in `terms` each document ends.
    ends: Vec<usize>,
}

impl Index {
    /// An index of everything in a state.
    pub(super) fn of(state: &State) -> Self {
        Self::new(state.packages())
    }

    /// An index of these packages, which come in the order of their names.
    pub(super) fn new<'a>(packages: impl Iterator<Item = (&'a PackageId, &'a Package)>) -> Self {
        let (mut gathered, mut audiences, mut entries) =
            (Gathered::default(), Audiences::default(), Vec::new());
        for (id, package) in packages {
            for document in documents(package) {
                entries.push(Entry {
                    package: id.clone(),
                    audience: audiences.number(document.gate, document.releases.into_iter()),
                    name_words: document.name_words,
                    created: document.created.as_millisecond(),
                });
                for (term, fields) in document.terms {
                    gathered.add(term, fields);
                }
                gathered.ends.push(gathered.terms.len());
            }
        }
        entries.shrink_to_fit();
        gathered.index(entries, audiences.done())
    }

    /// How many bytes it takes, but for names, which it shares with the state.
    pub(super) fn bytes(&self) -> usize {
        let Self { dictionary, starts, lists, fields, documents, audiences } = self;
        dictionary.as_fst().as_bytes().len()
            + size_of_val(&**starts)
            + size_of_val(&**lists)
            + size_of_val(&**fields)
            + size_of_val(&**documents)
            + size_of_val(&**audiences)
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

    /// The places of the terms that an automaton accepts.
    pub(super) fn accepted(&self, automaton: &DFA) -> Vec<usize> {
        let (mut places, mut terms) = (Vec::new(), self.dictionary.search(automaton).into_stream());
        while let Some((_, place)) = terms.next() {
            places.extend(usize::try_from(place).ok());
        }
        places
    }

    /// The documents of these terms, those of one term after those of another.
    pub(super) fn documents_of(&self, places: Range<usize>) -> impl Iterator<Item = (usize, Fields)> {
        let stretch = self.stretch(&places);
        let documents = self.lists[stretch.clone()].iter().map(|document| *document as usize);
        documents.zip(self.fields[stretch].iter().copied())
    }

    /// How many documents that are; one that has several of the terms counts for each.
    pub(super) fn listed(&self, places: &Range<usize>) -> usize {
        self.stretch(places).len()
    }

    fn stretch(&self, places: &Range<usize>) -> Range<usize> {
        let at = |place: usize| self.starts.get(place).map_or(self.lists.len(), |start| *start as usize);
        at(places.start)..at(places.end).max(at(places.start))
    }

    /// The documents of a package.
    pub(super) fn entries_of(&self, package: &PackageId) -> Range<usize> {
        let first = self.documents.partition_point(|entry| entry.package < *package);
        let behind = self.documents[first..].iter().take_while(|entry| entry.package == *package).count();
        first..first + behind
    }

    /// The place of the first term that is not before `bytes`.
    fn place_from(&self, bytes: &[u8]) -> usize {
        let mut terms = self.dictionary.range().ge(bytes).into_stream();
        let place = terms.next().and_then(|(_, place)| usize::try_from(place).ok());
        place.unwrap_or(self.dictionary.len())
    }
}

impl Gathered {
    fn add(&mut self, term: String, fields: Fields) {
        let next = u32::try_from(self.numbers.len()).unwrap_or(u32::MAX);
        self.terms.push(*self.numbers.entry(term).or_insert(next));
        self.fields.push(fields);
    }

    fn index(self, documents: Vec<Entry>, audiences: Vec<Audience>) -> Index {
        let Self { numbers, terms, fields, ends } = self;
        let mut sorted: Vec<(String, u32)> = numbers.into_iter().collect();
        sorted.sort_unstable();
        let mut places = vec![0_usize; sorted.len()];
        for (place, (_, number)) in sorted.iter().enumerate() {
            places[*number as usize] = place;
        }
        let keys = sorted.iter().enumerate().map(|(place, (term, _))| (term, place as u64));
        // It fails only where terms are not sorted.
        let dictionary = fst::Map::from_iter(keys).unwrap_or_default();
        drop(sorted);
        let mut starts = vec![0_u32; places.len() + 1];
        for term in &terms {
            starts[places[*term as usize] + 1] += 1;
        }
        for place in 1..starts.len() {
            starts[place] += starts[place - 1];
        }
        let mut next = starts.clone();
        let (mut lists, mut listed) = (vec![0; terms.len()], vec![Fields::NONE; terms.len()]);
        let mut begin = 0;
        for (document, end) in (0_u32..).zip(ends) {
            for (term, fields) in terms[begin..end].iter().zip(&fields[begin..end]) {
                let at = &mut next[places[*term as usize]];
                (lists[*at as usize], listed[*at as usize]) = (document, *fields);
                *at += 1;
            }
            begin = end;
        }
        Index { dictionary, starts, lists, fields: listed, documents, audiences }
    }
}
