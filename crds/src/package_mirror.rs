//! `PackageMirror`: which packages of an upstream a Registry keeps, and how they come there.

mod admission;
mod copying;
mod selection;
mod status;
mod upstream;

use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use admission::{Admission, AdmissionMode, Override};
pub use copying::{Cache, Prune, PruneMode, PrunePolicy, Transfer};
pub use selection::{Dependencies, DeprecatedVersions, PackageRule, Prereleases, Selection};
pub use status::{
    CurrentRun, FailedVersion, Inventory, LastRun, MissingVersion, PackageMirrorStatus, Trigger,
    WaitingVersion,
};
pub use upstream::{PrivateAddresses, Protocol, Upstream};

use crate::shared::RegistryReference;

/// What a PackageMirror should keep.
#[derive(CustomResource, KubeSchema, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[kube(
    group = "barre.dev",
    version = "v1alpha1",
    kind = "PackageMirror",
    namespaced,
    status = "PackageMirrorStatus",
    derive = "PartialEq",
    doc = "Packages of an upstream that a Registry keeps: all that are selected, or each once somebody asks for it.",
    category = "barre",
    shortname = "bmir",
    selectable = ".spec.registryRef.name",
    selectable = ".spec.mode",
    printcolumn(name = "Ready", type_ = "string", json_path = r#".status.conditions[?(@.type=="Ready")].status"#),
    printcolumn(name = "Reason", type_ = "string", json_path = r#".status.conditions[?(@.type=="Ready")].reason"#),
    printcolumn(name = "Registry", type_ = "string", json_path = ".spec.registryRef.name"),
    printcolumn(name = "Mode", type_ = "string", json_path = ".spec.mode"),
    printcolumn(name = "Progress", type_ = "integer", json_path = ".status.currentRun.progressPercent"),
    printcolumn(name = "Packages", type_ = "integer", json_path = ".status.inventory.versions"),
    printcolumn(name = "Last-Sync", type_ = "date", json_path = ".status.lastSuccessfulTime"),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp"),
    printcolumn(
        name = "Message",
        type_ = "string",
        json_path = r#".status.conditions[?(@.type=="Ready")].message"#,
        priority = 1
    ),
    printcolumn(name = "Upstream", type_ = "string", json_path = ".spec.upstream.url", priority = 1),
    printcolumn(name = "Schedule", type_ = "string", json_path = ".spec.schedule", priority = 1),
    printcolumn(name = "Next", type_ = "string", json_path = ".status.nextScheduleTime", priority = 1),
    printcolumn(name = "Failed", type_ = "integer", json_path = ".status.lastRun.failed", priority = 1),
    printcolumn(name = "Suspended", type_ = "boolean", json_path = ".spec.suspend", priority = 1),
    validation = Rule::new("self.metadata.name.size() <= 40")
        .message("metadata.name must have at most 40 characters, so that the names of its Jobs fit"),
    validation = Rule::new("self.metadata.name.matches('^[a-z]([-a-z0-9]*[a-z0-9])?$')")
        .message("metadata.name becomes part of the names of Jobs: lower-case letters, digits and '-', starting with a letter, not ending with '-'")
)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = Rule::new("has(self.selection.include) && size(self.selection.include) > 0 || has(self.selection.exactRef)")
        .message("selection selects nothing: set include or exactRef")
        .field_path(".selection"),
    validation = Rule::new("self.mode == 'Sync' || !(has(self.schedule) || has(self.suspend) && self.suspend)")
        .message("a mirror of mode PullThrough has no runs: no schedule, and no suspend")
        .field_path(".mode"),
    validation = Rule::new("self.mode == 'Sync' || !(has(self.prune) || has(self.transfer))")
        .message("prune and transfer are about the runs of mode Sync")
        .field_path(".mode"),
    validation = Rule::new("self.mode == 'PullThrough' || !has(self.cache)")
        .message("cache is about mode PullThrough")
        .field_path(".cache"),
    validation = Rule::new("!has(self.timeZone) || has(self.schedule)")
        .message("timeZone is that of schedule, which is not set")
        .field_path(".timeZone")
)]
pub struct PackageMirrorSpec {
    /// The Registry that keeps the packages, in the same namespace.
    #[x_kube(validation = Rule::new("self == oldSelf").message("registryRef cannot be changed: the packages would stay where they are"))]
    pub registry_ref: RegistryReference,

    /// From where they come.
    pub upstream: Upstream,

    /// Whether all that is selected is copied by runs (`Sync`), or each package once somebody asks for it (`PullThrough`).
    #[serde(default)]
    pub mode: Mode,

    /// Which packages and versions.
    pub selection: Selection,

    /// What of them may come in and be seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub admission: Option<Admission>,

    /// When runs begin by the clock: minute, hour, day of the month, month, day of the week, as cron has them, or `@hourly`,
    /// `@daily`, `@weekly`, `@monthly` or `@yearly`. Without it runs follow a change of the PackageMirror, and the annotation
    /// `barre.dev/sync-requested-at`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(
        length(min = 1, max = 128),
        regex(
            pattern = r"^(@(hourly|daily|midnight|weekly|monthly|yearly|annually)|[0-9*?,/-]+ +[0-9*?,/LW-]+ +[0-9*?,/LW-]+ +[A-Za-z0-9*,/-]+ +[A-Za-z0-9*?,/#-]+)$"
        )
    )]
    pub schedule: Option<String>,

    /// The time zone of `schedule`, such as `Europe/Berlin`; by default UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 64), regex(pattern = r"^[A-Za-z][A-Za-z0-9_+/-]*$"))]
    pub time_zone: Option<String>,

    /// Lets no further run begin. One that runs goes on; what was copied stays, and what is denied stays denied.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suspend: Option<bool>,

    /// How much a run does at a time, and how long it may take.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transfer: Option<Transfer>,

    /// What goes when it is selected no more; by default nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prune: Option<Prune>,

    /// How long what upstream said holds, for mode `PullThrough`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache: Option<Cache>,
}

/// When packages are copied.
#[derive(JsonSchema, Serialize, Deserialize, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// By runs, all that are selected.
    #[default]
    Sync,
    /// Once somebody asks for one.
    PullThrough,
}
