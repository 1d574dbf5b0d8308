//! The bytes of a bala, in the answer to whatever protocol asks for them.
//!
//! The length is always exact: the client refuses a body without one.

use std::sync::Arc;

use barre_core::access::AnonymousRead;
use barre_core::description::Visibility;
use barre_core::release::Origin;
use barre_core::state::Release;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG,
    HeaderMap, HeaderName, HeaderValue,
};
use http::{Method, StatusCode};
use sync_wrapper::SyncStream;
use warp::reply::{Reply, Response};

use super::answer::{Answer, DIGEST, Keep, body, value};
use super::call::Call;
use super::error::Error;
use super::inputs::Inputs;
use super::range::{ByteRange, Conditions};
use crate::service::files::{Delivery, Files, Pieces, Promptness};

/// The digest of the bala, in the header of RFC 9530.
const REPR_DIGEST: HeaderName = HeaderName::from_static("repr-digest");

/// Sends the bala of a release, or what is asked for of it, to somebody who may see it.
pub(crate) async fn send<I: Inputs>(call: &Call<I>, release: &Arc<Release>) -> Result<Answer, Error> {
    let (stored, conditions) = (&release.stored, call.conditions());
    let etag = format!("\"{}\"", stored.digest);
    conditions.must_match(&etag)?;
    let mut response = if conditions.has_it(&etag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else if call.method == Method::HEAD {
        sized(warp::reply(), stored.size)
    } else {
        // A range of what is not verified would be a guess; the whole body is a valid answer.
        let promptness = if conditions.want_part() { Promptness::Whole } else { Promptness::Soon };
        match call.services.files.open(release, promptness, call.ends.peer).await? {
            Delivery::Whole(pieces) => cut(&pieces, conditions, &etag)?,
            Delivery::Stream(stream) => sized(warp::reply::stream(SyncStream::new(stream)), stored.size),
        }
    };
    let whole = call.method == Method::GET && response.status() == StatusCode::OK && Files::keeps(release);
    let public = release.description.visibility == Visibility::Public
        && call.services.anonymous_read == AnonymousRead::Allowed;
    describe(response.headers_mut(), release, etag, public);
    let answer = Answer::new(response);
    let answer = if public { answer.for_everyone() } else { answer };
    Ok(if whole { answer.keep(Keep::Bala(stored.folder)) } else { answer })
}

/// A verified body, or the part of it that is asked for.
pub(crate) fn cut(pieces: &Pieces, conditions: Conditions<'_>, etag: &str) -> Result<Response, Error> {
    let size = pieces.len();
    let range = match conditions.range(etag, size) {
        ByteRange::Whole => return Ok(sized(body(pieces), size as u64)),
        ByteRange::Unsatisfiable => return Err(Error::RangeNotSatisfiable(size as u64)),
        ByteRange::Some(range) => range,
    };
    let text = format!("bytes {}-{}/{size}", range.start, range.end.saturating_sub(1));
    let part = pieces.part(range);
    let mut response = sized(body(&part), part.len() as u64);
    *response.status_mut() = StatusCode::PARTIAL_CONTENT;
    response.headers_mut().insert(CONTENT_RANGE, value(text));
    Ok(response)
}

pub(crate) fn sized(reply: impl Reply, size: u64) -> Response {
    let mut response = reply.into_response();
    response.headers_mut().insert(CONTENT_LENGTH, size.into());
    response
}

fn describe(headers: &mut HeaderMap, release: &Release, etag: String, public: bool) {
    let digest = &release.stored.digest;
    let cache = match (public, &release.stored.origin) {
        (true, Origin::Local) => "public, max-age=31536000, immutable",
        // It may be denied tomorrow.
        (true, Origin::Mirror(_)) => "public, no-cache",
        (false, _) => "private, no-cache",
    };
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(cache));
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    let file = release.description.file_name();
    headers.insert(CONTENT_DISPOSITION, value(format!("attachment; filename={file}")));
    headers.insert(ETAG, value(etag));
    headers.insert(DIGEST, value(format!("sha-256={}", digest.hex())));
    headers.insert(REPR_DIGEST, value(format!("sha-256=:{}:", STANDARD.encode(digest.as_bytes()))));
    // Parts are cut only from what is kept.
    if Files::keeps(release) {
        headers.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    }
}
