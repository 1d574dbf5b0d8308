//! A clean-up without the mercy of waiting a day: it condemns whatever has files and no segment, and deletes it.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use barre_core::state::condemned::Condemned;
use barre_core::state::{Outcome, State};
use barre_registry::base::metrics::Metrics;
use barre_registry::store::{Folder, Store};
use object_store::ObjectStoreExt as _;
use object_store::memory::InMemory;
use object_store::path::Path;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use tokio::time::sleep;
use uuid::Uuid;

use super::pod::Pods;

pub(super) async fn clean(pods: Arc<Pods>, seed: u64) {
    let mut random = StdRng::seed_from_u64(seed ^ 0xc1ea);
    loop {
        sleep(Duration::from_millis(random.random_range(500..3000))).await;
        let log = pods.any(&mut random).await.log;
        let Ok(state) = log.fresh().await else { continue };
        let unreferenced = unreferenced(&pods.shared, &state).await;
        if unreferenced.is_empty() {
            continue;
        }
        let folders: Vec<Uuid> = unreferenced.keys().copied().collect();
        // Only what the fold has accepted is deleted: one release of these may have been committed meanwhile.
        if let Ok(committed) = log.commit(log.change("check", Condemned { folders })).await
            && committed.outcome == Outcome::Accepted
        {
            for path in unreferenced.into_values().flatten() {
                pods.shared.delete(&path).await.unwrap();
            }
        }
    }
}

/// The files that no segment names, by their release id.
async fn unreferenced(shared: &Arc<InMemory>, state: &State) -> HashMap<Uuid, Vec<Path>> {
    let store = Store::shared(Arc::clone(shared) as _, Metrics::new());
    let id = |path: &Path| path.parts().nth(4).and_then(|part| part.as_ref().parse().ok());
    let mut found: HashMap<Uuid, Vec<Path>> = HashMap::new();
    for path in store.list(Folder::Releases).await.unwrap() {
        if let Some(id) = id(&path) {
            found.entry(id).or_default().push(path);
        }
    }
    for (_, package) in state.packages() {
        for release in package.versions().flat_map(|(_, releases)| releases) {
            found.remove(&release.stored.folder);
        }
    }
    found
}
