//! The safety nets of the log: what a pod says when somebody changed the bucket behind its back, or something in between
//! answers in the place of the store.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use barre_registry::base::instruments::Instruments;
use barre_registry::base::metrics::Metrics;
use barre_registry::log::{self, CommitError, Log, Opening, Stop, Unavailable};
use barre_registry::store::{Key, Store};
use futures::FutureExt as _;
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt as _};
use tokio::time::{Instant, sleep, timeout};

use crate::faulty::{Course, Fate, Faulty, Request};
use crate::logs::harmless;

async fn open(store: Arc<dyn ObjectStore>) -> Log {
    let opening = Opening { create: true, ..Opening::of("us") };
    log::open(Store::shared(store, Metrics::new()), opening, Instruments::system()).await.unwrap()
}

/// A pod at segment `seq`, and its store.
async fn at(seq: u64) -> (Arc<InMemory>, Log) {
    let inner = Arc::new(InMemory::new());
    let log = open(Arc::clone(&inner) as _).await;
    write(&log, seq - 1).await;
    (inner, log)
}

async fn write(log: &Log, segments: u64) {
    for _ in 0..segments {
        log.commit(harmless(log)).await.unwrap();
    }
}

/// Restores a bucket to what it was at segment `seq`.
async fn restore(inner: &InMemory, seq: u64, from: u64) {
    for gone in seq + 1..=from {
        inner.delete(&Key::Segment(gone).path()).await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn a_pod_whose_last_segment_is_gone_ends() {
    let (inner, log) = at(2).await;
    inner.delete(&Key::Segment(2).path()).await.unwrap();
    let stop = timeout(Duration::from_mins(3), log.stopped()).await.unwrap();
    assert!(matches!(*stop, Stop::Rewritten { seq: 2 }));
}

#[tokio::test(start_paused = true)]
async fn a_pod_whose_last_segment_has_changed_ends() {
    let (inner, log) = at(2).await;
    let first = inner.get(&Key::Segment(1).path()).await.unwrap().bytes().await.unwrap();
    inner.put(&Key::Segment(2).path(), first.into()).await.unwrap();
    let stop = timeout(Duration::from_mins(3), log.stopped()).await.unwrap();
    assert!(matches!(*stop, Stop::Rewritten { seq: 2 }));
}

#[tokio::test(start_paused = true)]
async fn a_segment_behind_a_gap_ends_writing() {
    let (inner, log) = at(2).await;
    inner.put(&Key::Segment(9).path(), "whatever\n".into()).await.unwrap();
    // Nobody meets it by following.
    assert!(log.fresh().await.is_ok());
    sleep(Duration::from_secs(125)).await;
    assert_eq!(log.commit(harmless(&log)).await, Err(CommitError::ReadOnly));
    assert!(matches!(log.fresh().await, Err(Unavailable::Damaged)));
    assert_eq!(log.state().seq(), 2);
}

/// A listing is no snapshot: nothing is behind what it alone has.
#[tokio::test(start_paused = true)]
async fn a_last_segment_that_only_a_listing_has_is_no_gap() {
    let inner = Arc::new(InMemory::new());
    let (there, is_open, looks) =
        (Arc::clone(&inner), Arc::new(AtomicBool::new(false)), Arc::new(AtomicU32::new(0)));
    let (opened, looked) = (Arc::clone(&is_open), Arc::clone(&looks));
    let next = Key::Segment(2).path();
    let faulty = Faulty::by(&inner, &Arc::default(), move |request, path| {
        // Memory answers at once.
        if request == Request::List && opened.load(Ordering::Relaxed) {
            there.put(&next, "gone again\n".into()).now_or_never().unwrap().unwrap();
            looked.fetch_add(1, Ordering::Relaxed);
        } else if *path == next {
            let _ = there.delete(&next).now_or_never().unwrap();
        }
        Course::at_once(Fate::Works)
    });
    let log = open(Arc::new(faulty)).await;
    is_open.store(true, Ordering::Relaxed);
    sleep(Duration::from_mins(5)).await;
    assert!(looks.load(Ordering::Relaxed) > 1, "it has not looked");
    assert_eq!(log.may_write(), Ok(()));
}

#[tokio::test(start_paused = true)]
async fn after_a_pause_nothing_is_written_over_a_hole() {
    let (inner, log) = at(6).await;
    sleep(Duration::from_secs(2)).await;
    restore(&inner, 3, 6).await;
    assert_eq!(log.commit(harmless(&log)).await, Err(CommitError::ReadOnly));
    assert!(inner.head(&Key::Segment(7).path()).await.is_err(), "it was written");
    let stop = timeout(Duration::from_secs(1), log.stopped()).await.unwrap();
    assert!(matches!(*stop, Stop::Rewritten { seq: 6 }), "{stop}");
}

#[tokio::test(start_paused = true)]
async fn a_pod_that_writes_all_the_time_ends_within_a_minute() {
    for quiet in [Duration::ZERO, Duration::from_secs(90)] {
        let (inner, log) = at(6).await;
        // A pod that nobody uses looks less often, until it is used.
        sleep(quiet).await;
        restore(&inner, 3, 6).await;
        let restored = Instant::now();
        loop {
            log.note_request();
            if log.commit(harmless(&log)).await.is_err() {
                break;
            }
            assert!(restored.elapsed() < Duration::from_secs(62), "it still writes");
            sleep(Duration::from_millis(500)).await;
        }
        let stop = timeout(Duration::from_secs(1), log.stopped()).await.unwrap();
        assert!(matches!(*stop, Stop::Rewritten { .. }), "{stop}");
    }
}

/// Another pod starts after the restore and fills the hole: then nothing is missing, and the last segment is our own.
#[tokio::test(start_paused = true)]
async fn a_hole_that_others_fill_is_noticed_all_the_same() {
    let (inner, log) = at(6).await;
    sleep(Duration::from_secs(150)).await;
    write(&log, 1).await;
    restore(&inner, 3, 7).await;
    let other = open(Arc::clone(&inner) as _).await;
    write(&log, 1).await;
    write(&other, 4).await;
    assert_eq!((log.seq(), other.seq()), (8, 7));
    let stop = timeout(Duration::from_mins(2), log.stopped()).await.expect("it goes on");
    assert!(matches!(*stop, Stop::Rewritten { seq: 6 }), "{stop}");
    // The other one meets a segment that does not continue what it wrote.
    assert!(matches!(other.fresh().await, Err(Unavailable::Damaged)));
}

#[tokio::test(start_paused = true)]
async fn a_segment_within_the_log_that_is_gone_ends_the_pod() {
    let (inner, log) = at(4).await;
    sleep(Duration::from_secs(150)).await;
    write(&log, 3).await;
    inner.delete(&Key::Segment(6).path()).await.unwrap();
    let stop = timeout(Duration::from_mins(3), log.stopped()).await.unwrap();
    assert!(matches!(*stop, Stop::Rewritten { seq: 6 }), "{stop}");
}

/// A pod over a store that answers `fate` to the first `times` requests that `wanted` picks, once `armed` is set.
async fn lied_to(
    inner: &Arc<InMemory>,
    fate: Fate,
    times: u32,
    wanted: impl Fn(Request, &Path) -> bool + Send + Sync + 'static,
) -> (Arc<AtomicBool>, Log) {
    let (armed, left) = (Arc::new(AtomicBool::new(false)), AtomicU32::new(times));
    let arms = Arc::clone(&armed);
    let faulty = Faulty::by(inner, &Arc::default(), move |request, path| {
        let lies = arms.load(Ordering::Relaxed)
            && wanted(request, path)
            && left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok();
        Course::at_once(if lies { fate } else { Fate::Works })
    });
    (armed, open(Arc::new(faulty)).await)
}

#[tokio::test(start_paused = true)]
async fn a_listing_that_is_behind_stops_nobody() {
    let inner = Arc::new(InMemory::new());
    let (armed, log) = lied_to(&inner, Fate::Stale(3), u32::MAX, |request, _| request == Request::List).await;
    armed.store(true, Ordering::Relaxed);
    for _ in 0..5 {
        write(&log, 5).await;
        sleep(Duration::from_mins(1)).await;
    }
    write(&log, 1).await;
    // One that fails does not keep it from looking at the last segment.
    let inner = Arc::new(InMemory::new());
    let (armed, log) =
        lied_to(&inner, Fate::FailsBefore, u32::MAX, |request, _| request == Request::List).await;
    armed.store(true, Ordering::Relaxed);
    write(&log, 5).await;
    restore(&inner, 3, 6).await;
    let stop = timeout(Duration::from_mins(3), log.stopped()).await.unwrap();
    assert!(matches!(*stop, Stop::Rewritten { .. }), "{stop}");
}

#[tokio::test(start_paused = true)]
async fn one_answer_of_something_else_stops_nobody() {
    // The next segment, as the follower reads it, and the last one, as the nets do.
    for seq in [3, 2] {
        let inner = Arc::new(InMemory::new());
        let wanted =
            move |request, path: &Path| request == Request::Read && *path == Key::Segment(seq).path();
        let (armed, log) = lied_to(&inner, Fate::Foreign, 1, wanted).await;
        write(&log, 1).await;
        armed.store(true, Ordering::Relaxed);
        if seq == 3 {
            write(&open(Arc::clone(&inner) as _).await, 1).await;
            assert_eq!(log.fresh().await.unwrap().seq(), 3);
        }
        sleep(Duration::from_secs(130)).await;
        write(&log, 1).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_pod_writes_again_once_a_damaged_segment_reads_well() {
    let inner = Arc::new(InMemory::new());
    let wanted = |request, path: &Path| request == Request::Read && *path == Key::Segment(2).path();
    let (armed, log) = lied_to(&inner, Fate::Foreign, 20, wanted).await;
    armed.store(true, Ordering::Relaxed);
    let other = open(Arc::clone(&inner) as _).await;
    write(&other, 1).await;
    assert!(matches!(log.fresh().await, Err(Unavailable::Damaged)));
    assert_eq!(log.commit(harmless(&log)).await, Err(CommitError::ReadOnly));
    sleep(Duration::from_mins(1)).await;
    assert_eq!(log.fresh().await.unwrap().seq(), 2);
    write(&log, 1).await;
}

/// A segment that does not continue the log is looked into at once.
#[tokio::test(start_paused = true)]
async fn a_chain_that_breaks_makes_a_pod_look() {
    let (inner, log) = at(3).await;
    restore(&inner, 2, 3).await;
    let other = open(Arc::clone(&inner) as _).await;
    write(&other, 2).await;
    assert!(log.fresh().await.is_err());
    let stop = timeout(Duration::from_secs(5), log.stopped()).await.expect("it waits for the minute");
    assert!(matches!(*stop, Stop::Rewritten { seq: 3 }), "{stop}");
}
