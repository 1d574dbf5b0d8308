//! OCI distribution, below `/v2`: packages for `bal` with an `[[repository.oci]]`, and for whatever else speaks it.
//!
//! A repository is a package, by its name in lower case; a tag is a version; the layer is the bala. What is pulled is derived
//! from the state (`barre_core::oci`). What is pushed is staged in the store until a manifest names it, and is published like
//! any other bala, or kept beside the one that it is about.

mod challenge;
mod content;
mod paging;
mod pusher;
mod refusal;
mod repository;

pub(super) mod blobs;
pub(super) mod catalog;
pub(super) mod manifests;
pub(super) mod push;
pub(super) mod referrers;
pub(super) mod session;
pub(super) mod tags;
pub(super) mod token;
pub(super) mod uploads;
pub(super) mod version;

use http::Method;

use super::common::error::Error;
use refusal::{Code, Refusal};

/// Whether a path belongs to this protocol.
pub(super) fn is_below(path: &str) -> bool {
    path == "/v2" || path.starts_with("/v2/")
}

/// Why no route took a request.
pub(super) fn refused(method: &Method, error: Error) -> Refusal {
    if matches!(*method, Method::GET | Method::HEAD) {
        let text =
            "there is nothing at this path: a repository is /v2/<organization>/<package>, in lower case";
        return Refusal::explained(Code::NameUnknown, error, text.to_owned());
    }
    let text =
        "nothing is deleted here: a published version stays, deprecate it with `bal deprecate`".to_owned();
    let methods = match error {
        Error::MethodNotAllowed(methods) => methods,
        _ => "GET, HEAD".to_owned(),
    };
    Refusal::explained(Code::Unsupported, Error::MethodNotAllowed(methods), text)
}
