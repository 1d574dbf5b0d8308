//! The registry's container: its arguments, environment and files.

use barre_crds::{
    Registry,
    registry::{Access, LogLevel, Server},
};
use k8s_openapi::{
    api::core::v1::{
        Capabilities, Container, ContainerPort, EnvVar, EnvVarSource, HTTPGetAction, Probe,
        ResourceRequirements, SecretKeySelector, SecurityContext, VolumeMount,
    },
    apimachinery::pkg::{api::resource::Quantity, util::intstr::IntOrString},
};
use kube::ResourceExt;

use super::image::Image;
use crate::registry::token::TOKENS_KEY;
use crate::store::{self, credentials::Key};

pub(super) const NAME: &str = "registry";
pub(super) const PORT: i32 = 8080;
pub(super) const ADMIN_PORT: i32 = 8081;

/// A volume and where the server finds it.
pub(super) struct Place {
    pub(super) volume: &'static str,
    pub(super) path: &'static str,
}

pub(super) const SCRATCH: Place = Place { volume: "tmp", path: "/tmp" };
pub(super) const ADMIN_TOKENS: Place = Place { volume: "tokens-admin", path: "/etc/barre/tokens/admin" };
pub(super) const USER_TOKENS: Place = Place { volume: "tokens-user", path: "/etc/barre/tokens/user" };

/// What the container is made from besides the spec.
pub(super) struct Given<'a> {
    pub(super) owner: &'a str,
    pub(super) image: &'a Image,
    pub(super) take_over: Option<&'a str>,
}

/// Returns the container.
pub(super) fn container(registry: &Registry, given: &Given<'_>) -> Container {
    Container {
        name: NAME.into(),
        image: Some(given.image.name.clone()),
        image_pull_policy: Some(given.image.pull_policy.clone()),
        args: Some(arguments(registry, given)),
        env: Some(environment(registry)),
        ports: Some(vec![port("http", PORT), port("admin", ADMIN_PORT)]),
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
        resources: Some(resources(registry)),
        security_context: Some(SecurityContext {
            allow_privilege_escalation: Some(false),
            capabilities: Some(Capabilities { drop: Some(vec!["ALL".into()]), ..Capabilities::default() }),
            read_only_root_filesystem: Some(true),
            ..SecurityContext::default()
        }),
        // The registry says why it cannot start; of anything else, the last lines of its log help.
        termination_message_policy: Some("FallbackToLogsOnError".into()),
        volume_mounts: Some(mounts(registry)),
        ..Container::default()
    }
}

fn arguments(registry: &Registry, given: &Given<'_>) -> Vec<String> {
    let spec = &registry.spec;
    let none = Server::default();
    let server = spec.server.as_ref().unwrap_or(&none);
    let anonymous = spec.auth.as_ref().and_then(|auth| auth.anonymous_read) != Some(Access::Denied);
    let mut arguments = vec!["serve".to_owned(), "--create".to_owned()];
    let mut push = |flag: &str, value: String| arguments.extend([format!("--{flag}"), value]);
    if let Ok(backend) = store::describe(&spec.storage) {
        push("store", backend.url);
    }
    push("owner", given.owner.to_owned());
    push("listen", format!("0.0.0.0:{PORT}"));
    push("admin-listen", format!("0.0.0.0:{ADMIN_PORT}"));
    if let Some(url) = &server.external_url {
        push("external-url", url.clone());
    }
    for host in hosts(registry, server) {
        push("also-host", host);
    }
    push("tokens", format!("{}/{TOKENS_KEY}", ADMIN_TOKENS.path));
    if user_tokens(registry).is_some() {
        push("tokens", format!("{}/{TOKENS_KEY}", USER_TOKENS.path));
    }
    push("anonymous-read", anonymous.to_string());
    if let Some(id) = given.take_over {
        push("take-over", id.to_owned());
    }
    if let Some(bytes) = server.max_package_size.as_ref().and_then(bytes) {
        push("max-package-size", bytes.to_string());
    }
    if let Some(level) = server.log_level {
        push("log-level", log_level(level).to_owned());
    }
    arguments
}

/// Returns the names under which clients reach the registry, those inside the cluster included.
fn hosts(registry: &Registry, server: &Server) -> Vec<String> {
    let service = format!("{}.{}", registry.name_any(), registry.namespace().unwrap_or_default());
    let inside = [service.clone(), format!("{service}.svc"), format!("{service}.svc.cluster.local")];
    server.additional_hosts.iter().cloned().chain(inside).collect()
}

/// Returns the name of the Secret with the user's own tokens.
pub(super) fn user_tokens(registry: &Registry) -> Option<&str> {
    let reference = registry.spec.auth.as_ref()?.tokens_secret_ref.as_ref()?;
    Some(&reference.name)
}

fn log_level(level: LogLevel) -> &'static str {
    match level {
        LogLevel::Error => "error",
        LogLevel::Warn => "warn",
        LogLevel::Info => "info",
        LogLevel::Debug => "debug",
        LogLevel::Trace => "trace",
    }
}

/// Returns a whole number of bytes; the schema lets nothing else in.
fn bytes(quantity: &Quantity) -> Option<u64> {
    let text = quantity.0.as_str();
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let unit = match &text[digits..] {
        "" => 1,
        "k" => 1_000,
        "M" => 1_000_000,
        "G" => 1_000_000_000,
        "Ki" => 1 << 10,
        "Mi" => 1 << 20,
        "Gi" => 1 << 30,
        _ => return None,
    };
    text[..digits].parse::<u64>().ok()?.checked_mul(unit)
}

fn environment(registry: &Registry) -> Vec<EnvVar> {
    let mut variables = vec![plain("TMPDIR", SCRATCH.path.to_owned())];
    if let Ok(backend) = store::describe(&registry.spec.storage) {
        variables.extend(backend.environment.into_iter().map(|(name, value)| plain(name, value)));
        variables.extend(backend.keys.iter().map(|key| from_secret(key, &backend.secret)));
    }
    variables
}

fn plain(name: &str, value: String) -> EnvVar {
    EnvVar { name: name.to_owned(), value: Some(value), value_from: None }
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

fn mounts(registry: &Registry) -> Vec<VolumeMount> {
    let mount = |Place { volume, path }: Place, read_only| VolumeMount {
        name: volume.to_owned(),
        mount_path: path.to_owned(),
        read_only,
        ..VolumeMount::default()
    };
    let mut mounts = vec![mount(SCRATCH, None), mount(ADMIN_TOKENS, Some(true))];
    if user_tokens(registry).is_some() {
        mounts.push(mount(USER_TOKENS, Some(true)));
    }
    mounts
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_become_bytes() {
        for (text, expected) in [
            ("1024", Some(1024)),
            ("4k", Some(4_000)),
            ("128Mi", Some(134_217_728)),
            ("4Gi", Some(4_294_967_296)),
            ("1Ei", None),
            ("0.5", None),
            ("", None),
        ] {
            assert_eq!(bytes(&Quantity(text.into())), expected, "{text}");
        }
    }
}
