//! The safety nets of the log, what a pod says while its store is away, and fairness among writers.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use barre_core::change::Change;
use barre_core::format::NEWEST;
use barre_registry::base::instruments::Instruments;
use barre_registry::base::metrics::Metrics;
use barre_registry::log::{self, CommitError, Log, Opening, Stop, Unavailable};
use barre_registry::store::{Key, Store};
use object_store::ObjectStoreExt as _;
use object_store::memory::InMemory;
use tokio::time::{Instant, sleep, timeout};

use crate::faulty::Faulty;

async fn open(store: Store) -> Log {
    let opening = Opening { create: true, ..Opening::of("us") };
    log::open(store, opening, Instruments::system()).await.unwrap()
}

fn memory() -> (Arc<InMemory>, Store) {
    let inner = Arc::new(InMemory::new());
    (Arc::clone(&inner), Store::shared(inner, Metrics::new()))
}

/// A change that is accepted whenever it is committed.
fn harmless(log: &Log) -> Change {
    log.change("test", NEWEST)
}

#[tokio::test(start_paused = true)]
async fn a_pod_whose_last_segment_is_gone_ends() {
    let (inner, store) = memory();
    let log = open(store).await;
    log.commit(harmless(&log)).await.unwrap();
    inner.delete(&Key::Segment(2).path()).await.unwrap();
    let stop = timeout(Duration::from_mins(3), log.stopped()).await.unwrap();
    assert!(matches!(*stop, Stop::Rewritten { seq: 2 }));
}

#[tokio::test(start_paused = true)]
async fn a_pod_whose_last_segment_has_changed_ends() {
    let (inner, store) = memory();
    let log = open(store.clone()).await;
    log.commit(harmless(&log)).await.unwrap();
    let first = store.read(&Key::Segment(1)).await.unwrap().unwrap();
    inner.put(&Key::Segment(2).path(), first.into()).await.unwrap();
    let stop = timeout(Duration::from_mins(3), log.stopped()).await.unwrap();
    assert!(matches!(*stop, Stop::Rewritten { seq: 2 }));
}

#[tokio::test(start_paused = true)]
async fn a_segment_behind_a_gap_ends_writing() {
    let (inner, store) = memory();
    let log = open(store).await;
    inner.put(&Key::Segment(9).path(), "whatever\n".into()).await.unwrap();
    // Nobody meets it by following.
    assert!(log.fresh().await.is_ok());
    sleep(Duration::from_mins(65)).await;
    assert_eq!(log.commit(harmless(&log)).await, Err(CommitError::ReadOnly));
    assert!(matches!(log.fresh().await, Err(Unavailable::Damaged)));
    assert_eq!(log.state().seq(), 1);
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

#[tokio::test(start_paused = true)]
async fn a_pod_without_its_store_serves_what_it_has_for_five_minutes() {
    let inner = Arc::new(InMemory::new());
    let (healthy, gone) = (Arc::new(AtomicBool::new(true)), Arc::new(AtomicBool::new(false)));
    let faulty = Faulty::new(Arc::clone(&inner), 1, healthy, Arc::clone(&gone));
    let log = open(Store::shared(Arc::new(faulty), Metrics::new())).await;
    gone.store(true, Ordering::Relaxed);
    sleep(Duration::from_secs(30)).await;
    assert!(matches!(log.fresh().await, Err(Unavailable::Storage)));
    assert!(log.recent().await.is_ok());
    assert_eq!(log.commit(harmless(&log)).await, Err(CommitError::Unknown));
    sleep(Duration::from_mins(4)).await;
    assert!(log.recent().await.is_ok());
    sleep(Duration::from_mins(1)).await;
    assert!(matches!(log.recent().await, Err(Unavailable::Storage)));
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
