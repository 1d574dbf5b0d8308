//! What clients are told while their pod cannot reach its store.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use barre_core::access::AnonymousRead;
use barre_testkit::bala::Bala;
use object_store::memory::InMemory;
use reqwest::{Method, StatusCode};

use crate::faulty::{Course, Fate, Faulty, Life};
use crate::server_harness::{Pod, limits, secret};

/// Less than a request waits for the log.
const AT_ONCE: Duration = Duration::from_millis(500);

/// A pod with a package for any platform, and its store.
async fn pod() -> (Pod, Arc<Life>, Arc<AtomicBool>) {
    let (life, failing) = (Arc::<Life>::default(), Arc::new(AtomicBool::new(false)));
    let fails = Arc::clone(&failing);
    let store = Faulty::by(&Arc::new(InMemory::new()), &life, move |_, _| {
        Course::at_once(if fails.load(Ordering::Relaxed) { Fate::FailsBefore } else { Fate::Works })
    });
    let pod = Pod::over(Arc::new(store), 1024 * 1024, AnonymousRead::Allowed, limits()).await;
    pod.publish(&Bala::new("acme", "greet", "1.0.0")).await;
    (pod, life, failing)
}

/// Sends a client that prefers another platform to the one that is there; how long that took.
async fn pull(pod: &Pod, token: Option<&str>) -> Duration {
    let request = pod.request(Method::GET, "packages/acme/greet/1.0.0");
    let request = request.header("accept", "application/octet-stream").header("ballerina-platform", "java21");
    let request = token.iter().fold(request, |request, token| request.bearer_auth(secret(token)));
    let asked = Instant::now();
    let answer = request.send().await.unwrap();
    let took = asked.elapsed();
    assert_eq!(answer.status(), StatusCode::FOUND, "{}", answer.text().await.unwrap());
    assert!(answer.headers()["location"].to_str().unwrap().ends_with("acme-greet-any-1.0.0.bala"));
    // A better one may have been published on another pod: it is not given again.
    assert_eq!(pod.services.metrics.hot_answers(), 0);
    took
}

/// There may be a better one, but nothing would be worse.
#[tokio::test]
async fn while_the_store_fails_another_platform_is_better_than_none() {
    let (pod, _, failing) = pod().await;
    failing.store(true, Ordering::Relaxed);
    for token in [None, Some("read-acme"), None] {
        pull(&pod, token).await;
    }
    assert_eq!(pod.get("packages/acme/greet/2.0.0").await.status(), StatusCode::SERVICE_UNAVAILABLE);
}

/// One request finds out that it does, for all.
#[tokio::test]
async fn while_the_store_hangs_nobody_waits_for_a_better_platform() {
    let (pod, life, _) = pod().await;
    life.kill();
    pull(&pod, None).await;
    for token in [None, Some("read-acme"), None] {
        let took = pull(&pod, token).await;
        assert!(took < AT_ONCE, "{took:?}");
    }
}
