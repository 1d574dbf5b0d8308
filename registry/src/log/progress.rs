//! How far the follower is, and how much this pod is used.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::Instant;

use super::stop::Unavailable;

/// How far the follower is, and who waits for it.
pub(super) struct Progress {
    pub(super) waiting: Vec<oneshot::Sender<Result<(), Unavailable>>>,
    /// When the last round that reached the end of the log began.
    pub(super) succeeded: Instant,
    /// When the last round that did not reach it ended.
    pub(super) failed: Option<Instant>,
    /// When the last segment was known to be in the store.
    pub(super) sighted: Instant,
}

impl Progress {
    /// Of a log that was read to its end by a round that began at `now`.
    pub(super) fn new(now: Instant) -> Self {
        Self { waiting: Vec::new(), succeeded: now, failed: None, sighted: now }
    }

    /// When the last round ended, if it did not reach the end of the log.
    pub(super) fn failed_last(&self) -> Option<Instant> {
        self.failed.filter(|failed| *failed > self.succeeded)
    }
}

/// When the last public request came. Every request says so: no lock.
pub(super) struct Used {
    since: Instant,
    /// In milliseconds after `since`.
    last: AtomicU64,
}

impl Used {
    /// For the last time at `now`.
    pub(super) fn new(now: Instant) -> Self {
        Self { since: now, last: AtomicU64::new(0) }
    }

    pub(super) fn note(&self) {
        let now = self.millis();
        // Who only reads leaves it in the caches of the other processors.
        if self.last.load(Ordering::Relaxed) != now {
            self.last.store(now, Ordering::Relaxed);
        }
    }

    pub(super) fn ago(&self) -> Duration {
        Duration::from_millis(self.millis().saturating_sub(self.last.load(Ordering::Relaxed)))
    }

    fn millis(&self) -> u64 {
        u64::try_from(self.since.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::sleep;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn it_is_known_how_long_ago_the_last_request_came() {
        let used = Used::new(Instant::now());
        for seconds in [90, 5] {
            let pause = Duration::from_secs(seconds);
            sleep(pause).await;
            assert_eq!(used.ago(), pause);
            used.note();
            assert_eq!(used.ago(), Duration::ZERO);
        }
    }
}
