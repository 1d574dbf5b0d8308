//! Following: reading what other pods wrote.
//!
//! One task per pod asks for the next segment: every second while the pod is used, every ten seconds while it is
//! not, and at once when a request needs it. A request that is about to say "there is none" or "you may not" waits
//! for a round that starts after it arrived: only then is the answer as new as the question.

use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::{Instant, sleep_until, timeout};

use super::{Log, Unavailable, lock};
use crate::store::Key;

/// Time between polls of a pod that is used.
const BUSY: Duration = Duration::from_secs(1);
/// Time between polls of a pod without public requests.
const QUIET: Duration = Duration::from_secs(10);
/// How long after its last public request a pod counts as used.
const USED: Duration = Duration::from_mins(1);
/// Shortest time between two rounds: at most 20 a second.
const SPACING: Duration = Duration::from_millis(50);
/// How long a request waits for a round.
const DEADLINE: Duration = Duration::from_secs(2);
/// How long a pod that cannot reach its store goes on as if nothing had been revoked.
const BLIND: Duration = Duration::from_mins(5);

/// How far the follower is, and who waits for it.
pub(super) struct Progress {
    waiting: Vec<oneshot::Sender<Result<(), Unavailable>>>,
    /// When the last round that reached the end of the log began.
    succeeded: Instant,
    /// When the last round that did not reach it ended.
    failed: Option<Instant>,
    requested: Instant,
}

impl Progress {
    /// Of a log that was read to its end by a round that began at `now`.
    pub(super) fn new(now: Instant) -> Self {
        Self { waiting: Vec::new(), succeeded: now, failed: None, requested: now }
    }
}

impl Log {
    /// The state at the end of the log, as of some moment after this call.
    pub async fn fresh(&self) -> Result<std::sync::Arc<crate::state::State>, Unavailable> {
        let (sender, receiver) = oneshot::channel();
        lock(&self.0.follow).waiting.push(sender);
        self.0.refresh.notify_one();
        match timeout(DEADLINE, receiver).await {
            Ok(Ok(result)) => result.map(|()| self.state()),
            Ok(Err(_)) | Err(_) => Err(Unavailable::Storage),
        }
    }

    /// A state at most a second old. While the store is away it is older; after five minutes there is none.
    pub async fn recent(&self) -> Result<std::sync::Arc<crate::state::State>, Unavailable> {
        let now = Instant::now();
        let (age, outage) = {
            let follow = lock(&self.0.follow);
            let outage = follow.failed.is_some_and(|failed| failed > follow.succeeded && now - failed < BUSY);
            (now - follow.succeeded, outage)
        };
        if age <= BUSY || (outage && age <= BLIND) {
            return Ok(self.state());
        }
        match self.fresh().await {
            Err(Unavailable::Storage) if age <= BLIND => Ok(self.state()),
            result => result,
        }
    }

    /// Notes a public request: a pod that is used polls more often.
    pub fn note_request(&self) {
        lock(&self.0.follow).requested = Instant::now();
    }

    /// Reads what others wrote, for ever.
    pub(super) async fn run_follower(self) {
        loop {
            let poll = self.next_poll();
            tokio::select! {
                () = self.0.refresh.notified() => {}
                () = sleep_until(poll) => {}
            }
            self.round().await;
        }
    }

    fn next_poll(&self) -> Instant {
        let follow = lock(&self.0.follow);
        let last = follow.failed.unwrap_or(follow.succeeded).max(follow.succeeded);
        last + if follow.requested.elapsed() < USED { BUSY } else { QUIET }
    }

    async fn round(&self) {
        let began = Instant::now();
        let waiting = std::mem::take(&mut lock(&self.0.follow).waiting);
        let result = self.catch_up().await;
        self.check_fences(&self.state());
        {
            let mut follow = lock(&self.0.follow);
            match result {
                Ok(()) => follow.succeeded = began,
                Err(_) => follow.failed = Some(Instant::now()),
            }
        }
        if result.is_ok() {
            self.0.metrics.log_polled_at(self.now());
        }
        for sender in waiting {
            // A request that gave up no longer listens.
            let _ = sender.send(result.clone());
        }
        sleep_until(began + SPACING).await;
    }

    /// Reads segments until there is no next one.
    pub(super) async fn catch_up(&self) -> Result<(), Unavailable> {
        loop {
            let next = self.state().seq() + 1;
            match self.0.store.read(&Key::Segment(next)).await {
                Ok(None) => return Ok(()),
                Ok(Some(bytes)) if self.advance(next, &bytes) => {}
                Ok(Some(_)) => return Err(Unavailable::Damaged),
                Err(error) => {
                    tracing::warn!(
                        seq = next,
                        error = &error as &dyn std::error::Error,
                        "the log cannot be read"
                    );
                    return Err(Unavailable::Storage);
                }
            }
        }
    }
}
