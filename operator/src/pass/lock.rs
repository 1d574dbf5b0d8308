//! Locks whose holders cannot leave a half-done change behind.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Locks, also after a holder panicked: what is kept under these locks is whole between any two statements.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
