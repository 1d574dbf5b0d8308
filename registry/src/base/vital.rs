//! Tasks without which a process is none.

use std::panic::AssertUnwindSafe;

use futures::FutureExt as _;

/// Runs a task for ever. If it panics, the process ends at once: one that no longer follows or writes its log, and answers
/// all the same, would be worse. Any other panic costs the request that it happened to.
pub fn vital(what: &'static str, task: impl Future<Output = ()> + Send + 'static) {
    tokio::spawn(async move {
        if AssertUnwindSafe(task).catch_unwind().await.is_err() {
            tracing::error!("a task panicked that this process cannot do without: {what}");
            std::process::abort();
        }
    });
}
