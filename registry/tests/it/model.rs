//! Two pods over one store that delays, fails before or after a write, lands a write long after it reported a
//! failure, answers 409 with nothing there, and delivers reads late. Clients push and read; what they were told is
//! checked, in real-time order, against the invariants:
//!
//! 1. an acknowledged push is readable by its exact version on every pod from its answer on, with one digest;
//! 2. a (version, platform) never has two digests;
//! 4. the log is dense and chained; an acknowledged change is in it exactly once, an unknown one at most once;
//! 5. pods at an equal sequence number have an equal state, and it is the fold of the log from zero.
//!
//! A failure prints its seed.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use barre_registry::change::{Change, Kind, Module, Node, Origin, Released, Visibility};
use barre_registry::clock::Clock;
use barre_registry::digest::Digest;
use barre_registry::log::{self, CommitError, Log, Settings};
use barre_registry::metrics::Metrics;
use barre_registry::package::Coordinates;
use barre_registry::segment::{Genesis, Segment};
use barre_registry::state::{Outcome, State};
use barre_registry::store::{Folder, Key, Store};
use object_store::memory::InMemory;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use crate::faulty::Faulty;

const SEEDS: std::ops::Range<u64> = 0..300;
const PODS: usize = 2;
const CLIENTS: usize = 4;
const STEPS: usize = 6;

/// What a client was told.
struct Told {
    change: Uuid,
    coordinates: Coordinates,
    digest: Digest,
    /// `None` for "may or may not hold".
    outcome: Option<Outcome>,
    answered: Instant,
}

/// A read by exact version: what one pod said, and when it was asked.
struct Seen {
    coordinates: Coordinates,
    digest: Option<Digest>,
    asked: Instant,
}

#[derive(Default)]
struct History {
    told: Vec<Told>,
    seen: Vec<Seen>,
}

#[test]
fn acknowledged_pushes_survive_a_store_that_misbehaves() {
    for seed in SEEDS {
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        let run = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| runtime.block_on(run(seed))));
        assert!(run.is_ok(), "seed {seed}");
    }
}

async fn run(seed: u64) {
    let shared = Arc::new(InMemory::new());
    let healthy = Arc::new(AtomicBool::new(true));
    let mut pods = Vec::new();
    for pod in 0..PODS {
        pods.push(open(&shared, seed * 10 + pod as u64, &healthy, pod).await);
    }
    healthy.store(false, Ordering::Relaxed);
    let mut clients = Vec::new();
    for client in 0..CLIENTS {
        let pods = pods.clone();
        clients.push(tokio::spawn(client_run(pods, seed * 100 + client as u64)));
    }
    let mut history = History::default();
    for client in clients {
        let part = client.await.unwrap();
        history.told.extend(part.told);
        history.seen.extend(part.seen);
    }
    // Until every write that was reported as failed has landed.
    sleep(Duration::from_mins(1)).await;
    healthy.store(true, Ordering::Relaxed);
    check(&shared, &pods, &history).await;
}

async fn open(shared: &Arc<InMemory>, seed: u64, healthy: &Arc<AtomicBool>, pod: usize) -> (Log, Store) {
    let metrics = Metrics::new();
    let store =
        Store::shared(Arc::new(Faulty::new(Arc::clone(shared), seed, Arc::clone(healthy))), metrics.clone());
    let settings =
        Settings { owner: "us".to_owned(), create: true, take_over: None, version: "0.0.0".to_owned() };
    // The pods' clocks disagree by a minute.
    let (began, offset) = (Instant::now(), 60 * i64::try_from(pod).unwrap());
    let clock = Clock::new(move || {
        let passed = i64::try_from(began.elapsed().as_millis()).unwrap();
        jiff::Timestamp::from_millisecond(1_800_000_000_000 + offset * 1000 + passed).unwrap()
    });
    (log::open(store.clone(), settings, clock, metrics).await.unwrap(), store)
}

async fn client_run(pods: Vec<(Log, Store)>, seed: u64) -> History {
    let mut random = StdRng::seed_from_u64(seed);
    let mut history = History::default();
    for _ in 0..STEPS {
        sleep(Duration::from_millis(random.random_range(0..200))).await;
        let coordinates: Coordinates = format!("acme/p{}:1.0.0", random.random_range(0..6)).parse().unwrap();
        let (log, store) = &pods[random.random_range(0..pods.len())];
        if random.random_bool(0.6) {
            let bytes = format!("bytes {}", random.random_range(0..2));
            history.told.extend(push(log, store, coordinates, &bytes).await);
        } else {
            let asked = Instant::now();
            let Some(digest) = read(log, &coordinates).await else { continue };
            history.seen.push(Seen { coordinates, digest, asked });
        }
    }
    history
}

async fn push(log: &Log, store: &Store, coordinates: Coordinates, bytes: &str) -> Option<Told> {
    let released = released(&coordinates, bytes);
    let key = Key::Bala(&coordinates, &released.platform, released.release);
    store.put(&key, bytes.to_owned().into()).await.ok()?;
    let digest = released.digest;
    let change = Change::new("token:test", Kind::Released(Box::new(released)));
    let id = change.id;
    let outcome = match log.commit(change).await {
        Ok(committed) => Some(committed.outcome),
        Err(CommitError::Unknown) => None,
        Err(CommitError::ReadOnly) => panic!("a pod gave up writing"),
    };
    Some(Told { change: id, coordinates, digest, outcome, answered: Instant::now() })
}

