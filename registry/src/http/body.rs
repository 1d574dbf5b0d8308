//! The body of a request, which may not stall, and is read to its end although nobody wants it.

use std::error::Error;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt;
use hyper::body::Incoming;

use super::deadline::Pace;
use super::ends::Ends;
use crate::base::lock::lock;

type BoxError = Box<dyn Error + Send + Sync>;

/// A body that stopped coming.
#[derive(Debug, thiserror::Error)]
#[error("the body of the request stopped coming")]
pub struct Stalled;

/// The body of a request, and the connection that it comes by. Clones share it: the one who answers reads it, and whoever
/// called discards the rest.
#[derive(Clone)]
pub struct RequestBody {
    /// `None` where the request has none.
    inner: Option<Arc<Mutex<Inner>>>,
    ends: Ends,
}

struct Inner {
    body: Incoming,
    pace: Pace,
    /// Somebody wants it: the client may be waiting for that.
    touched: bool,
    /// Nothing more comes, or nobody waits for it.
    over: bool,
}

impl RequestBody {
    pub(super) fn new(body: Incoming, stall_timeout: Duration, ends: Ends) -> Self {
        if body.is_end_stream() {
            return Self { inner: None, ends };
        }
        let inner = Inner { body, pace: Pace::new(stall_timeout), touched: false, over: false };
        Self { inner: Some(Arc::new(Mutex::new(inner))), ends }
    }

    /// The connection that it comes by.
    pub fn ends(&self) -> Ends {
        self.ends
    }

    /// Whether nobody has read any of it.
    pub(super) fn is_untouched(&self) -> bool {
        self.lock(|inner| !inner.touched).unwrap_or(true)
    }

    /// Whether nothing more comes.
    pub(super) fn is_over(&self) -> bool {
        self.is_end_stream()
    }

    /// Reads the rest and throws it away, at most `bytes`: a client that still sends when we close would hear a reset
    /// connection, not our answer.
    pub(super) async fn discard(mut self, bytes: u64) {
        let mut left = bytes;
        while !self.is_end_stream() {
            let Some(Ok(frame)) = self.frame().await else { return };
            let Some(rest) = left.checked_sub(frame.data_ref().map_or(0, Bytes::len) as u64) else { return };
            left = rest;
        }
    }

    fn lock<T>(&self, look: impl FnOnce(&mut Inner) -> T) -> Option<T> {
        self.inner.as_ref().map(|inner| look(&mut lock(inner)))
    }
}

impl Body for RequestBody {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        self.lock(|inner| inner.poll_frame(cx)).unwrap_or(Poll::Ready(None))
    }

    fn is_end_stream(&self) -> bool {
        self.lock(|inner| inner.over || inner.body.is_end_stream()).unwrap_or(true)
    }

    fn size_hint(&self) -> SizeHint {
        self.lock(|inner| inner.body.size_hint()).unwrap_or_else(|| SizeHint::with_exact(0))
    }
}

impl Inner {
    fn poll_frame(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        if self.over {
            return Poll::Ready(None);
        }
        self.touched = true;
        match Pin::new(&mut self.body).poll_frame(cx) {
            Poll::Ready(Some(Ok(frame))) => {
                self.pace.progress(frame.data_ref().map_or(0, Bytes::len));
                Poll::Ready(Some(Ok(frame)))
            }
            Poll::Ready(Some(Err(error))) => {
                self.over = true;
                Poll::Ready(Some(Err(error.into())))
            }
            Poll::Ready(None) => {
                self.over = true;
                Poll::Ready(None)
            }
            Poll::Pending => match self.pace.poll_stalled(cx) {
                Poll::Ready(()) => {
                    self.over = true;
                    Poll::Ready(Some(Err(Stalled.into())))
                }
                Poll::Pending => Poll::Pending,
            },
        }
    }
}
