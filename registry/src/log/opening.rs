//! How a log is opened.

use barre_core::format::{Format, NEWEST};
use uuid::Uuid;

/// How to open a log.
#[derive(Debug, Clone)]
pub struct Opening {
    /// Who operates the registry.
    pub owner: String,
    /// Whether an empty store may become a registry.
    pub create: bool,
    /// The registry that may be taken from its present owner.
    pub take_over: Option<Uuid>,
    /// The version of this program.
    pub version: String,
    /// The newest format that this program reads and writes: [`NEWEST`], except in tests of programs that are older.
    pub newest: Format,
}

impl Opening {
    /// Opens the registry of `owner`, and begins none.
    pub fn of(owner: impl Into<String>) -> Self {
        let version = env!("CARGO_PKG_VERSION").to_owned();
        Self { owner: owner.into(), create: false, take_over: None, version, newest: NEWEST }
    }
}
