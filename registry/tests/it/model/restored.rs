//! A bucket that is restored under pods that write, while the store misbehaves: whoever has read what is gone ends.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use barre_registry::log::Stop;
use barre_registry::store::Key;
use object_store::ObjectStoreExt as _;
use object_store::memory::InMemory;
use tokio::time::{sleep, timeout};

use super::client;
use super::pod::Pods;
use super::{for_each_seed, seeds, simulate};

const SEEDS: u64 = 30;
/// A look each minute, of which one or two may not get through.
const NOTICED: Duration = Duration::from_mins(4);

#[test]
fn a_restored_bucket_is_noticed_whatever_happens() {
    for_each_seed(seeds(SEEDS), |seed| simulate(run(seed)));
}

async fn run(seed: u64) {
    let shared = Arc::new(InMemory::new());
    let healthy = Arc::new(AtomicBool::new(true));
    let pods = Pods::open(&shared, &healthy, seed).await;
    healthy.store(false, Ordering::Relaxed);
    client::many(&pods, 3, 5, seed * 100).await;
    sleep(Duration::from_secs(seed % 90)).await;
    let running = pods.running();
    let last = running.iter().map(|pod| pod.log.seq()).max().unwrap();
    let kept = 1 + seed % last;
    for seq in kept + 1..=last + 1 {
        let _ = shared.delete(&Key::Segment(seq).path()).await;
    }
    let ahead: Vec<_> = running.iter().filter(|pod| pod.log.seq() > kept).collect();
    let writing = tokio::spawn({
        let pods = Arc::clone(&pods);
        async move { client::many(&pods, 3, 2000, seed * 100 + 50).await }
    });
    for pod in ahead {
        let stop = timeout(NOTICED, pod.log.stopped()).await;
        let stop = stop.expect("it goes on over a log that was restored");
        assert!(matches!(*stop, Stop::Rewritten { .. }), "{stop}");
    }
    writing.abort();
}
