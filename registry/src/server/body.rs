//! Bodies: a request's, which may not stall and is read to its end although nobody wants it, and an answer's,
//! whose end is when the request is counted.

use std::error::Error;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use tokio::time::{Instant, Sleep};

use super::front::Record;

type BoxError = Box<dyn Error + Send + Sync>;

/// A peer that moves fewer bytes than this in the stall timeout has stalled.
const MIN_PROGRESS: usize = 1024;

/// A body that stopped coming.
#[derive(Debug, thiserror::Error)]
#[error("the body of the request stopped coming")]
pub struct Stalled;

/// Tells slow from stalled.
pub(super) struct Pace {
    timeout: Duration,
    deadline: Pin<Box<Sleep>>,
    moved: usize,
}

impl Pace {
    pub(super) fn new(timeout: Duration) -> Self {
        Self { timeout, deadline: Box::pin(tokio::time::sleep(timeout)), moved: 0 }
    }

    /// Adds bytes that moved; says whether they were enough for a new deadline.
    pub(super) fn progress(&mut self, bytes: usize) -> bool {
        self.moved = self.moved.saturating_add(bytes);
        if self.moved < MIN_PROGRESS {
            return false;
        }
        self.moved = 0;
        self.deadline.as_mut().reset(Instant::now() + self.timeout);
        true
    }

    /// Ready when the deadline has passed.
    pub(super) fn poll_stalled(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.deadline.as_mut().poll(cx)
    }
}

/// The body of a request. Clones share it: the one who answers reads it, and whoever called discards the rest.
#[derive(Clone)]
pub struct RequestBody(Arc<Mutex<Inner>>);

struct Inner {
    body: Incoming,
    stall_timeout: Duration,
    /// From the first time that somebody wants it: the client may be waiting for that.
    pace: Option<Pace>,
    failed: bool,
}

impl RequestBody {
    pub(super) fn new(body: Incoming, stall_timeout: Duration) -> Self {
        Self(Arc::new(Mutex::new(Inner { body, stall_timeout, pace: None, failed: false })))
    }

    /// Whether nobody has read any of it.
    pub(super) fn is_untouched(&self) -> bool {
        self.lock(|inner| inner.pace.is_none())
    }

    /// Reads the rest and throws it away, at most `bytes`; says whether that was all. A client that still
    /// sends when we close would hear a reset connection, not our answer.
    pub(super) async fn discard(mut self, bytes: u64, time: Duration) -> bool {
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
            !self.lock(|inner| inner.failed)
        };
        tokio::time::timeout(time, discard).await.unwrap_or(false)
    }

    fn lock<T>(&self, look: impl FnOnce(&mut Inner) -> T) -> T {
        look(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Body for RequestBody {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        self.lock(|inner| inner.poll_frame(cx))
    }

    fn is_end_stream(&self) -> bool {
        self.lock(|inner| inner.failed || inner.body.is_end_stream())
    }

    fn size_hint(&self) -> SizeHint {
        self.lock(|inner| inner.body.size_hint())
    }
}

impl Inner {
    fn poll_frame(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        if self.failed {
            return Poll::Ready(None);
        }
        let pace = self.pace.get_or_insert_with(|| Pace::new(self.stall_timeout));
        match Pin::new(&mut self.body).poll_frame(cx) {
            Poll::Ready(Some(Ok(frame))) => {
                pace.progress(frame.data_ref().map_or(0, Bytes::len));
                Poll::Ready(Some(Ok(frame)))
            }
            Poll::Ready(Some(Err(error))) => {
                self.failed = true;
                Poll::Ready(Some(Err(error.into())))
            }
            Poll::Ready(None) => Poll::Ready(None),
            Poll::Pending => match pace.poll_stalled(cx) {
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
pub(super) struct Answer<B> {
    body: Pin<Box<B>>,
    record: Record,
}

impl<B> Answer<B> {
    pub(super) fn new(body: B, record: Record) -> Self {
        Self { body: Box::pin(body), record }
    }
}

impl<B: Body<Data = Bytes>> Body for Answer<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        let frame = self.body.as_mut().poll_frame(cx);
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
