//! Answers that are bytes by their digest.

use barre_core::digest::Digest;
use barre_core::oci::Content;
use bytes::Bytes;
use futures::stream::BoxStream;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, HeaderName, HeaderValue};
use http::{Method, StatusCode};
use sync_wrapper::SyncStream;
use warp::reply::{Reply, Response};

use super::refusal::Refusal;
use crate::api::common::answer::{Answer, Keep, value};
use crate::api::common::bala::{cut, sized};
use crate::api::common::call::Call;
use crate::api::common::error::Error;
use crate::api::common::inputs::Inputs;
use crate::service::files::{self, Pieces};

/// The digest of what is answered.
pub(super) const CONTENT_DIGEST: HeaderName = HeaderName::from_static("docker-content-digest");

/// The type of every blob: what it is says the manifest.
pub(super) const BYTES: &str = "application/octet-stream";

/// Whether it follows from what was asked for and the state alone, however old that is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lasts {
    UntilAnythingChanges,
    No,
}

/// Sends something that was derived.
pub(super) fn send<I: Inputs>(
    call: &Call<I>,
    content: Content,
    media_type: &'static str,
    lasts: Lasts,
) -> Result<Answer, Error> {
    let Content { bytes, digest } = content;
    let (etag, conditions) = (format!("\"{digest}\""), call.conditions());
    conditions.must_match(&etag)?;
    let mut kept = None;
    let mut response = if conditions.has_it(&etag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else if call.method == Method::HEAD {
        sized(warp::reply(), bytes.len() as u64)
    } else {
        let bytes = call.services.memory.answer(call.ends.peer, bytes.len())?.hold(bytes);
        kept = Some(bytes.clone());
        cut(&Pieces::new(&[bytes]), conditions, &etag)?
    };
    describe(&mut response, media_type, etag);
    let whole = response.status() == StatusCode::OK && lasts == Lasts::UntilAnythingChanges;
    let answer = Answer::new(response).with(CONTENT_DIGEST, digest.to_string());
    Ok(match kept {
        Some(bytes) if whole => answer.keep(Keep::Bytes(bytes)),
        _ => answer,
    })
}

/// Sends something of this digest and size that is not in memory. Only whoever wants its bytes waits for them; a part of it is
/// never cut, which clients must bear.
pub(super) async fn stream<I: Inputs, E: Into<Refusal>>(
    call: &Call<I>,
    (digest, size): (Digest, u64),
    pieces: impl Future<Output = Result<BoxStream<'static, Result<Bytes, files::Error>>, E>>,
) -> Result<Answer, Refusal> {
    let (etag, conditions) = (format!("\"{digest}\""), call.conditions());
    conditions.must_match(&etag)?;
    let mut response = if conditions.has_it(&etag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else if call.method == Method::HEAD {
        sized(warp::reply(), size)
    } else {
        sized(warp::reply::stream(SyncStream::new(pieces.await.map_err(Into::into)?)), size)
    };
    describe(&mut response, BYTES, etag);
    Ok(Answer::new(response).with(CONTENT_DIGEST, digest.to_string()))
}

fn describe(response: &mut Response, media_type: &'static str, etag: String) {
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert(ETAG, value(etag));
}
