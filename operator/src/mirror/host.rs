//! The Registry, as far as runs need it. Pure.

use k8s_openapi::api::apps::v1::Deployment;

use super::desired::job::Program;

/// The Registry.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Host {
    /// There is none of this name.
    Missing,
    /// It has no pod that serves.
    Down,
    /// It serves, and exchanges its pods: which program a run should be is not settled.
    Rolling,
    /// It serves.
    Up(Box<Program>),
}

impl Host {
    /// Returns what the Deployment of a Registry says.
    pub(crate) fn of(deployment: &Deployment) -> Self {
        let status = deployment.status.clone().unwrap_or_default();
        if deployment.metadata.deletion_timestamp.is_some() || status.available_replicas.unwrap_or(0) == 0 {
            return Self::Down;
        }
        let observed = status.observed_generation >= deployment.metadata.generation;
        if !observed || status.updated_replicas != status.replicas {
            return Self::Rolling;
        }
        Program::of(deployment).map_or(Self::Down, |program| Self::Up(Box::new(program)))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::mirror::fixture;

    #[test]
    fn it_is_up_when_all_its_pods_are_of_the_template() {
        for (observed, counts, going, expected) in [
            (2, [2, 2, 2], false, "Up"),
            (2, [2, 2, 1], false, "Up"),
            (2, [2, 2, 2], true, "Down"),
            (2, [2, 2, 0], false, "Down"),
            (1, [2, 2, 2], false, "Rolling"),
            (2, [3, 1, 2], false, "Rolling"),
        ] {
            let [all, updated, available] = counts;
            let mut deployment = fixture::deployment();
            deployment.metadata.generation = Some(2);
            let end = fixture::last_run("a", "Failed").completion_time;
            deployment.metadata.deletion_timestamp = going.then_some(end);
            let status = json!({ "observedGeneration": observed, "replicas": all, "updatedReplicas": updated,
                "availableReplicas": available });
            deployment.status = serde_json::from_value(status).unwrap();
            let host = format!("{:?}", Host::of(&deployment));
            assert!(host.starts_with(expected), "{observed} {counts:?} {going}: {host}");
        }
    }
}
