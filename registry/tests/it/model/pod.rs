//! The pods of a run: how they start, and which of them run.

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use barre_core::bala::Limits;
use barre_core::format::{Format, NEWEST};
use barre_registry::base::clock::Clock;
use barre_registry::base::instruments::Instruments;
use barre_registry::base::metrics::Metrics;
use barre_registry::base::random::Random;
use barre_registry::log::{self, Log, Opening};
use barre_registry::service::memory::Memory;
use barre_registry::service::mirrors::MirrorsFile;
use barre_registry::service::publish::Publisher;
use barre_registry::service::read::Reads;
use barre_registry::store::Store;
use futures::FutureExt as _;
use jiff::Timestamp;
use object_store::ObjectStore;
use object_store::memory::InMemory;
use rand::rngs::StdRng;
use rand::{Rng as _, RngExt as _, SeedableRng as _};
use tokio::time::{Duration, Instant};
use uuid::Uuid;

use crate::faulty::{Faulty, Life};

pub(super) const PODS: usize = 3;
/// More than the time in which platforms may join a version, however the clocks differ, in milliseconds.
const DAY: i64 = 27 * 60 * 60 * 1000;
/// What the release before speaks.
pub(super) const BEFORE: Format = Format { reader: 1, writer: 1 };

/// From when to when something was so; for ever yet if it is so still.
type Off = (Instant, Option<Instant>);

/// A pod that runs.
#[derive(Clone)]
pub(super) struct Pod {
    pub(super) newest: Format,
    pub(super) owner: String,
    pub(super) log: Log,
    pub(super) publisher: Publisher,
    pub(super) reads: Reads,
    pub(super) life: Arc<Life>,
    pub(super) store: Store,
    /// How far its clock is from that of the run, in milliseconds.
    offset: Arc<AtomicI64>,
    /// When the store's clock was another one.
    off: Arc<Mutex<Vec<Off>>>,
}

impl Pod {
    pub(super) fn turn_clock(&self, offset: Duration, ahead: bool) {
        let millis = i64::try_from(offset.as_millis()).unwrap();
        self.offset.store(if ahead { millis } else { -millis }, Ordering::Relaxed);
    }

    /// Lets the store's answers say that it is another time, or the same again.
    pub(super) fn disagree(&self, disagrees: bool) {
        let mut off = self.off.lock().unwrap();
        let (now, ours) = (Instant::now(), self.store.clock().now());
        let shift = if disagrees { jiff::SignedDuration::from_hours(1) } else { jiff::SignedDuration::ZERO };
        self.store.clock().note(&(ours + shift).strftime("%a, %d %b %Y %H:%M:%S GMT").to_string());
        match off.last_mut() {
            Some((_, until @ None)) if !disagrees => *until = Some(now),
            Some((_, None)) => {}
            _ if disagrees => off.push((now, None)),
            _ => {}
        }
    }

    /// Whether the store's clock was another one at this time.
    pub(super) fn was_off(&self, at: Instant) -> bool {
        let off = self.off.lock().unwrap();
        off.iter().any(|(from, until)| *from < at && until.is_none_or(|until| at < until))
    }

    /// Whether the process has ended by itself, or should.
    pub(super) fn has_stopped(&self) -> bool {
        self.log.stopped().now_or_never().is_some()
    }
}

/// All pods, and the store behind them.
pub(super) struct Pods {
    pub(super) shared: Arc<InMemory>,
    running: Mutex<Vec<Pod>>,
    /// With those that run no more.
    ever: Mutex<Vec<Pod>>,
    healthy: Arc<AtomicBool>,
    began: Instant,
    /// Of all ids, so that a seed is the whole run.
    random: Random,
    /// One pod is replaced at a time, by the program that it shall be then.
    replacing: tokio::sync::Mutex<()>,
    /// Who operates the registry, and which one may be taken over.
    owner: Mutex<(String, Option<Uuid>)>,
    days: Arc<AtomicI64>,
}

impl Pods {
    pub(super) async fn open(shared: &Arc<InMemory>, healthy: &Arc<AtomicBool>, seed: u64) -> Arc<Self> {
        let pods = Self {
            shared: Arc::clone(shared),
            running: Mutex::default(),
            ever: Mutex::default(),
            healthy: Arc::clone(healthy),
            began: Instant::now(),
            random: seeded(seed),
            replacing: tokio::sync::Mutex::default(),
            owner: Mutex::new(("us".to_owned(), None)),
            days: Arc::default(),
        };
        let starts = (0..PODS as u64).map(|number| pods.start_patiently(seed * 1000 + 200 * number, BEFORE));
        let started = futures::future::join_all(starts).await;
        pods.running.lock().unwrap().extend(started);
        Arc::new(pods)
    }

