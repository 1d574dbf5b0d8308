//! The invariants of a run, after the store works again:
//!
//! 1. an acknowledged push is readable by its exact version on every pod from its answer on, with one digest;
//! 2. a (version, platform) never has two digests;
//! 3. every release has its bytes, whatever was cleaned up;
//! 4. the log is dense and chained; an acknowledged change is in it exactly once, an unknown one at most once;
//! 5. pods at an equal sequence number have an equal state, and it is the fold of the log from zero;
//! 6. nothing beyond the format in force is in the log, the format is raised in the end, and an older program stops.

use std::collections::HashMap;
use std::sync::Arc;

use barre_core::digest::Digest;
use barre_core::format::NEWEST;
use barre_core::segment::{Genesis, Segment};
use barre_core::state::{Outcome, Reason, State, released};
use barre_registry::base::metrics::Metrics;
use barre_registry::log::Log;
use barre_registry::store::{Folder, Key, Store};
use object_store::memory::InMemory;
use uuid::Uuid;

use super::pod::Pods;
use super::{History, Place, Told, digest};

pub(super) async fn check(shared: &Arc<InMemory>, pods: &Pods, history: &History) {
    let store = Store::shared(Arc::clone(shared) as _, Metrics::new());
    let (folded, ids) = fold(&store).await;
    for pod in pods.alive().await {
        let state = caught_up(&pod.log).await;
        assert_eq!(state.seq(), folded.seq(), "invariant 5: a pod is behind after a catch-up");
        assert_eq!(state.digest(), folded.digest(), "invariant 5: a pod's state is not the fold of the log");
    }
    assert_eq!(folded.format(), NEWEST, "invariant 6: the format was not raised");
    for told in &history.told {
        check_told(told, &folded, ids.get(&told.change).copied().unwrap_or(0));
    }
    for settled in &history.settled {
        let times = u8::try_from(ids.get(&settled.change).copied().unwrap_or(0)).unwrap();
        assert!(settled.times.contains(&times), "invariant 4: a change is in the log {times} times");
    }
    check_reads(history);
    for (_, package) in folded.packages() {
        for release in package.versions().flat_map(|(_, releases)| releases) {
            let (described, stored) = (&release.description, &release.stored);
            let key = Key::Bala(&described.coordinates, &described.platform, stored.folder);
            let bytes = store.read(&key).await.unwrap().expect("invariant 3: a release has its bytes");
            assert_eq!(Digest::of(&bytes), stored.digest, "invariant 3: a release has its bytes");
        }
    }
}

fn check_told(told: &Told, folded: &State, times: usize) {
    let there = digest(folded, &told.place);
    match &told.outcome {
        Some(Outcome::Accepted) => {
            assert_eq!(times, 1, "invariant 4: an acknowledged change is in the log {times} times");
            assert_eq!(there, Some(told.digest), "invariant 1: an acknowledged push is gone");
        }
        Some(Outcome::Duplicate) => {
            assert_eq!(there, Some(told.digest), "invariant 1: the first push of a repeated one is gone");
        }
        // It was overtaken by the clean-up.
        Some(Outcome::Rejected(Reason::Released(released::Refused::Condemned))) => {}
        Some(Outcome::Rejected(Reason::Released(released::Refused::VersionSpelling { version }))) => {
            let (mut other, platform) = told.place.clone();
            assert_ne!(other.version, *version, "rejected for its own spelling");
            other.version = version.clone();
            let there =
                ["any", "java21"].map(|platform| digest(folded, &(other.clone(), platform.parse().unwrap())));
            assert!(there.iter().any(Option::is_some), "rejected for no reason on {platform}");
        }
        Some(Outcome::Rejected(reason)) => {
            assert!(there.is_some_and(|there| there != told.digest), "rejected for no reason: {reason}");
        }
        None => assert!(times <= 1, "invariant 4: an unknown change is in the log {times} times"),
    }
}

/// Until a pod has caught up: its last request of the bad times may still be under way.
async fn caught_up(log: &Log) -> Arc<State> {
    for _ in 0..100 {
        if let Ok(state) = log.fresh().await {
            return state;
        }
    }
    panic!("a pod does not catch up with a store that works")
}

/// Invariants 1 and 2 in real-time order: whoever asks after an answer sees at least what that answer said.
fn check_reads(history: &History) {
    let mut one: HashMap<&Place, Digest> = HashMap::new();
    let acknowledged = |told: &&Told| matches!(told.outcome, Some(Outcome::Accepted | Outcome::Duplicate));
    let said = history.told.iter().filter(acknowledged).map(|told| (&told.place, told.digest, told.answered));
    let saw = history.seen.iter().filter_map(|seen| Some((&seen.place, seen.digest?, seen.answered)));
    for (place, digest, answered) in said.chain(saw) {
        assert_eq!(*one.entry(place).or_insert(digest), digest, "invariant 2: {place:?} has two digests");
        for seen in history.seen.iter().filter(|seen| seen.place == *place && seen.asked > answered) {
            assert_eq!(seen.digest, Some(digest), "invariant 1: {place:?} was not seen");
        }
    }
}

/// The fold of the whole log, and how often each change is in it. Dense and chained, or it panics.
async fn fold(store: &Store) -> (State, HashMap<Uuid, usize>) {
    let genesis = Genesis::decode(&store.read(&Key::Genesis).await.unwrap().unwrap()).unwrap();
    let (mut state, mut ids) = (State::new(genesis), HashMap::new());
    let segments = store.list(Folder::Log).await.unwrap().len() as u64;
    for seq in 1..=segments {
        let bytes = store.read(&Key::Segment(seq)).await.unwrap().expect("invariant 4: the log is dense");
        let segment = Segment::decode(&bytes).unwrap();
        let in_force = state.format().writer.max(1);
        for change in &segment.changes {
            let kind = &change.kind;
            assert!(kind.format() <= in_force, "invariant 6: {} in a log of format {in_force}", kind.name());
            *ids.entry(change.id).or_insert(0) += 1;
        }
        state = state.apply(&segment).expect("invariant 4: the log is chained").0;
    }
    (state, ids)
}
