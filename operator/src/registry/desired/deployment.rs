//! The pods. Besides the image, the template holds no version, and no label that changes with each release: an upgrade of
//! the operator rolls pods that keep their image only when it gives them something new, such as a variable or a volume.

use barre_crds::Registry;
use k8s_openapi::{
    api::{
        apps::v1::{Deployment, DeploymentSpec, DeploymentStrategy, RollingUpdateDeployment},
        core::v1::{LocalObjectReference, PodSpec, PodTemplateSpec, TopologySpreadConstraint},
    },
    apimachinery::pkg::{apis::meta::v1::ObjectMeta, util::intstr::IntOrString},
};
use sha2::{Digest, Sha256};

use super::{container::container, files::files, wanted::Wanted};
use crate::{
    pass::child::Wish,
    pods::container::pod_restrictions,
    registry::{names, rollout::TEMPLATE_LABEL},
};

/// Rolls the pods when the keys of the store change: they read them once.
pub(crate) const CREDENTIALS_ANNOTATION: &str = "barre.dev/credentials-hash";

/// Says on the Deployment which template it was written with. The template that is there cannot tell: the API server fills
/// it up with defaults.
pub(crate) const TEMPLATE_ANNOTATION: &str = "barre.dev/template-hash";

/// What the loss of one must not take all pods with it.
const SPREAD_OVER: [&str; 2] = ["topology.kubernetes.io/zone", "kubernetes.io/hostname"];

/// Unready and still accepting, then finishing, then a little.
const GRACE_SECONDS: i64 = 5 + 30 + 5;

/// Returns the Deployment. The first one waits for the storage; a later one stays as it is while the spec cannot be.
///
/// Only who makes it says how many pods it begins with, lest it begin with one; the second field manager says the same right
/// after, so that the number stays when the next pass no longer says it.
pub(crate) fn deployment(wanted: &Wanted<'_>) -> Wish<Deployment> {
    if wanted.gated || wanted.backend.is_none() {
        return Wish::Stay;
    }
    let registry = wanted.registry;
    let template = template(wanted);
    Wish::Be(Deployment {
        metadata: ObjectMeta {
            annotations: Some([(TEMPLATE_ANNOTATION.to_owned(), fingerprint(&template))].into()),
            ..names::child(registry, names::main(registry))
        },
        spec: DeploymentSpec {
            replicas: replicas(wanted).filter(|_| wanted.live_replicas.is_none()),
            selector: names::label_selector(registry),
            strategy: Some(DeploymentStrategy {
                type_: Some("RollingUpdate".into()),
                rolling_update: Some(RollingUpdateDeployment {
                    max_unavailable: Some(IntOrString::Int(0)),
                    max_surge: Some(IntOrString::Int(1)),
                }),
            }),
            progress_deadline_seconds: Some(600),
            revision_history_limit: Some(3),
            template,
            ..DeploymentSpec::default()
        },
        status: None,
    })
}

/// Returns what the pods are made from.
pub(crate) fn template(wanted: &Wanted<'_>) -> PodTemplateSpec {
    let annotations =
        wanted.credentials.clone().map(|hash| [(CREDENTIALS_ANNOTATION.to_owned(), hash)].into());
    PodTemplateSpec {
        metadata: Some(ObjectMeta {
            labels: Some(names::pod_labels(wanted.registry)),
            annotations,
            ..ObjectMeta::default()
        }),
        spec: Some(pod(wanted)),
    }
}

/// Returns a short hash that changes with the template. The same template has the same one: its maps are sorted.
pub(crate) fn fingerprint(template: &PodTemplateSpec) -> String {
    let bytes = serde_json::to_vec(template).expect("a template has no keys but strings");
    hex::encode(&Sha256::digest(bytes)[..8])
}

fn pod(wanted: &Wanted<'_>) -> PodSpec {
    let registry = wanted.registry;
    PodSpec {
        service_account_name: Some(names::main(registry)),
        automount_service_account_token: Some(false),
        // Variables of other Services would look like settings of the registry.
        enable_service_links: Some(false),
        image_pull_secrets: pull_secrets(registry),
        security_context: Some(pod_restrictions()),
        termination_grace_period_seconds: Some(GRACE_SECONDS),
        topology_spread_constraints: Some(SPREAD_OVER.map(|key| spread(registry, key)).into()),
        containers: vec![container(wanted)],
        volumes: Some(files(wanted).into_iter().map(|file| file.volume).collect()),
        ..PodSpec::default()
    }
}

/// Pods of one template are spread: those of the one before are about to go.
fn spread(registry: &Registry, topology_key: &str) -> TopologySpreadConstraint {
    TopologySpreadConstraint {
        max_skew: 1,
        topology_key: topology_key.to_owned(),
        when_unsatisfiable: "ScheduleAnyway".into(),
        label_selector: Some(names::label_selector(registry)),
        match_label_keys: Some(vec![TEMPLATE_LABEL.to_owned()]),
        ..TopologySpreadConstraint::default()
    }
}

/// Returns what the second field manager writes: nothing once an autoscaler decides, be it somebody else's. An autoscaler leaves a Deployment
/// without pods alone, so it is woken up.
pub(crate) fn replicas(wanted: &Wanted<'_>) -> Option<i32> {
    if !wanted.scalable || wanted.contested {
        return None;
    }
    let minimum = wanted.minimum;
    match (&wanted.registry.spec.autoscaling, wanted.live_replicas) {
        (None, Some(live)) => (live != minimum).then_some(minimum),
        (Some(_), Some(live)) => (live == 0).then_some(minimum),
        (_, None) => Some(minimum),
    }
}

fn pull_secrets(registry: &Registry) -> Option<Vec<LocalObjectReference>> {
    let secrets = &registry.spec.image.as_ref()?.pull_secrets;
    let names: Vec<_> =
        secrets.iter().map(|secret| LocalObjectReference { name: secret.name.clone() }).collect();
    (!names.is_empty()).then_some(names)
}
