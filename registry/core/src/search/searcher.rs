//! A state that can be searched: an index of what was there and admitted a while ago, and in front of it a small one of what
//! has changed since. So what is released is found at once, what is denied is found no more, and the large index is made anew
//! only now and then.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use super::finding::Match;
use super::firsts::Firsts;
use super::index::Index;
use super::query::Query;
use super::scope::{Held, NEVER, Scope};
use super::sort::{Direction, Sort};
use super::typos;
use crate::package::PackageId;
use crate::resolution::Suit;
use crate::state::Release;

/// So many packages may have changed, and one more for each [`PART`] that there are, before the large index is made anew.
const CHANGED: usize = 1000;
const PART: usize = 8;

/// A scope, and the indexes of it.
#[derive(Clone)]
pub struct Search {
    scope: Scope,
    held: Arc<Held>,
    /// The scope that `whole` is of, and what was held of it then.
    earlier: Arc<(Scope, Arc<Held>)>,
    whole: Arc<Index>,
    /// Of the packages that have changed since; so many.
    fresh: Arc<Index>,
    changed: usize,
    /// The documents in `whole` that are of these.
    outdated: Arc<Vec<bool>>,
}

/// Which of the packages are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    pub offset: usize,
    pub limit: usize,
    pub sort: Sort,
}

/// What is found.
#[derive(Debug, PartialEq, Eq)]
pub struct Found<'a> {
    /// How many there are on all pages.
    pub count: usize,
    /// Those on this one.
    pub packages: Vec<&'a PackageId>,
}

/// What decides the order: less comes first.
type Key = (Reverse<u16>, i64);

/// The matches of one index for whoever asks.
struct Side<'a> {
    index: &'a Index,
    /// The documents that are not true any more.
    outdated: &'a [bool],
    /// Which audiences include them, of those that were asked.
    included: Vec<Option<bool>>,
    /// How many matches there are.
    count: usize,
    /// The first of them: each with its place among those with an equal key, and its document.
    first: Vec<(Key, usize, usize)>,
}

impl Search {
    /// A search of everything in `scope`. It takes about a second for 100,000 packages.
    pub fn new(scope: Scope) -> Self {
        let held = Arc::new(scope.held());
        let whole = Arc::new(Index::new(scope.state.packages(), &|release| scope.admits(release)));
        let earlier = Arc::new((scope.clone(), Arc::clone(&held)));
        Self { scope, held, earlier, whole, fresh: Arc::default(), changed: 0, outdated: Arc::default() }
    }

    /// What is searched.
    pub fn scope(&self) -> &Scope {
        &self.scope
    }

    /// When something is to be found, or found otherwise, although nothing has happened.
    pub fn due(&self) -> Option<Timestamp> {
        self.held.values().min().copied().filter(|until| *until < NEVER)
    }

    /// How many bytes its indexes take.
    pub fn bytes(&self) -> usize {
        self.whole.bytes() + self.fresh.bytes() + self.outdated.len()
    }

    /// A search of a later state, of a later time, or by other rules.
    #[must_use]
    pub fn advanced(&self, scope: Scope) -> Self {
        let (earlier, held_earlier) = &*self.earlier;
        let same = |other: &Scope| Arc::ptr_eq(&other.admission, &scope.admission);
        let held = if same(&self.scope) { scope.held_since(&self.scope, &self.held) } else { scope.held() };
        let mut packages: BTreeMap<_, _> = scope.state.changed_since(&earlier.state).collect();
        // Of what has not changed, other things are admitted by other rules, or because time has passed.
        let later = |until: &Timestamp| !same(earlier) || *until <= scope.now;
        let others = held.iter().filter(|_| !same(earlier)).chain(held_earlier.iter());
        for (id, _) in others.filter(|(_, until)| later(until)) {
            packages.entry(id).or_insert_with(|| scope.state.package(&id.org, &id.name));
        }
        let there = packages.iter().filter_map(|(id, package)| Some((*id, (*package)?)));
        let fresh = Arc::new(Index::new(there, &|release| scope.admits(release)));
        let mut outdated = vec![false; self.whole.documents.len()];
        for id in packages.keys() {
            outdated[self.whole.entries_of(id)].fill(true);
        }
        let (changed, outdated) = (packages.len(), Arc::new(outdated));
        let (earlier, whole) = (Arc::clone(&self.earlier), Arc::clone(&self.whole));
        Self { held: Arc::new(held), earlier, whole, fresh, changed, outdated, scope }
    }

    /// Whether so much has changed that the large index should be made anew.
    pub fn is_old(&self) -> bool {
        self.changed > CHANGED + self.whole.documents.len() / PART
    }

    /// The packages that somebody finds to whom a release is what `suit` says. A word is taken for one with a typo only
    /// where nothing is found by what was typed.
    pub fn find(&self, query: &Query, page: Page, suit: impl Fn(&Release) -> Suit) -> Found<'_> {
        let mut sides = [Side::new(&self.whole, &self.outdated), Side::new(&self.fresh, &[])];
        for edits in 0..=typos::MOST {
            for side in &mut sides {
                side.look(query, edits, page, &suit);
            }
            if sides.iter().any(|side| side.count > 0) {
                break;
            }
        }
        let count = sides.iter().map(|side| side.count).sum();
        let mut first: Vec<_> = sides.iter().flat_map(Side::packages).collect();
        let backwards = page.sort == Sort::Name(Direction::Descending);
        first.sort_unstable_by(|(key, package), (other_key, other)| {
            let by_name = if backwards { other.cmp(package) } else { package.cmp(other) };
            key.cmp(other_key).then(by_name)
        });
        let packages = first.into_iter().map(|(_, package)| package).skip(page.offset).take(page.limit);
        Found { count, packages: packages.collect() }
    }
}

impl<'a> Side<'a> {
    fn new(index: &'a Index, outdated: &'a [bool]) -> Self {
        Self { index, outdated, included: vec![None; index.audiences.len()], count: 0, first: Vec::new() }
    }

    /// Counts what matches, and keeps what a page may need of it.
    fn look(&mut self, query: &Query, edits: u8, page: Page, suit: impl Fn(&Release) -> Suit) {
        let Self { index, outdated, included, count, first } = self;
        let documents = &index.documents;
        let key = |score, document: usize| -> Key {
            match page.sort {
                Sort::Relevance => (Reverse(score), 0),
                Sort::Name(_) => (Reverse(0), 0),
                Sort::Created(Direction::Ascending) => (Reverse(0), documents[document].created),
                Sort::Created(Direction::Descending) => (Reverse(0), -documents[document].created),
            }
        };
        // Documents are in the order of names.
        let last = documents.len();
        let backwards = page.sort == Sort::Name(Direction::Descending);
        let place = |document: usize| if backwards { last - document } else { document };
        let mut firsts = Firsts::new(page.offset.saturating_add(page.limit));
        *count = 0;
        index.each_match(query, edits, |Match { document, score }| {
            let document = document as usize;
            let audience = index.audience_of[document] as usize;
            let is_for = || index.audiences[audience].includes(&suit);
            if !outdated.get(document).is_some_and(|outdated| *outdated)
                && *included[audience].get_or_insert_with(is_for)
            {
                *count += 1;
                firsts.offer((key(score, document), place(document), document));
            }
        });
        *first = firsts.done();
    }

    fn packages(&self) -> impl Iterator<Item = (Key, &'a PackageId)> {
        self.first.iter().map(|(key, _, document)| (*key, &self.index.documents[*document].package))
    }
}
