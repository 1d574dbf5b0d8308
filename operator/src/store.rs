//! The store of a Registry's packages: what the spec says of it, whose it is, and how it comes to be. The only room that
//! talks to one.
//!
//! A kind of store is one file in `backend/` and one line in [`describe`]. Everything else is the same for all.

pub(crate) mod backend;
pub(crate) mod credentials;
pub(crate) mod ensure;

mod decide;
mod marker;
mod refusal;
mod request;

#[cfg(test)]
pub(crate) mod fixture;

use barre_crds::registry::{Storage, StorageType};

use crate::pass::problem::Problem;
pub(crate) use decide::Ownership;
pub(crate) use request::Request;

/// Describes the store that a spec asks for.
pub(crate) fn describe(storage: &Storage) -> Result<backend::Backend, Problem> {
    match storage.type_ {
        StorageType::S3 => backend::s3::describe(storage),
    }
}
