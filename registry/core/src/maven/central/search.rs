//! What is found by words: packages for `bal search`, packages for editors, and tools.

use super::super::xml::{Document, Element};
use super::document::document;
use crate::distribution::Distribution;
use crate::state::Release;

/// The group of what `bal search` asks.
pub const PACKAGE_SEARCH: &str = "__packagesearch__";
/// The group of what editors ask.
pub const PACKAGE_SEARCH_SOLR: &str = "__packagesearchsolr__";
/// The group of what `bal tool search` asks.
pub const TOOL_SEARCH: &str = "__toolsearch__";

/// Which part of a list a document has, and how long all of it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    pub count: usize,
    pub limit: usize,
    pub offset: usize,
}

/// What `bal search` shows of the packages that are found. The artifact is the question, as it was encoded.
pub fn packages<'a>(
    distribution: Distribution,
    question: &'a str,
    part: Part,
    found: impl Iterator<Item = &'a Release>,
) -> Document<'a> {
    let found = found.map(|release| Element::of("package", package(release)));
    list(distribution, PACKAGE_SEARCH, question, part, Element::of("packages", found.collect()))
}

/// What editors show of them.
pub fn packages_solr<'a>(
    distribution: Distribution,
    question: &'a str,
    part: Part,
    found: impl Iterator<Item = &'a Release>,
) -> Document<'a> {
    let found = found.map(|release| {
        let mut elements = package(release);
        elements.extend([
            Element::text("id", release.id.to_string()),
            Element::text("balToolId", release.description.tool.as_deref().unwrap_or_default()),
            // Nothing counts them yet.
            Element::text("pullCount", "0"),
            Element::list("keywords", "keyword", &release.description.keywords),
        ]);
        Element::of("package", elements)
    });
    list(distribution, PACKAGE_SEARCH_SOLR, question, part, Element::of("packages", found.collect()))
}

/// What `bal tool search` shows of the tools that are found.
pub fn tools<'a>(
    distribution: Distribution,
    question: &'a str,
    part: Part,
    found: impl Iterator<Item = &'a Release>,
) -> Document<'a> {
    let found = found.map(|release| {
        let mut elements = named(release);
        let id = release.description.tool.as_deref().unwrap_or_default();
        elements.push(Element::text("balToolId", id));
        Element::of("tool", elements)
    });
    list(distribution, TOOL_SEARCH, question, part, Element::of("tools", found.collect()))
}

/// The document of a list. The numbers come first: clients take the first element of a name.
pub(super) fn list<'a>(
    distribution: Distribution,
    group: &str,
    question: &'a str,
    part: Part,
    list: Element<'a>,
) -> Document<'a> {
    let Part { count, limit, offset } = part;
    let number = |name, number: usize| Element::text(name, number.to_string());
    let numbers = [number("count", count), number("limit", limit), number("offset", offset)];
    document(distribution, group, question, numbers.into_iter().chain([list]))
}

fn package(release: &Release) -> Vec<Element<'_>> {
    let mut elements = named(release);
    elements.push(Element::list("authors", "author", &release.description.authors));
    elements
}

fn named(release: &Release) -> Vec<Element<'_>> {
    let described = &release.description;
    let created = release.stored.published.unwrap_or(release.created);
    vec![
        Element::text("org", described.coordinates.org.as_str()),
        Element::text("name", described.coordinates.name.as_str()),
        Element::text("version", described.coordinates.version.to_string()),
        Element::text("summary", described.summary.as_str()),
        Element::text("createdDate", created.as_millisecond().to_string()),
    ]
}
