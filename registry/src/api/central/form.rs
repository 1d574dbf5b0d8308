//! What answers about packages have in common.

use http::header::{CACHE_CONTROL, HeaderValue};
use warp::reply::Response;

/// Caches must ask whether it still holds: the next segment may change it.
pub(super) fn described(mut response: Response) -> Response {
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}
