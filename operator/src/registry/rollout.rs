//! How far a rollout is. Pure.

use std::collections::BTreeSet;

use barre_contract::settled::Settled;
use barre_crds::Registry;
use k8s_openapi::api::{
    apps::v1::{Deployment, DeploymentCondition},
    core::v1::Pod,
};
use kube::ResourceExt;

use crate::{
    pass::{owner::Owner, rollouts::Upgrade},
    pods::{
        container::CONTAINER,
        problem::{has_ended, is_ready},
    },
};

/// The label by which a Deployment tells the pods of its templates apart.
pub(crate) const TEMPLATE_LABEL: &str = "pod-template-hash";

/// Returns what a Deployment says of one aspect of itself.
pub(crate) fn condition<'a>(deployment: &'a Deployment, type_: &str) -> Option<&'a DeploymentCondition> {
    let conditions = deployment.status.as_ref()?.conditions.as_ref()?;
    conditions.iter().find(|condition| condition.type_.as_deref() == Some(type_))
}

/// Whether pods of the current template are missing, or pods of another one are left. Scaling alone does not make it so.
///
/// The counts are looked at as well: when a template comes back that there was before, the condition still tells the end
/// of the rollout before, though the change was observed and no pod has followed it.
pub(crate) fn is_rolling(deployment: &Deployment) -> bool {
    let observed = deployment.status.as_ref().and_then(|status| status.observed_generation);
    let complete = condition(deployment, "Progressing")
        .is_some_and(|progressing| progressing.reason.as_deref() == Some("NewReplicaSetAvailable"));
    let (all, updated) = counts(deployment);
    observed < deployment.metadata.generation || !complete || updated != all
}

/// Whether an autoscaler has decided how many pods there are. It writes by way of the controllers of Kubernetes.
pub(crate) fn is_scaled(deployment: &Deployment) -> bool {
    let mut managers = deployment.metadata.managed_fields.iter().flatten();
    managers.any(|entry| {
        let scales = entry.subresource.as_deref() == Some("scale");
        scales && entry.manager.as_deref() == Some("kube-controller-manager")
    })
}

/// Returns how far a Deployment is with what a new operator brings. A change of the spec that nobody has followed yet is
/// not put off by it.
pub(crate) fn upgrade(registry: &Registry, deployment: &Deployment) -> Upgrade {
    let observed = registry.status.as_ref().and_then(|status| status.observed_generation);
    if Owner::is_of_another_release(&deployment.metadata) {
        if observed == registry.metadata.generation { Upgrade::Due } else { Upgrade::Done }
    } else if is_rolling(deployment) {
        Upgrade::UnderWay
    } else {
        Upgrade::Done
    }
}

/// Returns how many pods there are, and how many of them have the current template. How many there should be does not
/// matter: an autoscaler changes that at any time.
fn counts(deployment: &Deployment) -> (i32, i32) {
    let status = deployment.status.as_ref();
    let count = |count: Option<i32>| count.unwrap_or(0);
    (
        count(status.and_then(|status| status.replicas)),
        count(status.and_then(|status| status.updated_replicas)),
    )
}

/// Returns the word for the pods: which template all of them have, once a rollout has ended.
///
/// A pod that ends still runs, perhaps as an older program, so it counts until it is gone; and a Deployment of somebody
/// else says nothing about our pods. Pods of one template may still run two programs, if somebody moved a tag, so their
/// images must be the same too. A pod that just starts does not tell its image yet and counts as
/// the same; the pods wait three minutes before they believe the word, so it can be taken back once it does. Where nodes
/// give one image several digests, there is never a word, and people raise the format.
pub(crate) fn settled(deployment: Option<&Deployment>, pods: &[Pod]) -> Settled {
    let Some(deployment) = deployment.filter(|deployment| !is_rolling(deployment)) else {
        return Settled::default();
    };
    let generation = deployment.metadata.generation;
    let observed = deployment.status.as_ref().and_then(|status| status.observed_generation);
    let (_, updated) = counts(deployment);
    let running: Vec<&Pod> = pods.iter().filter(|pod| !has_ended(pod)).collect();
    let templates: BTreeSet<Option<&String>> =
        running.iter().map(|pod| pod.labels().get(TEMPLATE_LABEL)).collect();
    let mut templates = templates.into_iter();
    match (templates.next(), templates.next()) {
        (Some(Some(template)), None)
            if generation.is_some()
                && observed == generation
                && updated > 0
                && programs(&running).len() <= 1
                && running.iter().any(|pod| is_ready(pod)) =>
        {
            Settled { template: Some(template.clone()) }
        }
        _ => Settled::default(),
    }
}