    /// Starts a pod: Kubernetes tries until it starts.
    async fn start_patiently(&self, seed: u64, newest: Format) -> Pod {
        for tries in 1.. {
            // What is locked out by a raise stays so: its operators give it the newer program.
            let newest = if tries > 20 { NEWEST } else { newest };
            if let Some(pod) = self.start(seed + tries, newest).await {
                return pod;
            }
            assert!(tries < 200, "a pod does not start");
        }
        unreachable!()
    }

    async fn start(&self, seed: u64, newest: Format) -> Option<Pod> {
        let metrics = Metrics::new();
        let life: Arc<Life> = Arc::default();
        let client = |make: fn(&_, _, &_, &_) -> Faulty, seed| -> Arc<dyn ObjectStore> {
            Arc::new(make(&self.shared, seed, &self.healthy, &life))
        };
        let (log, bytes) = (client(Faulty::new, seed), client(Faulty::retrying, !seed));
        let store = Store::of(log, bytes, metrics.clone());
        // Off by up to a minute from the start.
        let offset = Arc::new(AtomicI64::new(i64::try_from(seed % 60).unwrap() * 1000));
        let (began, shift, days) = (self.began, Arc::clone(&offset), Arc::clone(&self.days));
        let clock = Clock::new(move || {
            let passed = i64::try_from(began.elapsed().as_millis()).unwrap();
            let passed = passed + days.load(Ordering::Relaxed) * DAY;
            let millis = 1_800_000_000_000 + passed + shift.load(Ordering::Relaxed);
            Timestamp::from_millisecond(millis).unwrap()
        });
        let (owner, take_over) = self.owner.lock().unwrap().clone();
        let opening = Opening { create: true, newest, take_over, ..Opening::of(owner.clone()) };
        let instruments = Instruments { clock, random: self.random.clone(), metrics };
        let log = log::open(store.clone(), opening, instruments).await.ok()?;
        let publisher = Publisher::new(log.clone(), store.clone(), Limits::default(), Memory::new(0));
        let (reads, off) = (Reads::new(log.clone(), MirrorsFile::default()), Arc::default());
        let pod = Pod { newest, owner, log, publisher, reads, life, store, offset, off };
        self.ever.lock().unwrap().push(pod.clone());
        Some(pod)
    }

    /// A pod to talk to; while its process is paused, nobody gets through to it.
    pub(super) async fn any(&self, random: &mut StdRng) -> Pod {
        let pod = self.number(random.random_range(0..PODS));
        pod.life.awake().await;
        pod
    }

    pub(super) fn number(&self, number: usize) -> Pod {
        self.running.lock().unwrap()[number].clone()
    }

    pub(super) fn running(&self) -> Vec<Pod> {
        self.running.lock().unwrap().clone()
    }

    /// All that ever ran.
    pub(super) fn ever(&self) -> Vec<Pod> {
        self.ever.lock().unwrap().clone()
    }

    /// The pods that run, and one that starts now.
    pub(super) async fn alive(&self) -> Vec<Pod> {
        let mut pods = self.running();
        pods.push(self.start(0, NEWEST).await.expect("a pod starts over a store that works"));
        pods
    }

    /// Kills a pod, and starts another one in its place.
    pub(super) async fn replace(&self, number: usize, seed: u64, newest: Option<Format>) {
        let _turn = self.replacing.lock().await;
        let before = self.number(number);
        before.life.kill();
        let pod = self.start_patiently(seed, newest.unwrap_or(before.newest)).await;
        self.running.lock().unwrap()[number] = pod;
    }

    /// Lets the time pass in which platforms may join what is there.
    pub(super) fn pass_a_day(&self) {
        self.days.fetch_add(1, Ordering::Relaxed);
    }

    /// Lets somebody else operate the registry: pods that start from now on take it over.
    pub(super) fn hand_over(&self, owner: &str) {
        let registry = self.number(0).log.state().registry();
        *self.owner.lock().unwrap() = (owner.to_owned(), Some(registry));
    }
}

/// Random bytes from a seed.
fn seeded(seed: u64) -> Random {
    let random = Mutex::new(StdRng::seed_from_u64(seed));
    Random::new(move |bytes| random.lock().unwrap().fill_bytes(bytes))
}
