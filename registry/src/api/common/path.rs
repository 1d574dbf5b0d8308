//! The parts of a path.

use std::fmt;
use std::str::FromStr;

/// What lies between two slashes of a path, decoded.
#[derive(Debug, Clone)]
pub(crate) struct PathPart(String);

impl FromStr for PathPart {
    type Err = std::str::Utf8Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        percent_encoding::percent_decode_str(text).decode_utf8().map(|text| Self(text.into_owned()))
    }
}

impl PathPart {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PathPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
