//! A socket that gives up on clients that are too slow: at the head of a request, and at taking an answer.
//!
//! hyper would time only the whole wait for a request, idle time included; a client that sends one header a minute
//! must not be as welcome as a load balancer that keeps a connection open.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::Instant;

use super::deadline::{Deadline, Pace};
use super::limits::Limits;

/// What a connection waits for, and the number of its requests. Shared by the socket and the one who answers.
#[derive(Debug, Clone)]
pub(super) struct Phase(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    state: AtomicU32,
    /// When it began to wait for what it waits for, in milliseconds after `epoch`; about that, once it is idle.
    since: AtomicU64,
    epoch: Instant,
}

const IDLE: u32 = 0;
const HEAD: u32 = 1;
const ANSWER: u32 = 2;
/// The answer is complete; what is left of the request is thrown away.
const DISCARD: u32 = 3;
/// The lower bits are the phase.
const REQUEST: u32 = 4;

impl Phase {
    /// A connection that has just begun. Who connects has something to say: only between requests a connection may be
    /// silent for long.
    pub(super) fn new(epoch: Instant) -> Self {
        let phase = Self(Arc::new(Shared { state: AtomicU32::new(HEAD), since: AtomicU64::new(0), epoch }));
        phase.waits_since(Instant::now());
        phase
    }

    /// The head of a request is complete. Returns what [`Phase::idle`] wants.
    pub(super) fn answering(&self) -> u32 {
        let request = self.load() / REQUEST;
        let now = request.wrapping_add(1).wrapping_mul(REQUEST) + ANSWER;
        self.0.state.store(now, Ordering::Relaxed);
        now
    }

    /// The answer to this request is complete; the next one may come, or may have come.
    pub(super) fn idle(&self, answering: u32) {
        self.change(answering, answering - ANSWER + IDLE);
    }

    /// The answer to this request is complete, and what is left of its body is still coming.
    pub(super) fn discarding(&self, answering: u32) {
        self.change(answering, answering - ANSWER + DISCARD);
    }

    /// Nothing is left of the body of this request.
    pub(super) fn discarded(&self, answering: u32) {
        self.change(answering - ANSWER + DISCARD, answering - ANSWER + IDLE);
    }

    /// Since when nobody would miss this connection.
    pub(super) fn silent_since(&self) -> Option<u64> {
        (self.get() != ANSWER).then(|| self.0.since.load(Ordering::Relaxed))
    }

    fn change(&self, from: u32, to: u32) {
        let _ = self.0.state.compare_exchange(from, to, Ordering::Relaxed, Ordering::Relaxed);
    }

    /// The head of a request has begun.
    fn head(&self) {
        let request = self.load() / REQUEST;
        self.0.state.store(request * REQUEST + HEAD, Ordering::Relaxed);
    }

    fn waits_since(&self, now: Instant) {
        let since = now.saturating_duration_since(self.0.epoch).as_millis();
        self.0.since.store(u64::try_from(since).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    fn load(&self) -> u32 {
        self.0.state.load(Ordering::Relaxed)
    }

    fn get(&self) -> u32 {
        self.load() % REQUEST
    }
}

/// A socket with deadlines.
pub(super) struct Timed {
    socket: TcpStream,
    phase: Phase,
    header_timeout: Duration,
    idle_timeout: Duration,
    /// When bytes must have come.
    deadline: Deadline,
    /// The phase that it was set for, if that still lasts.
    awaited: Option<u32>,
    write: Pace,
}

impl Timed {
    pub(super) fn new(socket: TcpStream, limits: &Limits, phase: Phase) -> Self {
        let Limits { header_timeout, idle_timeout, stall_timeout, .. } = *limits;
        let (deadline, write) = (Deadline::new(Instant::now()), Pace::new(stall_timeout));
        Self { socket, phase, header_timeout, idle_timeout, deadline, awaited: None, write }
    }

    /// Nothing has come: how long may that last?
    fn poll_silence(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let phase = self.phase.get();
        let (timeout, end) = match phase {
            HEAD => (self.header_timeout, Some("the head of the request is incomplete")),
            IDLE => (self.idle_timeout, Some("there was no further request")),
            // Timed by the one who answers. hyper does not read once more when it has: this timer sees it.
            _ => (self.header_timeout, None),
        };
        // Who is still taking the last answer is not idle.
        if self.awaited != Some(phase) || self.write.waits() {
            self.awaited = Some(phase);
            let now = Instant::now();
            self.phase.waits_since(now);
            self.deadline.set(now + timeout);
        }
        while self.deadline.poll(cx).is_ready() {
            if let Some(what) = end {
                return Poll::Ready(Err(timed_out(what)));
            }
            let now = Instant::now();
            self.phase.waits_since(now);
            self.deadline.set(now + timeout);
        }
        Poll::Pending
    }

    /// Looks at what the socket says to bytes that should leave.
    fn written(&mut self, cx: &mut Context<'_>, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        match &written {
            Poll::Ready(Ok(bytes)) => self.write.progress(*bytes),
            Poll::Pending if self.write.poll_stalled(cx).is_ready() => {
                return Poll::Ready(Err(timed_out("the client does not take the answer")));
            }
            Poll::Ready(Err(_)) | Poll::Pending => {}
        }
        written
    }
}

fn timed_out(what: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::TimedOut, what)
}

impl AsyncRead for Timed {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        let before = buf.filled().len();
        let read = Pin::new(&mut this.socket).poll_read(cx, buf);
        if read.is_pending() {
            return this.poll_silence(cx);
        }
        if buf.filled().len() > before && this.phase.get() == IDLE {
            this.phase.head();
            this.awaited = None;
        }
        read
    }
}

impl AsyncWrite for Timed {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.socket).poll_write(cx, buf);
        self.written(cx, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.socket).poll_write_vectored(cx, bufs);
        self.written(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.socket.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.socket).poll_flush(cx);
        if flushed.is_ready() {
            // Nothing waits to leave any more: the next answer has its own time.
            self.write.rest();
        }
        flushed
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_shutdown(cx)
    }
}