/// Returns which programs the pods are known to run. By digest: nodes may know an image by different names.
fn programs<'a>(pods: &[&'a Pod]) -> BTreeSet<&'a str> {
    pods.iter()
        .filter_map(|pod| pod.status.as_ref()?.container_statuses.as_ref())
        .flatten()
        .filter(|container| container.name == CONTAINER && !container.image_id.is_empty())
        .map(|container| {
            container.image_id.rsplit_once('@').map_or(&*container.image_id, |(_, digest)| digest)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const DONE: &str = "NewReplicaSetAvailable";

    fn deployment(generation: i64, observed: Option<i64>, progressing: &str) -> Deployment {
        counting(generation, observed, progressing, (2, 2))
    }

    /// A Deployment that asks for three pods, has `all`, and has `updated` of the current template.
    fn counting(
        generation: i64,
        observed: Option<i64>,
        progressing: &str,
        (all, updated): (i32, i32),
    ) -> Deployment {
        serde_json::from_value(json!({
            "metadata": { "name": "packages", "generation": generation },
            "spec": { "replicas": 3, "selector": {}, "template": {} },
            "status": {
                "observedGeneration": observed, "replicas": all, "updatedReplicas": updated,
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

    /// A ready pod with these containers, by their images.
    fn running(images: &[(&str, &str)]) -> Pod {
        let containers = images.iter().map(|(name, image)| {
            json!({ "name": name, "image": "barre:1", "imageID": image, "ready": true, "restartCount": 0 })
        });
        let mut pod = ready("new");
        let containers: Vec<_> = containers.map(|one| serde_json::from_value(one).unwrap()).collect();
        pod.status.as_mut().unwrap().container_statuses = Some(containers);
        pod
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
            ("back to an old template", &counting(3, Some(3), DONE, (2, 0)), vec![ready("new")], None),
            ("one of them follows", &counting(3, Some(3), DONE, (2, 1)), vec![ready("new")], None),
            ("none is counted", &counting(3, Some(3), DONE, (0, 0)), vec![ready("new")], None),
            ("one is missing", &counting(3, Some(3), DONE, (1, 1)), vec![ready("new")], Some("new")),
            ("one is too many", &counting(3, Some(3), DONE, (4, 4)), vec![ready("new")], Some("new")),
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

    #[test]
    fn a_template_may_mean_two_programs() {
        let done = deployment(3, Some(3), DONE);
        let gone = |images: &[(&str, &str)]| {
            let mut pod = running(images);
            pod.status.as_mut().unwrap().phase = Some("Failed".to_owned());
            pod
        };
        let one = || running(&[(CONTAINER, "barre@sha256:1")]);
        for (case, pods, expected) in [
            ("the same", vec![one(), one()], true),
            ("the tag was moved", vec![one(), running(&[(CONTAINER, "barre@sha256:2")])], false),
            ("no digests", vec![running(&[(CONTAINER, "1")]), running(&[(CONTAINER, "2")])], false),
            ("a mirror", vec![one(), running(&[(CONTAINER, "mirror:5000/barre@sha256:1")])], true),
            ("one just starts", vec![one(), running(&[(CONTAINER, "")])], true),
            ("one does not tell", vec![one(), ready("new")], true),
            ("one ran another", vec![one(), gone(&[(CONTAINER, "barre@sha256:2")])], true),
            ("somebody's sidecar", vec![one(), running(&[("proxy", "proxy@sha256:2")])], true),
        ] {
            assert_eq!(settled(Some(&done), &pods).template.is_some(), expected, "{case}");
        }
    }

    #[test]
    fn scaling_is_no_rollout() {
        for (case, generation, progressing, pods, expected) in [
            ("done", 3, DONE, (3, 3), false),
            ("one is missing", 3, DONE, (2, 2), false),
            ("one is too many", 3, DONE, (4, 4), false),
            ("scaled to zero", 3, DONE, (0, 0), false),
            ("under way", 3, "ReplicaSetUpdated", (4, 2), true),
            ("back to an old template", 3, DONE, (3, 0), true),
            ("an old one is left", 3, DONE, (4, 3), true),
            ("unobserved", 4, DONE, (3, 3), true),
        ] {
            let deployment = counting(generation, Some(3), progressing, pods);
            assert_eq!(is_rolling(&deployment), expected, "{case}");
        }
    }

    #[test]
    fn an_upgrade_is_due_where_another_release_wrote_last_and_the_spec_is_as_it_was() {
        let mut registry = crate::registry::fixture::minimal();
        let observed = |generation| barre_crds::RegistryStatus {
            observed_generation: generation,
            ..barre_crds::RegistryStatus::default()
        };
        registry.status = Some(observed(registry.metadata.generation));
        let mut live = deployment(3, Some(3), DONE);
        assert_eq!(upgrade(&registry, &live), Upgrade::Due, "it does not say who wrote it");
        let label =
            |version: &str| Some([("app.kubernetes.io/version".to_owned(), version.to_owned())].into());
        live.metadata.labels = label("0.0.1");
        assert_eq!(upgrade(&registry, &live), Upgrade::Due);
        registry.status = Some(observed(Some(1)));
        assert_eq!(upgrade(&registry, &live), Upgrade::Done, "somebody changed the spec");
        let mut rolling = counting(3, Some(3), "ReplicaSetUpdated", (3, 1));
        rolling.metadata.labels.clone_from(&live.metadata.labels);
        assert_eq!(upgrade(&registry, &rolling), Upgrade::Done, "another release has begun that");
        live.metadata.labels = label(env!("CARGO_PKG_VERSION"));
        assert_eq!(upgrade(&registry, &live), Upgrade::Done);
        rolling.metadata.labels = live.metadata.labels;
        assert_eq!(upgrade(&registry, &rolling), Upgrade::UnderWay);
    }
}
