//! How a log is opened.

use barre_contract::known::Cursor;
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
    /// What must be in the store.
    pub expected: Expected,
    /// The version of this program.
    pub version: String,
    /// The newest format that this program reads and writes: [`NEWEST`], except in tests of programs that are older.
    pub newest: Format,
}

/// What is known of the registry outside its store.
#[derive(Debug, Clone, Default)]
pub struct Expected {
    /// Its id. Then none is begun.
    pub registry: Option<Uuid>,
    /// Places that are in the log of these registries.
    pub cursors: Vec<(Uuid, Cursor)>,
}

impl Expected {
    /// The places that must be in the log of this registry.
    pub(super) fn places(&self, registry: Uuid) -> Vec<Cursor> {
        self.cursors.iter().filter(|(of, _)| *of == registry).map(|(_, cursor)| cursor.clone()).collect()
    }
}

impl Opening {
    /// Opens the registry of `owner`, and begins none.
    pub fn of(owner: impl Into<String>) -> Self {
        let version = env!("CARGO_PKG_VERSION").to_owned();
        Self {
            owner: owner.into(),
            create: false,
            take_over: None,
            expected: Expected::default(),
            version,
            newest: NEWEST,
        }
    }
}
