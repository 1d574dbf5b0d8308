//! What of the selected packages may come in and be seen.

use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::PackageRule;
use crate::shared::ConfigMapReference;

/// What may come in and be seen.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct Admission {
    /// How old a version must be: since upstream published it, or since it was first seen there, whichever is later. One
    /// without a date upstream never is. By default 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 315_360_000))]
    pub minimum_age_seconds: Option<i32>,

    /// Whether a version that is too young waits (`Enforce`, the default) or comes all the same (`Observe`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "AdmissionMode")]
    pub mode: Option<AdmissionMode>,

    /// Packages that may be younger.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 128))]
    #[x_kube(merge_strategy = ListMerge::Atomic)]
    pub exclude: Vec<PackageRule>,

    /// Versions that are let in early.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 128))]
    #[x_kube(merge_strategy = ListMerge::Atomic)]
    pub overrides: Vec<Override>,

    /// A ConfigMap with the key `deny.json`: what is never let in, and never shown if it is there, of all that any mirror of
    /// the Registry brought.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deny_ref: Option<ConfigMapReference>,
}

/// What happens to a version that is too young.
#[derive(JsonSchema, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub enum AdmissionMode {
    /// It waits.
    Enforce,
    /// It comes like any other: the age is written down, and does not hold yet.
    Observe,
}

/// A version that is let in early, and why.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct Override {
    /// The organization.
    #[schemars(length(min = 1, max = 256), regex(pattern = r"^[a-z0-9_]+$"))]
    pub organization: String,

    /// The name of the package.
    #[schemars(length(min = 1, max = 256), regex(pattern = r"^[A-Za-z0-9_.]+$"))]
    pub name: String,

    /// The version.
    #[schemars(length(min = 1, max = 128), regex(pattern = r"^[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?$"))]
    pub version: String,

    /// Why, for whoever asks later.
    #[schemars(length(min = 1, max = 256), regex(pattern = r"^[^\r\n]*[^\s][^\r\n]*$"))]
    pub reason: String,
}
