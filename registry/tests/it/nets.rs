//! What a pod with a wrong clock does, what a pod says while its store is away, and fairness among writers.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use barre_core::segment::Segment;
use barre_registry::base::clock::Clock;
use barre_registry::base::instruments::Instruments;
use barre_registry::base::metrics::Metrics;
use barre_registry::log::{self, CommitError, Log, Opening, Unavailable};
use barre_registry::service::mirrors::MirrorsFile;
use barre_registry::service::read::Reads;
use barre_registry::store::{Key, Store};
use jiff::SignedDuration;
use object_store::ObjectStoreExt as _;
use object_store::memory::InMemory;
use tokio::time::{Instant, sleep};

use crate::faulty::{Course, Fate, Faulty, Life, Request};
use crate::logs::harmless;

async fn open(store: Store) -> Log {
    let opening = Opening { create: true, ..Opening::of("us") };
    log::open(store, opening, Instruments::system()).await.unwrap()
}

fn memory() -> (Arc<InMemory>, Store) {
    let inner = Arc::new(InMemory::new());
    (Arc::clone(&inner), Store::shared(inner, Metrics::new()))
}

/// A store that works until its pod is cut off.
fn mortal(inner: &Arc<InMemory>) -> (Arc<Life>, Store) {
    let (life, healthy) = (Arc::default(), Arc::new(AtomicBool::new(true)));
    let faulty = Faulty::new(inner, 1, &healthy, &life);
    (life, Store::shared(Arc::new(faulty), Metrics::new()))
}

#[tokio::test]
async fn a_pod_whose_clock_is_off_does_not_write() {
    let (_, store) = memory();
    let log = open(store.clone()).await;
    store.clock().note("Tue, 01 Jan 2030 00:00:00 GMT");
    assert_eq!(log.commit(harmless(&log)).await, Err(CommitError::Clock));
    assert!(log.fresh().await.is_ok());
    let now = log.now().strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
    store.clock().note(&now);
    assert!(log.commit(harmless(&log)).await.is_ok());
}

/// The store takes the write and is silent; then the clock disagrees: it may well have been written.
#[tokio::test(start_paused = true)]
async fn what_was_sent_is_never_said_not_to_be_written() {
    let inner = Arc::new(InMemory::new());
    let (life, store) = mortal(&inner);
    let log = open(store.clone()).await;
    let committing = tokio::spawn({
        let log = log.clone();
        async move { log.commit(harmless(&log)).await }
    });
    // The create is on its way, and its answer will not come.
    sleep(Duration::from_millis(1)).await;
    life.kill();
    store.clock().note("Tue, 01 Jan 2030 00:00:00 GMT");
    assert_eq!(committing.await.unwrap(), Err(CommitError::Unknown));
}

/// Not even when the store works again, and nobody else has written meanwhile.
#[tokio::test(start_paused = true)]
async fn what_was_given_up_is_sent_no_more() {
    let inner = Arc::new(InMemory::new());
    let away = Arc::new(AtomicBool::new(false));
    let is_away = Arc::clone(&away);
    let faulty = Faulty::by(&inner, &Arc::default(), move |_, _| {
        let fails = is_away.load(Ordering::Relaxed);
        Course::at_once(if fails { Fate::FailsBefore } else { Fate::Works })
    });
    let log = open(Store::shared(Arc::new(faulty), Metrics::new())).await;
    away.store(true, Ordering::Relaxed);
    assert_eq!(log.commit(harmless(&log)).await, Err(CommitError::Unknown));
    sleep(Duration::from_secs(5)).await;
    away.store(false, Ordering::Relaxed);
    sleep(Duration::from_mins(1)).await;
    assert_eq!(log.fresh().await.unwrap().seq(), 1, "it was written after all");
    // Nor with what comes next.
    let seq = log.commit(harmless(&log)).await.unwrap().seq;
    let segment = inner.get(&Key::Segment(seq).path()).await.unwrap().bytes().await.unwrap();
    assert_eq!((seq, Segment::decode(&segment).unwrap().changes.len()), (2, 1));
}

#[tokio::test]
async fn on_a_damaged_log_everybody_reads_what_was_read() {
    let (inner, store) = memory();
    let log = open(store).await;
    inner.put(&Key::Segment(2).path(), "garbage\n".into()).await.unwrap();
    assert!(log.fresh().await.is_err());
    tokio::time::pause();
    for _ in 0..20 {
        sleep(Duration::from_millis(700)).await;
        assert_eq!(log.recent().await.unwrap().seq(), 1);
    }
}

