//! Maven repositories, below `/2.0/maven`, and below `/2.0/auth/maven` for those who are to say who they are.
//!
//! The group is an organization, the artifact a package (`barre_core::maven`). What clients push is a bala, and perhaps its
//! SBOM; the other files that they bring are made here from the state, and what is brought of them is thrown away.

mod body;
mod door;
mod made;

pub(super) mod artifact;
pub(super) mod central;
pub(super) mod ignored;
pub(super) mod metadata;
pub(super) mod push;

use super::common::error::Error;

/// Whether a path belongs to this protocol.
pub(super) fn is_below(path: &str) -> bool {
    ["/2.0/maven", "/2.0/auth/maven"]
        .iter()
        .any(|base| path.strip_prefix(base).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
}

/// Why no route took a request.
pub(super) fn refused(error: Error) -> Error {
    match error {
        Error::NotFound(_) => Error::NotFound(
            "there is nothing at this path of the Maven repository: a file is \
             <organization>/<package>/<version>/<package>-<version>.bala, and the versions are in \
             <organization>/<package>/maven-metadata.xml"
                .to_owned(),
        ),
        other => other,
    }
}
