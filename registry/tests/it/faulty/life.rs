//! What befalls a pod as a whole.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;
use tokio::time::{Instant, sleep, sleep_until};

/// All of a pod's ways to the store share it.
#[derive(Default)]
pub(crate) struct Life {
    dead: AtomicBool,
    paused: Mutex<Option<Instant>>,
    sent: Mutex<Vec<(Instant, Bytes)>>,
}

impl Life {
    /// The process is killed: no request of it is sent, and no answer arrives.
    pub(crate) fn kill(&self) {
        self.dead.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_dead(&self) -> bool {
        self.dead.load(Ordering::Relaxed)
    }

    /// The whole process is stopped for a while.
    pub(crate) fn pause(&self, time: Duration) {
        *self.paused.lock().unwrap() = Some(Instant::now() + time);
    }

    /// Returns when the process is not stopped.
    pub(crate) async fn awake(&self) {
        loop {
            let paused = *self.paused.lock().unwrap();
            match paused {
                Some(until) if until > Instant::now() => sleep_until(until).await,
                _ => return,
            }
        }
    }

    /// Time passes for a pod, and never ends when it is dead.
    pub(crate) async fn pass(&self, time: Duration) {
        sleep(time).await;
        self.awake().await;
        if self.is_dead() {
            std::future::pending::<()>().await;
        }
    }

    /// Notes what a pod sends to the log.
    pub(super) fn note(&self, segment: Bytes) {
        self.sent.lock().unwrap().push((Instant::now(), segment));
    }

    /// All that it sent to the log, and when.
    pub(crate) fn sent(&self) -> Vec<(Instant, Bytes)> {
        self.sent.lock().unwrap().clone()
    }
}
