//! What a program measures with and draws from, handed to whoever needs it.

use super::clock::Clock;
use super::metrics::Metrics;
use super::random::Random;

/// The clock, randomness and metrics of one process. Cheap to clone.
#[derive(Clone)]
pub struct Instruments {
    pub clock: Clock,
    pub random: Random,
    pub metrics: Metrics,
}

impl Instruments {
    /// Those of this machine, with metrics at zero.
    pub fn system() -> Self {
        Self { clock: Clock::system(), random: Random::system(), metrics: Metrics::new() }
    }
}
