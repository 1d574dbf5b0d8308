//! Waiting for a condition, with a limit.

use std::time::Duration;

pub(crate) const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// Waits until a look finds something.
pub(crate) async fn until<T, F: Future<Output = Option<T>>>(what: &str, look: impl FnMut() -> F) -> T {
    let found = tokio::time::timeout(LONGEST_WAIT, poll(look)).await;
    found.unwrap_or_else(|_| panic!("waited in vain for {what}"))
}

/// Looks until something is found.
pub(crate) async fn poll<T, F: Future<Output = Option<T>>>(mut look: impl FnMut() -> F) -> T {
    loop {
        if let Some(found) = look().await {
            return found;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
