//! How far a rollout is. Pure.

use std::collections::BTreeSet;

use barre_contract::settled::Settled;
use k8s_openapi::api::{
    apps::v1::{Deployment, DeploymentCondition},
    core::v1::Pod,
};
use kube::ResourceExt;

/// The label by which a Deployment tells the pods of its templates apart.
pub(crate) const TEMPLATE_LABEL: &str = "pod-template-hash";

/// Returns what a Deployment says of one aspect of itself.
pub(crate) fn condition<'a>(deployment: &'a Deployment, type_: &str) -> Option<&'a DeploymentCondition> {
    let conditions = deployment.status.as_ref()?.conditions.as_ref()?;
    conditions.iter().find(|condition| condition.type_.as_deref() == Some(type_))
}

/// Whether pods of the current template are missing. Scaling alone does not make it so.
pub(crate) fn is_rolling(deployment: &Deployment) -> bool {
    let observed = deployment.status.as_ref().and_then(|status| status.observed_generation);
    let complete = condition(deployment, "Progressing")
        .is_some_and(|progressing| progressing.reason.as_deref() == Some("NewReplicaSetAvailable"));
    observed < deployment.metadata.generation || !complete
}

/// Returns the word for the pods: which template all of them have, once a rollout has ended.
///
/// A pod that ends still runs, perhaps as an older program, so it counts until it is gone; and a Deployment of somebody
/// else says nothing about our pods. The word may be late, never early: what is not known is not settled.
pub(crate) fn settled(deployment: Option<&Deployment>, pods: &[Pod]) -> Settled {
    let Some(deployment) = deployment.filter(|deployment| !is_rolling(deployment)) else {
        return Settled::default();
    };
    let generation = deployment.metadata.generation;
    let observed = deployment.status.as_ref().and_then(|status| status.observed_generation);
    let running: Vec<&Pod> = pods.iter().filter(|pod| !has_ended(pod)).collect();
    let templates: BTreeSet<Option<&String>> =
        running.iter().map(|pod| pod.labels().get(TEMPLATE_LABEL)).collect();
    let mut templates = templates.into_iter();
    match (templates.next(), templates.next()) {
        (Some(Some(template)), None)
            if generation.is_some() && observed == generation && running.iter().any(|pod| is_ready(pod)) =>
        {
            Settled { template: Some(template.clone()) }
        }
        _ => Settled::default(),
    }
}

/// Whether all containers of a pod have ended for good.
fn has_ended(pod: &Pod) -> bool {
    let phase = pod.status.as_ref().and_then(|status| status.phase.as_deref());
    matches!(phase, Some("Succeeded" | "Failed"))
}

fn is_ready(pod: &Pod) -> bool {
    let conditions = pod.status.as_ref().and_then(|status| status.conditions.as_ref());
    conditions.into_iter().flatten().any(|condition| condition.type_ == "Ready" && condition.status == "True")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const DONE: &str = "NewReplicaSetAvailable";

    fn deployment(generation: i64, observed: Option<i64>, progressing: &str) -> Deployment {
        serde_json::from_value(json!({
            "metadata": { "name": "packages", "generation": generation },
            "spec": { "selector": {}, "template": {} },
            "status": {
                "observedGeneration": observed,
                "conditions": [{ "type": "Progressing", "status": "True", "reason": progressing }],
            },
        }))
        .unwrap()
    }

    fn pod(template: &str, phase: &str, ready: &str) -> Pod {
        serde_json::from_value(json!({
            "metadata": { "name": "packages-1", "labels": { TEMPLATE_LABEL: template } },
            "status": { "phase": phase, "conditions": [{ "type": "Ready", "status": ready }] },
        }))
        .unwrap()
    }

    fn ready(template: &str) -> Pod {
        pod(template, "Running", "True")
    }

    fn ending(template: &str) -> Pod {
        let mut pod = pod(template, "Running", "False");
        pod.metadata.deletion_timestamp =
            Some(serde_json::from_value(json!("2026-01-01T00:00:00Z")).unwrap());
        pod
    }

    #[test]
    fn a_rollout_has_settled_when_all_that_runs_is_alike() {
        let done = deployment(3, Some(3), DONE);
        let bare =
            || Pod { metadata: serde_json::from_value(json!({ "name": "bare" })).unwrap(), ..ready("") };
        let starting = || pod("new", "Pending", "False");
        for (case, deployment, pods, expected) in [
            ("all alike", &done, vec![ready("new"), ready("new")], Some("new")),
            ("one of them starts", &done, vec![ready("new"), starting()], Some("new")),
            ("one of them ends", &done, vec![ready("new"), ending("new")], Some("new")),
            ("an old one ends", &done, vec![ready("new"), ending("old")], None),
            ("two templates", &done, vec![ready("new"), ready("old")], None),
            ("an old one has failed", &done, vec![ready("new"), pod("old", "Failed", "False")], Some("new")),
            ("a job is done", &done, vec![ready("new"), pod("old", "Succeeded", "False")], Some("new")),
            ("somebody's pod without a template", &done, vec![ready("new"), bare()], None),
            ("nobody is ready", &done, vec![starting()], None),
            ("scaled to zero", &done, vec![], None),
            ("rolling", &deployment(3, Some(3), "ReplicaSetUpdated"), vec![ready("new")], None),
            ("stuck", &deployment(3, Some(3), "ProgressDeadlineExceeded"), vec![ready("new")], None),
            ("generation unobserved", &deployment(4, Some(3), DONE), vec![ready("new")], None),
            ("generation from the future", &deployment(3, Some(4), DONE), vec![ready("new")], None),
            ("nothing observed", &deployment(3, None, DONE), vec![ready("new")], None),
        ] {
            let template = settled(Some(deployment), &pods).template;
            assert_eq!(template.as_deref(), expected, "{case}");
        }
        assert_eq!(settled(None, &[ready("new")]), Settled::default(), "no Deployment");
    }
}
