//! Who operates a registry's log: `CLUSTER/NAMESPACE/NAME`.
//!
//! It holds no uid of the Registry, so that one that is deleted and applied again finds its packages.

/// Longest owner, in bytes: a cluster's id, a namespace and a name, each as long as Kubernetes allows.
pub const MAX_LEN: usize = 253 + 1 + 63 + 1 + 253;

/// The owner for a Registry.
pub fn of_registry(cluster: &str, namespace: &str, name: &str) -> String {
    format!("{cluster}/{namespace}/{name}")
}
