//! Looking for one release by the parts of a path.

use barre_core::package::{Name, Org};

use super::error::Error;
use super::path::PathPart;

/// The text that lets `bal push` go on.
pub(crate) fn unknown(org: &PathPart, name: &PathPart, version: &PathPart) -> Error {
    Error::NotFound(format!("package not found for: {org}/{name}:{version}"))
}

/// What cannot be a name is the name of nothing.
pub(crate) fn parse(org: &PathPart, name: &PathPart) -> Option<(Org, Name)> {
    Some((org.as_str().parse().ok()?, name.as_str().parse().ok()?))
}
