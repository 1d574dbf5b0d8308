//! Answers that are lost on their way from the store.

use std::collections::HashSet;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use barre_core::segment::Segment;
use barre_registry::base::metrics::Metrics;
use barre_registry::log::Opening;
use barre_registry::store::{Key, Store};
use object_store::memory::InMemory;
use tokio::time::{Instant, sleep};

use crate::faulty::{Course, Fate, Faulty, Life, Request};
use crate::logs::{harmless, open};

/// The first write of registry.json and of segment 1 gets no answer, whether it was done or not.
#[tokio::test(start_paused = true)]
async fn a_registry_is_begun_although_answers_are_lost() {
    for fate in [Fate::FailsBefore, Fate::FailsAfter, Fate::Conflicts] {
        let inner = Arc::new(InMemory::new());
        let begun = Mutex::new(HashSet::from([Key::Genesis.path(), Key::Segment(1).path()]));
        let faulty = Faulty::by(&inner, &Arc::default(), move |request, path| {
            let lost = request == Request::Write && begun.lock().unwrap().remove(path);
            Course::at_once(if lost { fate } else { Fate::Works })
        });
        let store = Store::shared(Arc::new(faulty), Metrics::new());
        let log = open(store, Opening { create: true, ..Opening::of("us") }).await;
        assert_eq!(log.ok().map(|log| log.seq()), Some(1), "{fate:?}");
    }
}

/// What was sent may still arrive, so nothing else is sent in its place; what came meanwhile waits for the next segment.
#[tokio::test(start_paused = true)]
async fn after_an_unclear_answer_the_same_bytes_are_sent_again() {
    let (inner, life, left) = (Arc::new(InMemory::new()), Arc::new(Life::default()), AtomicU32::new(3));
    let faulty = Faulty::by(&inner, &life, move |request, path| {
        let fails = request == Request::Write
            && *path == Key::Segment(2).path()
            && left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok();
        Course::at_once(if fails { Fate::FailsBefore } else { Fate::Works })
    });
    let store = Store::shared(Arc::new(faulty), Metrics::new());
    let log = open(store, Opening { create: true, ..Opening::of("us") }).await.ok().unwrap();
    let later = async {
        sleep(Duration::from_millis(1)).await;
        log.commit(harmless(&log)).await
    };
    let (first, later) = tokio::join!(log.commit(harmless(&log)), later);
    assert_eq!((first.unwrap().seq, later.unwrap().seq), (2, 3));
    let sent = life.sent().into_iter().map(|(_, bytes)| bytes);
    let second: Vec<_> = sent.filter(|bytes| Segment::decode(bytes).unwrap().header.seq == 2).collect();
    assert_eq!(second.len(), 4);
    assert!(second.windows(2).all(|pair| pair[0] == pair[1]));
}

/// Some stores throttle writes to one key, and others refuse them for good.
#[tokio::test(start_paused = true)]
async fn a_start_asks_again_whether_the_store_refuses_to_create_what_is_there() {
    let inner = Arc::new(InMemory::new());
    let opening = || Opening { create: true, ..Opening::of("us") };
    open(Store::shared(Arc::clone(&inner) as _, Metrics::new()), opening()).await.ok().unwrap();
    for (fate, times, opens, seconds) in
        [(Fate::FailsBefore, 4, true, 4), (Fate::FailsBefore, 5, false, 4), (Fate::Denied, 1, false, 0)]
    {
        let left = AtomicU32::new(times);
        let faulty = Faulty::by(&inner, &Arc::default(), move |request, path| {
            let fails = request == Request::Write
                && *path == Key::Genesis.path()
                && left
                    .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1))
                    .is_ok();
            Course::at_once(if fails { fate } else { Fate::Works })
        });
        let began = Instant::now();
        let opened = open(Store::shared(Arc::new(faulty), Metrics::new()), opening()).await;
        assert_eq!((opened.is_ok(), began.elapsed().as_secs()), (opens, seconds), "{fate:?} {times}");
    }
}
