//! What ties a Registry's children, pods and data to it.

use barre_contract::owner;
use barre_crds::Registry;
use kube::ResourceExt;

/// Returns who operates the Registry's log: never the uid, so that a re-created Registry finds its own data.
pub(crate) fn log_owner(cluster_id: &str, registry: &Registry) -> String {
    owner::of_registry(cluster_id, &registry.namespace().unwrap_or_default(), &registry.name_any())
}
