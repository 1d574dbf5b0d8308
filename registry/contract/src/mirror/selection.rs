//! Which packages and versions.

use serde::{Deserialize, Serialize};

/// What is copied: whatever a rule includes and none excludes, the exact versions, and what they need.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Selection {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub include: Vec<Rule>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub exclude: Vec<Rule>,
    /// Versions by name, as lock files have them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub exact: Vec<Exact>,
    /// What rules include of pre-releases; exact versions are meant as they are.
    pub prereleases: Prereleases,
    /// The same of deprecated versions.
    pub deprecated: Deprecated,
    /// How many of the newest versions that a rule includes of each package; all by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keep_latest: Option<u32>,
    /// For which platforms, such as `any` and `java21`; all by default.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub platforms: Vec<String>,
    /// The oldest distribution, such as `2201.8.0`, whose packages are copied.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub minimum_distribution: Option<String>,
    pub dependencies: Dependencies,
    /// If more packages' versions would be there, nothing is copied.
    pub max_packages: u32,
}

/// Packages by name, and of them versions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// Exactly this organization.
    pub organization: String,
    /// In it the packages of this name, in which `*` stands for any text; all by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Comparators with commas between them, such as `>=1.2.0, <2.0.0`, all of which hold; all versions by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub versions: Option<String>,
}

/// One version of a package.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Exact {
    pub organization: String,
    pub name: String,
    pub version: String,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Prereleases {
    #[default]
    Exclude,
    Include,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Deprecated {
    #[default]
    Include,
    Exclude,
}

/// What of the locked graph of a selected version comes with it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Dependencies {
    /// All of it.
    #[default]
    Transitive,
    /// What it names itself.
    Direct,
    /// Nothing.
    None,
}

impl Default for Selection {
    fn default() -> Self {
        Self {
            include: Vec::new(),
            exclude: Vec::new(),
            exact: Vec::new(),
            prereleases: Prereleases::default(),
            deprecated: Deprecated::default(),
            keep_latest: None,
            platforms: Vec::new(),
            minimum_distribution: None,
            dependencies: Dependencies::default(),
            max_packages: 10_000,
        }
    }
}
