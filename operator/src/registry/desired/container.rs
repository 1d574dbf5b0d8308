//! The registry's container: its arguments, environment and files.

use barre_contract::{
    known::{CURSOR_KEY, CURSOR_VARIABLE, ID_KEY, ID_VARIABLE, LOSS_KEY, LOSS_VARIABLE, MEMORY_VARIABLE},
    mirror::MIRRORS_VARIABLE,
    settled::{FILE_VARIABLE, TEMPLATE_VARIABLE},
};
use barre_crds::{Registry, registry::ServiceType};
use k8s_openapi::{
    api::core::v1::{
        ConfigMapKeySelector, Container, ContainerPort, EnvVar, EnvVarSource, HTTPGetAction,
        ObjectFieldSelector, Probe, ResourceRequirements, SecretKeySelector,
    },
    apimachinery::pkg::{api::resource::Quantity, util::intstr::IntOrString},
};

use super::{
    arguments::arguments,
    files::{files, mirrors_file, settled_file},
    wanted::Wanted,
};
use crate::{
    pods::{
        container::{CONTAINER, plain, restrictions},
        files::SCRATCH,
        ports,
    },
    registry::{names, rollout::TEMPLATE_LABEL},
    store::credentials::Key,
};

const IDLE_TIMEOUT: &str = "BARRE_IDLE_TIMEOUT";
/// How many connections one client address may have; 0 does not tell addresses apart.
const CLIENT_CONNECTIONS: &str = "BARRE_MAX_CLIENT_CONNECTIONS";

/// Returns the container.
pub(super) fn container(wanted: &Wanted<'_>) -> Container {
    Container {
        name: CONTAINER.into(),
        image: Some(wanted.image.name.clone()),
        image_pull_policy: Some(wanted.image.pull_policy.clone()),
        args: Some(arguments(wanted)),
        env: Some(environment(wanted)),
        ports: Some(vec![port("http", ports::PUBLIC), port("admin", ports::ADMIN)]),
        startup_probe: Some(Probe {
            period_seconds: Some(1),
            failure_threshold: Some(300),
            ..probe("/livez")
        }),
        liveness_probe: Some(Probe {
            period_seconds: Some(10),
            failure_threshold: Some(3),
            ..probe("/livez")
        }),
        readiness_probe: Some(Probe {
            period_seconds: Some(2),
            failure_threshold: Some(2),
            ..probe("/readyz")
        }),
        resources: Some(resources(wanted.registry)),
        security_context: Some(restrictions()),
        // The registry says why it cannot start; of anything else, the last lines of its log help.
        termination_message_policy: Some("FallbackToLogsOnError".into()),
        volume_mounts: Some(files(wanted).into_iter().map(|file| file.mount).collect()),
        ..Container::default()
    }
}

fn environment(wanted: &Wanted<'_>) -> Vec<EnvVar> {
    let mut variables = vec![
        plain("TMPDIR", SCRATCH),
        // Not arguments: a registry of an older release gets the same template, and must start.
        plain(FILE_VARIABLE, settled_file()),
        from_label(TEMPLATE_VARIABLE, TEMPLATE_LABEL),
        // By reference: what is known grows, and must not roll the pods.
        from_config(ID_VARIABLE, ID_KEY, wanted.registry),
        from_config(CURSOR_VARIABLE, CURSOR_KEY, wanted.registry),
        from_config(LOSS_VARIABLE, LOSS_KEY, wanted.registry),
        plain(MEMORY_VARIABLE, format!("{SCRATCH}/memory.json")),
        plain(MIRRORS_VARIABLE, mirrors_file()),
    ];
    let server = wanted.registry.spec.server.as_ref();
    if let Some(time) = server.and_then(|server| server.idle_timeout.as_ref()) {
        variables.push(plain(IDLE_TIMEOUT, time.clone()));
    }
    if clients_share_an_address(wanted.registry) {
        variables.push(plain(CLIENT_CONNECTIONS, "0"));
    }
    if let Some(backend) = &wanted.backend {
        variables.extend(backend.environment.iter().map(|(name, value)| plain(name, value.clone())));
        variables.extend(backend.keys.iter().map(|key| from_secret(key, &backend.secret)));
    }
    variables
}

/// Whoever comes by a node has the node's address, unless the Service is told to keep theirs.
fn clients_share_an_address(registry: &Registry) -> bool {
    let service = registry.spec.service.as_ref().and_then(|service| service.type_);
    matches!(service, Some(ServiceType::NodePort | ServiceType::LoadBalancer))
}

fn from_label(name: &str, label: &str) -> EnvVar {
    let field = ObjectFieldSelector { field_path: format!("metadata.labels['{label}']"), api_version: None };
    let source = EnvVarSource { field_ref: Some(field), ..EnvVarSource::default() };
    EnvVar { name: name.to_owned(), value: None, value_from: Some(source) }
}

fn from_config(name: &str, key: &str, registry: &Registry) -> EnvVar {
    let selector =
        ConfigMapKeySelector { name: names::settled(registry), key: key.to_owned(), optional: Some(true) };
    let source = EnvVarSource { config_map_key_ref: Some(selector), ..EnvVarSource::default() };
    EnvVar { name: name.to_owned(), value: None, value_from: Some(source) }
}

fn from_secret(key: &Key, secret: &str) -> EnvVar {
    let optional = key.optional.then_some(true);
    let selector = SecretKeySelector { name: secret.to_owned(), key: key.name.to_owned(), optional };
    let source = EnvVarSource { secret_key_ref: Some(selector), ..EnvVarSource::default() };
    EnvVar { name: key.variable.to_owned(), value: None, value_from: Some(source) }
}

fn port(name: &str, port: i32) -> ContainerPort {
    ContainerPort {
        name: Some(name.to_owned()),
        container_port: port,
        protocol: Some("TCP".into()),
        ..ContainerPort::default()
    }
}

fn probe(path: &str) -> Probe {
    let get = HTTPGetAction {
        path: Some(path.to_owned()),
        port: IntOrString::String("admin".into()),
        ..HTTPGetAction::default()
    };
    Probe { http_get: Some(get), timeout_seconds: Some(2), ..Probe::default() }
}

/// Returns what the spec says, and a default for each resource that it does not mention at all: a default request
/// beside a smaller limit of the user's would be invalid.
fn resources(registry: &Registry) -> ResourceRequirements {
    let given = registry.spec.resources.clone().unwrap_or_default();
    let (mut requests, mut limits) = (given.requests, given.limits);
    let quantity = |text: &str| Quantity(text.to_owned());
    if !requests.contains_key("cpu") && !limits.contains_key("cpu") {
        requests.insert("cpu".into(), quantity("500m"));
    }
    if !requests.contains_key("memory") && !limits.contains_key("memory") {
        requests.insert("memory".into(), quantity("128Mi"));
        limits.insert("memory".into(), quantity("512Mi"));
    }
    ResourceRequirements { requests: Some(requests), limits: Some(limits), ..ResourceRequirements::default() }
}
