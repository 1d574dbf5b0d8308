//! Bodies: a request's, which may not stall and is read to its end although nobody wants it, and an answer's,
//! whose end is when the request is counted.

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
use super::record::Record;
use crate::base::lock::lock;

type BoxError = Box<dyn Error + Send + Sync>;

/// A body that stopped coming.
#[derive(Debug, thiserror::Error)]
#[error("the body of the request stopped coming")]
pub struct Stalled;

/// The body of a request; `None` where it has none. Clones share it: the one who answers reads it, and whoever called
/// discards the rest.
#[derive(Clone)]
pub struct RequestBody(Option<Arc<Mutex<Inner>>>);

struct Inner {
    body: Incoming,
    pace: Pace,
    /// Somebody wants it: the client may be waiting for that.
    touched: bool,
    failed: bool,
}

impl RequestBody {
    pub(super) fn new(body: Incoming, stall_timeout: Duration) -> Self {
        if body.is_end_stream() {
            return Self(None);
        }
        let inner = Inner { body, pace: Pace::new(stall_timeout), touched: false, failed: false };
        Self(Some(Arc::new(Mutex::new(inner))))
    }

    /// Whether nobody has read any of it.
    pub(super) fn is_untouched(&self) -> bool {
        self.lock(|inner| !inner.touched).unwrap_or(true)
    }

    /// Reads the rest and throws it away, at most `bytes`; says whether that was all. A client that still
    /// sends when we close would hear a reset connection, not our answer.
    pub(super) async fn discard(mut self, bytes: u64, time: Duration) -> bool {
        if self.0.is_none() {
            return true;
        }
        let discard = async {
            let mut left = bytes;
            while !self.is_end_stream() {
                let Some(frame) = self.frame().await else { return true };
                let Ok(frame) = frame else { return false };
                let Some(rest) = left.checked_sub(frame.data_ref().map_or(0, Bytes::len) as u64) else {
                    return false;
                };
                left = rest;
            }
            self.lock(|inner| !inner.failed).unwrap_or(true)
        };
        tokio::time::timeout(time, discard).await.unwrap_or(false)
    }

    fn lock<T>(&self, look: impl FnOnce(&mut Inner) -> T) -> Option<T> {
        self.0.as_ref().map(|inner| look(&mut lock(inner)))
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
        self.lock(|inner| inner.failed || inner.body.is_end_stream()).unwrap_or(true)
    }

    fn size_hint(&self) -> SizeHint {
        self.lock(|inner| inner.body.size_hint()).unwrap_or_else(|| SizeHint::with_exact(0))
    }
}

impl Inner {
    fn poll_frame(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        if self.failed {
            return Poll::Ready(None);
        }
        self.touched = true;
        match Pin::new(&mut self.body).poll_frame(cx) {
            Poll::Ready(Some(Ok(frame))) => {
                self.pace.progress(frame.data_ref().map_or(0, Bytes::len));
                Poll::Ready(Some(Ok(frame)))
            }
            Poll::Ready(Some(Err(error))) => {
                self.failed = true;
                Poll::Ready(Some(Err(error.into())))
            }
            Poll::Ready(None) => Poll::Ready(None),
            Poll::Pending => match self.pace.poll_stalled(cx) {
                Poll::Ready(()) => {
                    self.failed = true;
                    Poll::Ready(Some(Err(Stalled.into())))
                }
                Poll::Pending => Poll::Pending,
            },
        }
    }
}

/// The body of an answer, and what is dropped with it: the record of the request.
pub(super) struct CountedBody<B> {
    body: B,
    record: Record,
}

impl<B> CountedBody<B> {
    pub(super) fn new(body: B, record: Record) -> Self {
        Self { body, record }
    }
}

impl<B: Body<Data = Bytes> + Unpin> Body for CountedBody<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        let frame = Pin::new(&mut self.body).poll_frame(cx);
        if let Poll::Ready(Some(Ok(frame))) = &frame {
            self.record.sent(frame.data_ref().map_or(0, Bytes::len));
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
