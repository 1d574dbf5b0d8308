//! A socket that gives up on clients that are too slow: at the head of a request, and at taking an answer.
//!
//! hyper would time only the whole wait for a request, idle time included; a client that sends one header a minute
//! must not be as welcome as a load balancer that keeps a connection open.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::Instant;

use super::deadline::{Deadline, Pace};
use crate::args::Limits;

/// What a connection waits for. Shared by the socket and the one who answers.
#[derive(Debug, Clone, Default)]
pub(super) struct Phase(Arc<AtomicU8>);

const IDLE: u8 = 0;
const HEAD: u8 = 1;
const ANSWER: u8 = 2;

impl Phase {
    /// The head of a request is complete.
    pub(super) fn answering(&self) {
        self.0.store(ANSWER, Ordering::Relaxed);
    }

    /// The answer is complete; the next request may come.
    pub(super) fn idle(&self) {
        self.0.store(IDLE, Ordering::Relaxed);
    }

    fn get(&self) -> u8 {
        self.0.load(Ordering::Relaxed)
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
    awaited: Option<u8>,
    write: Pace,
}

impl Timed {
    pub(super) fn new(socket: TcpStream, limits: &Limits, phase: Phase) -> Self {
        // Who connects has something to say: only between requests a connection may be silent for long.
        phase.0.store(HEAD, Ordering::Relaxed);
        let Limits { header_timeout, idle_timeout, stall_timeout, .. } = *limits;
        let (deadline, write) = (Deadline::new(Instant::now()), Pace::new(stall_timeout));
        Self { socket, phase, header_timeout, idle_timeout, deadline, awaited: None, write }
    }

    /// Nothing has come: how long may that last?
    fn poll_silence(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let phase = self.phase.get();
        let (timeout, what) = match phase {
            HEAD => (self.header_timeout, "the head of the request is incomplete"),
            IDLE => (self.idle_timeout, "there was no further request"),
            // Timed by the one who answers.
            _ => return Poll::Pending,
        };
        // Who is still taking the last answer is not idle.
        if self.awaited != Some(phase) || self.write.waits() {
            self.awaited = Some(phase);
            self.deadline.set(Instant::now() + timeout);
        }
        self.deadline.poll(cx).map(|()| Err(timed_out(what)))
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
            this.phase.0.store(HEAD, Ordering::Relaxed);
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
