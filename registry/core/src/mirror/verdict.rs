//! Whether a version may come in, as whoever decides it says.

use jiff::Timestamp;

/// What becomes of a version that is selected and not there yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    Admitted,
    /// It is too young; for ever, where upstream does not say how old it is.
    Waits {
        until: Option<Timestamp>,
    },
    /// Somebody has ruled it out.
    Denied {
        reason: String,
    },
}
