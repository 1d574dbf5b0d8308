//! Condition types and reasons: the words that users, alerts and tests may rely on.
//!
//! `Ready`, `StorageReady`, `WorkloadAvailable` and `AutoscalingReady` are good when `True`; `Reconciling` and `Stalled`
//! are bad when `True`, and never both. Messages name the object and the next step, and never hold a secret's value.

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
/// The autoscaler can read its metrics and act; present only when autoscaling is asked for.
pub const AUTOSCALING_READY: &str = "AutoscalingReady";

/// Reasons of all conditions.
pub mod reason {
    /// Everything is as the spec says.
    pub const AVAILABLE: &str = "Available";
    /// Nothing is known yet.
    pub const INITIALIZING: &str = "Initializing";
    /// `spec.suspend` is set: the operator only reports.
    pub const SUSPENDED: &str = "Suspended";

    /// Not reconciling, not stalled: the object is at rest.
    pub const SETTLED: &str = "Settled";
    /// The storage is not usable yet, so the first pods wait.
    pub const PROVISIONING: &str = "Provisioning";
    /// Pods of the current template are missing.
    pub const ROLLING_OUT: &str = "RollingOut";
    /// The API server refused or did not answer; the operator tries again.
    pub const RETRYING_AFTER_ERROR: &str = "RetryingAfterError";

    /// The API server rejects what the spec leads to.
    pub const INVALID_SPEC: &str = "InvalidSpec";
    /// An object with the name of a child exists and belongs to somebody else.
    pub const NAME_CONFLICT: &str = "NameConflict";
    /// The rollout did not finish in time.
    pub const PROGRESS_DEADLINE_EXCEEDED: &str = "ProgressDeadlineExceeded";

    /// The operator made the bucket, or took an empty one.
    pub const BUCKET_CREATED: &str = "BucketCreated";
    /// The bucket was there before, with its content.
    pub const BUCKET_ADOPTED: &str = "BucketAdopted";
    /// A referenced Secret does not exist.
    pub const SECRET_NOT_FOUND: &str = "SecretNotFound";
    /// A referenced Secret lacks a key.
    pub const SECRET_KEY_MISSING: &str = "SecretKeyMissing";
    /// The store does not accept the keys.
    pub const CREDENTIALS_REJECTED: &str = "CredentialsRejected";
    /// The store accepts the keys, but they lack a permission.
    pub const ACCESS_DENIED: &str = "AccessDenied";
    /// The bucket to adopt does not exist.
    pub const BUCKET_NOT_FOUND: &str = "BucketNotFound";
    /// The store does not answer, or not as an S3 store would.
    pub const BACKEND_UNREACHABLE: &str = "BackendUnreachable";
    /// The bucket, or this prefix of it, belongs to another Registry or to somebody else.
    pub const BUCKET_OWNED_BY_ANOTHER: &str = "BucketOwnedByAnother";

    /// As many pods serve as must.
    pub const MINIMUM_REPLICAS_AVAILABLE: &str = "MinimumReplicasAvailable";
    /// Too few pods serve, for no reason that a pod tells.
    pub const MINIMUM_REPLICAS_UNAVAILABLE: &str = "MinimumReplicasUnavailable";
    /// The spec asks for no pods.
    pub const SCALED_TO_ZERO: &str = "ScaledToZero";
    /// The image cannot be pulled.
    pub const IMAGE_PULL_FAILED: &str = "ImagePullFailed";
    /// A container cannot be made, mostly because something it refers to is missing.
    pub const CONTAINER_CONFIG_ERROR: &str = "ContainerConfigError";
    /// The registry starts and exits again.
    pub const CRASH_LOOPING: &str = "CrashLooping";
    /// No node has room for a pod.
    pub const UNSCHEDULABLE: &str = "Unschedulable";
    /// Kubernetes refuses to create pods: quota, admission or Pod Security.
    pub const REPLICA_FAILURE: &str = "ReplicaFailure";
    /// The registry runs but does not become ready.
    pub const PROBE_FAILING: &str = "ProbeFailing";
    /// The log in the bucket names another operator; written by the registry itself.
    pub const FOREIGN_OWNER: &str = "ForeignOwner";

    /// The autoscaler computes and acts.
    pub const SCALING_ACTIVE: &str = "ScalingActive";
    /// The autoscaler has no metrics to work with.
    pub const METRICS_UNAVAILABLE: &str = "MetricsUnavailable";
    /// The load asks for more pods than `maxReplicas`.
    pub const AT_MAX_REPLICAS: &str = "AtMaxReplicas";

    /// The object cannot be read by this operator; only an event says so.
    pub const UNDECODABLE: &str = "Undecodable";
}
