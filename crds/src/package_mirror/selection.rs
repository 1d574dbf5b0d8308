//! Which packages and versions.

use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::shared::ConfigMapReference;

/// What is copied: whatever `include` names and `exclude` does not, the exact versions, and what they need.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct Selection {
    /// Packages that are copied.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 512))]
    #[x_kube(merge_strategy = ListMerge::Atomic)]
    pub include: Vec<PackageRule>,

    /// Packages that are not, though `include` names them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 512))]
    #[x_kube(merge_strategy = ListMerge::Atomic)]
    pub exclude: Vec<PackageRule>,

    /// A ConfigMap with the key `packages.txt`: lines `organization/name:version`, as `barre-registry mirror plan` writes
    /// them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exact_ref: Option<ConfigMapReference>,

    /// What of pre-releases is copied that `include` names; by default `Exclude`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Prereleases")]
    pub prereleases: Option<Prereleases>,

    /// What of deprecated versions is copied that `include` names; by default `Include`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "DeprecatedVersions")]
    pub deprecated: Option<DeprecatedVersions>,

    /// How many of the newest versions of each package that `include` names; by default all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1000))]
    pub keep_latest: Option<i32>,

    /// For which platforms, such as `any` and `java21`; by default for all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16), inner(length(min = 1, max = 32), regex(pattern = r"^[a-z][a-z0-9.]*$")))]
    #[x_kube(merge_strategy = ListMerge::Set)]
    pub platforms: Vec<String>,

    /// The oldest distribution, such as `2201.8.0`, whose packages are copied; by default any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 32), regex(pattern = r"^[0-9]+\.[0-9]+\.[0-9]+$"))]
    pub minimum_distribution: Option<String>,

    /// What of the dependencies of a selected version comes with it; by default `Transitive`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Dependencies")]
    pub dependencies: Option<Dependencies>,

    /// If more versions would be there, nothing is copied; by default 10000.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1_000_000))]
    pub max_packages: Option<i32>,
}

/// Packages by name, and versions of them.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct PackageRule {
    /// Exactly this organization.
    #[schemars(length(min = 1, max = 256), regex(pattern = r"^[a-z0-9_]+$"))]
    pub organization: String,

    /// Packages of this name, in which `*` stands for any text; by default all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 256), regex(pattern = r"^[A-Za-z0-9_.*]+$"))]
    pub name: Option<String>,

    /// Versions that satisfy all of these comparators, such as `>=1.2.0, <2.0.0`; by default all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 128), regex(pattern = r"^[0-9A-Za-z.*<>=~^, +-]+$"))]
    pub versions: Option<String>,
}

/// What of pre-releases is copied.
#[derive(JsonSchema, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prereleases {
    /// Nothing.
    Exclude,
    /// What is selected otherwise.
    Include,
}

/// What of deprecated versions is copied.
#[derive(JsonSchema, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeprecatedVersions {
    /// What is selected otherwise.
    Include,
    /// Nothing.
    Exclude,
}

/// What comes with a selected version.
#[derive(JsonSchema, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dependencies {
    /// All that it was built with.
    Transitive,
    /// What it names itself.
    Direct,
    /// Nothing.
    None,
}
