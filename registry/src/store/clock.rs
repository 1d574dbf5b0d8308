//! The clock of the store, as its answers show it.
//!
//! The time of a segment decides rules for ever, and it comes from the clock of the pod that writes it. A pod whose
//! clock is far from the store's must not write. Memory and folders have the clock of this machine.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::{SignedDuration, Timestamp};

use crate::base::clock::Clock;

/// How far a pod's clock may be from the store's.
pub const TOLERANCE: SignedDuration = SignedDuration::from_mins(2);

/// How far our clock is ahead of the store's. Cheap to clone.
#[derive(Debug, Clone)]
pub struct StoreClock {
    ours: Clock,
    /// In milliseconds; 0 until an answer said otherwise.
    ahead: Arc<AtomicI64>,
}

impl StoreClock {
    /// Compares with `ours`.
    pub fn new(ours: Clock) -> Self {
        Self { ours, ahead: Arc::default() }
    }

    /// Notes the `Date` of an answer that has just come.
    pub fn note(&self, date: &str) {
        if let Ok(theirs) = jiff::fmt::rfc2822::parse(date) {
            let ahead = self.ours.now().duration_since(theirs.timestamp());
            self.ahead.store(i64::try_from(ahead.as_millis()).unwrap_or(i64::MAX), Ordering::Relaxed);
        }
    }

    /// How far our clock is ahead; negative when it is behind.
    pub fn ahead(&self) -> SignedDuration {
        SignedDuration::from_millis(self.ahead.load(Ordering::Relaxed))
    }

    /// Whether our clock may date segments.
    pub fn agrees(&self) -> bool {
        self.ahead().abs() <= TOLERANCE
    }

    /// The time.
    pub fn now(&self) -> Timestamp {
        self.ours.now()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_minutes_are_tolerated() {
        let now = "2026-11-23T10:00:00Z".parse().unwrap();
        let clock = StoreClock::new(Clock::new(move || now));
        assert!(clock.agrees());
        for (date, agrees) in [
            ("Mon, 23 Nov 2026 10:02:00 GMT", true),
            ("Mon, 23 Nov 2026 10:02:01 GMT", false),
            ("Mon, 23 Nov 2026 09:58:00 GMT", true),
            ("Mon, 23 Nov 2026 09:57:59 GMT", false),
        ] {
            clock.note(date);
            assert_eq!(clock.agrees(), agrees, "{date}");
        }
        clock.note("Mon, 23 Nov 2026 10:00:00 GMT");
        clock.note("yesterday");
        assert!(clock.agrees());
    }
}
