//! The Job of one run: the program of the Registry's pods, over the same store, under the same account, and without rights in
//! the cluster.

use barre_contract::{
    known::{CURSOR_VARIABLE, ID_VARIABLE, LOSS_VARIABLE},
    mirror::{FILE, FILE_VARIABLE, RUN_VARIABLE},
};
use barre_crds::PackageMirror;
use k8s_openapi::{
    api::{
        apps::v1::Deployment,
        batch::v1::{
            Job, JobSpec, PodFailurePolicy, PodFailurePolicyOnPodConditionsPattern, PodFailurePolicyRule,
        },
        core::v1::{Container, EnvVar, PodSpec, PodTemplateSpec},
    },
    apimachinery::pkg::apis::meta::v1::ObjectMeta,
};

use crate::{
    mirror::{
        annotations::{PREVIOUS, REQUESTED, SCHEDULED, SETTINGS, TRIGGER},
        decision::Run,
        names,
        told::{Told, job_deadline},
    },
    pods::{
        container::{self, CONTAINER, plain, pod_restrictions, restrictions},
        files::{SCRATCH, config, scratch, upstreams},
    },
};

/// Where a run finds what it is told.
const FOLDER: &str = "/etc/barre/mirror";
/// The variables of a server that a run needs as well. Those of the store have names of its provider's.
const SHARED: [&str; 3] = [ID_VARIABLE, CURSOR_VARIABLE, LOSS_VARIABLE];
/// What begins the names of the program's own variables.
const OWN: &str = "BARRE_";
/// The largest package is the same however it comes.
const MAX_PACKAGE_SIZE: (&str, &str) = ("--max-package-size", "BARRE_MAX_PACKAGE_SIZE");

/// What of a Registry's pods runs share.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Program {
    pod: PodSpec,
    container: Container,
    store: String,
    owner: String,
}

impl Program {
    /// Reads it from the Deployment of a Registry.
    pub(crate) fn of(deployment: &Deployment) -> Option<Self> {
        let pod = deployment.spec.template.spec.clone()?;
        let container = container::of(&pod)?.clone();
        let (store, owner) = (argument(&container, "--store")?, argument(&container, "--owner")?);
        Some(Self { pod, container, store, owner })
    }
}

fn argument(container: &Container, flag: &str) -> Option<String> {
    let mut pairs = container.args.as_ref()?.windows(2);
    pairs.find(|pair| pair[0] == flag).map(|pair| pair[1].clone())
}

/// Returns the Job.
pub(crate) fn job(mirror: &PackageMirror, run: &Run, told: &Told, program: &Program) -> Job {
    let annotations = [
        (TRIGGER, Some(format!("{:?}", run.trigger))),
        (SETTINGS, Some(told.hash.clone())),
        (PREVIOUS, run.previous.clone()),
        (REQUESTED, run.requested.clone()),
        (SCHEDULED, run.scheduled.map(|time| time.to_string())),
    ];
    let annotations = annotations.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?)));
    Job {
        metadata: ObjectMeta {
            annotations: Some(annotations.collect()),
            ..names::child(mirror, run.id.clone())
        },
        spec: Some(JobSpec {
            active_deadline_seconds: Some(job_deadline(mirror.spec.transfer.as_ref()).into()),
            // What failed is tried again by another run, later. A node that is drained is nobody's failure.
            backoff_limit: Some(0),
            pod_failure_policy: Some(PodFailurePolicy { rules: vec![ignore_disruptions()] }),
            // Never two pods at a time.
            pod_replacement_policy: Some("Failed".into()),
            template: PodTemplateSpec {
                metadata: Some(ObjectMeta {
                    labels: Some(names::pod_labels(mirror)),
                    ..ObjectMeta::default()
                }),
                spec: Some(pod(mirror, run, told, program)),
            },
            ..JobSpec::default()
        }),
        status: None,
    }
}

fn ignore_disruptions() -> PodFailurePolicyRule {
    PodFailurePolicyRule {
        action: "Ignore".into(),
        on_exit_codes: None,
        on_pod_conditions: Some(vec![PodFailurePolicyOnPodConditionsPattern {
            type_: "DisruptionTarget".into(),
            status: Some("True".into()),
        }]),
    }
}

fn pod(mirror: &PackageMirror, run: &Run, told: &Told, program: &Program) -> PodSpec {
    let mut files = vec![scratch(), config("mirror", FOLDER, names::settings(mirror), None)];
    files.extend(upstreams([&told.files]));
    let (volumes, mounts): (Vec<_>, Vec<_>) = files.into_iter().map(|file| (file.volume, file.mount)).unzip();
    let arguments = ["mirror", "run", "--store", &program.store, "--owner", &program.owner];
    PodSpec {
        restart_policy: Some("Never".into()),
        service_account_name: program.pod.service_account_name.clone(),
        automount_service_account_token: Some(false),
        enable_service_links: Some(false),
        image_pull_secrets: program.pod.image_pull_secrets.clone(),
        security_context: Some(pod_restrictions()),
        containers: vec![Container {
            name: CONTAINER.into(),
            image: program.container.image.clone(),
            image_pull_policy: program.container.image_pull_policy.clone(),
            args: Some(arguments.map(ToOwned::to_owned).into()),
            env: Some(environment(run, program)),
            resources: program.container.resources.clone(),
            security_context: Some(restrictions()),
            termination_message_policy: Some("FallbackToLogsOnError".into()),
            volume_mounts: Some(mounts),
            ..Container::default()
        }],
        volumes: Some(volumes),
        ..PodSpec::default()
    }
}

fn environment(run: &Run, program: &Program) -> Vec<EnvVar> {
    let mut variables = vec![
        plain("TMPDIR", SCRATCH),
        plain(FILE_VARIABLE, format!("{FOLDER}/{FILE}")),
        plain(RUN_VARIABLE, run.id.clone()),
    ];
    let (flag, variable) = MAX_PACKAGE_SIZE;
    variables.extend(argument(&program.container, flag).map(|size| plain(variable, size)));
    let servers = program.container.env.iter().flatten();
    let shared = servers.filter(|variable| {
        let name = variable.name.as_str();
        SHARED.contains(&name) || (!name.starts_with(OWN) && name != "TMPDIR")
    });
    variables.extend(shared.cloned());
    variables
}
