//! Whether an upstream is worth asking: one that has failed again and again is left alone for a while, so that nobody waits
//! for it in vain. Then one request tries it.

use std::time::Duration;

use tokio::time::Instant;

/// Failures in a row after which it is left alone.
const ENOUGH: u32 = 3;
/// For how long, and at most for how long if it says so itself.
const REST: Duration = Duration::from_secs(15);
const LONGEST: Duration = Duration::from_mins(10);
/// How long the one who tries it again may take, before another one may.
const TRY: Duration = Duration::from_mins(1);

/// How an upstream has answered.
#[derive(Debug, Default)]
pub(super) struct Breaker {
    failures: u32,
    /// Until when nobody asks it, once it has failed often enough.
    until: Option<Instant>,
}

impl Breaker {
    /// Whether it may be asked; otherwise after which time. Whoever hears yes behind a rest is the one who tries it.
    pub(super) fn ask(&mut self, now: Instant) -> Result<(), Duration> {
        match self.until {
            Some(until) if until > now => Err(until - now),
            Some(_) => {
                self.until = Some(now + TRY);
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// It has answered, whatever it said.
    pub(super) fn answered(&mut self) {
        *self = Self::default();
    }

    /// It has not, and wants to be left alone for so long, if it says so.
    pub(super) fn failed(&mut self, now: Instant, after: Option<Duration>) {
        self.failures = self.failures.saturating_add(1);
        if after.is_some() || self.failures >= ENOUGH {
            self.until = Some(now + after.unwrap_or_default().clamp(REST, LONGEST));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_fails_again_and_again_is_left_alone_until_one_tries() {
        let (mut breaker, began) = (Breaker::default(), Instant::now());
        for _ in 0..ENOUGH {
            assert_eq!(breaker.ask(began), Ok(()));
            breaker.failed(began, None);
        }
        assert_eq!(breaker.ask(began), Err(REST));
        let later = began + REST;
        assert_eq!((breaker.ask(later), breaker.ask(later)), (Ok(()), Err(TRY)));
        // It fails once more.
        breaker.failed(later, None);
        assert_eq!(breaker.ask(later), Err(REST));
        assert_eq!(breaker.ask(later + REST), Ok(()));
        breaker.answered();
        breaker.failed(later, None);
        assert_eq!((breaker.ask(later), breaker.ask(later)), (Ok(()), Ok(())));
        // It says so itself.
        for (seconds, rest) in [(1, REST), (30, Duration::from_secs(30)), (3600, LONGEST)] {
            breaker.answered();
            breaker.failed(later, Some(Duration::from_secs(seconds)));
            assert_eq!(breaker.ask(later), Err(rest));
        }
    }
}
