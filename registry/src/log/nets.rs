//! Safety nets: what cannot happen while everybody keeps the rules of the log, noticed when it does.
//!
//! Each minute the pod reads its own last segment again. If it is gone or has changed, somebody restored or emptied
//! the bucket: what this process told its clients may no longer be true, and it ends. Each hour it looks for segments
//! beyond the end that it knows: one behind a gap means that a segment was deleted, and the pod writes no more.

use std::time::Duration;

use barre_core::digest::Digest;
use tokio::time::{Instant, sleep};

use super::handle::Log;
use super::stop::Stop;
use crate::store::{Folder, Key, segment_seq};

/// Time between looks at the own last segment, of a pod that is used and of one that is not.
const TAIL: Duration = Duration::from_mins(1);
const QUIET_TAIL: Duration = Duration::from_mins(2);
/// Time between listings.
const LISTING: Duration = Duration::from_hours(1);

impl Log {
    /// Looks now and then, for ever.
    pub(super) async fn run_nets(self) {
        let mut listed = Instant::now();
        loop {
            sleep(if self.is_used() { TAIL } else { QUIET_TAIL }).await;
            self.check_tail().await;
            let damaged = self.0.stopped.borrow().is_some();
            if listed.elapsed() >= LISTING && !damaged {
                listed = Instant::now();
                self.look_beyond().await;
            }
        }
    }

    /// Reads the last segment again.
    async fn check_tail(&self) {
        let state = self.state();
        let seq = state.seq();
        match self.0.store.read(&Key::Segment(seq)).await {
            Ok(Some(bytes)) if is_headed(&bytes, state.head()) => {}
            Ok(_) => self.stop(Stop::Rewritten { seq }),
            Err(error) => {
                tracing::debug!(
                    seq,
                    error = &error as &dyn std::error::Error,
                    "the last segment cannot be read"
                );
            }
        }
    }

    /// Lists the log. A segment that is listed was created after all before it, so that one of those is missing only
    /// if it was deleted; a listing of a folder is no snapshot, hence the read of the missing one.
    async fn look_beyond(&self) {
        let Ok(listed) = self.0.store.list(Folder::Log).await else { return };
        let Some(later) = listed.iter().filter_map(segment_seq).max() else { return };
        if self.catch_up().await.is_err() {
            return;
        }
        let seq = self.seq() + 1;
        if later > seq && matches!(self.0.store.read(&Key::Segment(seq)).await, Ok(None)) {
            self.stop(Stop::Gap { seq, later });
        }
    }
}

/// Whether the first line of a segment has this hash.
fn is_headed(segment: &[u8], head: Digest) -> bool {
    segment.split(|b| *b == b'\n').next().is_some_and(|line| Digest::of(line) == head)
}
