//! The query of a URL.

use std::convert::Infallible;

use url::form_urlencoded;
use warp::Filter;

/// What stands behind the `?`, decoded. Of what is there twice the first counts.
#[derive(Debug, Default)]
pub(crate) struct Query(Vec<(String, String)>);

impl Query {
    pub(crate) fn new(text: &str) -> Self {
        Self(form_urlencoded::parse(text.as_bytes()).into_owned().collect())
    }

    /// What `name` is set to, which may be empty.
    pub(crate) fn given(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    /// What `name` is set to; nothing where that is empty.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.given(name).filter(|value| !value.is_empty())
    }
}

/// The query of a request.
pub(crate) fn query() -> impl Filter<Extract = (Query,), Error = Infallible> + Clone {
    let raw = warp::query::raw().or(warp::any().map(String::new)).unify();
    raw.map(|text: String| Query::new(&text))
}
