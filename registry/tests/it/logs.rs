//! Logs over stores in memory, and changes for them.

use std::sync::Arc;

use barre_core::change::Change;
use barre_core::state::condemned::Condemned;
use barre_registry::base::instruments::Instruments;
use barre_registry::base::metrics::Metrics;
use barre_registry::log::{self, Log, OpenError, Opening};
use barre_registry::store::Store;
use object_store::memory::InMemory;

pub(crate) fn store(inner: &Arc<InMemory>) -> Store {
    Store::shared(Arc::clone(inner) as _, Metrics::new())
}

pub(crate) async fn open(store: Store, opening: Opening) -> Result<Log, OpenError> {
    log::open(store, opening, Instruments::system()).await
}

/// A change that is accepted whenever it is committed.
pub(crate) fn harmless(log: &Log) -> Change {
    log.change("test", Condemned { folders: Vec::new() })
}
