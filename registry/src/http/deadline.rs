//! Deadlines that move with every request and are hardly ever met.
//!
//! Setting a timer takes a lock of the whole runtime. So a deadline that moves later leaves its timer alone: that fires at
//! the old time, finds that there is more, and is set again, once in many requests.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep_until};

/// Whoever moves fewer bytes in a second, on average over the time that we wait, has stalled: 32 kbit/s.
const MIN_RATE: f64 = 4.0 * 1024.0;

/// A moment that may still be moved.
pub(super) struct Deadline {
    at: Instant,
    /// Set for `at` or earlier, from the first time that somebody waits.
    timer: Option<Pin<Box<Sleep>>>,
}

impl Deadline {
    pub(super) fn new(at: Instant) -> Self {
        Self { at, timer: None }
    }

    pub(super) fn set(&mut self, at: Instant) {
        self.at = at;
        if let Some(timer) = &mut self.timer
            && at < timer.deadline()
        {
            timer.as_mut().reset(at);
        }
    }

    /// Ready when it has passed.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep_until(self.at)));
        loop {
            ready!(timer.as_mut().poll(cx));
            if timer.deadline() >= self.at {
                return Poll::Ready(());
            }
            timer.as_mut().reset(self.at);
        }
    }
}

/// Tells slow from stalled. The time runs only while somebody waits for the peer.
pub(super) struct Pace {
    timeout: Duration,
    /// What must move in that time, in bytes.
    enough: usize,
    deadline: Deadline,
    waits: bool,
    moved: usize,
}

impl Pace {
    pub(super) fn new(timeout: Duration) -> Self {
        let enough = enough(timeout);
        Self { timeout, enough, deadline: Deadline::new(Instant::now()), waits: false, moved: 0 }
    }

    /// Adds bytes that moved. Enough of them end the wait.
    pub(super) fn progress(&mut self, bytes: usize) {
        self.moved = self.moved.saturating_add(bytes);
        self.waits &= self.moved < self.enough;
    }

    /// Whether somebody waits.
    pub(super) fn waits(&self) -> bool {
        self.waits
    }

    /// Nobody waits any more.
    pub(super) fn rest(&mut self) {
        self.waits = false;
    }

    /// Waits; ready when too little has moved for too long.
    pub(super) fn poll_stalled(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if !self.waits {
            (self.waits, self.moved) = (true, 0);
            self.deadline.set(Instant::now() + self.timeout);
        }
        self.deadline.poll(cx)
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "some bytes more or less")]
fn enough(timeout: Duration) -> usize {
    (timeout.as_secs_f64() * MIN_RATE) as usize
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[tokio::test(start_paused = true)]
    async fn a_deadline_may_move_both_ways() {
        let began = Instant::now();
        let mut deadline = Deadline::new(began + SECOND);
        assert!(futures::poll!(poll_fn(|cx| deadline.poll(cx))).is_pending());
        for seconds in [5, 2, 3] {
            deadline.set(began + SECOND * seconds);
        }
        poll_fn(|cx| deadline.poll(cx)).await;
        assert_eq!(began.elapsed(), SECOND * 3);
        deadline.set(began + SECOND * 4);
        poll_fn(|cx| deadline.poll(cx)).await;
        assert_eq!(began.elapsed(), SECOND * 4);
    }

    #[tokio::test(start_paused = true)]
    async fn too_little_now_and_then_is_no_progress() {
        let mut pace = Pace::new(SECOND);
        let began = Instant::now();
        let mut every = tokio::time::interval(SECOND / 10);
        loop {
            tokio::select! {
                () = poll_fn(|cx| pace.poll_stalled(cx)) => break,
                _ = every.tick() => pace.progress(enough(SECOND) / 11),
            }
        }
        assert_eq!(began.elapsed(), SECOND);
    }

    #[tokio::test(start_paused = true)]
    async fn only_the_time_of_the_peer_counts() {
        let mut pace = Pace::new(SECOND);
        for _ in 0..3 {
            assert!(futures::poll!(poll_fn(|cx| pace.poll_stalled(cx))).is_pending());
            pace.progress(enough(SECOND));
            // Ours, for example to write what came to the disk.
            tokio::time::advance(SECOND * 2).await;
        }
        let began = Instant::now();
        poll_fn(|cx| pace.poll_stalled(cx)).await;
        assert_eq!(began.elapsed(), SECOND);
    }
}
