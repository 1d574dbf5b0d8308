//! One registry, as this process serves it.

use std::path::PathBuf;

use barre_core::access::AnonymousRead;

use super::files::Files;
use super::identity::Identities;
use super::links::Links;
use super::memory::Memory;
use super::mirrors::MirrorsFile;
use super::publish::Publisher;
use super::read::{Artifacts, Reads, Searches};
use crate::base::metrics::Metrics;

/// What handlers share.
pub struct Services {
    pub reads: Reads,
    pub mirrors: MirrorsFile,
    pub searches: Searches,
    pub identities: Identities,
    pub files: Files,
    pub artifacts: Artifacts,
    pub publisher: Publisher,
    pub links: Links,
    pub memory: Memory,
    pub metrics: Metrics,
    pub anonymous_read: AnonymousRead,
    /// Largest package, in bytes.
    pub max_package_size: u64,
    /// Where uploads are kept while they are checked.
    pub scratch: PathBuf,
}
