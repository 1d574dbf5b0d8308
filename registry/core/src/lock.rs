//! `Dependencies.toml`: what a project is locked with. It names edges without their versions.

use serde::Deserialize;

/// The file, as far as it is read.
#[derive(Debug, Deserialize)]
pub(crate) struct Lock {
    #[serde(default)]
    pub(crate) package: Vec<Locked>,
}

/// One package, the project itself among them.
#[derive(Debug, Deserialize)]
pub(crate) struct Locked {
    pub(crate) org: String,
    pub(crate) name: String,
    pub(crate) version: String,
    #[serde(default)]
    pub(crate) scope: String,
    #[serde(default)]
    pub(crate) dependencies: Vec<Reference>,
}

/// A package that another one needs.
#[derive(Debug, Deserialize)]
pub(crate) struct Reference {
    pub(crate) org: String,
    pub(crate) name: String,
}

impl Locked {
    /// Whether only tests need it.
    pub(crate) fn is_for_tests(&self) -> bool {
        self.scope == "testOnly"
    }
}
