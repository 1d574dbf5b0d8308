//! An index: some packages, and the terms by which they are found. It is made at once and never changed.

use std::ops::Range;

use super::audience::{Audience, Audiences};
use super::document::documents;
use super::gathered::Gathered;
use super::terms::Terms;
use crate::package::PackageId;
use crate::state::{Package, Release};

/// What is found by words.
#[derive(Default)]
pub(super) struct Index {
    pub(super) terms: Terms,
    /// In the order of their packages.
    pub(super) documents: Vec<Entry>,
    /// What of each document is looked up whenever it matches: the number of its audience, and of how many words its name is.
    pub(super) audience_of: Vec<u32>,
    pub(super) name_words: Vec<u8>,
    pub(super) audiences: Vec<Audience>,
}

/// What is known of a document besides.
pub(super) struct Entry {
    pub(super) package: PackageId,
    /// In milliseconds.
    pub(super) created: i64,
}

impl Index {
    /// An index of these packages, which come in the order of their names, as far as they are admitted.
    pub(super) fn new<'a>(
        packages: impl Iterator<Item = (&'a PackageId, &'a Package)>,
        admits: &impl Fn(&Release) -> bool,
    ) -> Self {
        let (mut index, mut terms, mut audiences) =
            (Self::default(), Gathered::default(), Audiences::default());
        for (id, package) in packages {
            for document in documents(package, admits) {
                document.each_term(|term, fields| terms.add(term, fields));
                terms.end();
                let created = document.created.as_millisecond();
                index.documents.push(Entry { package: id.clone(), created });
                index.name_words.push(document.name_words);
                index.audience_of.push(audiences.number(document.gate, &document.releases));
            }
        }
        index.documents.shrink_to_fit();
        index.name_words.shrink_to_fit();
        index.audience_of.shrink_to_fit();
        Self { terms: terms.sorted(), audiences: audiences.done(), ..index }
    }

    /// How many bytes it takes, but for names, which it shares with the state.
    pub(super) fn bytes(&self) -> usize {
        let Self { terms, documents, audience_of, name_words, audiences } = self;
        terms.bytes()
            + size_of_val(&**documents)
            + size_of_val(&**audience_of)
            + size_of_val(&**name_words)
            + size_of_val(&**audiences)
    }

    /// The documents of a package.
    pub(super) fn entries_of(&self, package: &PackageId) -> Range<usize> {
        let first = self.documents.partition_point(|entry| entry.package < *package);
        let behind = self.documents[first..].iter().take_while(|entry| entry.package == *package).count();
        first..first + behind
    }
}
