//! Appending: group commit by create-if-absent.
//!
//! One task per pod writes. It takes all waiting changes, tries them on the state, and creates the next segment
//! with those that hold. If the name is taken it reads who was faster, and tries again on that state. After an
//! unclear answer it reads the key: present, the segment is applied like any other; absent, the same bytes go to
//! the same key again. It never turns to the next key before it has read this one.

use std::time::Duration;

use barre_core::change::{Change, MAX_CHANGE_BYTES};
use barre_core::segment::Segment;
use barre_core::state::State;
use bytes::Bytes;
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep, timeout_at};

use super::handle::Log;
use super::pending::{Committed, Waiting};
use super::stop::{CommitError, Damage, Stop, Unavailable};
use crate::base::lock::lock;
use crate::store::{Created, Key};

/// How long a change may wait for its outcome, and how old the check behind a create may be.
const PATIENCE: Duration = Duration::from_secs(10);

/// Pauses between tries that did not move the log.
const FIRST_PAUSE: Duration = Duration::from_millis(20);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// How long after another pod's segment the log counts as written by several.
const CONTENDED: Duration = Duration::from_secs(10);
/// Own segments in a row after which others get a chance in any case.
const STREAK: u32 = 8;
/// The longest wait after an own segment.
const LONGEST_COURTESY: Duration = Duration::from_millis(500);

/// A segment on its way to the store.
struct Attempt {
    seq: u64,
    bytes: Bytes,
    checked: Instant,
}

impl Log {
    /// Commits a change. Returns when the fold has decided about it, or after ten seconds.
    pub async fn commit(&self, change: Change) -> Result<Committed, CommitError> {
        self.may_write()?;
        if change.to_line().len() >= MAX_CHANGE_BYTES {
            return Err(CommitError::TooLarge);
        }
        let (answer, mut answered) = oneshot::channel();
        let deadline = Instant::now() + PATIENCE;
        let id = change.id;
        lock(&self.0.pending).add(Waiting { change, deadline, sent: false, answer });
        self.0.commit.notify_one();
        if let Ok(Ok(answer)) = timeout_at(deadline, &mut answered).await {
            return answer;
        }
        // From here on it is in no new segment, but one that holds it may still be under way.
        lock(&self.0.pending).remove(id);
        answered.try_recv().unwrap_or(Err(CommitError::Unknown))
    }

    /// Whether this pod may write, or why not.
    pub fn may_write(&self) -> Result<(), CommitError> {
        if self.0.stopped.borrow().is_some() || !self.state().format().is_writable_by(self.0.newest) {
            return Err(CommitError::ReadOnly);
        }
        if self.0.store.clock().agrees() { Ok(()) } else { Err(CommitError::Clock) }
    }

    /// Writes what waits, for ever.
    pub(super) async fn run_commits(self) {
        let mut doubtful = None;
        let mut pause = FIRST_PAUSE;
        loop {
            if lock(&self.0.pending).is_empty() {
                self.0.commit.notified().await;
            }
            let moved = if self.has_its_tail().await || self.may_write().is_err() {
                doubtful = self.attempt(doubtful).await;
                doubtful.is_none()
            } else {
                false
            };
            if moved {
                pause = FIRST_PAUSE;
            } else {
                sleep(pause).await;
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
        }
    }

    /// At most one create. Returns the attempt whose end is not known yet.
    async fn attempt(&self, doubtful: Option<Attempt>) -> Option<Attempt> {
        let state = self.state();
        self.check_fences(&state);
        if let Err(error) = self.may_write() {
            lock(&self.0.pending).refuse(error);
            return None;
        }
        // The same bytes again, as long as nobody took the key and the check behind them is fresh.
        let again = doubtful.filter(|a| a.seq == state.seq() + 1 && a.checked.elapsed() < PATIENCE);
        let attempt = again.or_else(|| self.prepare(&state))?;
        let began = Instant::now();
        match self.0.store.create(&Key::Segment(attempt.seq), attempt.bytes.clone()).await {
            Created::Yes => {
                let took = began.elapsed();
                // It was applied on trial already.
                let _ = self.advance(attempt.seq, &attempt.bytes).await;
                self.let_others_write(took).await;
                None
            }
            Created::Exists => self.settle(attempt).await,
            Created::Unknown(error) if self.0.store.folder().is_some() => {
                self.stop(Stop::Disk(error));
                None
            }
            Created::Unknown(error) => {
                tracing::warn!(seq = attempt.seq, error = &error as &dyn std::error::Error, "unclear create");
                self.settle(attempt).await
            }
        }
    }

    /// Fairness: whoever has just written is the first to know the next key, and would win every race. So it waits
    /// while others write, long enough for one of them to read this segment and to create the next one. It cannot see
    /// who tries in vain, hence the wait after a number of own segments in a row.
    async fn let_others_write(&self, put: Duration) {
        let wait = {
            let pending = lock(&self.0.pending);
            let contended = pending.others_wrote.is_some_and(|at| at.elapsed() < CONTENDED);
            contended || pending.streak.is_multiple_of(STREAK)
        };
        if wait {
            sleep((put * 2).min(LONGEST_COURTESY)).await;
        }
    }

    /// Finds out who has the key.
    async fn settle(&self, attempt: Attempt) -> Option<Attempt> {
        let Ok(Some(bytes)) = self.read(attempt.seq).await else { return Some(attempt) };
        match self.advance(attempt.seq, &bytes).await {
            Ok(()) | Err(Unavailable::Damaged) => None,
            Err(Unavailable::Storage) => Some(attempt),
        }
    }

    /// Makes the next segment of what waits and holds, and answers what does not hold on `state`.
    fn prepare(&self, state: &State) -> Option<Attempt> {
        let checked = Instant::now();
        let time = self.next_time(state);
        let mut pending = lock(&self.0.pending);
        if self.seq() != state.seq() {
            return None;
        }
        let batch = pending.batch(state, time, checked);
        drop(pending);
        if batch.is_empty() {
            return None;
        }
        let seq = state.seq() + 1;
        // An epoch begins only when a log is opened.
        let (_, bytes) = Segment::encode(state.epoch(), seq, state.head(), time, batch);
        // What a reader would refuse would stop every pod for ever: it is read here before it is written.
        let read = Segment::decode(&bytes).map_err(Damage::from);
        if let Err(error) = read.and_then(|segment| Ok(state.apply(&segment).map(|_| ())?)) {
            tracing::error!(seq, error = &error as &dyn std::error::Error, "a segment was not written");
            lock(&self.0.pending).refuse(CommitError::Unreadable);
            return None;
        }
        Some(Attempt { seq, bytes, checked })
    }
}
