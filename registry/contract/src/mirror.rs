//! What a mirror of packages is told, and what it tells.
//!
//! The operator writes one [`Mirror`] for each `PackageMirror`: into the file of the Job that runs it, and, all that feed one
//! Registry together, into the file that its pods read again and again ([`Mirrors`]). A run writes a [`Report`] into the
//! store from time to time, which the admin port serves, and [`LastWords`] where the kubelet finds them.

mod check;
pub mod packages;
mod report;
mod selection;

use serde::{Deserialize, Serialize};

pub use check::{Unreadable, check};
pub use report::{
    Counts, Failed, Held, Inventory, LAST_WORDS_BYTES, LastWords, Left, Needed, Outcome, REPORT_ENTRIES,
    Report, Stage,
};
pub use selection::{Dependencies, Deprecated, Exact, Prereleases, Rule, Selection};

/// The key of a Job's ConfigMap, and the name of the file.
pub const FILE: &str = "mirror.json";
/// The environment variable of a run with the path of that file.
pub const FILE_VARIABLE: &str = "BARRE_MIRROR";
/// The environment variable with the name of the run.
pub const RUN_VARIABLE: &str = "BARRE_RUN";
/// The key of the ConfigMap of the pods, and the name of the file.
pub const MIRRORS_FILE: &str = "mirrors.json";
/// The environment variable with the path of that file. Without it nothing is mirrored, and nothing is denied.
pub const MIRRORS_VARIABLE: &str = "BARRE_MIRRORS";

/// What the pods of a registry are told: every mirror that feeds it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mirrors {
    #[serde(default)]
    pub mirrors: Vec<Mirror>,
}

/// What a pod says of its settings, at `/config` of its admin port.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Loaded {
    /// `sha256:` and the hash of the [`MIRRORS_FILE`] that it works by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mirrors: Option<String>,
}

/// One mirror: what it copies, from where, and how.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Mirror {
    /// The origin of what it copies, in the log: the name of the `PackageMirror`, which is in its Registry's namespace.
    pub id: String,
    /// What people call it, for example `team/central`.
    pub name: String,
    #[serde(default)]
    pub mode: Mode,
    pub upstream: Upstream,
    #[serde(default)]
    pub selection: Selection,
    #[serde(default)]
    pub admission: Admission,
    #[serde(default)]
    pub transfer: Transfer,
    #[serde(default)]
    pub prune: Prune,
    #[serde(default)]
    pub cache: Cache,
}

/// When it copies.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Mode {
    /// In runs, everything that is selected.
    #[default]
    Sync,
    /// What somebody asks for, as far as it is selected.
    PullThrough,
}

/// From where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Upstream {
    /// Scheme, host, port and perhaps a path below which `/2.0/registry` lies, without a slash at the end.
    pub url: String,
    /// What it speaks.
    #[serde(default)]
    pub protocol: Protocol,
    /// A file with the access token that it wants.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_file: Option<String>,
    /// A file with certificates (PEM) that are trusted besides the usual ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca_file: Option<String>,
    /// The URL of an HTTP proxy on the way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proxy: Option<String>,
    /// Whether its addresses may be private ones, such as those of a Service in the cluster. Link-local ones never may.
    #[serde(default)]
    pub private_addresses: PrivateAddresses,
    /// How long one request may take before its answer begins, and between two pieces of it.
    #[serde(default = "sixty")]
    pub timeout_seconds: u32,
}

/// What an upstream speaks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Protocol {
    /// The one of Ballerina Central, which every registry for `bal` speaks.
    #[default]
    Central,
    /// Another Barre, whose feed of changes makes a run without news one request.
    Barre,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum PrivateAddresses {
    #[default]
    Refused,
    Allowed,
}

/// What of the selected packages may come in and be seen: one rule for every way.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Admission {
    /// How old a version must be, from its date upstream or from when it was first seen there, whichever is later.
    #[serde(default)]
    pub minimum_age_seconds: u64,
    #[serde(default)]
    pub mode: AdmissionMode,
    /// What may be younger.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exclude: Vec<Rule>,
    /// Versions that somebody has let in early, and why.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub overrides: Vec<Override>,
    /// What is never let in, and never shown if it is there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deny: Vec<Deny>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum AdmissionMode {
    /// What is too young waits.
    #[default]
    Enforce,
    /// It comes, and is seen, like any other. What is denied stays denied.
    Observe,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Override {
    pub version: Exact,
    pub reason: String,
}

/// Either what a rule matches or one digest, never both.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deny {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<Rule>,
    /// `sha256:` and 64 hexadecimal digits, of a bala.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    pub reason: String,
}

/// How much at a time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Transfer {
    /// Packages that are on their way at the same time.
    pub concurrency: u32,
    /// Requests to one host at the same time.
    pub concurrency_per_host: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bytes_per_second: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requests_per_second: Option<u32>,
    /// How long a run may take.
    pub deadline_seconds: u32,
    /// How often a request is tried again.
    pub max_retries: u32,
}

/// What goes when it is selected no more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Prune {
    pub policy: PrunePolicy,
    /// How long after that.
    pub grace_hours: u32,
    /// If more of what is there would go in one run, nothing goes.
    pub max_delete_percent: u32,
    pub mode: PruneMode,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum PrunePolicy {
    /// Nothing.
    #[default]
    Never,
    /// What upstream has no more.
    Orphaned,
    /// That, and what is selected no more and needed by nothing that is.
    NotSelected,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum PruneMode {
    #[default]
    Delete,
    /// It is only reported.
    DryRun,
}

/// How long what upstream said of itself holds, for a pull-through.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Cache {
    #[serde(rename = "metadataTTLSeconds")]
    pub metadata_ttl_seconds: u32,
    #[serde(rename = "negativeTTLSeconds")]
    pub negative_ttl_seconds: u32,
}

impl Default for Transfer {
    fn default() -> Self {
        Self {
            concurrency: 8,
            concurrency_per_host: 4,
            bytes_per_second: None,
            requests_per_second: None,
            deadline_seconds: 21_600,
            max_retries: 5,
        }
    }
}

impl Default for Prune {
    fn default() -> Self {
        Self {
            policy: PrunePolicy::default(),
            grace_hours: 168,
            max_delete_percent: 10,
            mode: PruneMode::default(),
        }
    }
}

impl Default for Cache {
    fn default() -> Self {
        Self { metadata_ttl_seconds: 300, negative_ttl_seconds: 30 }
    }
}

fn sixty() -> u32 {
    60
}
