//! The pods of a run, and what befalls them.

use std::collections::HashMap;
use std::io::Cursor;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use barre_core::bala::{self, Bala, Limits};
use barre_core::digest::Digest;
use barre_core::format::{Format, NEWEST};
use barre_core::package::Coordinates;
use barre_core::release::{Origin, Stored};
use barre_core::state::State;
use barre_core::state::released::Released;
use barre_registry::base::clock::Clock;
use barre_registry::base::instruments::Instruments;
use barre_registry::base::metrics::Metrics;
use barre_registry::base::random::Random;
use barre_registry::log::{self, CommitError, Log, Opening, Stop};
use barre_registry::store::{Folder, Store};
use barre_testkit::bala::Bala as Package;
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt as _};
use rand::rngs::StdRng;
use rand::{Rng as _, RngExt as _, SeedableRng as _};
use tokio::time::{Instant, sleep, timeout};
use uuid::Uuid;

use super::Place;
use crate::faulty::{Faulty, Life};

const PODS: usize = 3;

/// What the release before speaks.
const BEFORE: Format = Format { reader: 1, writer: 1 };
/// Which programs run, in what order: a rollout, taken back, and made again; after that the format may be raised.
const ROLLOUT: [[Format; PODS]; 6] = [
    [BEFORE, BEFORE, BEFORE],
    [NEWEST, BEFORE, BEFORE],
    [NEWEST, NEWEST, BEFORE],
    [BEFORE, NEWEST, BEFORE],
    [NEWEST, NEWEST, BEFORE],
    [NEWEST, NEWEST, NEWEST],
];

/// A pod that runs.
#[derive(Clone)]
pub(super) struct Pod {
    pub(super) newest: Format,
    pub(super) log: Log,
    pub(super) store: Store,
    life: Arc<Life>,
    clock: Arc<AtomicI64>,
}

/// All pods, and the store behind them.
pub(super) struct Pods {
    running: Mutex<Vec<Pod>>,
    shared: Arc<InMemory>,
    healthy: Arc<AtomicBool>,
    began: Instant,
    /// Of all ids, so that a seed is the whole run.
    random: Random,
    /// One pod is replaced at a time, by the program that it shall be then.
    replacing: tokio::sync::Mutex<()>,
}

impl Pods {
    pub(super) async fn open(shared: &Arc<InMemory>, healthy: &Arc<AtomicBool>, seed: u64) -> Arc<Self> {
        let pods = Self {
            running: Mutex::default(),
            shared: Arc::clone(shared),
            healthy: Arc::clone(healthy),
            began: Instant::now(),
            random: seeded(seed),
            replacing: tokio::sync::Mutex::default(),
        };
        for (number, newest) in (0..).zip(ROLLOUT[0]) {
            let pod = pods.start(seed * 10 + number, newest).await.unwrap();
            pods.running.lock().unwrap().push(pod);
        }
        Arc::new(pods)
    }

    async fn start(&self, seed: u64, newest: Format) -> Option<Pod> {
        let metrics = Metrics::new();
        let life = Arc::default();
        let (shared, healthy) = (&self.shared, &self.healthy);
        let client = |make: fn(&_, _, &_, &_) -> Faulty, seed| -> Arc<dyn ObjectStore> {
            Arc::new(make(shared, seed, healthy, &life))
        };
        let (log, bytes) = (client(Faulty::new, seed), client(Faulty::retrying, !seed));
        let store = Store::of(log, bytes, metrics.clone());
        // Off by up to a minute from the start.
        let offset = Arc::new(AtomicI64::new(i64::try_from(seed % 60).unwrap() * 1000));
        let (began, shift) = (self.began, Arc::clone(&offset));
        let clock = Clock::new(move || {
            let passed = i64::try_from(began.elapsed().as_millis()).unwrap();
            let millis = 1_800_000_000_000 + passed + shift.load(Ordering::Relaxed);
            jiff::Timestamp::from_millisecond(millis).unwrap()
        });
        let opening = Opening { create: true, newest, ..Opening::of("us") };
        let instruments = Instruments { clock, random: self.random.clone(), metrics };
        let log = log::open(store.clone(), opening, instruments).await.ok()?;
        Some(Pod { newest, log, store, life, clock: offset })
    }

    /// A pod to talk to.
    pub(super) fn any(&self, random: &mut StdRng) -> Pod {
        self.running.lock().unwrap()[random.random_range(0..PODS)].clone()
    }

    /// The pods that are alive, and one that starts now.
    pub(super) async fn alive(&self) -> Vec<Pod> {
        let mut pods = self.running.lock().unwrap().clone();
        pods.retain(|pod| !pod.life.is_dead());
        pods.push(self.start(0, NEWEST).await.expect("a pod starts over a store that works"));
        pods
    }

    /// Kills pods, starts others in their place, and turns their clocks, for ever.
    pub(super) async fn trouble(self: Arc<Self>, seed: u64) {
        let mut random = StdRng::seed_from_u64(seed ^ 0xdead);
        let mut starts = 0;
        loop {
            sleep(Duration::from_millis(random.random_range(200..3000))).await;
            let number = random.random_range(0..PODS);
            let victim = self.running.lock().unwrap()[number].clone();
            match random.random_range(0..10) {
                0..4 => victim.clock.store(random.random_range(-3_600_000..3_600_000), Ordering::Relaxed),
                4..6 => victim.life.pause(Duration::from_millis(random.random_range(500..20_000))),
                _ => {
                    starts += 1;
                    self.replace(number, seed * 1000 + 100 * starts, None).await;
                }
            }
        }
    }

