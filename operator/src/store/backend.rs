//! The kinds of stores, one file and one line each.

mod s3;

use barre_crds::registry::{Storage, StorageType};

use super::description::Backend;
use crate::pass::problem::Problem;

/// Describes the store that a spec asks for.
pub(crate) fn describe(storage: &Storage) -> Result<Backend, Problem> {
    match storage.type_ {
        StorageType::S3 => s3::describe(storage),
    }
}
