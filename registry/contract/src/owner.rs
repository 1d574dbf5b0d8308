//! Who operates a registry's log: `CLUSTER/NAMESPACE/NAME`.
//!
//! It holds no uid of the Registry, so that one that is deleted and applied again finds its packages.

/// Longest owner, in bytes.
pub const MAX_LEN: usize = 256;

/// The owner for a Registry.
pub fn of_registry(cluster: &str, namespace: &str, name: &str) -> String {
    format!("{cluster}/{namespace}/{name}")
}