/// What the API does for an exact version: what is there is told at once, a miss only after a catch-up. `None` is
/// the API's 503.
async fn read(log: &Log, coordinates: &Coordinates) -> Option<Option<Digest>> {
    if let Some(digest) = digest(&log.state(), coordinates) {
        return Some(Some(digest));
    }
    log.fresh().await.ok().map(|state| digest(&state, coordinates))
}

fn digest(state: &State, coordinates: &Coordinates) -> Option<Digest> {
    let package = state.package(&coordinates.org, &coordinates.name)?;
    package.version(&coordinates.version).first().map(|release| release.details.digest)
}

async fn check(shared: &Arc<InMemory>, pods: &[(Log, Store)], history: &History) {
    let store = Store::shared(Arc::clone(shared) as _, Metrics::new());
    let (folded, ids) = fold(&store).await;
    for (log, _) in pods {
        let state = caught_up(log).await;
        assert_eq!(state.seq(), folded.seq(), "invariant 5: a pod is behind after a catch-up");
        assert_eq!(state.digest(), folded.digest(), "invariant 5: a pod's state is not the fold of the log");
    }
    for told in &history.told {
        let times = ids.get(&told.change).copied().unwrap_or(0);
        match &told.outcome {
            Some(Outcome::Accepted) => {
                assert_eq!(times, 1, "invariant 4: an acknowledged change is in the log {times} times");
                assert_eq!(digest(&folded, &told.coordinates), Some(told.digest), "invariant 1");
            }
            Some(Outcome::Duplicate) => {
                assert_eq!(digest(&folded, &told.coordinates), Some(told.digest), "invariant 1");
            }
            Some(Outcome::Rejected(_)) => {
                let there = digest(&folded, &told.coordinates);
                assert!(there.is_some_and(|there| there != told.digest), "rejected for no reason");
            }
            None => assert!(times <= 1, "invariant 4: an unknown change is in the log {times} times"),
        }
    }
    check_reads(history);
    for (_, package) in folded.packages() {
        for release in package.versions().flat_map(|(_, releases)| releases) {
            let coordinates = release.details.coordinates();
            let key = Key::Bala(&coordinates, &release.details.platform, release.details.release);
            let bytes = store.read(&key).await.unwrap().expect("a release has its bytes");
            assert_eq!(Digest::of(&bytes), release.details.digest, "a release has its bytes");
        }
    }
}

/// A pause of the store may outlast the patience of a request: ask again.
async fn caught_up(log: &Log) -> Arc<State> {
    for _ in 0..20 {
        if let Ok(state) = log.fresh().await {
            return state;
        }
    }
    panic!("a pod does not catch up with a store that works")
}

/// Invariants 1 and 2 in real-time order: whoever asks after an answer sees at least what that answer said.
fn check_reads(history: &History) {
    let mut one: HashMap<&Coordinates, Digest> = HashMap::new();
    let acknowledged = |told: &&Told| matches!(told.outcome, Some(Outcome::Accepted | Outcome::Duplicate));
    let said = history.told.iter().filter(acknowledged).map(|told| (&told.coordinates, told.digest));
    let saw = history.seen.iter().filter_map(|seen| seen.digest.map(|digest| (&seen.coordinates, digest)));
    for (coordinates, digest) in said.chain(saw) {
        assert_eq!(
            *one.entry(coordinates).or_insert(digest),
            digest,
            "invariant 2: {coordinates} has two digests"
        );
    }
    for told in history.told.iter().filter(acknowledged) {
        for seen in &history.seen {
            if seen.coordinates == told.coordinates && seen.asked > told.answered {
                assert_eq!(seen.digest, Some(told.digest), "invariant 1: {} was not seen", told.coordinates);
            }
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
        for change in &segment.changes {
            *ids.entry(change.id).or_insert(0) += 1;
        }
        state = state.apply(&segment).expect("invariant 4: the log is chained").0;
    }
    (state, ids)
}

fn released(coordinates: &Coordinates, bytes: &str) -> Released {
    let Coordinates { org, name, version } = coordinates.clone();
    Released {
        modules: vec![Module { name: name.to_string(), exported: true, summary: String::new() }],
        graph: vec![Node { package: coordinates.clone(), dependencies: vec![] }],
        org,
        name,
        version,
        platform: "any".parse().unwrap(),
        distribution: "2201.12.0".to_owned(),
        specification: String::new(),
        digest: Digest::of(bytes.as_bytes()),
        size: bytes.len() as u64,
        release: Uuid::new_v4(),
        document: Digest::of(b"{}"),
        origin: Origin::Local,
        visibility: Visibility::Public,
        template: false,
        graalvm: None,
        tool: None,
        icon: None,
        summary: String::new(),
        repository: String::new(),
        keywords: vec![],
        authors: vec![],
        licenses: vec![],
    }
}
