//! Segments as they are in the store. Many follow the log and want the newest ones at the same time: one read is enough.

use std::sync::Arc;

use bytes::Bytes;
use moka::future::Cache;
use tokio::sync::Semaphore;

use crate::log::{Log, Unavailable};
use crate::service::memory::SEGMENTS;

/// Segments that are read at the same time, of which nobody has room yet.
const TURNS: usize = 16;

/// Reads segments, and keeps some. Cheap to clone.
#[derive(Clone)]
pub(super) struct History {
    log: Log,
    kept: Cache<u64, Bytes>,
    turns: Arc<Semaphore>,
}

impl History {
    pub(super) fn new(log: Log) -> Self {
        let weigh = |_: &u64, bytes: &Bytes| u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        let kept = Cache::builder().max_capacity(SEGMENTS).weigher(weigh).build();
        Self { log, kept, turns: Arc::new(Semaphore::new(TURNS)) }
    }

    /// A segment that this pod has read before.
    pub(super) async fn segment(&self, seq: u64) -> Result<Bytes, Unavailable> {
        let read = async {
            // It is never closed.
            let _turn = self.turns.acquire().await;
            self.log.segment(seq).await
        };
        self.kept.try_get_with(seq, read).await.map_err(|error| (*error).clone())
    }
}
