//! Following: reading what other pods wrote.
//!
//! One task per pod asks for the next segment: every second while the pod is used, every ten seconds while it is
//! not, and at once when a request needs it. A request that is about to say "there is none" or "you may not" waits
//! for a round that starts after it arrived: only then is the answer as new as the question.

use std::sync::Arc;
use std::time::Duration;

use barre_core::state::State;
use futures::{StreamExt as _, stream};
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep, sleep_until, timeout};

use super::handle::Log;
use super::pace::Pace;
use super::stop::Unavailable;
use crate::base::lock::lock;

/// Time between polls of a pod that is used: less than [`RECENT`], so that hardly anybody waits for one.
const BUSY: Duration = Duration::from_millis(800);
/// How old a state may be that counts as recent.
const RECENT: Duration = Duration::from_secs(1);
/// Time between polls of a pod without public requests.
const QUIET: Duration = Duration::from_secs(10);
/// How long after its last public request a pod counts as used.
const USED: Duration = Duration::from_mins(1);
/// How long a request waits for a round.
const DEADLINE: Duration = Duration::from_secs(2);
/// Segments that are read at the same time by a pod that is far behind.
const READ_AHEAD: usize = 16;
/// How long a pod that cannot reach its store goes on as if nothing had been revoked.
const BLIND: Duration = Duration::from_mins(5);

impl Log {
    /// The state at the end of the log, as of some moment after this call.
    pub async fn fresh(&self) -> Result<Arc<State>, Unavailable> {
        let (sender, receiver) = oneshot::channel();
        lock(&self.0.follow).waiting.push(sender);
        self.0.refresh.notify_one();
        match timeout(DEADLINE, receiver).await {
            Ok(Ok(result)) => result.map(|()| self.state()),
            Ok(Err(_)) | Err(_) => Err(Unavailable::Storage),
        }
    }

    /// The same for who can do without it: nobody waits for a store that did not answer the last time. The follower soon asks
    /// it again.
    pub async fn fresh_at_once(&self) -> Result<Arc<State>, Unavailable> {
        if lock(&self.0.follow).failed_last().is_some() {
            return Err(Unavailable::Storage);
        }
        let result = self.fresh().await;
        if matches!(result, Err(Unavailable::Storage)) {
            // The round may hang longer than a request waits: the next one need not find that out again.
            lock(&self.0.follow).failed = Some(Instant::now());
        }
        result
    }

    /// A state at most a second old. While the store is away it is older; after five minutes there is none.
    pub async fn recent(&self) -> Result<Arc<State>, Unavailable> {
        let age = lock(&self.0.follow).succeeded.elapsed();
        if age <= RECENT {
            return Ok(self.state());
        }
        match self.fresh_at_once().await {
            // What the log says until its damage is known, and nothing was revoked behind it that anybody could read.
            Err(Unavailable::Damaged) => Ok(self.state()),
            Err(Unavailable::Storage) if age <= BLIND => Ok(self.state()),
            result => result,
        }
    }

    /// Whether this pod answered public requests lately.
    pub(super) fn is_used(&self) -> bool {
        self.0.used.ago() < USED
    }

    /// Notes a public request: a pod that is used polls more often.
    pub fn note_request(&self) {
        self.0.used.note();
    }

    /// Reads what others wrote, for ever.
    pub(super) async fn run_follower(self) {
        let mut pace = Pace::new(Instant::now());
        loop {
            let poll = self.next_poll();
            tokio::select! {
                () = self.0.refresh.notified() => {}
                () = sleep_until(poll) => {}
            }
            let pause = pace.pause(Instant::now());
            if !pause.is_zero() {
                // Whoever asks meanwhile is answered by the same round.
                sleep(pause).await;
            }
            self.round().await;
        }
    }

    fn next_poll(&self) -> Instant {
        let pause = if self.is_used() { BUSY } else { QUIET };
        let follow = lock(&self.0.follow);
        follow.failed_last().map_or(follow.succeeded + pause, |failed| failed + BUSY)
    }

    async fn round(&self) {
        let began = Instant::now();
        let waiting = std::mem::take(&mut lock(&self.0.follow).waiting);
        let mut result = self.catch_up().await;
        self.check_fences(&self.state());
        {
            let mut follow = lock(&self.0.follow);
            match result {
                // A damaged log was reached all the same: what it says until there is known.
                Ok(()) | Err(Unavailable::Damaged) => follow.succeeded = began,
                Err(Unavailable::Storage) => follow.failed = Some(Instant::now()),
            }
        }
        if result.is_ok() {
            self.0.instruments.metrics.log_polled_at(self.now());
        }
        if self.0.stopped.borrow().is_some() {
            result = Err(Unavailable::Damaged);
        }
        for sender in waiting {
            // A request that gave up no longer listens.
            let _ = sender.send(result.clone());
        }
    }

    /// Reads segments until there is no next one: one at a time, and more at once the further behind this pod is.
    pub(super) async fn catch_up(&self) -> Result<(), Unavailable> {
        let mut ahead = 1;
        loop {
            let next = self.seq() + 1;
            let read = |seq| async move { (seq, self.read(seq).await) };
            let mut segments = stream::iter(next..next + ahead).map(read).buffered(READ_AHEAD);
            while let Some((seq, read)) = segments.next().await {
                match read? {
                    Some(bytes) => self.advance(seq, &bytes).await?,
                    None => return Ok(()),
                }
            }
            ahead = (ahead * 2).min(READ_AHEAD as u64);
        }
    }
}

#[cfg(test)]
mod tests {
    use barre_core::state::condemned::Condemned;
    use object_store::memory::InMemory;

    use super::super::stop::Stop;
    use super::super::{Opening, open};
    use super::*;
    use crate::base::instruments::Instruments;
    use crate::base::metrics::Metrics;
    use crate::store::Store;

    /// What was seen in a folder that cannot be brought to the disk may be gone after a crash.
    #[tokio::test]
    async fn a_segment_that_cannot_be_brought_to_the_disk_ends_the_process() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("log")).unwrap();
        let store = Store::shared(Arc::new(InMemory::new()), Metrics::new());
        let open = async |store| {
            open(store, Opening { create: true, ..Opening::of("us") }, Instruments::system()).await.unwrap()
        };
        let (log, other) = (open(store.clone().within(folder.path())).await, open(store).await);
        folder.close().unwrap();
        other.commit(other.change("test", Condemned { folders: Vec::new() })).await.unwrap();
        assert!(log.fresh().await.is_err());
        let stop = timeout(DEADLINE, log.stopped()).await.expect("it goes on");
        assert!(matches!(&*stop, Stop::Disk(_)));
        assert_eq!(log.seq(), 1);
    }
}
