//! The log: reading it, following it, and appending to it.
//!
//! ```text
//! open ── replay ──► State ◄── advance ◄── follow: GET the next segment, again and again
//!                      │          ▲
//!                      ▼          └─────── commit: create the next segment, or read who was faster
//!                   snapshot ──► requests
//! ```
//!
//! All segments, our own included, go through `advance`: it applies a segment to the state once, in order, and
//! answers whoever waits for a change in it. So it makes no difference to a writer whether its segment was
//! created, found after an unclear answer, or read by the follower first.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use tokio::sync::{Notify, oneshot, watch};
use tokio::time::Instant;
use uuid::Uuid;

use crate::change::Change;
use crate::clock::Clock;
use crate::metrics::Metrics;
use crate::millis;
use crate::segment::{Malformed, Segment};
use crate::state::{ChainError, FORMAT, Outcome, State};
use crate::store::Store;

mod commit;
mod follow;
mod nets;
mod open;
mod probe;

pub use commit::CommitError;
pub use open::{OpenError, Settings, open};

/// A handle on the log of this registry. Cheap to clone.
#[derive(Clone)]
pub struct Log(Arc<Inner>);

struct Inner {
    store: Store,
    owner: String,
    clock: Clock,
    metrics: Metrics,
    state: watch::Sender<Arc<State>>,
    pending: Mutex<Pending>,
    commit: Notify,
    follow: Mutex<follow::Progress>,
    used: follow::Used,
    refresh: Notify,
    stopped: watch::Sender<Option<Arc<Stop>>>,
}

/// Changes that wait for their outcome, in the order of their arrival.
#[derive(Default)]
struct Pending {
    next: u64,
    changes: BTreeMap<u64, Waiting>,
    orders: HashMap<Uuid, u64>,
    /// When a segment of another pod was last applied.
    others_wrote: Option<Instant>,
    /// Own segments since then.
    streak: u32,
}

struct Waiting {
    change: Change,
    deadline: Instant,
    answer: oneshot::Sender<Committed>,
}

/// What became of a change, and up to which segment that is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Committed {
    /// The verdict of the fold.
    pub outcome: Outcome,
    /// The segment whose state says so.
    pub seq: u64,
}

/// The log cannot be read far enough to answer. The text is for a client.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Unavailable {
    #[error("the registry cannot reach its storage: try again in a moment")]
    Storage,
    #[error("the registry's log is damaged, it serves only what it has read: tell its operators")]
    Damaged,
}

