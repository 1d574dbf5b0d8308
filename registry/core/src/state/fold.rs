//! From one segment to the next state.

use jiff::Timestamp;
use uuid::Uuid;

use super::body::Place;
use super::kind::{Kind, Outcome, Reason};
use super::model::State;
use crate::change::Change;
use crate::format;
use crate::segment::{Genesis, Segment};

/// A segment that does not continue this log. The pod that meets one stops writing.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChainError {
    #[error("segment {found} where {expected} was expected")]
    Sequence { expected: u64, found: u64 },
    #[error("segment {seq} does not continue the segment before it: its prev is another hash")]
    Prev { seq: u64 },
    #[error("segment {seq} is of epoch {found}, the log is in epoch {expected}")]
    Epoch { seq: u64, expected: u64, found: u64 },
    #[error("segment {seq} is older than the segment before it")]
    Time { seq: u64 },
}

impl State {
    /// The state before the first segment.
    pub fn new(genesis: Genesis) -> Self {
        let registry: Uuid = genesis.id;
        Self::empty(registry, genesis.digest())
    }

    /// What the next segment does to the state.
    pub fn apply(&self, segment: &Segment) -> Result<(Self, Vec<Outcome>), ChainError> {
        self.check_chain(segment)?;
        let mut next = self.clone();
        next.begin(segment.header.time);
        let outcomes = segment.changes.iter().enumerate().map(|(i, change)| next.change(i, change)).collect();
        next.head = segment.head;
        Ok((next, outcomes))
    }

    /// Starts the next segment, for a writer that tries changes before it commits them.
    pub fn begin(&mut self, time: Timestamp) {
        self.seq += 1;
        self.time = time;
        // An empty log has none yet, and begins with the changes of the first one.
        // Whoever may read must understand all of it, so that it is the readers that count.
        self.in_force = self.format.reader.max(format::FIRST);
    }

    /// Applies the change at `index` of the segment that [`State::begin`] started.
    pub fn change(&mut self, index: usize, change: &Change) -> Outcome {
        let (needed, in_force) = (change.kind.format(), self.in_force);
        if needed > in_force {
            return Outcome::Rejected(Reason::Beyond { needed, in_force });
        }
        change.kind.apply(self, Place { index, actor: &change.actor })
    }

    fn check_chain(&self, segment: &Segment) -> Result<(), ChainError> {
        let header = &segment.header;
        let seq = header.seq;
        if seq != self.seq + 1 {
            return Err(ChainError::Sequence { expected: self.seq + 1, found: seq });
        }
        if header.prev != self.head {
            return Err(ChainError::Prev { seq });
        }
        let opens = segment.changes.first().and_then(|change| match &change.kind {
            Kind::Opened(opened) => Some(opened.epoch),
            _ => None,
        });
        let expected = opens.filter(|epoch| *epoch == self.epoch + 1).unwrap_or(self.epoch);
        if header.epoch != expected {
            return Err(ChainError::Epoch { seq, expected, found: header.epoch });
        }
        if header.time < self.time {
            return Err(ChainError::Time { seq });
        }
        Ok(())
    }
}
