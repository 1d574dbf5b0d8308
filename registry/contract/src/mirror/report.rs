//! What a run tells: while it runs, at its end, and as its last words.

use serde::{Deserialize, Serialize};

use super::Exact;

/// How many entries each list of a report has at most: the first ones. The counts are those of all.
pub const REPORT_ENTRIES: usize = 20;
/// How long last words are at most: the kubelet keeps the last 4 KiB of what a container wrote there.
pub const LAST_WORDS_BYTES: usize = 1024;

/// How a run goes, or how it ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// 1.
    pub v: u32,
    /// Of the mirror.
    pub id: String,
    /// The name of the run, which is that of its Job.
    pub run: String,
    /// RFC 3339, as all times.
    pub started: String,
    /// When this was written.
    pub at: String,
    pub stage: Stage,
    /// How it ended, once it has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
    /// What to do about an outcome that is no success, in one sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    pub counts: Counts,
    /// What the registry has from this mirror.
    pub inventory: Inventory,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub failures: Vec<Failed>,
    /// What is too young, those first that come first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub waiting: Vec<Held>,
    /// What selected versions need and no rule lets in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<Needed>,
    /// What a prune would take, or took.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pruned: Vec<Left>,
    /// How far the upstream's feed was read; only of another Barre.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// The hash of what was selected when it was read so far: for another selection it is read from its beginning.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub selected: Option<String>,
}

/// What a run is at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stage {
    Listing,
    Copying,
    Pruning,
    Done,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// Everything that is selected is there, but for what waits.
    Succeeded,
    /// Some of it could not be copied: see the failures. It is tried again next time.
    PartiallySucceeded,
    /// More is selected than may be; nothing was copied.
    SelectionTooLarge,
    /// A rule cannot be read.
    InvalidSelection,
    /// More would go than may; nothing went.
    PruneFuseTripped,
    /// Upstream wants other credentials.
    UpstreamUnauthorized,
    /// The address of upstream is one that may not be asked.
    UpstreamRefused,
    /// Upstream does not answer, or not in words that are understood.
    UpstreamUnreachable,
    /// Upstream asks for fewer requests than the run could wait for.
    UpstreamThrottled,
    /// The registry's own log or store refused.
    RegistryFailed,
    /// The time was over; the next run goes on.
    DeadlineExceeded,
}

/// How many.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Counts {
    /// Releases that are to be copied.
    pub planned: u64,
    /// Of them, those that are there now.
    pub copied: u64,
    pub failed: u64,
    /// Those that were there before.
    pub present: u64,
    pub waiting: u64,
    pub denied: u64,
    pub missing: u64,
    pub pruned: u64,
    /// Versions whose deprecation changed.
    pub deprecations: u64,
    /// Of what was copied.
    pub bytes: u64,
    /// Sent to upstream.
    pub requests: u64,
}

/// What the registry has of a mirror.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inventory {
    pub packages: u64,
    pub versions: u64,
    pub bytes: u64,
}

/// A version that could not be copied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failed {
    pub version: Exact,
    pub platform: String,
    /// In one word, such as `DigestDiffers`.
    pub reason: String,
    pub message: String,
}

/// A version that is too young.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    pub version: Exact,
    /// Without it for ever: upstream does not say when it was published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
}

/// A version that is needed and does not come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Needed {
    pub version: Exact,
    /// One that needs it; none where it is selected by name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Exact>,
    pub why: String,
}

/// A version that goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Left {
    pub version: Exact,
    pub why: String,
}

/// What a Job's pod leaves behind: at most [`LAST_WORDS_BYTES`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastWords {
    pub run: String,
    pub outcome: Outcome,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    pub counts: Counts,
    pub inventory: Inventory,
}

impl Report {
    /// What of it fits into last words.
    pub fn last_words(&self) -> Option<LastWords> {
        Some(LastWords {
            run: self.run.clone(),
            outcome: self.outcome?,
            // A character is at most four bytes, and twelve of JSON; numbers and names need a half.
            message: self.message.as_ref().map(|message| message.chars().take(160).collect()),
            counts: self.counts,
            inventory: self.inventory,
        })
    }
}
