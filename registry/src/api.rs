//! The routes: what `bal` calls, and the bytes it is sent to. Each protocol has a folder, and none knows another; what
//! they share is in `common`.
//!
//! A filter decides only which handler; from there each is a plain function that returns an answer or an
//! `Error`. The path is regular when it arrives here (`http`), and decoded by `PathPart`.

mod central;
mod common;
mod docs;
mod feed;
mod files;
mod maven;
mod oci;
mod openapi;
mod pages;

use std::sync::Arc;

use http::header::{HeaderValue, X_CONTENT_TYPE_OPTIONS};
use http::{Method, StatusCode};
use warp::Filter;
use warp::filters::BoxedFilter;
use warp::filters::path::FullPath;
use warp::reply::{Reply as _, Response};

use crate::http::{Drain, Handler};
use crate::service::Services;
pub use central::receive::FORM_BYTES;
use central::unserved::UNSERVED;
use common::answer::{SEQ, Seq, Unplaced};
use common::hot::Hot;
pub use common::route::Route;
use common::unrouted::unrouted;

/// Everything that the public port answers. A new route is a file with a handler, and a line here.
pub const ROUTES: &[Route] = &[
    central::version::ROUTE,
    central::versions::ROUTE,
    files::ROUTE,
    central::push::ROUTE,
    central::resolve_dependencies::ROUTE,
    central::resolve_modules::ROUTE,
    central::search::PACKAGES,
    central::search::SEARCH_PACKAGES,
    central::tools::ROUTE,
    central::tool::LATEST_ROUTE,
    central::tool::EXACT_ROUTE,
    central::resolve_tools::ROUTE,
    central::declared::CONNECTORS_ROUTE,
    central::declared::TRIGGERS_ROUTE,
    central::declared::SYMBOLS_ROUTE,
    central::declaration::CONNECTOR_ROUTE,
    central::declaration::NAMED_CONNECTOR_ROUTE,
    central::declaration::TRIGGER_ROUTE,
    central::docs::ROUTE,
    central::graphql::ROUTE,
    central::deprecate::DEPRECATE_ROUTE,
    central::deprecate::UNDEPRECATE_ROUTE,
    pages::HOME,
    feed::changes::ROUTE,
    docs::ROUTE,
    openapi::ROUTE,
    oci::version::ROUTE,
    oci::catalog::ROUTE,
    oci::token::ROUTE,
    oci::tags::ROUTE,
    oci::manifests::ROUTE,
    oci::blobs::ROUTE,
    oci::referrers::ROUTE,
    oci::uploads::ROUTE,
    oci::session::STATUS_ROUTE,
    oci::session::CHUNK_ROUTE,
    oci::session::END_ROUTE,
    oci::session::GIVE_UP_ROUTE,
    oci::push::ROUTE,
    maven::central::packages::OPEN,
    maven::central::packages::ASKING,
    maven::central::packages_solr::OPEN,
    maven::central::packages_solr::ASKING,
    maven::central::tools::OPEN,
    maven::central::tools::ASKING,
    maven::central::symbols::OPEN,
    maven::central::symbols::ASKING,
    maven::central::connectors::OPEN,
    maven::central::connectors::ASKING,
    maven::central::tool::OPEN,
    maven::central::tool::ASKING,
    maven::central::graph::OPEN,
    maven::central::graph::ASKING,
    maven::central::listeners::OPEN,
    maven::central::listeners::ASKING,
    // Behind the groups that have a name of their own: an organization may be called anything.
    maven::central::versions::OPEN,
    maven::central::versions::ASKING,
    // Last of what is below a Maven repository: what is no file of a version for others is one here that is not there.
    maven::metadata::OPEN,
    maven::metadata::ASKING,
    maven::artifact::OPEN,
    maven::artifact::ASKING,
    maven::ignored::OPEN,
    maven::ignored::ASKING,
    maven::push::OPEN,
    maven::push::ASKING,
];

/// Answers requests until the drain. At most `kept` bytes of answers are held ready.
pub fn handler(services: &Arc<Services>, kept: u64, drain: Drain) -> impl Handler + use<> {
    Hot::new(warp::service(routes(services)), Arc::clone(services), kept, drain)
}

fn routes(services: &Arc<Services>) -> BoxedFilter<(Response,)> {
    // What an answer knows at least: the log may move while it is made.
    let reads = services.reads.clone();
    let known = warp::any().map(move || {
        reads.note_request();
        Seq(reads.seq())
    });
    let mut answers = warp::any().and_then(async || Err(warp::reject::not_found())).boxed();
    for route in ROUTES {
        answers = answers.or((route.filter)(services)).unify().boxed();
    }
    let unrouted = warp::method()
        .and(warp::path::full())
        .map(|method: Method, path: FullPath| refuse(&method, path.as_str()));
    known
        .and(answers.or(unrouted).unify())
        .map(|known: Seq, mut response: Response| {
            let Seq(seq) = response.extensions_mut().remove().unwrap_or(known);
            let unplaced = response.extensions_mut().remove::<Unplaced>().is_some();
            let refused = response.status() == StatusCode::UNAUTHORIZED;
            let headers = response.headers_mut();
            // How often something is pushed here is not for those who are not let in.
            if !refused && !unplaced {
                headers.insert(SEQ, seq.into());
            }
            headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
            response
        })
        .boxed()
}

/// Answers what no route took, in the form that its protocol has for errors.
fn refuse(method: &Method, path: &str) -> Response {
    let unrouted = unrouted(ROUTES, UNSERVED, method, path);
    match unrouted {
        Err(error) if oci::is_below(path) => oci::refused(method, error).into_response(),
        Err(error) if maven::is_below(path) => maven::refused(error).into_response(),
        unrouted => unrouted.into_response(),
    }
}
