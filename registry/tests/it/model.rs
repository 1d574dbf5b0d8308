//! Three pods over one store that delays, fails before or after a write, lands a write long after it reported a failure,
//! answers 409 with nothing there, refuses, delivers reads late, broken off or in the words of a proxy, lists what was, and
//! loses parts of an upload. Pods pause between any two steps, and as a whole; their clocks disagree and jump,
//! and the store's disagrees with theirs; a day passes, after which no platform may join a version; they are killed and start again, the
//! first ones over a store that is empty; a clean-up condemns what no segment names, and deletes it. Meanwhile the pods are
//! those of the release before, of this one and of both at once: a rollout begins, is taken back and made again, and then the
//! format of the log goes up, sometimes before the last older pod is gone. In the end somebody else may take the log over.
//! The release before is this code, told that it knows no newer format; `./just upgrade` runs the program that was released.
//!
//! Clients push, attach files, bring what goes again, repeat elsewhere what was not confirmed, and read; what they were told is checked, in real-time order,
//! against the invariants in `check`; what the pods sent against those in `sent`; and that it goes on once the faults stop
//! by `calm`. `restored` and `threads` are runs of their own.
//!
//! A failure prints its seed. `./just model 20000` tries that many.

mod attachments;
mod balas;
mod calm;
mod check;
mod clean;
mod client;
mod evictions;
mod log_of;
mod marks;
mod pod;
mod restored;
mod sent;
mod threads;
mod trouble;

use std::ops::{Range, RangeInclusive};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use barre_core::digest::Digest;
use barre_core::package::{Coordinates, Platform};
use barre_core::state::Reason;
use barre_registry::service::publish::Published;
use object_store::memory::InMemory;
use tokio::time::{Instant, sleep, timeout};
use uuid::Uuid;

use self::attachments::{Attached, Looked};
use self::evictions::Moved;
use self::marks::Marked;
use self::pod::Pods;

const SEEDS: u64 = 300;
/// A healthy run takes less than an hour of its own time.
const LONGEST_RUN: Duration = Duration::from_hours(6);
/// After this time every write that was reported as failed has landed.
const ALL_LANDED: Duration = Duration::from_mins(5);
const CLIENTS: usize = 5;
const STEPS: usize = 10;
/// Of all pushes, the least part of which the client hears what became, in percent.
const FLOOR: usize = 60;

/// A (version, platform): what has one digest for ever.
type Place = (Coordinates, Platform);

/// What a client was told about a push.
struct Told {
    /// Unique for each push.
    actor: String,
    place: Place,
    digest: Digest,
    said: Said,
    answered: Instant,
}

enum Said {
    Published(Published),
    Rejected(Box<Reason>),
    /// It may or may not hold.
    Unknown,
    Unwritten,
}

/// A read by exact version: what one pod said, when it was asked, and when it answered.
struct Seen {
    /// The platform that the client prefers; it takes `any`, too.
    place: Place,
    found: Option<(Platform, Digest)>,
    /// Whether the pod could not ask the log for a better one.
    unasked: bool,
    asked: Instant,
    answered: Instant,
}

/// How often a change may be in the log, by what its author was told.
struct Settled {
    change: Uuid,
    times: RangeInclusive<usize>,
}

#[derive(Default)]
struct History {
    settled: Vec<Settled>,
    marked: Vec<Marked>,
    attached: Vec<Attached>,
    looked: Vec<Looked>,
    moved: Vec<Moved>,
    told: Vec<Told>,
    seen: Vec<Seen>,
}

impl History {
    fn extend(&mut self, part: Self) {
        self.told.extend(part.told);
        self.seen.extend(part.seen);
        self.settled.extend(part.settled);
        self.marked.extend(part.marked);
        self.attached.extend(part.attached);
        self.looked.extend(part.looked);
        self.moved.extend(part.moved);
    }
}

