//! What a pass over a Registry may use besides the object itself.

use crate::{pass::context::Context, store::ensure::Stores};

/// Components, shared by all passes.
pub(crate) struct Tools {
    pub(crate) pass: Context,
    pub(crate) stores: Stores,
    pub(crate) installation: Installation,
}

/// What every Registry of this operator has in common.
#[derive(Clone, Debug)]
pub(crate) struct Installation {
    /// Identity of the cluster in the stores it owns.
    pub(crate) cluster_id: String,
    /// Image of the registry, where a spec names none.
    pub(crate) registry_image: String,
}
