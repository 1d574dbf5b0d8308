//! The body of a request, as it comes.

use std::error::Error as _;

use bytes::{Buf, Bytes};
use futures::{Stream, StreamExt as _};

use super::error::Error;
use crate::http::Stalled;

/// The next bytes of an upload; `None` at its end.
pub(crate) async fn next<B: Buf>(
    body: &mut (impl Stream<Item = Result<B, warp::Error>> + Unpin),
) -> Result<Option<Bytes>, Error> {
    match body.next().await {
        Some(Ok(mut chunk)) => Ok(Some(chunk.copy_to_bytes(chunk.remaining()))),
        Some(Err(error)) => Err(broken(&error)),
        None => Ok(None),
    }
}

fn broken(error: &warp::Error) -> Error {
    let mut source = error.source();
    while let Some(cause) = source {
        if cause.is::<Stalled>() {
            return Error::BadRequest(
                "the upload stopped coming: check the network and push again".to_owned(),
            );
        }
        source = cause.source();
    }
    Error::BadRequest("the upload broke off: push again".to_owned())
}
