//! Safety nets: what cannot happen while everybody keeps the rules of the log, noticed when it does.
//!
//! Each minute, and when a segment does not continue the log, the pod looks at the end of the log in the store. What it read
//! must be there: the segment that was the last one a look ago, the one that is now, and all between them. If not, somebody
//! restored or emptied the bucket: what this process told its clients may no longer be true, and it ends. What is there beyond
//! must be without a gap, or a segment was deleted, and the pod writes no more. Who is about to write after a pause looks at
//! the own last segment first.

use std::collections::BTreeSet;
use std::time::Duration;

use barre_core::digest::Digest;
use barre_core::state::State;
use bytes::Bytes;
use tokio::time::{Instant, sleep};

use super::handle::Log;
use super::stop::{AGAIN, Stop};
use crate::base::lock::lock;
use crate::store::{Error, Key, segment_seq};

/// Time between looks, of a pod that is used and of one that is not.
const LOOK: Duration = Duration::from_mins(1);
const QUIET_LOOK: Duration = Duration::from_mins(2);
/// How long a writer takes the end of the log for granted.
const SIGHT: Duration = Duration::from_secs(1);

/// A segment that this pod read as the last one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Tail {
    seq: u64,
    head: Digest,
}

impl Tail {
    fn of(state: &State) -> Self {
        Self { seq: state.seq(), head: state.head() }
    }

    fn is_in(self, segment: Option<&Bytes>) -> bool {
        let header = segment.and_then(|bytes| bytes.split(|b| *b == b'\n').next());
        header.is_some_and(|line| Digest::of(line) == self.head)
    }
}

impl Log {
    /// Whether the end of the log as this pod knows it was in the store just now: nothing is written behind a hole.
    pub(super) async fn has_its_tail(&self) -> bool {
        if lock(&self.0.follow).sighted.elapsed() < SIGHT {
            return true;
        }
        let tail = Tail::of(&self.state());
        match self.is_so(tail.seq, |there| !tail.is_in(there)).await {
            Ok(false) => {
                lock(&self.0.follow).sighted = Instant::now();
                true
            }
            Ok(true) => {
                self.stop(Stop::Rewritten { seq: tail.seq });
                false
            }
            Err(_) => false,
        }
    }

    /// Looks now and then, for ever. The first look was the replay.
    pub(super) async fn run_nets(self) {
        let (mut last, mut looked) = (Tail::of(&self.state()), Instant::now());
        loop {
            tokio::select! {
                () = sleep(LOOK) => {
                    if !self.is_used() && looked.elapsed() < QUIET_LOOK {
                        continue;
                    }
                }
                () = self.0.suspicion.notified() => {}
            }
            looked = Instant::now();
            match self.look(last).await {
                Ok(sound) => last = sound.unwrap_or(last),
                Err(error) => {
                    let error = &error as &dyn std::error::Error;
                    tracing::warn!(error, "the end of the log cannot be looked at");
                }
            }
        }
    }

    /// Looks at the log from the tail of the last look on. Returns the tail up to which everything is sound; nothing if that
    /// cannot be said.
    async fn look(&self, last: Tail) -> Result<Option<Tail>, Error> {
        let tail = Tail::of(&self.state());
        // Between them others may have filled what a restore took away.
        for known in if last == tail { vec![tail] } else { vec![last, tail] } {
            if self.is_so(known.seq, |there| !known.is_in(there)).await? {
                self.stop(Stop::Rewritten { seq: known.seq });
                return Ok(None);
            }
        }
        let listed = self.0.store.list_segments_from(last.seq).await?;
        let there: BTreeSet<u64> = listed.iter().filter_map(segment_seq).collect();
        if let Some(seq) = (last.seq..=tail.seq).find(|seq| !there.contains(seq)) {
            if self.is_so(seq, |there| there.is_none()).await? {
                self.stop(Stop::Rewritten { seq });
            }
            return Ok(None);
        }
        if let Some(later) = there.last() {
            self.look_beyond(*later).await?;
        }
        Ok(Some(tail))
    }

    /// A segment that is listed was created after all before it, so that one of those is missing only if it was deleted.
    async fn look_beyond(&self, later: u64) -> Result<(), Error> {
        // What cannot be read is no gap: the store is asked for it below.
        let _ = self.catch_up().await;
        let seq = self.seq() + 1;
        if later > seq && self.is_so(seq, |there| there.is_none()).await? {
            self.stop(Stop::Gap { seq, later });
        }
        Ok(())
    }

    /// Whether a segment is as it must not be, by two answers of the store: a listing is no snapshot, and what is in between
    /// may answer once in its place.
    async fn is_so(&self, seq: u64, wrong: impl Fn(Option<&Bytes>) -> bool) -> Result<bool, Error> {
        for pause in [Duration::ZERO, AGAIN] {
            sleep(pause).await;
            if !wrong(self.0.store.read_patiently(&Key::Segment(seq)).await?.as_ref()) {
                return Ok(false);
            }
        }
        Ok(true)
    }
}
