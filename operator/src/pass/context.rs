//! What a reconcile may use besides the object itself.

use kube::{Client, runtime::events::Recorder};

use crate::{pass::memory::Memory, pass::metrics::Metrics};

/// Components and settings, shared by all reconciles.
pub(crate) struct Context {
    pub(crate) client: Client,
    /// For the one request that `object_store` cannot send: making a bucket.
    pub(crate) http: reqwest::Client,
    pub(crate) recorder: Recorder,
    pub(crate) metrics: Metrics,
    pub(crate) memory: Memory,
    pub(crate) settings: Settings,
}

/// What the flags say.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) cluster_id: String,
    pub(crate) registry_image: String,
}
