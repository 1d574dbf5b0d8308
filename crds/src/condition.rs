//! Condition types and reasons: the words that users, alerts and tests may rely on.
//!
//! `Ready`, `StorageReady`, `WorkloadAvailable`, `TokensReady` and `AutoscalingReady` are good when `True`; `Reconciling` and `Stalled`
//! are bad when `True`, and never both; where neither is, `Ready` is `True`. Messages name the object and the next step, and never hold a secret's value.

use std::fmt;

use barre_contract::failure::Failure;

/// The summary: storage and workload are as they should be.
pub const READY: &str = "Ready";
/// The operator or Kubernetes is still bringing the object to its wanted state.
pub const RECONCILING: &str = "Reconciling";
/// Nothing will get better until a person acts.
pub const STALLED: &str = "Stalled";
/// The bucket exists, is reachable with the given keys, and is ours.
pub const STORAGE_READY: &str = "StorageReady";
/// Enough pods serve.
pub const WORKLOAD_AVAILABLE: &str = "WorkloadAvailable";
/// The token files of the pods are there, and have no mistake.
pub const TOKENS_READY: &str = "TokensReady";
/// The autoscaler can read its metrics and act; present only when autoscaling is asked for.
pub const AUTOSCALING_READY: &str = "AutoscalingReady";

/// The upstream of a PackageMirror answers.
pub const UPSTREAM_REACHABLE: &str = "UpstreamReachable";
/// What a PackageMirror selects is there.
pub const SYNCED: &str = "Synced";
/// What selected versions need is there, too.
pub const CLOSURE_COMPLETE: &str = "ClosureComplete";
/// No run of a PackageMirror may begin; neither good nor bad.
pub const SUSPENDED: &str = "Suspended";

/// Declares the enum with the word of each variant, which is its name: a macro, so that no list of them can miss one.
macro_rules! reasons {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// Why a condition is as it is. Conditions hold one of these words, or one that a newer registry wrote before it
        /// ended.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Reason {
            $($(#[$doc])* $name,)*
        }

        impl Reason {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// Returns the word.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => stringify!($name),)*
                }
            }
        }
    };
}

