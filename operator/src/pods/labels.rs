//! Labels and selectors.

use crate::pass::owner::{Labels, labels};

/// The label that names the Registry on each of its children and pods.
pub(crate) const REGISTRY_LABEL: &str = "barre.dev/registry";

/// The label that names the PackageMirror on each of its children and pods.
pub(crate) const MIRROR_LABEL: &str = "barre.dev/mirror";

/// The label that names the Registry which is told what is in a ConfigMap of a PackageMirror.
pub(crate) const FEEDS_LABEL: &str = "barre.dev/feeds";

/// Selects the pods of every Registry that serve.
pub(crate) const SERVERS: &str = "app.kubernetes.io/name=barre-registry,app.kubernetes.io/component=server";

/// Returns the labels that select the pods of a Registry that serve. They never change: a Deployment's selector cannot.
pub(crate) fn servers(registry: &str) -> Labels {
    labels([
        ("app.kubernetes.io/name", "barre-registry"),
        ("app.kubernetes.io/instance", registry),
        ("app.kubernetes.io/component", "server"),
    ])
}

/// Returns labels as the text of a selector.
pub(crate) fn text(labels: &Labels) -> String {
    let pairs: Vec<String> = labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
    pairs.join(",")
}