/// Why this process must stop using the log.
#[derive(Debug, thiserror::Error)]
pub enum Stop {
    /// Only a pod of the present owner may serve.
    #[error("the registry is now operated by \"{owner}\"")]
    ForeignOwner { owner: String },
    /// This program is too old.
    #[error("the log needs a program that reads format {needed}, this one reads {}", FORMAT.reader)]
    Format { needed: u32 },
    /// The local disk failed; what it holds is known only after a new start.
    #[error("the store's folder cannot be written")]
    Disk(#[source] crate::store::Error),
    /// Somebody changed the bucket behind our back: this process has told clients what is no longer there.
    #[error("segment {seq} is no longer in the store, or has changed")]
    Rewritten { seq: u64 },
    /// A segment does not continue the log.
    #[error("segment {seq} is damaged")]
    Damaged { seq: u64, source: Damage },
    /// A segment is missing although a later one is there.
    #[error("segment {seq} is missing from the log, and segment {later} is there")]
    Gap { seq: u64, later: u64 },
}

/// What is wrong with a segment.
#[derive(Debug, thiserror::Error)]
pub enum Damage {
    #[error("it cannot be read")]
    Malformed(#[from] Malformed),
    #[error("it does not continue the log")]
    Chain(#[from] ChainError),
}

impl Stop {
    /// Whether the process must end. Otherwise it goes on serving what it has read, and writes no more.
    fn is_end(&self) -> bool {
        !matches!(self, Self::Damaged { .. } | Self::Gap { .. })
    }
}

impl Log {
    /// The state as far as this pod has read.
    pub fn state(&self) -> Arc<State> {
        Arc::clone(&self.0.state.borrow())
    }

    /// The last segment that this pod has read.
    pub fn seq(&self) -> u64 {
        self.0.state.borrow().seq()
    }

    /// The registry's wall clock.
    pub fn now(&self) -> Timestamp {
        self.0.clock.now()
    }

    /// Resolves when this process must end.
    pub async fn stopped(&self) -> Arc<Stop> {
        let mut stopped = self.0.stopped.subscribe();
        loop {
            let stop = stopped.borrow_and_update().clone();
            match stop {
                Some(stop) if stop.is_end() => return stop,
                _ if stopped.changed().await.is_err() => std::future::pending::<()>().await,
                _ => {}
            }
        }
    }

    /// Waits until this pod has read segment `seq`.
    pub async fn wait_for(&self, seq: u64) {
        let mut state = self.0.state.subscribe();
        // The sender lives as long as `self`.
        let _ = state.wait_for(|state| state.seq() >= seq).await;
    }

    /// Applies segment `seq`, unless that is done, and answers whoever waits for its changes. Says whether the
    /// segment is sound; if not, the log is closed for writing.
    fn advance(&self, seq: u64, bytes: &[u8]) -> bool {
        match self.apply(seq, bytes) {
            Ok(()) => true,
            Err(source) => {
                self.stop(Stop::Damaged { seq, source });
                false
            }
        }
    }

    fn apply(&self, seq: u64, bytes: &[u8]) -> Result<(), Damage> {
        let segment = Segment::decode(bytes)?;
        // The lock makes appliers take turns, and keeps a change from being picked up once it is applied.
        let mut pending = lock(&self.0.pending);
        let state = self.state();
        if seq <= state.seq() {
            return Ok(());
        }
        let (next, outcomes) = state.apply(&segment)?;
        self.0.metrics.log_position(next.seq());
        self.0.state.send_replace(Arc::new(next));
        let mut ours = false;
        for (change, outcome) in segment.changes.iter().zip(outcomes) {
            ours |= pending.answer(change.id, Committed { outcome, seq });
        }
        if ours {
            pending.streak += 1;
        } else {
            pending.streak = 0;
            pending.others_wrote = Some(Instant::now());
        }
        Ok(())
    }

    /// Closes the log to this process if what the log says demands it.
    fn check_fences(&self, state: &State) {
        if state.format().reader > FORMAT.reader {
            self.stop(Stop::Format { needed: state.format().reader });
        } else if state.owner() != self.0.owner {
            self.stop(Stop::ForeignOwner { owner: state.owner().to_owned() });
        }
    }

    fn stop(&self, stop: Stop) {
        tracing::error!(error = &stop as &dyn std::error::Error, "this process writes the log no more");
        self.0.metrics.log_read_only();
        self.0.stopped.send_replace(Some(Arc::new(stop)));
    }

    /// What would become of a change on the state as far as this pod has read. Nothing is written.
    pub fn verdict(&self, change: &Change) -> Committed {
        let state = self.state();
        let mut trial = (*state).clone();
        trial.begin(self.next_time(&state));
        Committed { outcome: trial.change(0, change), seq: state.seq() }
    }

    /// The time for a next segment after `state`.
    fn next_time(&self, state: &State) -> Timestamp {
        millis::cut(self.now()).max(state.time())
    }
}

impl Pending {
    fn add(&mut self, waiting: Waiting) {
        self.orders.insert(waiting.change.id, self.next);
        self.changes.insert(self.next, waiting);
        self.next += 1;
    }

    /// Tells whoever waits for this change. Says whether it was one of ours.
    fn answer(&mut self, id: Uuid, committed: Committed) -> bool {
        let Some(waiting) = self.remove(id) else { return false };
        // Nobody listens when the client went away: the change holds all the same.
        let _ = waiting.answer.send(committed);
        true
    }

    /// Forgets all changes, which tells those who wait that there is no outcome.
    fn clear(&mut self) {
        self.changes.clear();
        self.orders.clear();
    }

    fn remove(&mut self, id: Uuid) -> Option<Waiting> {
        self.orders.remove(&id).and_then(|order| self.changes.remove(&order))
    }
}

/// Nothing panics while it holds one of these locks, and their values are whole at every step.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
