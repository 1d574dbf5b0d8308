//! How new the state is in which something is looked for, with the store and without it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use barre_core::access::{Action, AnonymousRead, Grant, Identity, Organizations};
use barre_registry::base::metrics::Metrics;
use barre_registry::log::{Log, Opening};
use barre_registry::service::mirrors::MirrorsFile;
use barre_registry::service::read::{Freshness, Reads};
use barre_registry::store::Store;
use object_store::memory::InMemory;
use tokio::time::{Instant, sleep, timeout};

use crate::faulty::{Course, Fate, Faulty, Life};
use crate::logs::{harmless, open, store};

const ANYBODY: Identity = Identity::Anonymous(AnonymousRead::Allowed);

fn token() -> Identity {
    let (actions, organizations) = (vec![Action::Read], Organizations::All);
    Identity::Token(Grant { name: "ci".to_owned(), actions, organizations })
}

async fn log(store: Store) -> Log {
    open(store, Opening { create: true, ..Opening::of("us") }).await.ok().unwrap()
}

async fn reads(store: Store) -> Reads {
    Reads::new(log(store).await, MirrorsFile::default())
}

/// A token may have been revoked where nobody can read it.
#[tokio::test(start_paused = true)]
async fn without_its_store_a_pod_serves_what_is_public_and_in_the_end_no_token() {
    let away = Arc::new(AtomicBool::new(false));
    let is_away = Arc::clone(&away);
    let faulty = Faulty::by(&Arc::default(), &Arc::default(), move |_, _| {
        let fails = is_away.load(Ordering::Relaxed);
        Course::at_once(if fails { Fate::FailsBefore } else { Fate::Works })
    });
    let reads = reads(Store::shared(Arc::new(faulty), Metrics::new())).await;
    away.store(true, Ordering::Relaxed);
    assert!(reads.catch_up().await.is_err());
    for (minutes, tokens) in [(4, true), (2, false)] {
        sleep(Duration::from_mins(minutes)).await;
        for freshness in [Freshness::Exact, Freshness::Recent] {
            let served = async |identity| reads.look(&identity, freshness, |_| Some(())).await.is_ok();
            assert_eq!((served(ANYBODY).await, served(token()).await), (true, tokens), "{freshness:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_list_is_as_new_as_what_others_wrote_a_second_ago() {
    let inner = Arc::new(InMemory::new());
    let other = log(store(&inner)).await;
    let reads = reads(store(&inner)).await;
    // Nobody uses it, so that it asks every ten seconds.
    sleep(Duration::from_mins(2)).await;
    other.commit(harmless(&other)).await.unwrap();
    sleep(Duration::from_millis(1_500)).await;
    assert!(timeout(Duration::from_millis(10), reads.wait_for(2)).await.is_err(), "it knows already");
    let seen = reads.look(&ANYBODY, Freshness::Recent, |_| Some(reads.seq())).await.unwrap();
    assert_eq!(seen, Some(2));
    timeout(Duration::from_millis(10), reads.wait_for(2)).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn an_exact_version_that_is_there_is_given_without_asking_the_store() {
    let (inner, life) = (Arc::new(InMemory::new()), Arc::new(Life::default()));
    let faulty = Faulty::by(&inner, &life, |_, _| Course::at_once(Fate::Works));
    let reads = reads(Store::shared(Arc::new(faulty), Metrics::new())).await;
    life.kill();
    let asked = Instant::now();
    assert_eq!(reads.look(&ANYBODY, Freshness::Exact, |_| Some(())).await.unwrap(), Some(()));
    assert_eq!(asked.elapsed(), Duration::ZERO);
}

/// Each pull of a version that is younger than a day is such a question.
#[tokio::test(start_paused = true)]
async fn a_build_does_not_wait_between_its_questions() {
    let reads = reads(store(&Arc::new(InMemory::new()))).await;
    let asked = Instant::now();
    for _ in 0..50 {
        reads.catch_up().await.unwrap();
    }
    assert_eq!(asked.elapsed(), Duration::ZERO);
}
