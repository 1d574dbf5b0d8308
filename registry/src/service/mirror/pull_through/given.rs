//! What pulling through is given.

use std::path::PathBuf;

use crate::base::instruments::Instruments;
use crate::log::Log;
use crate::service::mirrors::MirrorsFile;
use crate::service::publish::Publisher;

/// Versions that are brought at the same time, and lists that one upstream is asked for.
pub(super) const AT_ONCE: usize = 64;

/// What pulling through needs of its registry.
pub struct Given {
    pub log: Log,
    pub publisher: Publisher,
    pub mirrors: MirrorsFile,
    /// Where balas are kept while they are checked.
    pub scratch: PathBuf,
    /// Largest package, in bytes.
    pub max_package_size: u64,
    pub instruments: Instruments,
}
