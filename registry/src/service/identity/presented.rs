//! A token as somebody presents it.

use std::fmt;

use barre_contract::tokens::{PREFIX, SECRET_CHARS};
use barre_core::digest::Digest;
use jiff::Timestamp;

/// Longest secret. The longest head of a request is limited too, by the server.
const MAX_SECRET_BYTES: usize = 1024;

/// A token as a client presents it: its hash.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Presented(pub(super) Digest);

/// Why credentials are refused. The texts are what `bal` shows after "reason:".
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error("the Authorization header is not \"Bearer\" and an access token")]
    Malformed,
    #[error("unknown access token")]
    Unknown,
    #[error("access token \"{name}\" expired at {at}")]
    Expired { name: String, at: Timestamp },
}

impl Presented {
    /// Hashes a secret, unless it cannot be one.
    pub fn from_secret(secret: &str) -> Result<Self, Refused> {
        let visible = secret.bytes().all(|b| b.is_ascii_graphic());
        let ours = secret.strip_prefix(PREFIX).is_none_or(|rest| {
            rest.len() == SECRET_CHARS
                && rest.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
        });
        if secret.is_empty() || secret.len() > MAX_SECRET_BYTES || !visible || !ours {
            return Err(Refused::Malformed);
        }
        Ok(Self(Digest::of(secret.as_bytes())))
    }
}

impl fmt::Debug for Presented {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Presented")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_presented_token_does_not_print() {
        assert_eq!(format!("{:?}", Presented::from_secret("secret").unwrap()), "Presented");
    }
}
