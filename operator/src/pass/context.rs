//! What a pass over any kind may use besides the object itself.

use kube::{Client, runtime::events::Recorder};

use super::{memory::Memory, metrics::Metrics};

/// Components, shared by all passes.
pub(crate) struct Context {
    pub(crate) client: Client,
    pub(crate) recorder: Recorder,
    pub(crate) metrics: Metrics,
    pub(crate) memory: Memory,
}
