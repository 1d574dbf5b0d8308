//! The body of a request, as it comes.

use std::error::Error as _;

use bytes::{Buf, Bytes};
use futures::{Stream, StreamExt as _};

use super::call::{Call, Writer};
use super::error::Error;
use super::inputs::Inputs;
use crate::http::Stalled;
use crate::service::publish::{self, Arrival, Arrived, Turn};

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

/// Why a body is not received.
pub(crate) enum Unreceived {
    TooLarge,
    Broken(Error),
    Publish(publish::Error),
}

impl From<publish::Error> for Unreceived {
    fn from(error: publish::Error) -> Self {
        match error {
            publish::Error::TooLarge { .. } => Self::TooLarge,
            other => Self::Publish(other),
        }
    }
}

/// Scratch space for something of at most `limit` bytes that is on its way.
pub(crate) async fn arrival<I: Inputs>(
    call: &Call<I>,
    writer: &Writer,
    limit: u64,
) -> Result<Arrival, publish::Error> {
    let turn = call.services.publisher.turn(&writer.identity).await?;
    Arrival::new(&call.services.scratch, limit, turn)
}

/// Receives a body of at most `limit` bytes into scratch space.
pub(crate) async fn receive<I: Inputs, B: Buf>(
    call: &Call<I>,
    writer: &Writer,
    limit: u64,
    body: impl Stream<Item = Result<B, warp::Error>>,
) -> Result<(Arrived, Turn), Unreceived> {
    if call.content_length().is_some_and(|length| length > limit) {
        return Err(Unreceived::TooLarge);
    }
    // What cannot be committed need not be sent.
    call.services.publisher.may_write()?;
    let mut arrival = arrival(call, writer, limit).await?;
    let mut body = std::pin::pin!(body);
    while let Some(bytes) = next(&mut body).await.map_err(Unreceived::Broken)? {
        arrival.take(&bytes).await?;
    }
    Ok(arrival.finish().await?)
}

/// The same for a file, which is called `what` to whoever sends it.
pub(crate) async fn receive_file<I: Inputs, B: Buf>(
    call: &Call<I>,
    writer: &Writer,
    (what, limit): (&str, u64),
    body: impl Stream<Item = Result<B, warp::Error>>,
) -> Result<(Arrived, Turn), Error> {
    receive(call, writer, limit, body).await.map_err(|unreceived| match unreceived {
        Unreceived::TooLarge => {
            let text = format!("the {what} is larger than this registry takes: at most {limit} bytes");
            Error::BadRequest(text)
        }
        Unreceived::Broken(error) => error,
        Unreceived::Publish(error) => error.into(),
    })
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
