//! The pods of a run, and what befalls them.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use barre_registry::change::{Module, Node, Origin, Released, Visibility};
use barre_registry::clock::Clock;
use barre_registry::digest::Digest;
use barre_registry::log::{self, Log, Settings};
use barre_registry::metrics::Metrics;
use barre_registry::package::Coordinates;
use barre_registry::state::State;
use barre_registry::store::{Folder, Store};
use object_store::ObjectStoreExt as _;
use object_store::memory::InMemory;
use object_store::path::Path;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use super::Place;
use crate::faulty::Faulty;

const PODS: usize = 3;

/// A pod that runs.
#[derive(Clone)]
pub(super) struct Pod {
    pub(super) log: Log,
    pub(super) store: Store,
    dead: Arc<AtomicBool>,
    clock: Arc<AtomicI64>,
}

/// All pods, and the store behind them.
pub(super) struct Pods {
    running: Mutex<Vec<Pod>>,
    shared: Arc<InMemory>,
    healthy: Arc<AtomicBool>,
    began: Instant,
}

impl Pods {
    pub(super) async fn open(shared: &Arc<InMemory>, healthy: &Arc<AtomicBool>, seed: u64) -> Arc<Self> {
        let pods = Self {
            running: Mutex::default(),
            shared: Arc::clone(shared),
            healthy: Arc::clone(healthy),
            began: Instant::now(),
        };
        for number in 0..PODS {
            let pod = pods.start(seed * 10 + number as u64).await.unwrap();
            pods.running.lock().unwrap().push(pod);
        }
        Arc::new(pods)
    }

    async fn start(&self, seed: u64) -> Option<Pod> {
        let metrics = Metrics::new();
        let dead = Arc::new(AtomicBool::new(false));
        let faulty =
            Faulty::new(Arc::clone(&self.shared), seed, Arc::clone(&self.healthy), Arc::clone(&dead));
        let store = Store::shared(Arc::new(faulty), metrics.clone());
        let settings =
            Settings { owner: "us".to_owned(), create: true, take_over: None, version: "0.0.0".to_owned() };
        // Off by up to a minute from the start.
        let offset = Arc::new(AtomicI64::new(i64::try_from(seed % 60).unwrap() * 1000));
        let (began, shift) = (self.began, Arc::clone(&offset));
        let clock = Clock::new(move || {
            let passed = i64::try_from(began.elapsed().as_millis()).unwrap();
            let millis = 1_800_000_000_000 + passed + shift.load(Ordering::Relaxed);
            jiff::Timestamp::from_millisecond(millis).unwrap()
        });
        let log = log::open(store.clone(), settings, clock, metrics).await.ok()?;
        Some(Pod { log, store, dead, clock: offset })
    }

    /// A pod to talk to.
    pub(super) fn any(&self, random: &mut StdRng) -> Pod {
        self.running.lock().unwrap()[random.random_range(0..PODS)].clone()
    }

    /// The pods that are alive, and one that starts now.
    pub(super) async fn alive(&self) -> Vec<Pod> {
        let mut pods = self.running.lock().unwrap().clone();
        pods.retain(|pod| !pod.dead.load(Ordering::Relaxed));
        pods.push(self.start(0).await.expect("a pod starts over a store that works"));
        pods
    }

    /// Kills pods, starts others in their place, and turns their clocks, for ever.
    pub(super) async fn trouble(self: Arc<Self>, seed: u64) {
        let mut random = StdRng::seed_from_u64(seed ^ 0xdead);
        let mut starts = 0;
        loop {
            sleep(Duration::from_millis(random.random_range(200..3000))).await;
            let victim = random.random_range(0..PODS);
            if random.random_bool(0.5) {
                let jump = random.random_range(-3_600_000..3_600_000);
                self.running.lock().unwrap()[victim].clock.store(jump, Ordering::Relaxed);
                continue;
            }
            self.running.lock().unwrap()[victim].dead.store(true, Ordering::Relaxed);
            // Kubernetes tries until it starts.
            let pod = loop {
                starts += 1;
                if let Some(pod) = self.start(seed * 1000 + 100 + starts).await {
                    break pod;
                }
            };
            self.running.lock().unwrap()[victim] = pod;
        }
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
                found.remove(&release.details.release);
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

pub(super) fn released((coordinates, platform): &Place, bytes: &str) -> Released {
    let Coordinates { org, name, version } = coordinates.clone();
    Released {
        modules: vec![Module { name: name.to_string(), exported: true, summary: String::new() }],
        graph: vec![Node { package: coordinates.clone(), dependencies: vec![] }],
        org,
        name,
        version,
        platform: platform.clone(),
        bala_version: "3.0.0".to_owned(),
        distribution: "2201.12.0".to_owned(),
        specification: String::new(),
        digest: Digest::of(bytes.as_bytes()),
        size: bytes.len() as u64,
        release: Uuid::new_v4(),
        document: Digest::of(b"{}"),
        origin: Origin::Local,
        published: None,
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
