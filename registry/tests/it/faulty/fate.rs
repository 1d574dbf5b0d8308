//! What happens to a request, by chance.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use object_store::path::Path;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

/// How long the client for the log waits for an answer.
const TIMEOUT: Duration = Duration::from_secs(5);

/// What is asked of a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Request {
    Read,
    Write,
    List,
    /// A step of an upload in parts.
    Part,
    /// Taking back what was sent of one.
    Abort,
}

/// What happens to one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It works, after a while.
    Works,
    /// It fails and does nothing.
    FailsBefore,
    /// It is refused: a policy, an expired credential.
    Denied,
    /// A write is done, but the answer is lost.
    FailsAfter,
    /// The client is told that a write failed; it lands later.
    Lands(Duration),
    /// S3's 409 on a create: "exists", although nothing is there.
    Conflicts,
    /// Something in between answers a read with 200 and a page of its own.
    Foreign,
    /// The body of a read breaks off.
    BreaksOff,
    /// A list lacks its last names.
    Stale(usize),
}

/// What happens to a request, and how long it and its answer are under way.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Course {
    pub(crate) before: Duration,
    pub(crate) fate: Fate,
    pub(crate) after: Duration,
}

impl Course {
    /// This happens at once.
    pub(crate) fn at_once(fate: Fate) -> Self {
        Self { before: Duration::ZERO, fate, after: Duration::ZERO }
    }
}

/// Chance, until the store is healthy. A client that `retries` hardly sees what failed before it was done.
pub(super) fn random(
    seed: u64,
    healthy: Arc<AtomicBool>,
    retries: bool,
) -> impl Fn(Request, &Path) -> Course + Send + Sync {
    let random = Mutex::new(StdRng::seed_from_u64(seed));
    move |request, _| {
        let mut random = random.lock().unwrap();
        let (before, after, landing) = (delay(&mut random), delay(&mut random), delay(&mut random) * 3);
        let number = random.random_range(0..1000);
        if healthy.load(Ordering::Relaxed) {
            let ordinary = Duration::from_millis(40);
            return Course { before: before.min(ordinary), fate: Fate::Works, after: after.min(ordinary) };
        }
        let fate = match (request, number) {
            (Request::Read | Request::Write, 0..60) if !retries => Fate::FailsBefore,
            (_, 60..64) => Fate::Denied,
            (Request::Write, 100..160) | (Request::Part, 260..290) => Fate::FailsAfter,
            (Request::Write, 160..200) => Fate::Lands(landing),
            (Request::Write, 200..240) => Fate::Conflicts,
            (Request::Read, 100..104) => Fate::Foreign,
            (Request::Read, 110..120) if !retries => Fate::BreaksOff,
            (Request::List, 100..130) | (Request::Part, 100..200) => Fate::FailsBefore,
            (Request::List, 130..230) => Fate::Stale(1 + number % 3),
            _ => Fate::Works,
        };
        if retries || before + after < TIMEOUT {
            return Course { before, fate, after };
        }
        // The client for the log gives up, whatever becomes of what it sent.
        let landing = before.saturating_sub(TIMEOUT);
        let fate = if request == Request::Write { Fate::Lands(landing) } else { Fate::FailsBefore };
        Course { before: TIMEOUT, fate, after: Duration::ZERO }
    }
}

/// Mostly a store's ordinary latency, now and then a pause that others overtake.
fn delay(random: &mut StdRng) -> Duration {
    let range = match random.random_range(0..200) {
        0 => 4000..60_000,
        1..10 => 100..4000,
        _ => 1..40,
    };
    Duration::from_millis(random.random_range(range))
}
