//! Locks that stay usable whatever became of their holders.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Locks. Whoever holds one of our locks keeps its value whole at every step, so that a poisoned one is as good as any:
/// one request that panicked must not take the others with it.
pub fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
