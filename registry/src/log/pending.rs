//! Changes that wait for a segment and for their outcome.

use std::collections::{BTreeMap, HashMap};

use barre_core::change::Change;
use barre_core::segment::{MAX_CHANGES, MAX_SEGMENT_BYTES};
use barre_core::state::{Outcome, State};
use jiff::Timestamp;
use tokio::sync::oneshot;
use tokio::time::Instant;
use uuid::Uuid;

use super::stop::CommitError;

/// Changes that wait for their outcome, in the order of their arrival.
#[derive(Default)]
pub(super) struct Pending {
    next: u64,
    changes: BTreeMap<u64, Waiting>,
    orders: HashMap<Uuid, u64>,
    /// When a segment of another pod was last applied.
    pub(super) others_wrote: Option<Instant>,
    /// Own segments since then.
    pub(super) streak: u32,
}

pub(super) struct Waiting {
    pub(super) change: Change,
    pub(super) deadline: Instant,
    /// It was in a segment that was sent, of which nobody knows what became.
    pub(super) sent: bool,
    pub(super) answer: oneshot::Sender<Result<Committed, CommitError>>,
}

/// What became of a change, and up to which segment that is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Committed {
    /// The verdict of the fold.
    pub outcome: Outcome,
    /// The segment whose state says so.
    pub seq: u64,
}

impl Pending {
    /// Whether nothing waits.
    pub(super) fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    pub(super) fn add(&mut self, waiting: Waiting) {
        self.orders.insert(waiting.change.id, self.next);
        self.changes.insert(self.next, waiting);
        self.next += 1;
    }

    /// Tells whoever waits for this change. Says whether it was one of ours.
    pub(super) fn answer(&mut self, id: Uuid, committed: Committed) -> bool {
        let Some(waiting) = self.remove(id) else { return false };
        // Nobody listens when the client went away: the change holds all the same.
        let _ = waiting.answer.send(Ok(committed));
        true
    }

    /// Forgets all changes, and tells those who wait why. What was sent may have been written, whatever is wrong now.
    pub(super) fn refuse(&mut self, error: CommitError) {
        self.orders.clear();
        for waiting in std::mem::take(&mut self.changes).into_values() {
            let _ = waiting.answer.send(Err(if waiting.sent { CommitError::Unknown } else { error }));
        }
    }

    pub(super) fn remove(&mut self, id: Uuid) -> Option<Waiting> {
        self.orders.remove(&id).and_then(|order| self.changes.remove(&order))
    }

    /// The changes for a segment after `state`. What would be rejected is answered here and not written.
    ///
    /// Each change is tried twice. Alone, on the state: that verdict is final, because the state is that of the log. And
    /// behind those before it in this batch: what fails only there is not answered, because the batch may lose its key to
    /// another pod, and then the change that was in its way may be rejected, and this one accepted.
    pub(super) fn batch(&mut self, state: &State, time: Timestamp, now: Instant) -> Vec<Change> {
        self.changes.retain(|_, waiting| {
            let keep = waiting.deadline > now;
            if !keep {
                self.orders.remove(&waiting.change.id);
            }
            keep
        });
        let mut alone = state.clone();
        alone.begin(time);
        let mut together = alone.clone();
        let (mut batch, mut bytes, mut decided) = (Vec::new(), 0, Vec::new());
        for Waiting { change, .. } in self.changes.values() {
            let verdict = alone.clone().change(0, change);
            if verdict != Outcome::Accepted {
                decided.push((change.id, verdict));
                continue;
            }
            bytes += change.to_line().len() + 1;
            if batch.len() == MAX_CHANGES || bytes > MAX_SEGMENT_BYTES {
                break;
            }
            // What only collides with a change before it in this batch waits for that one's fate.
            let before = together.clone();
            if together.change(batch.len(), change) == Outcome::Accepted {
                batch.push(change.clone());
            } else {
                together = before;
            }
        }
        for change in &batch {
            if let Some(waiting) = self.orders.get(&change.id).and_then(|order| self.changes.get_mut(order)) {
                waiting.sent = true;
            }
        }
        for (id, outcome) in decided {
            self.answer(id, Committed { outcome, seq: state.seq() });
        }
        batch
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use barre_core::change::Salt;
    use barre_core::segment::Genesis;
    use barre_core::state::condemned::Condemned;

    use super::*;

    /// A change whose line has this many bytes with its newline.
    fn change(id: u128, bytes: usize) -> Change {
        let with = |actor: String| {
            let kind = Condemned { folders: Vec::new() }.into();
            Change { id: Uuid::from_u128(id), salt: Salt([0; 16]), actor, kind }
        };
        let bare = with(String::new()).to_line().len() + 1;
        with("x".repeat(bytes - bare))
    }

    /// How many changes of these sizes the next segment takes.
    fn taken(sizes: &[usize]) -> usize {
        let (mut pending, now) = (Pending::default(), Instant::now());
        for (id, bytes) in (1..).zip(sizes) {
            let (answer, _) = oneshot::channel();
            let deadline = now + Duration::from_secs(1);
            pending.add(Waiting { change: change(id, *bytes), deadline, sent: false, answer });
        }
        pending.batch(&State::new(Genesis::new(Uuid::nil())), Timestamp::UNIX_EPOCH, now).len()
    }

    #[test]
    fn a_segment_takes_what_fits_into_it() {
        assert_eq!(taken(&[300; MAX_CHANGES]), MAX_CHANGES);
        assert_eq!(taken(&[300; MAX_CHANGES + 1]), MAX_CHANGES);
        let quarter = MAX_SEGMENT_BYTES / 4;
        assert_eq!(taken(&[quarter; 4]), 4);
        assert_eq!(taken(&[quarter, quarter, quarter, quarter - 300, 300]), 5);
        assert_eq!(taken(&[quarter, quarter, quarter, quarter - 300, 301]), 4);
    }
}
