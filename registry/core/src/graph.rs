//! Locked dependencies: what a package was built with.

use serde::{Deserialize, Serialize};

use crate::package::Coordinates;

/// One package of a locked graph, with what it depends on directly.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Node {
    pub package: Coordinates,
    /// Sorted.
    pub dependencies: Vec<Coordinates>,
}
