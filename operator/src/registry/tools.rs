//! What a pass over a Registry may use besides the object itself.

use std::sync::Arc;

use tokio::sync::Semaphore;

use crate::{
    pass::{context::Context, rollouts::Rollouts},
    store::{Reach, ensure::Stores},
};

/// Components, shared by all passes.
pub(crate) struct Tools {
    pub(crate) pass: Arc<Context>,
    pub(crate) stores: Stores,
    pub(crate) installation: Installation,
    /// Who works with the API server at a time.
    pub(crate) workers: Semaphore,
    /// Whose pods roll because the operator is new.
    pub(crate) rollouts: Rollouts,
    /// Who waits for a store at a time: one that hangs must not keep the workers.
    pub(crate) store_calls: Semaphore,
}

/// How many may wait for stores at a time.
const STORE_CALLS: usize = 256;

impl Tools {
    /// Puts them together, with so many workers and rollouts at a time.
    pub(crate) fn new(
        pass: Arc<Context>,
        stores: Stores,
        installation: Installation,
        workers: u16,
        rollouts: u16,
    ) -> Self {
        let (workers, store_calls) = (Semaphore::new(workers.into()), Semaphore::new(STORE_CALLS));
        Self { pass, stores, installation, workers, rollouts: Rollouts::new(rollouts), store_calls }
    }
}

/// What every Registry of this operator has in common.
#[derive(Clone, Debug)]
pub(crate) struct Installation {
    /// Identity of the cluster in the stores it owns.
    pub(crate) cluster_id: String,
    /// Image of the registry, where a spec names none.
    pub(crate) registry_image: String,
    /// Where stores may be.
    pub(crate) reach: Reach,
}
