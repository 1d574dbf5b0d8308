//! Which rights a kind of child takes; for the test of the manifests.

use super::child::{Child, Upkeep};

/// A rule of a role.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Right {
    pub(crate) group: String,
    pub(crate) resource: String,
    pub(crate) verbs: Vec<&'static str>,
}

impl Right {
    /// Makes a right.
    pub(crate) fn new(group: &str, resource: &str, verbs: &[&'static str]) -> Self {
        Self { group: group.to_owned(), resource: resource.to_owned(), verbs: verbs.to_vec() }
    }

    /// Returns what a kind of child takes: an apply that makes the object is a patch and a creation.
    pub(crate) fn of_child<K: Child>(upkeep: Upkeep) -> Self {
        let verbs: &[&str] = match upkeep {
            Upkeep::Applied => &["get", "list", "watch", "create", "patch"],
            Upkeep::Pruned => &["get", "list", "watch", "create", "patch", "delete"],
            Upkeep::Once => &["get", "create"],
        };
        Self::new(&K::group(&()), &K::plural(&()), verbs)
    }
}
