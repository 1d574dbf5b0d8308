//! What a pass over a PackageMirror may use besides the object itself.

use std::sync::Arc;

use tokio::sync::Semaphore;

use super::ask::Pods;
use crate::pass::context::Context;

/// Components, shared by all passes.
pub(crate) struct Tools {
    pub(crate) pass: Arc<Context>,
    /// What pods of Registries say.
    pub(crate) pods: Pods,
    /// Who works with the API server at a time.
    pub(crate) workers: Semaphore,
}

impl Tools {
    /// Puts them together, with so many workers.
    pub(crate) fn new(pass: Arc<Context>, workers: u16) -> reqwest::Result<Self> {
        Ok(Self { pass, pods: Pods::new()?, workers: Semaphore::new(workers.into()) })
    }
}
