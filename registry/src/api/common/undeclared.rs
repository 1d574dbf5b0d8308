//! What no bala declares, and clients ask for all the same.

use barre_core::search::Page;
use serde_json::{Value, json};

use super::page::{numbered, page};
use super::query::Query;

/// The page of a list without anything in it. One that cannot be is the first one: of nothing there is no other.
pub(crate) fn page_of_nothing(query: &Query) -> Page {
    page(query).unwrap_or_else(|_| numbered(None, None))
}

/// The API documentation of a package, as far as programs read it.
pub(crate) fn api_docs() -> Value {
    json!({ "docsData": { "modules": [] } })
}
