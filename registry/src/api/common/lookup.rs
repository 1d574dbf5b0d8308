//! Looking for one release by the parts of a path.

use barre_core::package::{Name, Org};

use super::error::Error;
use super::path::PathPart;

/// The text that lets `bal push` go on.
pub(crate) fn unknown(org: &PathPart, name: &PathPart, version: &PathPart) -> Error {
    Error::NotFound(format!("package not found for: {org}/{name}:{version}"))
}

/// The same with why it is not there, if there is more to say.
pub(crate) fn because(unknown: Error, why: &str) -> Error {
    match unknown {
        Error::NotFound(text) if !why.is_empty() => Error::NotFound(format!("{text}: {why}")),
        unknown => unknown,
    }
}

/// What cannot be a name is the name of nothing.
pub(crate) fn parse(org: &PathPart, name: &PathPart) -> Option<(Org, Name)> {
    Some((org.as_str().parse().ok()?, name.as_str().parse().ok()?))
}