/// Otherwise connections pile up behind a store that is away.
#[tokio::test(start_paused = true)]
async fn nobody_waits_for_a_store_that_is_known_to_be_away() {
    let inner = Arc::new(InMemory::new());
    let (life, store) = mortal(&inner);
    let log = open(store).await;
    life.kill();
    sleep(Duration::from_mins(1)).await;
    let _noticed = log.recent().await;
    sleep(Duration::from_mins(6)).await;
    let asked = Instant::now();
    assert!(log.recent().await.is_err());
    assert!(asked.elapsed() < Duration::from_millis(100), "{:?}", asked.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_pod_without_its_store_serves_what_it_has_for_five_minutes() {
    let inner = Arc::new(InMemory::new());
    let (life, store) = mortal(&inner);
    let log = open(store).await;
    life.kill();
    sleep(Duration::from_secs(30)).await;
    assert!(matches!(log.fresh().await, Err(Unavailable::Storage)));
    assert!(log.recent().await.is_ok());
    assert_eq!(log.commit(harmless(&log)).await, Err(CommitError::Unknown));
    sleep(Duration::from_mins(4)).await;
    assert!(log.recent().await.is_ok());
    sleep(Duration::from_mins(1)).await;
    assert!(matches!(log.recent().await, Err(Unavailable::Storage)));
}

/// A pod that nobody uses asks every ten seconds.
#[tokio::test(start_paused = true)]
async fn a_store_is_asked_about_once_a_second_also_while_it_is_away() {
    let (away, asked) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU32::new(0)));
    let (is_away, asks) = (Arc::clone(&away), Arc::clone(&asked));
    let faulty = Faulty::by(&Arc::default(), &Arc::default(), move |request, path| {
        if request == Request::Read && *path == Key::Segment(2).path() {
            asks.fetch_add(1, Ordering::Relaxed);
        }
        let fails = is_away.load(Ordering::Relaxed);
        Course::at_once(if fails { Fate::FailsBefore } else { Fate::Works })
    });
    let log = open(Store::shared(Arc::new(faulty), Metrics::new())).await;
    let asked_in_20_seconds = async || {
        asked.store(0, Ordering::Relaxed);
        sleep(Duration::from_secs(20)).await;
        asked.load(Ordering::Relaxed)
    };
    sleep(Duration::from_mins(2)).await;
    assert!((1..=3).contains(&asked_in_20_seconds().await), "nobody uses it");
    Reads::new(log, MirrorsFile::default()).note_request();
    sleep(Duration::from_secs(10)).await;
    assert!((20..=26).contains(&asked_in_20_seconds().await), "it is used");
    away.store(true, Ordering::Relaxed);
    sleep(Duration::from_mins(2)).await;
    assert!((20..=26).contains(&asked_in_20_seconds().await), "the store is away");
    away.store(false, Ordering::Relaxed);
    sleep(Duration::from_mins(2)).await;
    assert!((1..=3).contains(&asked_in_20_seconds().await), "the store is back");
}

/// Time never goes back in the log, whatever a clock says.
#[tokio::test]
async fn what_was_before_the_end_of_the_log_is_past() {
    let (_, store) = memory();
    let log = open(store.clone()).await;
    store.clock().note("Tue, 01 Jan 2030 00:00:00 GMT");
    let end = log.state().time();
    assert!(log.is_past(end - SignedDuration::from_millis(1)));
    assert!(!log.is_past(end));
}

/// Nobody writes any more who believes that it is earlier.
#[tokio::test]
async fn what_is_minutes_ago_is_past_although_nobody_has_written_since() {
    let (_, store) = memory();
    let (system, ahead) = (Clock::system(), Arc::new(AtomicU32::new(0)));
    let seconds = Arc::clone(&ahead);
    let now = move || system.now() + Duration::from_secs(seconds.load(Ordering::Relaxed).into());
    let instruments = Instruments { clock: Clock::new(now), ..Instruments::system() };
    let opening = Opening { create: true, ..Opening::of("us") };
    let log = log::open(store, opening, instruments).await.unwrap();
    let end = log.state().time();
    ahead.store(180, Ordering::Relaxed);
    assert!(!log.is_past(end));
    ahead.store(300, Ordering::Relaxed);
    assert!(log.is_past(end));
}

/// The courtesy is for others: who is alone waits after one in eight segments.
#[tokio::test(start_paused = true)]
async fn a_lone_writer_does_not_wait_for_others() {
    let put = Duration::from_millis(100);
    let faulty = Faulty::by(&Arc::default(), &Arc::default(), move |request, _| {
        let before = if request == Request::Write { put } else { Duration::ZERO };
        Course { before, ..Course::at_once(Fate::Works) }
    });
    let log = open(Store::shared(Arc::new(faulty), Metrics::new())).await;
    let began = Instant::now();
    for _ in 0..7 {
        log.commit(harmless(&log)).await.unwrap();
    }
    assert!(began.elapsed() < put * 8, "{:?}", began.elapsed());
}

/// Without the wait after an own segment, whoever wins once wins nearly always.
#[tokio::test(start_paused = true)]
async fn three_busy_writers_share_the_log() {
    let inner = Arc::new(InMemory::new());
    let mut writers = Vec::new();
    for seed in 0..3 {
        let log = open(Store::shared(Arc::new(Faulty::slow(&inner, seed)), Metrics::new())).await;
        writers.push(tokio::spawn(async move {
            let end = Instant::now() + Duration::from_mins(1);
            let (mut commits, mut longest) = (0, Duration::ZERO);
            while Instant::now() < end {
                let began = Instant::now();
                log.commit(harmless(&log)).await.unwrap();
                commits += 1;
                longest = longest.max(began.elapsed());
            }
            (commits, longest)
        }));
    }
    let mut shares = Vec::new();
    for writer in writers {
        shares.push(writer.await.unwrap());
    }
    let total: u32 = shares.iter().map(|(commits, _)| commits).sum();
    for (commits, longest) in &shares {
        assert!(*commits * 5 > total && *longest < Duration::from_secs(5), "{shares:?}");
    }
}
