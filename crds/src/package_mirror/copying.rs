//! How much at a time, what goes, and how long what upstream said holds.

use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::shared::byte_size;

/// How much a run does at a time, and how long it may take.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct Transfer {
    /// Packages that are on their way at the same time; by default 8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 64))]
    pub concurrency: Option<i32>,

    /// Requests to one host at the same time; by default 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 64))]
    pub concurrency_per_host: Option<i32>,

    /// Bytes a second, such as `10Mi`; by default as fast as it goes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "byte_size")]
    pub bytes_per_second: Option<Quantity>,

    /// Requests a second; by default as many as upstream takes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 10_000))]
    pub requests_per_second: Option<i32>,

    /// How often a request is tried again; by default 5.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 20))]
    pub max_retries: Option<i32>,

    /// How long the Job of a run may take; by default 21600. The run itself ends a minute earlier, and says how far it came;
    /// the next one goes on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 120, max = 604_800))]
    pub active_deadline_seconds: Option<i32>,
}

/// What goes when it is selected no more.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct Prune {
    /// `Never` (the default), what upstream has no more (`Orphaned`), or that and what is selected no more and needed by
    /// nothing that is (`NotSelected`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "PrunePolicy")]
    pub policy: Option<PrunePolicy>,

    /// How long after that; by default 168.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 87_600))]
    pub grace_hours: Option<i32>,

    /// If more than these percent of what is there would go in one run, nothing goes; by default 10.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 100))]
    pub max_delete_percent: Option<i32>,

    /// Whether it goes (`Delete`, the default), or is only reported (`DryRun`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "PruneMode")]
    pub mode: Option<PruneMode>,
}

/// What goes.
#[derive(JsonSchema, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub enum PrunePolicy {
    /// Nothing.
    Never,
    /// What upstream has no more.
    Orphaned,
    /// That, and what is selected no more and needed by nothing that is.
    NotSelected,
}

/// Whether it goes.
#[derive(JsonSchema, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub enum PruneMode {
    /// It does.
    Delete,
    /// It is only reported.
    DryRun,
}

/// How long what upstream said holds.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct Cache {
    /// For what it has; by default 300.
    #[serde(default, rename = "metadataTTLSeconds", skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 86_400))]
    pub metadata_ttl_seconds: Option<i32>,

    /// For what it does not have; by default 30.
    #[serde(default, rename = "negativeTTLSeconds", skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 86_400))]
    pub negative_ttl_seconds: Option<i32>,
}
