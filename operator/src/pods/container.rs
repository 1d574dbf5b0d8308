//! What every container of the program is given, and what it may do.

use k8s_openapi::api::core::v1::{
    Capabilities, Container, EnvVar, PodSecurityContext, PodSpec, SeccompProfile, SecurityContext,
};

/// The container of the program in its pods; others may have put theirs beside it.
pub(crate) const CONTAINER: &str = "registry";

/// Returns the container of the program.
pub(crate) fn of(pod: &PodSpec) -> Option<&Container> {
    pod.containers.iter().find(|container| container.name == CONTAINER)
}

/// What a container may not do. Passes Pod Security `restricted`.
pub(crate) fn restrictions() -> SecurityContext {
    SecurityContext {
        allow_privilege_escalation: Some(false),
        capabilities: Some(Capabilities { drop: Some(vec!["ALL".into()]), ..Capabilities::default() }),
        read_only_root_filesystem: Some(true),
        ..SecurityContext::default()
    }
}

/// The same of a pod. No user id: the image has a number, `OpenShift` brings its own.
pub(crate) fn pod_restrictions() -> PodSecurityContext {
    PodSecurityContext {
        run_as_non_root: Some(true),
        seccomp_profile: Some(SeccompProfile { type_: "RuntimeDefault".into(), localhost_profile: None }),
        ..PodSecurityContext::default()
    }
}

/// Returns a variable with this value.
pub(crate) fn plain(name: &str, value: impl Into<String>) -> EnvVar {
    EnvVar { name: name.to_owned(), value: Some(value.into()), value_from: None }
}
