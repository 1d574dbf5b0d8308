//! Tasks without which a process is none.

use std::panic::AssertUnwindSafe;

use futures::FutureExt as _;
use tokio::task::JoinHandle;

/// Runs a task. If it panics, the process ends at once: one that no longer takes connections, or no longer follows or
/// writes its log and answers all the same, would be worse. A panic elsewhere costs the request that it happened to.
pub fn vital(what: &'static str, task: impl Future<Output = ()> + Send + 'static) -> JoinHandle<()> {
    tokio::spawn(async move {
        if AssertUnwindSafe(task).catch_unwind().await.is_err() {
            tracing::error!("a task panicked that this process cannot do without: {what}");
            std::process::abort();
        }
    })
}
