//! Which part of a list a request asks for, and where the next one is.

use http::header::{HeaderName, LINK};
use url::form_urlencoded::Serializer;

use super::refusal::{Code, Refusal};
use crate::api::common::error::Error;
use crate::api::common::query::Query;

/// Which part of a list is wanted.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) n: Option<usize>,
    pub(super) last: Option<String>,
}

/// The part that a request asks for.
pub(super) fn part(query: &Query) -> Result<Page, Refusal> {
    let number = |text: &str| {
        let text = text.parse().map_err(|_| "n is not a number".to_owned());
        text.map_err(|text| Refusal::new(Code::PaginationNumberInvalid, Error::BadRequest(text)))
    };
    let last = query.given("last").map(str::to_owned);
    Ok(Page { n: query.given("n").map(number).transpose()?, last })
}

/// The header that leads to what comes behind `last`.
pub(super) fn next(path: &str, n: usize, last: &str) -> (HeaderName, String) {
    let query =
        Serializer::new(String::new()).append_pair("n", &n.to_string()).append_pair("last", last).finish();
    (LINK, format!("<{path}?{query}>; rel=\"next\""))
}
