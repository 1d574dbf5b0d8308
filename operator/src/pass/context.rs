//! What a pass over any kind may use besides the object itself.

use k8s_openapi::api::core::v1::ObjectReference;
use kube::{
    Client,
    runtime::events::{Event, Recorder},
};

use super::{cache::Cache, health::Health, memory::Memory, metrics::Metrics};

/// Components, shared by all passes.
pub(crate) struct Context {
    pub(crate) client: Client,
    pub(crate) recorder: Recorder,
    pub(crate) metrics: Metrics,
    pub(crate) health: Health,
    pub(crate) memory: Memory,
    pub(crate) cache: Cache,
}

impl Context {
    /// Tells users of an object what they must know. An event that is lost is not worth a failed pass.
    pub(crate) async fn tell(&self, event: &Event, object: &ObjectReference) {
        if let Err(error) = self.recorder.publish(event, object).await {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "event not recorded: '{}'",
                event.reason
            );
        }
    }
}
