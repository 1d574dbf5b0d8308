//! The log of a run, read and folded from its beginning.

use std::collections::HashMap;
use std::sync::Arc;

use barre_core::digest::Digest;
use barre_core::segment::{Genesis, Segment};
use barre_core::state::{Kind, Outcome, State};
use barre_registry::base::metrics::Metrics;
use barre_registry::store::{Folder, Key, Store};
use object_store::memory::InMemory;
use uuid::Uuid;

use super::Place;

pub(super) struct LogOf {
    pub(super) state: State,
    pub(super) owner: String,
    /// The segment by which the present owner took it from another one.
    pub(super) taken_over: Option<u64>,
    pub(super) heads: HashMap<u64, Digest>,
    /// The segments in which each change is.
    pub(super) changes: HashMap<Uuid, Vec<u64>>,
    /// The same by actor.
    pub(super) actors: HashMap<String, Vec<u64>>,
    /// The state after each segment, and how many changes that has.
    pub(super) states: HashMap<u64, (State, usize)>,
    /// The segment by which each release came.
    pub(super) released: HashMap<Place, u64>,
    /// What each has been, also what has gone.
    pub(super) digests: HashMap<Place, Digest>,
}

impl LogOf {
    /// Checks on the way that it is dense and chained, and within its format.
    pub(super) async fn read(shared: &Arc<InMemory>) -> Self {
        let store = Store::shared(Arc::clone(shared) as _, Metrics::new());
        let genesis = Genesis::decode(&store.read(&Key::Genesis).await.unwrap().unwrap()).unwrap();
        let mut log = Self {
            state: State::new(genesis),
            owner: String::new(),
            taken_over: None,
            heads: HashMap::new(),
            changes: HashMap::new(),
            actors: HashMap::new(),
            states: HashMap::new(),
            released: HashMap::new(),
            digests: HashMap::new(),
        };
        let last = store.list(Folder::Log).await.unwrap().len() as u64;
        for seq in 1..=last {
            let bytes = store.read(&Key::Segment(seq)).await.unwrap().expect("invariant 4: the log is dense");
            log.add(&Segment::decode(&bytes).unwrap());
        }
        log.owner = log.state.owner().to_owned();
        log
    }

    fn add(&mut self, segment: &Segment) {
        let (seq, in_force) = (segment.header.seq, self.state.format().writer.max(1));
        self.heads.insert(seq, segment.head);
        let (next, outcomes) = self.state.apply(segment).expect("invariant 4: the log is chained");
        if seq > 1 && next.owner() != self.state.owner() {
            self.taken_over = Some(seq);
        }
        for (change, outcome) in segment.changes.iter().zip(outcomes) {
            let kind = &change.kind;
            assert!(kind.format() <= in_force, "invariant 6: {} in a log of format {in_force}", kind.name());
            self.changes.entry(change.id).or_default().push(seq);
            self.actors.entry(change.actor.clone()).or_default().push(seq);
            if outcome != Outcome::Accepted {
                continue;
            }
            match kind {
                Kind::Released(released) => {
                    let described = &released.description;
                    let place = (described.coordinates.clone(), described.platform.clone());
                    let (digest, before) = (released.stored.digest, self.released.insert(place.clone(), seq));
                    assert_eq!(before, None, "invariant 2: it was released twice");
                    let first = *self.digests.entry(place).or_insert(digest);
                    assert_eq!(first, digest, "invariant 2: it came back with other bytes");
                }
                Kind::Evicted(evicted) => {
                    let gone = self.released.remove(&(evicted.coordinates(), evicted.platform.clone()));
                    assert!(gone.is_some(), "it was not there");
                }
                _ => {}
            }
        }
        self.states.insert(seq, (next.clone(), segment.changes.len()));
        self.state = next;
    }
}
