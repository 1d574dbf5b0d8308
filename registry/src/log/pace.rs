//! How often the log is looked at because somebody asks.
//!
//! A build pulls one package after the other, and each question may need a look of its own: a build must not wait between
//! them. Whoever asks without end may not make the store be asked without end.

use std::time::Duration;

use tokio::time::Instant;

/// Looks that may follow each other as fast as the store answers: more than most builds need.
const AT_ONCE: u32 = 60;
/// How far apart they are in the long run: 20 a second.
const SPACING: Duration = Duration::from_millis(50);

/// How many looks were made lately.
#[derive(Debug)]
pub(super) struct Pace {
    /// How much later than `last` it would be, had there been one in every [`SPACING`].
    ahead: Duration,
    last: Instant,
}

impl Pace {
    pub(super) fn new(now: Instant) -> Self {
        Self { ahead: Duration::ZERO, last: now }
    }

    /// Counts a look, and says how long it has to wait.
    pub(super) fn pause(&mut self, now: Instant) -> Duration {
        self.ahead = self.ahead.saturating_sub(now - self.last) + SPACING;
        self.last = now;
        self.ahead.saturating_sub(SPACING * AT_ONCE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How long so many looks take when there is always somebody who asks.
    fn took(pace: &mut Pace, now: &mut Instant, looks: u32) -> Duration {
        let began = *now;
        for _ in 0..looks {
            *now += pace.pause(*now);
        }
        *now - began
    }

    #[test]
    fn a_build_does_not_wait_and_a_crowd_has_twenty_looks_a_second() {
        let mut now = Instant::now();
        let mut pace = Pace::new(now);
        assert_eq!(took(&mut pace, &mut now, AT_ONCE), Duration::ZERO);
        assert_eq!(took(&mut pace, &mut now, 200), Duration::from_secs(10));
        // What was not used for a while may be used later, and never more than that.
        for (quiet, at_once) in [(1, 20), (2, 40), (3, AT_ONCE), (3_600, AT_ONCE)] {
            now += Duration::from_secs(quiet);
            assert_eq!(took(&mut pace, &mut now, at_once), Duration::ZERO, "after {quiet} s");
            assert_eq!(took(&mut pace, &mut now, 20), Duration::from_secs(1), "after {quiet} s");
        }
    }
}
