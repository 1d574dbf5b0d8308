//! What a PackageMirror is.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};
use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a PackageMirror is.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct PackageMirrorStatus {
    /// The generation of the spec that this status describes; -1 before the operator has seen the object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,

    /// `Ready`, `Reconciling`, `Stalled`, and in mode `Sync` `UpstreamReachable`, `Synced`, `ClosureComplete` and
    /// `Suspended`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16))]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["type".into()]))]
    pub conditions: Vec<Condition>,

    /// The value of the annotation `barre.dev/sync-requested-at` that the newest run answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_handled_sync_at: Option<String>,

    /// The time of the schedule for which a run began last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_schedule_time: Option<Time>,

    /// When the schedule lets the next run begin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_schedule_time: Option<Time>,

    /// When the last run ended that copied all it should.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_successful_time: Option<Time>,

    /// How many runs since then did not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consecutive_failures: Option<i32>,

    /// The run that runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub current_run: Option<CurrentRun>,

    /// The one that ended last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_run: Option<LastRun>,

    /// What the Registry has of this mirror.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inventory: Option<Inventory>,

    /// Versions that the last run could not copy, the first 20; `lastRun.failed` counts all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 20))]
    #[x_kube(merge_strategy = ListMerge::Atomic)]
    pub failures: Vec<FailedVersion>,

    /// Versions that are too young, the 20 that come first; `lastRun.waiting` counts all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 20))]
    #[x_kube(merge_strategy = ListMerge::Atomic)]
    pub waiting: Vec<WaitingVersion>,

    /// Versions that selected ones need and that no rule lets in, the first 20; `lastRun.missing` counts all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 20))]
    #[x_kube(merge_strategy = ListMerge::Atomic)]
    pub missing: Vec<MissingVersion>,

    /// In mode `PullThrough` the hash of the settings that every ready pod of the Registry has loaded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub loaded_hash: Option<String>,
}

/// Why a run began.
#[derive(JsonSchema, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trigger {
    /// There was none before.
    Initial,
    /// What runs are told has changed: the spec, or a ConfigMap that it names.
    SpecChange,
    /// The annotation `barre.dev/sync-requested-at`.
    Manual,
    /// The schedule.
    Schedule,
    /// The one before did not copy all it should.
    Retry,
}

/// A run that runs.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct CurrentRun {
    /// Its name, which is that of its Job.
    pub id: String,
    /// Why it began.
    pub trigger: Trigger,
    /// The hash of what it was told.
    pub settings: String,
    /// When its Job was made.
    pub start_time: Time,
    /// What it is at: `Listing`, `Copying`, `Pruning` or `Done`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage: Option<String>,
    /// How many releases it is to copy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub packages_total: Option<i64>,
    /// How many of them it has copied.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub packages_done: Option<i64>,
    /// How many of them it could not copy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub packages_failed: Option<i64>,
    /// How many bytes it has copied.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes_done: Option<i64>,
    /// How much of the releases is done, in percent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub progress_percent: Option<i32>,
    /// When it said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_progress_time: Option<Time>,
}

/// A run that ended.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct LastRun {
    /// Its name, which is that of its Job.
    pub id: String,
    /// Why it began.
    pub trigger: Trigger,
    /// The hash of what it was told.
    pub settings: String,
    /// How it ended: `Succeeded`, `PartiallySucceeded`, or why it failed.
    pub result: String,
    /// What to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// When its Job was made.
    pub start_time: Time,
    /// When it ended.
    pub completion_time: Time,
    /// How many releases it copied.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub added: Option<i64>,
    /// How many were there before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skipped: Option<i64>,
    /// How many it took away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub removed: Option<i64>,
    /// Of how many versions it changed the deprecation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated: Option<i64>,
    /// How many it could not copy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed: Option<i64>,
    /// How many are too young.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiting: Option<i64>,
    /// How many are denied.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub denied: Option<i64>,
    /// How many are needed, and let in by no rule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing: Option<i64>,
    /// How many bytes it copied.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<i64>,
    /// How many requests it sent to upstream.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requests: Option<i64>,
}

/// What a Registry has of a mirror.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct Inventory {
    /// Packages.
    pub packages: i64,
    /// Their versions.
    pub versions: i64,
    /// The bytes of these.
    pub bytes: i64,
}

/// A version that could not be copied.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct FailedVersion {
    /// `organization/name`.
    pub package: String,
    /// The version.
    pub version: String,
    /// The platform.
    pub platform: String,
    /// Why, in one word.
    pub reason: String,
    /// Why, in a sentence.
    pub message: String,
}

/// A version that is needed and does not come.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct MissingVersion {
    /// `organization/name`.
    pub package: String,
    /// The version.
    pub version: String,
    /// One that needs it: `organization/name:version`; nothing where the selection itself names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// Why it does not come.
    pub why: String,
}

/// A version that is too young.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct WaitingVersion {
    /// `organization/name`.
    pub package: String,
    /// The version.
    pub version: String,
    /// Until when; for ever, where upstream does not say when it was published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
}