#[test]
fn acknowledged_pushes_survive_whatever_happens() {
    let (pushed, answered) = (AtomicUsize::new(0), AtomicUsize::new(0));
    for_each_seed(seeds(SEEDS), |seed| {
        let history = simulate(run(seed));
        let decided = |told: &&Told| matches!(told.said, Said::Published(_) | Said::Rejected(_));
        pushed.fetch_add(history.told.len(), Ordering::Relaxed);
        answered.fetch_add(history.told.iter().filter(decided).count(), Ordering::Relaxed);
    });
    let (pushed, answered) = (pushed.into_inner(), answered.into_inner());
    assert!(answered * 100 >= pushed * FLOOR, "only {answered} of {pushed} pushes were decided");
}

/// `BARRE_MODEL_SEEDS` is a number of seeds, or `=SEED` for one.
fn seeds(number: u64) -> Range<u64> {
    #[expect(clippy::disallowed_methods, reason = "tests have no arguments")]
    let asked = std::env::var("BARRE_MODEL_SEEDS").ok();
    match asked.as_deref() {
        None => 0..number,
        Some(asked) => match asked.strip_prefix('=') {
            Some(seed) => seed.parse().map(|seed| seed..seed + 1).unwrap(),
            None => 0..asked.parse::<u64>().unwrap() * number / SEEDS,
        },
    }
}

/// Runs all seeds, on as many threads as there are processors. The first failure ends it.
fn for_each_seed(seeds: Range<u64>, run: impl Fn(u64) + Sync) {
    let next = AtomicU64::new(seeds.start);
    let work = || {
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= seeds.end {
                return;
            }
            let ran = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| run(seed)));
            if ran.is_err() {
                next.store(seeds.end, Ordering::Relaxed);
                panic!("seed {seed}: ./just model ={seed} tries it alone");
            }
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(work);
        }
    });
}

/// Runs in a time of its own, which passes when nothing else is left to do.
fn simulate<T>(run: impl Future<Output = T>) -> T {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(async { timeout(LONGEST_RUN, run).await.expect("nothing gets on any more") })
}

async fn run(seed: u64) -> History {
    let shared = Arc::new(InMemory::new());
    // Half of the registries begin while the store misbehaves.
    let healthy = Arc::new(AtomicBool::new(seed.is_multiple_of(2)));
    let pods = Pods::open(&shared, &healthy, seed).await;
    healthy.store(false, Ordering::Relaxed);
    let trouble = tokio::spawn(Arc::clone(&pods).trouble(seed));
    let rolling = tokio::spawn(Arc::clone(&pods).roll(seed));
    let cleaning = tokio::spawn(clean::clean(Arc::clone(&pods), seed));
    let attaching = tokio::spawn(attachments::run(Arc::clone(&pods), STEPS, seed));
    let evicting = tokio::spawn(evictions::run(Arc::clone(&pods), STEPS * 2, seed));
    let mut history = client::many(&pods, CLIENTS, STEPS, seed * 100).await;
    rolling.await.unwrap();
    history.extend(attaching.await.unwrap());
    history.extend(evicting.await.unwrap());
    if seed % 4 == 2 {
        sleep(ALL_LANDED).await;
        pods.pass_a_day();
        history.extend(client::many(&pods, CLIENTS, STEPS / 2, seed * 100 + 50).await);
    }
    if seed % 4 == 1 {
        let pushing = tokio::spawn({
            let pods = Arc::clone(&pods);
            async move { client::many(&pods, CLIENTS, 2, seed * 100 + 50).await }
        });
        pods.take_over(seed).await;
        history.extend(pushing.await.unwrap());
    }
    for background in [trouble, cleaning] {
        background.abort();
    }
    sleep(ALL_LANDED).await;
    healthy.store(true, Ordering::Relaxed);
    calm::calm(&pods, seed, &mut history).await;
    check::check(&shared, &pods, &history).await;
    history
}
