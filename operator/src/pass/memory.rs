//! What is remembered between passes, per object: how often it failed, and what was written.
//!
//! Only a cache: losing it costs a few requests. Keyed by uid, so a re-created object starts afresh.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard},
    time::{Duration, Instant},
};

use super::lock::lock;

/// Every living object is reconciled far more often than this.
const FORGET: Duration = Duration::from_hours(1);
const FIRST_DELAY: Duration = Duration::from_secs(1);

/// Memory of all objects.
#[derive(Default)]
pub(crate) struct Memory(Mutex<HashMap<String, Remembered>>);

struct Remembered {
    touched: Instant,
    failures: u32,
    /// By kind and name.
    written: HashMap<(String, String), Written>,
}

/// Hashes of a child that was applied, and of what the API server answered.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Written {
    pub(crate) sent: u64,
    pub(crate) answer: u64,
}

impl Memory {
    /// Returns how long to wait after a failure: doubling from a second up to `longest`, a fifth more or less.
    pub(crate) fn failed(&self, uid: &str, longest: Duration) -> Duration {
        let mut entries = self.entries();
        let entry = touch(&mut entries, uid);
        entry.failures = entry.failures.saturating_add(1);
        delay(entry.failures, longest, rand::random_range(0.8..1.2))
    }

    /// Forgets failures.
    pub(crate) fn succeeded(&self, uid: &str) {
        touch(&mut self.entries(), uid).failures = 0;
    }

    /// Keeps what was written.
    pub(crate) fn remember_written(&self, uid: &str, kind: &str, name: &str, written: Written) {
        touch(&mut self.entries(), uid).written.insert((kind.to_owned(), name.to_owned()), written);
    }

    /// Returns what was written last.
    pub(crate) fn written(&self, uid: &str, kind: &str, name: &str) -> Option<Written> {
        self.entries().get(uid)?.written.get(&(kind.to_owned(), name.to_owned())).copied()
    }

    fn entries(&self) -> MutexGuard<'_, HashMap<String, Remembered>> {
        lock(&self.0)
    }
}

fn touch<'a>(entries: &'a mut HashMap<String, Remembered>, uid: &str) -> &'a mut Remembered {
    let now = Instant::now();
    if !entries.contains_key(uid) {
        entries.retain(|_, entry| entry.touched.elapsed() < FORGET);
    }
    let entry = entries.entry(uid.to_owned()).or_insert_with(|| Remembered {
        touched: now,
        failures: 0,
        written: HashMap::new(),
    });
    entry.touched = now;
    entry
}

fn delay(failures: u32, longest: Duration, jitter: f64) -> Duration {
    let doublings = failures.saturating_sub(1).min(16);
    (FIRST_DELAY * 2_u32.pow(doublings)).min(longest).mul_f64(jitter).min(longest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_double_up_to_the_longest() {
        let longest = Duration::from_mins(5);
        let delays: Vec<u64> = [1, 2, 3, 9, 10, u32::MAX].map(|n| delay(n, longest, 1.0).as_secs()).into();
        assert_eq!(delays, [1, 2, 4, 256, 300, 300]);
        assert_eq!(delay(99, longest, 1.2), longest);
    }

    #[test]
    fn success_starts_over() {
        let memory = Memory::default();
        let longest = Duration::from_mins(5);
        for _ in 0..9 {
            memory.failed("uid", longest);
        }
        memory.succeeded("uid");
        assert!(memory.failed("uid", longest) < Duration::from_secs(2));
    }
}
