//! The invariants of a run, after the store works again:
//!
//! 1. an acknowledged push is readable by its exact version on every pod from its answer on, with one digest, by those who
//!    prefer its platform; it holds from the segment on that its answer names; the same of a file that was attached;
//! 2. a (version, platform) never has two digests, also where it goes and comes back, and platforms join a version for
//!    24 hours;
//! 3. every release has its bytes, and those of the files beside it, whatever was cleaned up;
//! 4. the log is dense and chained; an acknowledged change is in it exactly once, an unknown one at most once, and one that
//!    was said not to be written not at all;
//! 5. pods at an equal sequence number have an equal state, and it is the fold of the log from zero;
//! 6. nothing beyond the format in force is in the log, the format is raised in the end, and an older program stops;
//! 8. what somebody is told about a deprecation was so, and not before what others were told until then.

use std::collections::HashMap;
use std::sync::Arc;

use barre_core::digest::Digest;
use barre_core::format::NEWEST;
use barre_core::package::Platform;
use barre_core::state::{Reason, State, released};
use barre_registry::base::metrics::Metrics;
use barre_registry::log::Log;
use barre_registry::service::publish::Published;
use barre_registry::store::{Key, Store};
use jiff::SignedDuration;
use object_store::memory::InMemory;

use super::log_of::LogOf;
use super::pod::Pods;
use super::{History, Place, Said, Told, attachments, evictions, marks, sent};

const WINDOW: SignedDuration = SignedDuration::from_hours(24);

pub(super) async fn check(shared: &Arc<InMemory>, pods: &Pods, history: &History) {
    let log = LogOf::read(shared).await;
    for pod in pods.alive().await {
        let state = caught_up(&pod.log).await;
        assert_eq!(state.seq(), log.state.seq(), "invariant 5: a pod is behind after a catch-up");
        assert_eq!(
            state.digest(),
            log.state.digest(),
            "invariant 5: a pod's state is not the fold of the log"
        );
    }
    assert_eq!(log.state.format(), NEWEST, "invariant 6: the format was not raised");
    for told in &history.told {
        check_told(told, &log);
    }
    for settled in &history.settled {
        let times = log.changes.get(&settled.change).map_or(0, Vec::len);
        assert!(settled.times.contains(&times), "invariant 4: a change is in the log {times} times");
    }
    marks::check(&history.marked, &log);
    check_reads(history);
    attachments::check(shared, history, &log).await;
    evictions::check(history, &log);
    check_releases(shared, &log.state).await;
    sent::check(pods, &log, &history.told);
}

fn check_told(told: &Told, log: &LogOf) {
    let there = digest(&log.state, &told.place);
    let segments = log.actors.get(&told.actor).map_or(&[][..], Vec::as_slice);
    let times = segments.len();
    match &told.said {
        Said::Published(published) => {
            assert_eq!(there, Some(told.digest), "invariant 1: an acknowledged push is gone");
            let since = log.released[&told.place];
            match published {
                Published::New { seq } => {
                    assert_eq!(segments, [*seq], "invariant 4: an acknowledged change is in the log once");
                    assert_eq!(*seq, since, "invariant 1: it was released by another segment");
                }
                Published::Before { seq } => assert!(since <= *seq, "invariant 1: it was not there yet"),
            }
        }
        Said::Rejected(reason) => check_rejected(reason, told, there, &log.state),
        Said::Unknown => assert!(times <= 1, "invariant 4: an unknown change is in the log {times} times"),
        Said::Unwritten => assert_eq!(times, 0, "invariant 4: what was not written is in the log"),
    }
}

fn check_rejected(reason: &Reason, told: &Told, there: Option<Digest>, state: &State) {
    let others = |version| {
        let mut coordinates = told.place.0.clone();
        coordinates.version = version;
        let package = state.package(&coordinates.org, &coordinates.name);
        package.map_or(&[][..], |package| package.version(&coordinates.version))
    };
    let holds = match reason {
        // It was overtaken by the clean-up.
        Reason::Released(released::Refused::Condemned) => true,
        Reason::Released(released::Refused::VersionSpelling { version }) => {
            told.place.0.version != *version && !others(version.clone()).is_empty()
        }
        // By the clock of its pod; that time need not be in the log.
        Reason::Released(released::Refused::VersionClosed { .. }) => {
            !others(told.place.0.version.clone()).is_empty()
        }
        _ => there.is_some_and(|there| there != told.digest),
    };
    assert!(holds, "rejected for no reason: {reason}");
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
    let mut one: HashMap<Place, Digest> = HashMap::new();
    let acknowledged = |told: &&Told| matches!(told.said, Said::Published(_));
    let said = history.told.iter().filter(acknowledged);
    let said = said.map(|told| (told.place.clone(), told.digest, told.answered));
    let saw = history.seen.iter().filter_map(|seen| {
        let (platform, digest) = seen.found.clone()?;
        Some(((seen.place.0.clone(), platform), digest, seen.answered))
    });
    for (place, digest, answered) in said.chain(saw) {
        assert_eq!(
            *one.entry(place.clone()).or_insert(digest),
            digest,
            "invariant 2: {place:?} has two digests"
        );
        let (coordinates, platform) = &place;
        for seen in history.seen.iter().filter(|seen| seen.place.0 == *coordinates && seen.asked > answered) {
            if seen.place.1 == *platform && !seen.unasked {
                let expected = Some((platform.clone(), digest));
                assert_eq!(seen.found, expected, "invariant 1: {place:?} was not seen");
            } else if *platform == Platform::any() {
                assert!(seen.found.is_some(), "invariant 1: {place:?} was not seen by who prefers another");
            }
        }
    }
}

async fn check_releases(shared: &Arc<InMemory>, state: &State) {
    let store = Store::shared(Arc::clone(shared) as _, Metrics::new());
    for (_, releases) in state.packages().flat_map(|(_, package)| package.versions()) {
        for release in releases {
            let joined = release.created.duration_since(releases[0].created);
            assert!(joined <= WINDOW, "invariant 2: a platform joined a closed version");
            let (described, stored) = (&release.description, &release.stored);
            let key = Key::Bala(&described.coordinates, &described.platform, stored.folder);
            let bytes = store.read(&key).await.unwrap().expect("invariant 3: a release has its bytes");
            assert_eq!(Digest::of(&bytes), stored.digest, "invariant 3: a release has its bytes");
            let key = Key::Document(&described.coordinates, stored.folder);
            let bytes = store.read(&key).await.unwrap().expect("invariant 3: a release has its document");
            assert_eq!(Digest::of(&bytes), stored.document, "invariant 3: a release has its document");
        }
    }
}

fn digest(state: &State, (coordinates, platform): &Place) -> Option<Digest> {
    let package = state.package(&coordinates.org, &coordinates.name)?;
    package.release(&coordinates.version, platform).map(|release| release.stored.digest)
}
