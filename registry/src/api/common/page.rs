//! Which part of a list is wanted, and in which order: `limit`, `offset` and `sort` of a query.

use std::cmp::Reverse;

use barre_core::search::{Direction, Page, Sort, Unsupported};
use barre_core::state::Release;

use super::error::Error;
use super::query::Query;

/// How much of a list is given where nobody says how much.
const LIMIT: usize = 50;
/// No more of a list is given at once.
const MAX_LIMIT: usize = 1000;

/// A part of a list, and how long all of it is.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Cut<T> {
    pub(crate) part: Vec<T>,
    pub(crate) count: usize,
}

impl<T> Default for Cut<T> {
    fn default() -> Self {
        Self { part: Vec::new(), count: 0 }
    }
}

/// The page with these numbers, in the order of names or of relevance.
pub(crate) fn numbered(limit: Option<usize>, offset: Option<usize>) -> Page {
    let limit = limit.unwrap_or(LIMIT).min(MAX_LIMIT);
    Page { limit, offset: offset.unwrap_or(0), sort: Sort::Relevance }
}

/// The page that a query asks for.
pub(crate) fn page(query: &Query) -> Result<Page, Error> {
    let sort = query.get("sort").map_or(Ok(Sort::Relevance), str::parse);
    let sort = sort.map_err(|unsupported: Unsupported| Error::BadRequest(unsupported.to_string()))?;
    Ok(Page { sort, ..numbered(number(query, "limit")?, number(query, "offset")?) })
}

/// A page of a list in the order of names, where everything is equally relevant.
pub(crate) fn cut<T>(page: Page, mut list: Vec<T>, release: impl Fn(&T) -> &Release) -> Cut<T> {
    let created = |found: &T| {
        let Release { created, stored, .. } = release(found);
        stored.published.unwrap_or(*created)
    };
    match page.sort {
        Sort::Relevance | Sort::Name(Direction::Ascending) => {}
        Sort::Name(Direction::Descending) => list.reverse(),
        Sort::Created(Direction::Ascending) => list.sort_by_key(created),
        Sort::Created(Direction::Descending) => list.sort_by_key(|found| Reverse(created(found))),
    }
    let count = list.len();
    Cut { part: list.into_iter().skip(page.offset).take(page.limit).collect(), count }
}

fn number(query: &Query, name: &str) -> Result<Option<usize>, Error> {
    let Some(text) = query.get(name) else { return Ok(None) };
    // Digits that are too many for a number are a large one.
    if text.bytes().all(|b| b.is_ascii_digit()) {
        return Ok(Some(text.parse().unwrap_or(usize::MAX)));
    }
    Err(Error::BadRequest(format!("{name} is not a number")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_read_and_kept_in_their_limits() {
        let page = |query| page(&Query::new(query));
        for (query, limit, offset) in [
            ("", 50, 0),
            ("limit=&offset=&sort=", 50, 0),
            ("limit=0&offset=7", 0, 7),
            ("limit=1000000000", 1000, 0),
            ("limit=99999999999999999999999", 1000, 0),
            ("offset=99999999999999999999999", 50, usize::MAX),
        ] {
            assert_eq!(page(query), Ok(Page { limit, offset, sort: Sort::Relevance }), "{query}");
        }
        let sort = Sort::Created(Direction::Ascending);
        assert_eq!(page("sort=createdDate%2Casc"), Ok(Page { limit: 50, offset: 0, sort }));
        for query in
            ["limit=-1", "limit=x", "offset=1.5", "offset=-0", "sort=size", "sort=name,UP", "sort=,ASC"]
        {
            assert!(page(query).is_err(), "{query}");
        }
    }
}
