//! What every room of the program may use: the clock, randomness, metrics, and a few helpers without an opinion.

pub mod clock;
pub mod duration;
pub mod instruments;
pub mod lock;
pub mod metrics;
pub mod random;
pub mod shares;
pub mod vital;
