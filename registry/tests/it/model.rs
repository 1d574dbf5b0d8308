//! Three pods over one store that delays, fails before or after a write, lands a write long after it reported a
//! failure, answers 409 with nothing there, and delivers reads late. Pods pause between any two steps, their clocks
//! disagree and jump, they are killed and start again; a clean-up condemns what no segment names, and deletes it. Meanwhile
//! the pods are those of the release before, of this one and of both at once: a rollout begins, is taken back and made
//! again, and then the format of the log goes up, sometimes before the last older pod is gone. The release before is this
//! code, told that it knows no newer format; `./just upgrade` runs the program that was released.
//! Clients push and read; what they were told is checked, in real-time order, against the invariants in `check`.
//!
//! A failure prints its seed. `./just model 20000` tries that many.

mod check;
mod pod;

use std::ops::{Range, RangeInclusive};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use barre_core::digest::Digest;
use barre_core::format::NEWEST;
use barre_core::package::{Coordinates, Platform};
use barre_core::state::condemned::Condemned;
use barre_core::state::deprecated::Deprecated;
use barre_core::state::{Outcome, State};
use barre_registry::log::{CommitError, Log};
use barre_registry::store::Key;
use object_store::memory::InMemory;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use tokio::time::{Instant, sleep, timeout};
use uuid::Uuid;

use self::pod::Pods;

const SEEDS: u64 = 300;
/// A healthy run takes less than an hour of its own time.
const LONGEST_RUN: Duration = Duration::from_hours(6);
const CLIENTS: usize = 5;
const STEPS: usize = 10;

/// A (version, platform): what has one digest for ever.
type Place = (Coordinates, Platform);

/// What a client was told about a push.
struct Told {
    change: Uuid,
    place: Place,
    digest: Digest,
    /// `None` for "may or may not hold".
    outcome: Option<Outcome>,
    answered: Instant,
}

/// A read by exact version: what one pod said, when it was asked, and when it answered.
struct Seen {
    place: Place,
    digest: Option<Digest>,
    asked: Instant,
    answered: Instant,
}

/// How often a change may be in the log, by what its author was told.
struct Settled {
    change: Uuid,
    times: RangeInclusive<u8>,
}

#[derive(Default)]
struct History {
    settled: Vec<Settled>,
    told: Vec<Told>,
    seen: Vec<Seen>,
}

#[test]
fn acknowledged_pushes_survive_whatever_happens() {
    for seed in seeds() {
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        let run = async { timeout(LONGEST_RUN, run(seed)).await.expect("nothing gets on any more") };
        let run = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| runtime.block_on(run)));
        assert!(run.is_ok(), "seed {seed}: ./just model ={seed} tries it alone");
    }
}

/// `BARRE_MODEL_SEEDS` is a number of seeds, or `=SEED` for one.
fn seeds() -> Range<u64> {
    #[expect(clippy::disallowed_methods, reason = "tests have no arguments")]
    let asked = std::env::var("BARRE_MODEL_SEEDS").ok();
    match asked.as_deref() {
        None => 0..SEEDS,
        Some(asked) => match asked.strip_prefix('=') {
            Some(seed) => seed.parse().map(|seed| seed..seed + 1).unwrap(),
            None => 0..asked.parse().unwrap(),
        },
    }
}

async fn run(seed: u64) {
    let shared = Arc::new(InMemory::new());
    let healthy = Arc::new(AtomicBool::new(true));
    let pods = Pods::open(&shared, &healthy, seed).await;
    healthy.store(false, Ordering::Relaxed);
    let trouble = tokio::spawn(Arc::clone(&pods).trouble(seed));
    let rolling = tokio::spawn(Arc::clone(&pods).roll(seed));
    let cleaning = tokio::spawn(clean(Arc::clone(&pods), seed));
    let clients: Vec<_> = (0..CLIENTS)
        .map(|client| tokio::spawn(client_run(Arc::clone(&pods), seed * 100 + client as u64)))
        .collect();
    let mut history = History::default();
    for client in clients {
        let part = client.await.unwrap();
        history.told.extend(part.told);
        history.seen.extend(part.seen);
        history.settled.extend(part.settled);
    }
    rolling.await.unwrap();
    for background in [trouble, cleaning] {
        background.abort();
    }
    // Until every write that was reported as failed has landed.
    sleep(Duration::from_mins(20)).await;
    healthy.store(true, Ordering::Relaxed);
    check::check(&shared, &pods, &history).await;
}

