//! How long a token is good for.

use std::time::Duration;

use crate::base::duration::duration;

/// When a new token ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expiry {
    Never,
    After(Duration),
}

/// `12h`, `90d`, or `never`.
pub(super) fn expiry(text: &str) -> Result<Expiry, &'static str> {
    if text == "never" { Ok(Expiry::Never) } else { duration(text).map(Expiry::After) }
}
