//! The pods. The template holds nothing that an upgrade of the operator changes by itself.

use barre_crds::Registry;
use k8s_openapi::{
    api::{
        apps::v1::{Deployment, DeploymentSpec, DeploymentStrategy, RollingUpdateDeployment},
        core::v1::{
            EmptyDirVolumeSource, KeyToPath, PodSecurityContext, PodSpec, PodTemplateSpec, SeccompProfile,
            SecretVolumeSource, TopologySpreadConstraint, Volume,
        },
    },
    apimachinery::pkg::{apis::meta::v1::ObjectMeta, util::intstr::IntOrString},
};
use kube::ResourceExt;

use super::{
    container::{ADMIN_TOKENS, Given, SCRATCH, USER_TOKENS, container, user_tokens},
    pull_secrets,
};
use crate::{pass::names, registry::token::TOKENS_KEY};

/// Rolls the pods when the keys of the store change: they read them once.
pub(super) const CREDENTIALS_ANNOTATION: &str = "barre.dev/credentials-hash";

/// Unready and still accepting, then finishing, then a little.
const GRACE_SECONDS: i64 = 5 + 30 + 5;

/// Returns the Deployment, without `replicas`.
pub(super) fn deployment(registry: &Registry, given: &Given<'_>, credentials: Option<String>) -> Deployment {
    let annotations = credentials.map(|hash| [(CREDENTIALS_ANNOTATION.to_owned(), hash)].into());
    Deployment {
        metadata: names::child(registry, registry.name_any()),
        spec: DeploymentSpec {
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
            template: PodTemplateSpec {
                metadata: Some(ObjectMeta {
                    labels: Some(names::pod_labels(registry)),
                    annotations,
                    ..ObjectMeta::default()
                }),
                spec: Some(pod(registry, given)),
            },
            ..DeploymentSpec::default()
        },
        status: None,
    }
}

fn pod(registry: &Registry, given: &Given<'_>) -> PodSpec {
    PodSpec {
        service_account_name: Some(registry.name_any()),
        automount_service_account_token: Some(false),
        // Variables of other Services would look like settings of the registry.
        enable_service_links: Some(false),
        image_pull_secrets: pull_secrets(registry),
        // Passes Pod Security `restricted`. No user id: the image has a number, OpenShift brings its own.
        security_context: Some(PodSecurityContext {
            run_as_non_root: Some(true),
            seccomp_profile: Some(SeccompProfile { type_: "RuntimeDefault".into(), localhost_profile: None }),
            ..PodSecurityContext::default()
        }),
        termination_grace_period_seconds: Some(GRACE_SECONDS),
        topology_spread_constraints: Some(vec![TopologySpreadConstraint {
            max_skew: 1,
            topology_key: "kubernetes.io/hostname".into(),
            when_unsatisfiable: "ScheduleAnyway".into(),
            label_selector: Some(names::label_selector(registry)),
            ..TopologySpreadConstraint::default()
        }]),
        containers: vec![container(registry, given)],
        volumes: Some(volumes(registry)),
        ..PodSpec::default()
    }
}

fn volumes(registry: &Registry) -> Vec<Volume> {
    let tokens = |volume: &str, secret: String| Volume {
        name: volume.to_owned(),
        secret: Some(SecretVolumeSource {
            secret_name: Some(secret),
            items: Some(vec![KeyToPath {
                key: TOKENS_KEY.into(),
                path: TOKENS_KEY.into(),
                ..KeyToPath::default()
            }]),
            ..SecretVolumeSource::default()
        }),
        ..Volume::default()
    };
    let scratch = Volume {
        name: SCRATCH.volume.into(),
        empty_dir: Some(EmptyDirVolumeSource::default()),
        ..Volume::default()
    };
    let mut volumes = vec![scratch, tokens(ADMIN_TOKENS.volume, names::admin(registry))];
    if let Some(secret) = user_tokens(registry) {
        volumes.push(tokens(USER_TOKENS.volume, secret.to_owned()));
    }
    volumes
}
