//! What is remembered between passes, per object: when it was looked at, how often it failed, and what was written.
//!
//! Only a cache: losing it costs a few requests. Keyed by uid, so a re-created object starts afresh.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard},
    time::{Duration, Instant},
};

use serde_json::Value;

use super::lock::lock;

/// Every living object is reconciled far more often than this.
const FORGET: Duration = Duration::from_hours(1);
const FIRST_DELAY: Duration = Duration::from_secs(1);
/// Changes come in bursts: an object is looked at once in this time, however many there are.
const PACE: Duration = Duration::from_millis(200);

/// Memory of all objects.
#[derive(Default)]
pub(crate) struct Memory(Mutex<HashMap<String, Remembered>>);

struct Remembered {
    touched: Instant,
    /// When the last pass began.
    began: Option<Instant>,
    failures: u32,
    /// When it is to be tried again.
    retry_at: Option<Instant>,
    /// The status that was written last, and the version of the object that has it.
    reported: Option<(u64, Value)>,
    /// By kind and name.
    written: HashMap<(String, String), Written>,
    /// The versions that writing led to, by kind and name.
    versions: HashMap<(String, String), u64>,
}

/// Hashes of a child that was applied, and of what the API server answered.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Written {
    pub(crate) sent: u64,
    pub(crate) answer: u64,
}

impl Memory {
    /// Begins a pass, or returns how long it has to wait: the one before has only just begun. However long a burst of
    /// changes lasts, there is a pass in each such time.
    pub(crate) fn begin(&self, uid: &str) -> Option<Duration> {
        let mut entries = self.entries();
        let entry = touch(&mut entries, uid);
        let wait = entry.began.and_then(|began| PACE.checked_sub(began.elapsed()));
        if wait.is_none() {
            entry.began = Some(Instant::now());
        }
        wait
    }

    /// Returns how long to wait after a failure: doubling from a second up to `longest`, a fifth more or less. A pass that
    /// something else led to before that time is no further failure.
    pub(crate) fn failed(&self, uid: &str, longest: Duration) -> Duration {
        let mut entries = self.entries();
        let entry = touch(&mut entries, uid);
        let now = Instant::now();
        if let Some(rest) = entry.retry_at.and_then(|at| at.checked_duration_since(now)) {
            return rest;
        }
        entry.failures = entry.failures.saturating_add(1);
        let delay = delay(entry.failures, longest, rand::random_range(0.8..1.2));
        entry.retry_at = Some(now + delay);
        delay
    }

    /// Forgets failures.
    pub(crate) fn succeeded(&self, uid: &str) {
        let mut entries = self.entries();
        let entry = touch(&mut entries, uid);
        (entry.failures, entry.retry_at) = (0, None);
    }

    /// Keeps the status that was written, and the version of the object that has it.
    pub(crate) fn remember_reported(&self, uid: &str, version: &str, status: Value) {
        touch(&mut self.entries(), uid).reported = version.parse().ok().map(|version| (version, status));
    }

    /// Returns the status that was written, if an object of this version does not have it yet.
    pub(crate) fn reported_after(&self, uid: &str, version: &str) -> Option<Value> {
        let seen: u64 = version.parse().ok()?;
        let entries = self.entries();
        let (version, status) = entries.get(uid)?.reported.as_ref()?;
        (*version > seen).then(|| status.clone())
    }

    /// Keeps what was written.
    pub(crate) fn remember_written(&self, uid: &str, kind: &str, name: &str, written: Written) {
        touch(&mut self.entries(), uid).written.insert((kind.to_owned(), name.to_owned()), written);
    }

    /// Keeps the version of a child that writing it led to.
    pub(crate) fn remember_version(&self, uid: &str, kind: &str, name: &str, version: &str) {
        let version = version.parse().unwrap_or_default();
        touch(&mut self.entries(), uid).versions.insert((kind.to_owned(), name.to_owned()), version);
    }

    /// Returns the version that writing a child led to last; 0 if this process has not.
    pub(crate) fn version(&self, uid: &str, kind: &str, name: &str) -> u64 {
        let entries = self.entries();
        let entry = entries.get(uid);
        entry.and_then(|entry| entry.versions.get(&(kind.to_owned(), name.to_owned())).copied()).unwrap_or(0)
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
        began: None,
        failures: 0,
        retry_at: None,
        reported: None,
        written: HashMap::new(),
        versions: HashMap::new(),
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
    fn only_a_pass_at_its_time_is_another_failure() {
        let memory = Memory::default();
        let longest = Duration::from_mins(5);
        let first = memory.failed("uid", longest);
        for _ in 0..9 {
            assert!(memory.failed("uid", longest) <= first, "something else led to these");
        }
        memory.succeeded("uid");
        assert!(memory.failed("uid", longest) < Duration::from_secs(2));
    }

    #[test]
    fn a_burst_waits_for_the_pace_and_no_longer() {
        let memory = Memory::default();
        assert_eq!(memory.begin("uid"), None);
        let first = memory.begin("uid").unwrap();
        assert!(first <= PACE);
        for _ in 0..2 {
            std::thread::sleep(Duration::from_millis(20));
            memory.begin("uid");
        }
        let rest = memory.begin("uid").unwrap_or_default();
        assert!(rest + Duration::from_millis(40) <= first, "asking again postpones nothing");
        assert_eq!(memory.begin("other"), None);
    }

    #[test]
    fn a_status_is_remembered_until_it_is_seen() {
        let memory = Memory::default();
        memory.remember_reported("uid", "12", Value::Bool(true));
        assert_eq!(memory.reported_after("uid", "11"), Some(Value::Bool(true)));
        for (uid, version) in [("uid", "12"), ("uid", "13"), ("uid", "x"), ("other", "11")] {
            assert_eq!(memory.reported_after(uid, version), None, "{uid} {version}");
        }
    }
}
