//! From the headers of a request to an `Identity`.
//!
//! The secret is hashed as soon as it is read, and only the hash goes further: what is not there cannot be
//! logged. What cannot be a token is refused before anything else is done for it.

use std::fmt;

use http::HeaderMap;
use http::header::AUTHORIZATION;
use jiff::Timestamp;

use crate::digest::Digest;

pub mod tokens;
pub use tokens::Tokens;

/// Longest secret. The longest head of a request is limited too, by the server.
const MAX_SECRET_BYTES: usize = 1024;

/// A token as a client presents it: its hash.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Presented(Digest);

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

/// Reads the credentials of a request; `None` when there are none.
pub fn credentials(headers: &HeaderMap) -> Result<Option<Presented>, Refused> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(Refused::Malformed);
    }
    let text = value.to_str().map_err(|_| Refused::Malformed)?;
    let (scheme, secret) = text.split_once(' ').ok_or(Refused::Malformed)?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(Refused::Malformed);
    }
    Presented::from_secret(secret.trim()).map(Some)
}

impl Presented {
    /// Hashes a secret, unless it cannot be one.
    pub fn from_secret(secret: &str) -> Result<Self, Refused> {
        let visible = secret.bytes().all(|b| b.is_ascii_graphic());
        let ours = secret.strip_prefix(tokens::PREFIX).is_none_or(|rest| {
            rest.len() == tokens::SECRET_CHARS
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

    fn read(values: &[&str]) -> Result<Option<Presented>, Refused> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(AUTHORIZATION, value.parse().unwrap());
        }
        credentials(&headers)
    }

    #[test]
    fn tokens_that_could_be() {
        let ours = format!("Bearer barre_{}", "a".repeat(43));
        for good in ["Bearer secret", "bearer  secret", &ours, "Bearer a.b~c+/="] {
            assert!(read(&[good]).unwrap().is_some(), "{good}");
        }
        assert_eq!(read(&["Bearer secret"]), Presented::from_secret("secret").map(Some));
        assert_eq!(read(&[]), Ok(None));
    }

    #[test]
    fn tokens_that_cannot_be() {
        let long = format!("Bearer {}", "x".repeat(1025));
        let wrong = format!("Bearer barre_{}!", "a".repeat(42));
        for bad in [
            "",
            "Bearer",
            "Bearer ",
            "Basic abc",
            "secret",
            "Bearer a b",
            "Bearer barre_short",
            &long,
            &wrong,
        ] {
            assert_eq!(read(&[bad]), Err(Refused::Malformed), "{bad}");
        }
        assert_eq!(read(&["Bearer a", "Bearer b"]), Err(Refused::Malformed));
    }

    #[test]
    fn a_presented_token_does_not_print() {
        assert_eq!(format!("{:?}", Presented::from_secret("secret").unwrap()), "Presented");
    }
}