    /// Rolls from the release before to this one, back and forth again, and then raises the format: not before the last pod
    /// of the release before is gone.
    pub(super) async fn roll(self: Arc<Self>, seed: u64) {
        let mut random = StdRng::seed_from_u64(seed ^ 0x2011);
        // Sometimes the word comes too early, and the last pod of the release before must stop by itself.
        let too_early = seed.is_multiple_of(3);
        let steps = ROLLOUT.len() - usize::from(too_early);
        for (step, programs) in ROLLOUT.iter().enumerate().take(steps).skip(1) {
            sleep(Duration::from_millis(random.random_range(50..400))).await;
            for (number, newest) in programs.iter().enumerate() {
                if self.running.lock().unwrap()[number].newest != *newest {
                    let seed = seed * 1000 + 50_000 + 1000 * step as u64 + 100 * number as u64;
                    self.replace(number, seed, Some(*newest)).await;
                }
            }
        }
        sleep(Duration::from_millis(random.random_range(0..700))).await;
        self.raise(0).await;
        if too_early {
            let last = self.running.lock().unwrap()[PODS - 1].clone();
            let stop = timeout(Duration::from_mins(20), last.log.stopped()).await;
            let dead = last.life.is_dead();
            assert!(
                dead || stop.is_ok_and(|stop| matches!(*stop, Stop::Format { needed: 2, ours: 1 })),
                "invariant 6: an older program goes on in a log that was raised"
            );
            self.replace(PODS - 1, seed * 1000 + 60_000, Some(NEWEST)).await;
        }
        for number in 1..PODS {
            self.raise(number).await;
        }
    }

    /// Tells one pod to raise the format; it tries again for as long as it was not confirmed.
    async fn raise(&self, number: usize) {
        loop {
            let log = self.running.lock().unwrap()[number].log.clone();
            match timeout(Duration::from_secs(20), log.raise("operator")).await {
                Ok(Ok(_)) => return,
                Ok(Err(CommitError::Unknown)) | Err(_) => {}
                Ok(Err(refused)) => panic!("a pod gave up writing: {refused}"),
            }
            sleep(Duration::from_secs(1)).await;
        }
    }

    /// Kills a pod, and starts another one in its place: Kubernetes tries until it starts.
    async fn replace(&self, number: usize, seed: u64, newest: Option<Format>) {
        let _turn = self.replacing.lock().await;
        let newest = newest.unwrap_or_else(|| self.running.lock().unwrap()[number].newest);
        self.running.lock().unwrap()[number].life.kill();
        let mut tries = 0;
        let pod = loop {
            tries += 1;
            // What is locked out by a raise stays so: its operators give it the newer program.
            let newest = if tries > 20 { NEWEST } else { newest };
            if let Some(pod) = self.start(seed + tries, newest).await {
                break pod;
            }
        };
        self.running.lock().unwrap()[number] = pod;
    }

    /// The files that no segment names, by their release id.
    pub(super) async fn unreferenced(&self, state: &State) -> HashMap<Uuid, Path> {
        let store = Store::shared(Arc::clone(&self.shared) as _, Metrics::new());
        let paths = store.list(Folder::Releases).await.unwrap();
        let id = |path: &Path| path.parts().nth(4).and_then(|part| part.as_ref().parse().ok());
        let mut found: HashMap<Uuid, Path> =
            paths.into_iter().filter_map(|path| Some((id(&path)?, path))).collect();
        for (_, package) in state.packages() {
            for release in package.versions().flat_map(|(_, releases)| releases) {
                found.remove(&release.stored.folder);
            }
        }
        found
    }

    pub(super) async fn delete(&self, paths: impl Iterator<Item = Path>) {
        for path in paths {
            self.shared.delete(&path).await.unwrap();
        }
    }
}

/// What a push of these bytes says. The bala is that of the package, whatever its bytes are called here.
pub(super) fn released((coordinates, platform): &Place, bytes: &str, folder: Uuid) -> Released {
    static BALAS: Mutex<Vec<(Place, Bala)>> = Mutex::new(Vec::new());
    let mut balas = BALAS.lock().unwrap();
    let place = (coordinates.clone(), platform.clone());
    let known = balas.iter().position(|(known, _)| *known == place);
    let index = known.unwrap_or_else(|| {
        let Coordinates { org, name, version } = coordinates;
        let package = Package::new(org.as_str(), name.as_str(), &version.to_string());
        let archive = package.platform(platform.as_str()).build();
        balas.push((place, bala::read(Cursor::new(archive), &Limits::default()).unwrap()));
        balas.len() - 1
    });
    balas[index].1.released(Stored {
        digest: Digest::of(bytes.as_bytes()),
        size: bytes.len() as u64,
        folder,
        document: Digest::of(b"{}"),
        origin: Origin::Local,
        published: None,
    })
}

/// Random bytes from a seed.
fn seeded(seed: u64) -> Random {
    let random = Mutex::new(StdRng::seed_from_u64(seed));
    Random::new(move |bytes| random.lock().unwrap().fill_bytes(bytes))
}
