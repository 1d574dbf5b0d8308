//! The query of a URL.

use std::convert::Infallible;

use url::form_urlencoded;
use warp::Filter;

/// What stands behind the `?`, decoded. Of what is there twice the first counts.
#[derive(Debug, Default)]
pub(super) struct Query(Vec<(String, String)>);

impl Query {
    pub(super) fn new(text: &str) -> Self {
        Self(form_urlencoded::parse(text.as_bytes()).into_owned().collect())
    }

    /// What `name` is set to; nothing where that is empty.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(found, _)| found == name);
        found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }
}

/// The query of a request.
pub(super) fn query() -> impl Filter<Extract = (Query,), Error = Infallible> + Clone {
    let raw = warp::query::raw().or(warp::any().map(String::new)).unify();
    raw.map(|text: String| Query::new(&text))
}
