//! The routes: what `bal` calls, and the bytes it is sent to.
//!
//! A filter decides only which handler; from there each is a plain function that returns an answer or an
//! `Error`. The path is regular when it arrives here (`server`), and decoded by `Segment`.

use std::sync::Arc;

use http::header::{HeaderName, HeaderValue};
use warp::filters::BoxedFilter;
use warp::reply::{Reply, Response};
use warp::{Filter, http::HeaderMap};

use crate::registry::Registry;
use crate::server::{Handler, Route};

mod client;
mod error;
mod files;
mod hot;
mod links;
mod multipart;
mod packages;
mod push;
mod range;
mod request;
mod wire;

pub use error::Error;
pub use links::Links;

use hot::Hot;

/// Where the Central API is.
const BASE: &str = "/2.0/registry";
/// The last segment of the log that an answer knows.
const SEQ: HeaderName = HeaderName::from_static("barre-seq");

/// The segment that an answer knows at least.
#[derive(Debug, Clone, Copy)]
struct Seq(u64);

/// Everything that the public port answers. At most `kept` bytes of answers are held ready.
pub fn handler(registry: &Arc<Registry>, kept: u64) -> impl Handler + use<> {
    Hot::new(warp::service(routes(registry)), Arc::clone(registry), kept)
}

fn routes(registry: &Arc<Registry>) -> BoxedFilter<(Response,)> {
    // What an answer knows at least: the log may move while it is made.
    let log = registry.log.clone();
    let known = warp::any().map(move || {
        log.note_request();
        Seq(log.seq())
    });
    let answers = packages::version(registry)
        .or(packages::versions(registry))
        .unify()
        .or(files::file(registry))
        .unify()
        .or(push::push(registry))
        .unify()
        .or(packages::search(registry))
        .unify()
        .or(home(registry))
        .unify()
        .recover(error::recover)
        .unify()
        .boxed();
    known
        .and(answers)
        .map(|known: Seq, mut response: Response| {
            let Seq(seq) = response.extensions_mut().remove().unwrap_or(known);
            response.headers_mut().insert(SEQ, seq.into());
            response.headers_mut().insert("x-content-type-options", HeaderValue::from_static("nosniff"));
            response
        })
        .boxed()
}

/// Makes the answer of the route with this template.
fn answer(route: &'static str, result: Result<impl Reply, Error>) -> Response {
    let mut response = result.into_response();
    response.extensions_mut().insert(Route(route));
    response
}

/// `GET /`: what this is, for somebody who looks at it with a browser.
fn home(registry: &Arc<Registry>) -> BoxedFilter<(Response,)> {
    warp::path::end()
        .and(request::read())
        .and(request::with(registry))
        .and(warp::header::headers_cloned())
        .map(|registry: Arc<Registry>, headers: HeaderMap| {
            let base = registry.settings.links.base(&headers);
            let text = format!(
                "This is a Ballerina package registry (Barre).\n\n\
                 API:    {base}{BASE}\n\
                 Token:  set accesstoken under [central] in ~/.ballerina/Settings.toml,\n        \
                 or the environment variable BALLERINA_CENTRAL_ACCESS_TOKEN\n"
            );
            answer("/", Ok(text))
        })
        .boxed()
}