async fn client_run(pods: Arc<Pods>, seed: u64) -> History {
    let mut random = StdRng::seed_from_u64(seed);
    let mut history = History::default();
    for _ in 0..STEPS {
        sleep(Duration::from_millis(random.random_range(0..500))).await;
        let version = if random.random_bool(0.15) { "1.0.0-RC.1" } else { "1.0.0-rc.1" };
        let coordinates: Coordinates =
            format!("acme/p{}:{version}", random.random_range(0..5)).parse().unwrap();
        let platform: Platform = ["any", "java21"][random.random_range(0..2)].parse().unwrap();
        let place = (coordinates, platform);
        if random.random_bool(0.15) {
            history.settled.push(deprecate(&pods, &mut random, place.0).await);
        } else if random.random_bool(0.6) {
            let bytes = format!("bytes {}", random.random_range(0..2));
            // Between the files and the commit a push may be overtaken by the clean-up.
            let pause = if random.random_bool(0.1) { 20_000 } else { 0 };
            history.told.extend(push(&pods, &mut random, place, &bytes, Duration::from_millis(pause)).await);
        } else {
            let log = pods.any(&mut random).log;
            let asked = Instant::now();
            let Some(digest) = read(&log, &place).await else { continue };
            history.seen.push(Seen { place, digest, asked, answered: Instant::now() });
        }
    }
    history
}

async fn push(pods: &Pods, random: &mut StdRng, place: Place, bytes: &str, pause: Duration) -> Option<Told> {
    let pod = pods.any(random);
    let folder = pod.log.fresh_id();
    let released = pod::released(&place, bytes, folder);
    let key = Key::Bala(&place.0, &place.1, folder);
    // The pod may be killed meanwhile.
    timeout(Duration::from_mins(2), pod.store.put(&key, bytes.to_owned().into())).await.ok()?.ok()?;
    sleep(pause).await;
    let digest = released.stored.digest;
    let change = pod.log.change("token:test", released);
    let id = change.id;
    let outcome = match pod.log.commit(change).await {
        Ok(committed) => Some(committed.outcome),
        Err(CommitError::Unknown) => None,
        // Locked out by the raise, before it was sent.
        Err(CommitError::ReadOnly) if pod.newest != NEWEST => None,
        Err(refused) => panic!("a pod gave up writing: {refused}"),
    };
    Some(Told { change: id, place, digest, outcome, answered: Instant::now() })
}

/// Deprecates, which is rejected until the format is raised.
async fn deprecate(pods: &Pods, random: &mut StdRng, coordinates: Coordinates) -> Settled {
    let pod = pods.any(random);
    let log = &pod.log;
    let Coordinates { org, name, version } = coordinates;
    let message = format!("since {}", log.seq());
    let change = log.change("token:test", Deprecated { org, name, version: Some(version), message });
    let id = change.id;
    match log.commit(change).await {
        Ok(committed) => Settled { change: id, times: u8::from(committed.outcome == Outcome::Accepted)..=1 },
        Err(CommitError::Unknown) => Settled { change: id, times: 0..=1 },
        Err(CommitError::ReadOnly) if pod.newest != NEWEST => Settled { change: id, times: 0..=0 },
        Err(refused) => panic!("a pod gave up writing: {refused}"),
    }
}

/// What the API does for an exact version: what is there is told at once, a miss only after a catch-up. `None` is
/// the API's 503.
async fn read(log: &Log, place: &Place) -> Option<Option<Digest>> {
    if let Some(digest) = digest(&log.state(), place) {
        return Some(Some(digest));
    }
    log.fresh().await.ok().map(|state| digest(&state, place))
}

fn digest(state: &State, (coordinates, platform): &Place) -> Option<Digest> {
    let package = state.package(&coordinates.org, &coordinates.name)?;
    package.release(&coordinates.version, platform).map(|release| release.stored.digest)
}

/// A clean-up without the mercy of waiting a day: it condemns whatever has files and no segment, and deletes it.
async fn clean(pods: Arc<Pods>, seed: u64) {
    let mut random = StdRng::seed_from_u64(seed ^ 0xc1ea);
    loop {
        sleep(Duration::from_millis(random.random_range(500..3000))).await;
        let log = pods.any(&mut random).log;
        let Ok(state) = log.fresh().await else { continue };
        let unreferenced = pods.unreferenced(&state).await;
        if unreferenced.is_empty() {
            continue;
        }
        let folders: Vec<Uuid> = unreferenced.keys().copied().collect();
        // Only what the fold has accepted is deleted: one release of these may have been committed meanwhile.
        if let Ok(committed) = log.commit(log.change("check", Condemned { folders })).await
            && committed.outcome == Outcome::Accepted
        {
            pods.delete(unreferenced.into_values()).await;
        }
    }
}
