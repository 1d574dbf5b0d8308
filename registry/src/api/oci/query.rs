//! What a request asks for behind the `?`.

use std::convert::Infallible;

use http::header::{HeaderName, LINK};
use url::form_urlencoded::{Serializer, parse};
use warp::Filter;

use super::refusal::{Code, Refusal};
use crate::api::common::error::Error;

/// The parameters of a request.
#[derive(Debug, Clone)]
pub(super) struct Query(String);

/// Which part of a list is wanted.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) n: Option<usize>,
    pub(super) last: Option<String>,
}

/// Takes the parameters of a request, which may have none.
pub(super) fn query() -> impl Filter<Extract = (Query,), Error = Infallible> + Clone {
    let none = warp::any().map(String::new);
    warp::query::raw().or(none).unify().map(Query)
}

impl Query {
    /// The first value of a parameter.
    pub(super) fn get(&self, name: &str) -> Option<String> {
        parse(self.0.as_bytes()).find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    }

    pub(super) fn page(&self) -> Result<Page, Refusal> {
        let number = |text: String| {
            let text = text.parse().map_err(|_| "n is not a number".to_owned());
            text.map_err(|text| Refusal::new(Code::PaginationNumberInvalid, Error::BadRequest(text)))
        };
        Ok(Page { n: self.get("n").map(number).transpose()?, last: self.get("last") })
    }
}

/// The header that leads to what comes behind `last`.
pub(super) fn next(path: &str, n: usize, last: &str) -> (HeaderName, String) {
    let query =
        Serializer::new(String::new()).append_pair("n", &n.to_string()).append_pair("last", last).finish();
    (LINK, format!("<{path}?{query}>; rel=\"next\""))
}
