//! Pods on several threads, over a store that answers at once, or lies: what one step of one thread does between two of
//! another.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use barre_registry::service::publish::Published;
use object_store::memory::InMemory;

use super::pod::{Pod, Pods};
use super::{History, Said, balas, check, client};

const TASKS: usize = 8;
const PUSHES: usize = 12;

#[test]
fn what_a_pod_says_it_has_read_on_any_thread() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(4).enable_all().build().unwrap();
    runtime.block_on(async {
        let shared = Arc::new(InMemory::new());
        let pods = Pods::open(&shared, &Arc::new(AtomicBool::new(true)), 1).await;
        pods.settle().await;
        let done = Arc::new(AtomicBool::new(false));
        let watching: Vec<_> = pods.running().into_iter().map(|pod| watch(pod, Arc::clone(&done))).collect();
        let tasks: Vec<_> = (0..TASKS).map(|task| tokio::spawn(pushes(Arc::clone(&pods), task))).collect();
        let mut history = History::default();
        for task in tasks {
            history.extend(task.await.unwrap());
        }
        done.store(true, Ordering::Relaxed);
        for watching in watching {
            watching.join().unwrap();
        }
        pods.number(0).log.raise("operator").await.unwrap();
        check::check(&shared, &pods, &history).await;
    });
}

/// The state of a pod never goes back.
fn watch(pod: Pod, done: Arc<AtomicBool>) -> std::thread::JoinHandle<()> {
    std::thread::spawn(move || {
        let mut last = 0;
        while !done.load(Ordering::Relaxed) {
            let seq = pod.log.state().seq();
            assert!(seq >= last, "a state went back from {last} to {seq}");
            last = seq;
            std::thread::yield_now();
        }
    })
}

async fn pushes(pods: Arc<Pods>, task: usize) -> History {
    let mut history = History::default();
    for number in 0..PUSHES {
        let pod = pods.number((task + number) % 3);
        let place =
            balas::place(&format!("p{}", number % 4), &format!("1.{}.{}", task % 4, number / 4), "any");
        let told = client::push(&pod, &place, 0, format!("{task}-{number}")).await;
        if let Said::Published(published) = told.said {
            assert!(pod.log.seq() >= published.seq(), "a pod has not read what it acknowledged");
            assert!(matches!(published, Published::New { .. } | Published::Before { .. }));
        }
        history.told.push(told);
        history.seen.extend(client::read(&pods, &pods.number((task + number + 1) % 3), place).await);
    }
    history
}
