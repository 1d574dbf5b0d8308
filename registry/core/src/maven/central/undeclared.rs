//! What editors search for and no bala declares: the lists are correct, and empty.

use super::super::xml::{Document, Element};
use super::search::{Part, list};
use crate::distribution::Distribution;

/// The group of symbols.
pub const SYMBOL_SEARCH: &str = "__symbolsearch__";
/// The group of connectors.
pub const CONNECTOR_SEARCH: &str = "__connectorsearch__";

/// The symbols that are found: none.
pub fn symbols(distribution: Distribution, question: &str, part: Part) -> Document<'_> {
    list(distribution, SYMBOL_SEARCH, question, part, Element::of("symbols", Vec::new()))
}

/// The connectors that are found: none.
pub fn connectors(distribution: Distribution, question: &str, part: Part) -> Document<'_> {
    list(distribution, CONNECTOR_SEARCH, question, part, Element::of("connectors", Vec::new()))
}
