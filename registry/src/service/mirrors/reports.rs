//! What runs of mirrors have told: their newest reports, as they lie in the store.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use moka::future::Cache;
use tokio::time::timeout;

use crate::store::{self, Folder, Key, MIRROR_SEEN, Store, mirror_report};

/// How long a report is told again before it is looked whether there is a newer one.
const KEPT: Duration = Duration::from_secs(5);
/// Most mirrors whose reports are kept.
const MIRRORS: u64 = 64;
/// Longest report, in bytes.
const MAX_BYTES: u64 = 1024 * 1024;
/// How long it may take to find one.
const PATIENCE: Duration = Duration::from_secs(10);

/// The newest report of each mirror. Cheap to clone.
#[derive(Clone)]
pub struct Reports {
    store: Store,
    kept: Cache<String, Option<Bytes>>,
}

/// Why a report cannot be told.
#[derive(Debug, thiserror::Error)]
pub enum Untold {
    #[error("the newest report cannot be read")]
    Store(#[from] store::Error),
    #[error("the newest report was not found in time")]
    Slow,
    #[error("the newest report is longer than 1 MiB")]
    Long,
}

impl Reports {
    /// Those in this store.
    pub fn new(store: Store) -> Self {
        Self { store, kept: Cache::builder().max_capacity(MIRRORS).time_to_live(KEPT).build() }
    }

    /// The newest one of the mirror with this id, if any of its runs has told anything. It is looked for once, however many ask.
    pub async fn newest(&self, id: &str) -> Result<Option<Bytes>, Arc<Untold>> {
        let find = async { timeout(PATIENCE, self.find(id)).await.unwrap_or(Err(Untold::Slow)) };
        self.kept.try_get_with(id.to_owned(), find).await
    }

    async fn find(&self, id: &str) -> Result<Option<Bytes>, Untold> {
        let is_report = |path: &_| mirror_report(path, id).is_some_and(|(run, _)| run != MIRROR_SEEN);
        let Some(last) = self.store.last_stored(Folder::Mirror(id), is_report).await? else {
            return Ok(None);
        };
        if last.size > MAX_BYTES {
            return Err(Untold::Long);
        }
        let Some((run, number)) = mirror_report(&last.path, id) else { return Ok(None) };
        Ok(self.store.read_patiently(&Key::MirrorReport(id, &run, number)).await?)
    }
}
