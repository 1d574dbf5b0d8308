//! What a bala says of itself and lists, search and metadata show: the one description that the readers of both formats
//! make, that a change carries into the log, and that the protocols' answers are made from. What is too large for the
//! log is in the [`Document`](crate::document::Document).

use serde::{Deserialize, Serialize};

use crate::package::{Coordinates, Platform};

/// A bala in short. Whoever needs every field takes it apart without `..`: a new one is then missed nowhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Description {
    /// Organization, name and version.
    pub coordinates: Coordinates,
    pub platform: Platform,
    /// The format of the bala, for example `3.0.0`.
    pub bala_version: String,
    /// The Ballerina distribution that built it, for example `2201.12.0`; empty when the bala does not say.
    pub distribution: String,
    /// The language specification, for example `2024R1`; empty when the bala does not say.
    pub specification: String,
    pub visibility: Visibility,
    pub template: bool,
    /// Whether it works in a `GraalVM` native image, where the bala says.
    pub graalvm: Option<bool>,
    /// The id of the `bal` tool that it contains.
    pub tool: Option<String>,
    /// The path of its icon in the bala, where there is one.
    pub icon: Option<String>,
    /// One line; empty when there is neither a description nor a readme.
    pub summary: String,
    /// Where its source is; empty when the bala does not say.
    pub repository: String,
    pub keywords: Vec<String>,
    pub authors: Vec<String>,
    pub licenses: Vec<String>,
    /// Sorted, the default module included.
    pub modules: Vec<Module>,
}

/// A module of a package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Module {
    /// Its full name; the default module is called like the package.
    pub name: String,
    /// Whether other packages may import it.
    pub exported: bool,
    /// One line, or empty.
    pub summary: String,
}

/// Who may see a release.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Visibility {
    /// Everyone who may read the registry.
    Public,
    /// Those with read for its organization.
    Private,
}

impl Description {
    /// Whether it contains the tool with this id. No two ids differ only by case.
    pub fn contains_tool(&self, id: &str) -> bool {
        self.tool.as_ref().is_some_and(|tool| tool.eq_ignore_ascii_case(id))
    }

    /// The file name that the client uses.
    pub fn file_name(&self) -> String {
        self.coordinates.file_name(&self.platform)
    }
}
