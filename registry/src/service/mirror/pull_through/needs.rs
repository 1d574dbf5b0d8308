//! What is needed by what a mirror brought: it comes as well, although no rule selects it.

use std::collections::HashSet;
use std::sync::Arc;

use barre_core::mirror::Selection;
use barre_core::package::Coordinates;
use barre_core::state::State;
use tokio::sync::Mutex;
use tokio::task::spawn_blocking;

/// What is needed, which follows the state when somebody wants to know.
pub(super) struct Needs {
    selection: Selection,
    /// Of the mirror.
    id: String,
    known: Mutex<Known>,
}

/// What is known of it, as of some state.
#[derive(Default)]
struct Known {
    state: Option<Arc<State>>,
    versions: Arc<HashSet<Coordinates>>,
}

impl Needs {
    pub(super) fn new(selection: Selection, id: String) -> Self {
        Self { selection, id, known: Mutex::default() }
    }

    /// What is needed as of this state at least.
    pub(super) async fn at(&self, state: &Arc<State>) -> Arc<HashSet<Coordinates>> {
        let mut known = self.known.lock().await;
        if known.state.as_ref().is_none_or(|known| known.seq() < state.seq()) {
            let before = std::mem::take(&mut *known);
            let (state, selection, id) = (Arc::clone(state), self.selection.clone(), self.id.clone());
            let next = spawn_blocking(move || before.advanced(state, &selection, &id));
            *known = next.await.unwrap_or_default();
        }
        Arc::clone(&known.versions)
    }
}

impl Known {
    /// The first time all packages are looked at, later those that have changed.
    fn advanced(self, state: Arc<State>, selection: &Selection, id: &str) -> Self {
        let Self { state: before, mut versions } = self;
        let all = Arc::make_mut(&mut versions);
        match &before {
            None => {
                for (_, package) in state.packages() {
                    selection.add_needs(&state, package, id, all);
                }
            }
            Some(before) => {
                for package in state.changed_since(before).filter_map(|(_, package)| package) {
                    selection.add_needs(&state, package, id, all);
                }
            }
        }
        Self { state: Some(state), versions }
    }
}
