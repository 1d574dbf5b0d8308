//! Balas that are not in memory: read once for all who ask, sent on as they come, and never to their end when they are
//! wrong.

use std::sync::Arc;
use std::time::Duration;

use barre_core::access::AnonymousRead;
use barre_testkit::bala::Bala;
use futures::TryStreamExt as _;
use futures::future::join_all;
use object_store::memory::InMemory;
use object_store::throttle::{ThrottleConfig, ThrottledStore};
use object_store::{ObjectStore, ObjectStoreExt as _};
use reqwest::StatusCode;

use crate::server_harness::{Pod, limits, refusal};

const FILE: &str = "/files/acme/greet/1.0.0/acme-greet-any-1.0.0.bala";
const MIB: usize = 1024 * 1024;

async fn pod(store: Arc<dyn ObjectStore>) -> Pod {
    Pod::over(store, 16 * MIB as u64, AnonymousRead::Allowed, limits()).await
}

/// A store whose reads take a while.
fn slow() -> Arc<dyn ObjectStore> {
    let wait = ThrottleConfig { wait_get_per_call: Duration::from_millis(100), ..ThrottleConfig::default() };
    Arc::new(ThrottledStore::new(InMemory::new(), wait))
}

fn reads(pod: &Pod) -> String {
    let text = pod.metrics();
    let line = text
        .lines()
        .find(|line| line.starts_with("barre_store_operations_total{kind=\"get\",outcome=\"ok\"}"));
    line.map_or("0", |line| line.rsplit(' ').next().unwrap()).to_owned()
}

#[tokio::test]
async fn however_many_ask_the_store_is_read_once() {
    let pod = pod(slow()).await;
    let bytes = pod.publish(&Bala::new("acme", "greet", "1.0.0").padding(MIB)).await;
    let answers = join_all((0..50).map(|_| async { pod.get(FILE).await.bytes().await.unwrap() })).await;
    assert!(answers.iter().all(|answer| *answer == bytes));
    assert_eq!(reads(&pod), "1");
    assert!(pod.get(FILE).await.bytes().await.unwrap() == bytes);
    assert_eq!(reads(&pod), "1");
}

#[tokio::test]
async fn whoever_was_first_may_go_away() {
    let pod = pod(slow()).await;
    let bytes = pod.publish(&Bala::new("acme", "greet", "1.0.0").padding(MIB)).await;
    let first = tokio::time::timeout(Duration::from_millis(30), pod.get(FILE)).await;
    assert!(first.is_err(), "the store is not slow");
    assert!(pod.get(FILE).await.bytes().await.unwrap() == bytes);
    assert_eq!(reads(&pod), "1");
}

#[tokio::test]
async fn a_range_of_a_cold_bala_is_cut_from_what_was_checked() {
    let pod = pod(slow()).await;
    let bytes = pod.publish(&Bala::new("acme", "greet", "1.0.0").padding(MIB)).await;
    let range = format!("bytes={}-{}", MIB / 4 - 10, MIB / 2 + 10);
    let request = pod.request(reqwest::Method::GET, FILE).header("range", range);
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::PARTIAL_CONTENT);
    assert!(answer.bytes().await.unwrap() == bytes[MIB / 4 - 10..=MIB / 2 + 10]);
}

#[tokio::test]
async fn damaged_bytes_are_never_served_to_their_end() {
    let store = Arc::new(InMemory::new());
    let pod = pod(Arc::clone(&store) as _).await;
    // In one piece, in several, and too large to be kept.
    for (version, size) in [("1.0.0", 100), ("2.0.0", MIB), ("3.0.0", 9 * MIB)] {
        pod.publish(&Bala::new("acme", "greet", version).padding(size)).await;
    }
    let stored: Vec<_> = store.list(None).try_collect().await.unwrap();
    for object in stored.iter().filter(|object| object.location.extension() == Some("bala")) {
        let mut bytes = store.get(&object.location).await.unwrap().bytes().await.unwrap().to_vec();
        *bytes.last_mut().unwrap() ^= 1;
        store.put(&object.location, bytes.into()).await.unwrap();
    }
    for _ in [1, 2] {
        let (status, text) = refusal(pod.get(FILE).await).await;
        assert_eq!((status, text.contains("damaged")), (503, true), "{text}");
        for file in ["2.0.0/acme-greet-any-2.0.0.bala", "3.0.0/acme-greet-any-3.0.0.bala"] {
            let request = pod.request(reqwest::Method::GET, &format!("/files/acme/greet/{file}"));
            let got = async { request.send().await?.bytes().await };
            assert!(got.await.is_err(), "{file}");
        }
    }
}
