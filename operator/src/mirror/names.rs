//! Names and labels: what ties children and pods to their PackageMirror.

use barre_crds::PackageMirror;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::ResourceExt;
use sha2::{Digest, Sha256};

use crate::{
    pass::owner::{Labels, Owner, labels},
    pods::labels::{FEEDS_LABEL, MIRROR_LABEL},
};

/// The field manager of children.
pub(crate) const MANAGER: &str = "barre-operator/mirror";
/// The field manager of statuses.
pub(crate) const STATUS_MANAGER: &str = "barre-operator/mirror-status";

/// Returns the name of the `ConfigMap` with what runs, and the pods of the Registry, are told.
pub(crate) fn settings(mirror: &PackageMirror) -> String {
    format!("{}-mirror", mirror.name_any())
}

/// Returns the origin of what it brings, in the log: never its uid, so that one that is deleted and applied again, here or
/// in another cluster, goes on with what it brought.
pub(crate) fn origin(mirror: &PackageMirror) -> String {
    mirror.name_any()
}

/// Returns the name of the run after another one, which is that of its Job: whoever decides twice that there is to be one
/// decides for the same.
pub(crate) fn run_after(mirror: &PackageMirror, previous: Option<&str>) -> String {
    let mut hash = Sha256::new();
    hash.update(mirror.uid().unwrap_or_default());
    hash.update(previous.unwrap_or_default());
    format!("{}-{}", mirror.name_any(), hex::encode(&hash.finalize()[..5]))
}

/// Returns the labels of Jobs and their pods. They are no servers: no Service, autoscaler or budget selects them.
pub(crate) fn pod_labels(mirror: &PackageMirror) -> Labels {
    labels([
        ("app.kubernetes.io/name", "barre-registry"),
        ("app.kubernetes.io/instance", &mirror.name_any()),
        ("app.kubernetes.io/component", "mirror"),
        ("app.kubernetes.io/part-of", "barre"),
        (MIRROR_LABEL, &mirror.name_any()),
    ])
}

/// Returns what selects them.
pub(crate) fn selector(mirror: &PackageMirror) -> String {
    format!("{MIRROR_LABEL}={}", mirror.name_any())
}

/// Returns the PackageMirror as an owner.
pub(crate) fn owner_of_children(mirror: &PackageMirror) -> Owner {
    Owner::new(mirror, MIRROR_LABEL)
}

/// Returns the metadata of a child.
pub(crate) fn child(mirror: &PackageMirror, name: String) -> ObjectMeta {
    owner_of_children(mirror).child(name, pod_labels(mirror))
}

/// Returns the metadata of the child whose content the Registry passes on.
pub(crate) fn feeding_child(mirror: &PackageMirror, name: String) -> ObjectMeta {
    let mut all = pod_labels(mirror);
    all.append(&mut labels([(FEEDS_LABEL, &mirror.spec.registry_ref.name)]));
    owner_of_children(mirror).child(name, all)
}
