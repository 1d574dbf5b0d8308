//! A handle on the log, and the one way by which a segment becomes state.

use std::sync::{Arc, Mutex};

use barre_contract::known::{Cursor, Known};
use barre_core::change::{Change, Salt};
use barre_core::format::Format;
use barre_core::millis;
use barre_core::segment::Segment;
use barre_core::state::{Kind, State};
use bytes::Bytes;
use jiff::Timestamp;
use tokio::sync::{Notify, watch};
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use super::pending::{Committed, Pending};
use super::progress::{Progress, Used};
use super::stop::{AGAIN, Damage, Stop, Unavailable};
use crate::base::instruments::Instruments;
use crate::base::lock::lock;
use crate::store::{Error, Key, Store, TOLERANCE};

/// A handle on the log of this registry. Cheap to clone.
#[derive(Clone)]
pub struct Log(pub(super) Arc<Inner>);

pub(super) struct Inner {
    pub(super) store: Store,
    pub(super) owner: String,
    /// The newest format that this program reads and writes.
    pub(super) newest: Format,
    pub(super) instruments: Instruments,
    pub(super) state: watch::Sender<Arc<State>>,
    pub(super) pending: Mutex<Pending>,
    pub(super) commit: Notify,
    pub(super) follow: Mutex<Progress>,
    pub(super) used: Used,
    pub(super) refresh: Notify,
    /// A segment did not continue the log.
    pub(super) suspicion: Notify,
    pub(super) stopped: watch::Sender<Option<Arc<Stop>>>,
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

    /// What this pod knows of its registry, and clients were told by it.
    pub fn known(&self) -> Known {
        let state = self.state();
        let cursor = Cursor { seq: state.seq(), head: state.head().to_string() };
        Known { registry_id: state.registry().to_string(), cursor }
    }

    /// The registry's wall clock.
    pub fn now(&self) -> Timestamp {
        self.0.instruments.clock.now()
    }

    /// Whether every segment to come is of a later time than this: time never goes back in the log, and nobody writes whose
    /// clock is far from the store's.
    pub fn is_past(&self, time: Timestamp) -> bool {
        let clock = self.0.store.clock();
        self.state().time() > time || clock.agrees() && self.now().duration_since(time) > TOLERANCE * 2
    }

    /// A change with a fresh id and salt.
    pub fn change(&self, actor: impl Into<String>, kind: impl Into<Kind>) -> Change {
        let random = &self.0.instruments.random;
        Change { id: random.id(), salt: Salt(random.bytes()), actor: actor.into(), kind: kind.into() }
    }

    /// A random id, for a folder of its own.
    pub fn fresh_id(&self) -> Uuid {
        self.0.instruments.random.id()
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

    /// The bytes of a segment that this pod has read before: pods keep what follows from them.
    pub async fn segment(&self, seq: u64) -> Result<Bytes, Unavailable> {
        let read = self.0.store.read_patiently(&Key::Segment(seq)).await.map_err(|error| {
            tracing::warn!(seq, error = &error as &dyn std::error::Error, "the log cannot be read");
            Unavailable::Storage
        });
        read?.ok_or(Unavailable::Damaged)
    }

    /// Applies segment `seq`, unless that is done, and answers whoever waits for its changes. If what was read is not sound,
    /// it is read again: something in between may have answered for the store. If it is not sound then, the log is closed
    /// for writing.
    pub(super) async fn advance(&self, seq: u64, bytes: &[u8]) -> Result<(), Unavailable> {
        // What follows a raise that this program does not know is not damaged, it is only new.
        if !self.state().format().is_readable_by(self.0.newest) {
            return Err(Unavailable::Damaged);
        }
        if self.apply(seq, bytes).is_ok() {
            return Ok(());
        }
        sleep(AGAIN).await;
        let bytes = self.read(seq).await?.ok_or(Unavailable::Storage)?;
        self.apply(seq, &bytes).map_err(|source| {
            self.stop(Stop::Damaged { seq, source });
            Unavailable::Damaged
        })
    }

    /// Reads a segment, if it is there.
    pub(super) async fn read(&self, seq: u64) -> Result<Option<Bytes>, Unavailable> {
        self.0.store.read_segment(seq).await.map_err(|error| {
            tracing::warn!(seq, error = &error as &dyn std::error::Error, "the log cannot be read");
            // After a failed fsync the next one may succeed, and nobody knows what is on the disk.
            if let Error::Disk(_) = error {
                self.stop(Stop::Disk(error));
            }
            Unavailable::Storage
        })
    }

    fn apply(&self, seq: u64, bytes: &[u8]) -> Result<(), Damage> {
        let segment = Segment::decode(bytes)?;
        // An older program cannot read such a change at all; tests let this one stand for it.
        let newer = segment.changes.iter().find(|change| change.kind.format() > self.0.newest.reader);
        if let Some(newer) = newer {
            return Err(Damage::Newer(newer.kind.name()));
        }
        // The lock makes appliers take turns, and keeps a change from being picked up once it is applied.
        let mut pending = lock(&self.0.pending);
        let state = self.state();
        if seq <= state.seq() {
            return Ok(());
        }
        let (next, outcomes) = state.apply(&segment)?;
        self.0.instruments.metrics.log_position(next.seq(), next.format().writer);
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
        drop(pending);
        lock(&self.0.follow).sighted = Instant::now();
        self.lift(seq);
        Ok(())
    }

    /// Closes the log to this process if what the log says demands it.
    pub(super) fn check_fences(&self, state: &State) {
        let newest = self.0.newest;
        if !state.format().is_readable_by(newest) {
            self.stop(Stop::Format { needed: state.format().reader, ours: newest.reader });
        } else if state.owner() != self.0.owner {
            self.stop(Stop::ForeignOwner { owner: state.owner().to_owned() });
        }
    }

    pub(super) fn stop(&self, stop: Stop) {
        self.0.stopped.send_if_modified(|stopped| {
            if stopped.as_ref().is_some_and(|before| !before.yields_to(&stop)) {
                return false;
            }
            tracing::error!(error = &stop as &dyn std::error::Error, "this process writes the log no more");
            self.0.instruments.metrics.log_read_only(true);
            if !stop.is_end() {
                self.0.suspicion.notify_one();
            }
            *stopped = Some(Arc::new(stop));
            true
        });
    }

    /// Opens the log for writing again, if it was closed because segment `seq` was not sound.
    fn lift(&self, seq: u64) {
        self.0.stopped.send_if_modified(|stopped| {
            let lifted = stopped.as_ref().is_some_and(|stop| stop.is_lifted_by(seq));
            if lifted {
                tracing::warn!(seq, "the segment is sound now: this process writes the log again");
                self.0.instruments.metrics.log_read_only(false);
                *stopped = None;
            }
            lifted
        });
    }

    /// What would become of a change on the state as far as this pod has read. Nothing is written.
    pub fn verdict(&self, change: &Change) -> Committed {
        let state = self.state();
        let mut trial = (*state).clone();
        trial.begin(self.next_time(&state));
        Committed { outcome: trial.change(0, change), seq: state.seq() }
    }

    /// The time for a next segment after `state`.
    pub(super) fn next_time(&self, state: &State) -> Timestamp {
        millis::cut(self.now()).max(state.time())
    }
}
