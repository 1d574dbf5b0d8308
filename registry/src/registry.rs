//! What a request may use: one registry, as this process knows it.

use std::path::PathBuf;

use crate::api::Links;
use crate::auth::Tokens;
use crate::clock::Clock;
use crate::files::Files;
use crate::log::Log;
use crate::metrics::Metrics;
use crate::permission::AnonymousRead;
use crate::publish::Publisher;

/// The parts that handlers share.
pub struct Registry {
    pub log: Log,
    pub files: Files,
    pub publisher: Publisher,
    pub tokens: Tokens,
    pub metrics: Metrics,
    pub clock: Clock,
    pub settings: Settings,
}

/// What was decided at the start.
#[derive(Debug, Clone)]
pub struct Settings {
    pub anonymous_read: AnonymousRead,
    /// Largest package, in bytes.
    pub max_package_size: u64,
    pub links: Links,
    /// Where uploads are kept while they are checked.
    pub scratch: PathBuf,
}