reasons! {
    /// Everything is as the spec says.
    Available,
    /// Nothing is known yet.
    Initializing,
    /// `spec.suspend` is set: the operator only reports.
    Suspended,

    /// Not reconciling, or not stalled, whichever of the two conditions says so.
    Settled,
    /// The first pods wait for storage that is usable, or for the end of what a deleted object of the same name left.
    Provisioning,
    /// Pods of the current template are missing, or pods of another one are left.
    RollingOut,
    /// The API server refused or did not answer; the operator tries again.
    RetryingAfterError,

    /// The API server rejects what the spec leads to.
    InvalidSpec,
    /// An object with the name of a child exists and belongs to somebody else.
    NameConflict,
    /// The Deployment is paused: no change reaches the pods.
    Paused,
    /// An autoscaler that is not ours decides how many pods there are.
    ScaledByAnother,
    /// The rollout did not finish in time.
    ProgressDeadlineExceeded,

    /// The operator made the bucket, or took an empty one.
    BucketCreated,
    /// The bucket was there before, with its content.
    BucketAdopted,
    /// A referenced Secret does not exist.
    SecretNotFound,
    /// A referenced Secret lacks a key.
    SecretKeyMissing,
    /// The store does not accept the keys.
    CredentialsRejected,
    /// The store accepts the keys, but they lack a permission.
    AccessDenied,
    /// The bucket to adopt does not exist.
    BucketNotFound,
    /// The store does not answer, or not as an S3 store would.
    BackendUnreachable,
    /// The bucket, or this prefix of it, belongs to another Registry or to somebody else.
    BucketOwnedByAnother,

    /// As many pods serve as must.
    MinimumReplicasAvailable,
    /// Too few pods serve, for no reason that a pod tells.
    MinimumReplicasUnavailable,
    /// The spec asks for no pods.
    ScaledToZero,
    /// The image cannot be pulled.
    ImagePullFailed,
    /// A container cannot be made, mostly because something it refers to is missing.
    ContainerConfigError,
    /// The registry starts and exits again.
    CrashLooping,
    /// No node has room for a pod.
    Unschedulable,
    /// Kubernetes refuses to create pods: quota, admission or Pod Security.
    ReplicaFailure,
    /// The registry runs but does not become ready.
    ProbeFailing,
    /// The log in the bucket names another operator; written by the registry itself.
    ForeignOwner,

    /// Each token file can be used.
    TokensUsable,

    /// The autoscaler computes and acts.
    ScalingActive,
    /// The autoscaler has no metrics to work with, or cannot scale.
    MetricsUnavailable,
    /// The load asks for more pods than `maxReplicas`.
    AtMaxReplicas,

    /// All that is selected is there.
    UpToDate,
    /// No run has ended yet.
    NeverRan,
    /// A run is under way.
    SyncRunning,
    /// What runs are told has changed, and no run was told so yet.
    SpecChanged,
    /// Some of what is selected could not be copied.
    PartialFailure,
    /// The last run failed, and did not say why in a word.
    SyncFailed,
    /// The last run that copied all it should is too long ago.
    Stale,
    /// More is selected than may be.
    SelectionTooLarge,
    /// The registry cannot read a rule.
    InvalidSelection,
    /// More would go than may.
    PruneFuseTripped,
    /// The registry's own log or store refused a run.
    RegistryFailed,
    /// A run took too long; the next one goes on.
    DeadlineExceeded,
    /// Upstream answers.
    Connected,
    /// Upstream does not answer, or not in words that are understood.
    UpstreamUnreachable,
    /// Upstream asks for fewer requests.
    UpstreamThrottled,
    /// Upstream wants other credentials.
    UpstreamUnauthorized,
    /// The address of upstream is one that may not be asked.
    UpstreamRefused,
    /// What selected versions need is there.
    AllDependenciesPresent,
    /// What selected versions need is let in by no rule.
    ClosureIncomplete,
    /// Runs begin when they are due.
    NotSuspended,
    /// Every ready pod works by the settings of the mirror.
    Loaded,
    /// Not every ready pod does yet.
    Loading,
    /// The Registry that is named has no pod that serves.
    RegistryUnavailable,
    /// A referenced ConfigMap does not exist.
    ConfigMapNotFound,
    /// A referenced ConfigMap lacks a key.
    ConfigMapKeyMissing,
    /// What a referenced ConfigMap holds cannot be read.
    ConfigMapUnreadable,

    /// A run has begun; only an event says so, as of the next four.
    SyncStarted,
    /// A run copied all it should.
    SyncSucceeded,
    /// A run could not copy some of it.
    SyncPartiallyFailed,
    /// A run took something away.
    Pruned,
    /// Somebody asked for a run.
    ManualSyncRequested,

    /// A child that somebody else changed is as the spec says again; only an event says so.
    Restored,
    /// The object cannot be read by this operator; only an event says so.
    Undecodable,

    // What registries say of themselves before they end, besides words above.
    /// A setting of the registry cannot be.
    ArgumentsInvalid,
    /// A port of the registry cannot be listened on.
    AddressUnavailable,
    /// A token file of the registry is missing or wrong.
    TokensUnusable,
    /// The registry's file with mirrors is missing or wrong.
    MirrorsUnusable,
    /// The registry cannot use its folder for uploads.
    ScratchUnusable,
    /// There is no registry in the store, and none is to be begun; or a PackageMirror names a Registry that does not exist.
    RegistryNotFound,
    /// The store's settings cannot work.
    StoreSettingsInvalid,
    /// The store does not keep what the log stands on.
    StoreUnsuitable,
    /// The log was raised to a format that the registry's image is too old for.
    FormatTooNew,
    /// The log is damaged, or has a gap.
    LogDamaged,
    /// The log is behind what clients were told: the bucket was restored, or its end was deleted.
    LogRewound,
    /// A registry was in the store, and nothing of it is there.
    DataMissing,
    /// Another registry is in the store than was there.
    RegistryExchanged,
    /// The log is gone, and other objects of the registry are there.
    LogLost,
    /// The clock of a node is minutes off the store's.
    ClockWrong,
}

impl Reason {
    /// Returns the reason with this word, as a stored condition has it.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|reason| reason.as_str() == word)
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The words that registries write are reasons, each under its own name.
impl From<Failure> for Reason {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::ArgumentsInvalid => Self::ArgumentsInvalid,
            Failure::AddressUnavailable => Self::AddressUnavailable,
            Failure::TokensUnusable => Self::TokensUnusable,
            Failure::MirrorsUnusable => Self::MirrorsUnusable,
            Failure::ScratchUnusable => Self::ScratchUnusable,
            Failure::RegistryNotFound => Self::RegistryNotFound,
            Failure::StoreSettingsInvalid => Self::StoreSettingsInvalid,
            Failure::StoreUnsuitable => Self::StoreUnsuitable,
            Failure::BackendUnreachable => Self::BackendUnreachable,
            Failure::CredentialsRejected => Self::CredentialsRejected,
            Failure::AccessDenied => Self::AccessDenied,
            Failure::BucketNotFound => Self::BucketNotFound,
            Failure::BucketOwnedByAnother => Self::BucketOwnedByAnother,
            Failure::ForeignOwner => Self::ForeignOwner,
            Failure::FormatTooNew => Self::FormatTooNew,
            Failure::LogDamaged => Self::LogDamaged,
            Failure::LogRewound => Self::LogRewound,
            Failure::DataMissing => Self::DataMissing,
            Failure::RegistryExchanged => Self::RegistryExchanged,
            Failure::LogLost => Self::LogLost,
            Failure::ClockWrong => Self::ClockWrong,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_back() {
        for reason in Reason::ALL {
            assert_eq!(Reason::parse(reason.as_str()), Some(*reason));
            assert!(reason.as_str().bytes().all(|b| b.is_ascii_alphanumeric()));
        }
        assert_eq!(Reason::parse("SomethingNewer"), None);
    }

    #[test]
    fn registries_and_conditions_say_the_same_words() {
        for failure in Failure::ALL {
            assert_eq!(Reason::from(*failure).as_str(), failure.as_str());
        }
    }
}
