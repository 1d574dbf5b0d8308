//! Answers that are bytes by their digest: sent as they are, whole or in part.

use barre_core::digest::Digest;
use bytes::Bytes;
use futures::stream::BoxStream;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, HeaderValue};
use http::{Method, StatusCode};
use sync_wrapper::SyncStream;
use warp::reply::{Reply as _, Response};

use super::answer::{Answer, Keep, value};
use super::bala::{cut, sized};
use super::call::Call;
use super::error::Error;
use super::inputs::Inputs;
use crate::service::files::{self, Pieces};

/// Whether it follows from what was asked for and the state alone, however old that is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lasts {
    UntilAnythingChanges,
    No,
}

/// Sends something that was made here.
pub(crate) fn send<I: Inputs>(
    call: &Call<I>,
    bytes: impl AsRef<[u8]> + Send + 'static,
    etag: String,
    media_type: &'static str,
    lasts: Lasts,
) -> Result<Answer, Error> {
    let (size, conditions) = (bytes.as_ref().len(), call.conditions());
    conditions.must_match(&etag)?;
    let mut kept = None;
    let mut response = if conditions.has_it(&etag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else if call.method == Method::HEAD {
        sized(warp::reply(), size as u64)
    } else {
        let bytes = call.services.memory.answer(call.ends.peer, size)?.hold(bytes);
        kept = Some(bytes.clone());
        cut(&Pieces::new(&[bytes]), conditions, &etag)?
    };
    describe(&mut response, media_type, etag);
    let whole = response.status() == StatusCode::OK && lasts == Lasts::UntilAnythingChanges;
    let answer = Answer::new(response);
    Ok(match kept {
        Some(bytes) if whole => answer.keep(Keep::Bytes(bytes)),
        _ => answer,
    })
}

/// Sends something of this digest and size that is not in memory. Only whoever wants its bytes waits for them; a part of it is
/// never cut, which clients must bear.
pub(crate) async fn stream<I: Inputs, E: From<Error>>(
    call: &Call<I>,
    (digest, size): (Digest, u64),
    media_type: &'static str,
    pieces: impl Future<Output = Result<BoxStream<'static, Result<Bytes, files::Error>>, E>>,
) -> Result<Answer, E> {
    let (etag, conditions) = (format!("\"{digest}\""), call.conditions());
    conditions.must_match(&etag)?;
    let mut response = if conditions.has_it(&etag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else if call.method == Method::HEAD {
        sized(warp::reply(), size)
    } else {
        sized(warp::reply::stream(SyncStream::new(pieces.await?)), size)
    };
    describe(&mut response, media_type, etag);
    Ok(Answer::new(response))
}

fn describe(response: &mut Response, media_type: &'static str, etag: String) {
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert(ETAG, value(etag));
}
