//! The arguments of the registry. Nothing is added here that an older registry does not know.

use barre_crds::{
    Registry,
    registry::{Access, LogLevel, Server},
    shared::bytes,
};
use kube::ResourceExt;

use super::{files, wanted::Wanted};
use crate::pods::ports;

/// Returns the arguments of the registry.
pub(super) fn arguments(wanted: &Wanted<'_>) -> Vec<String> {
    let registry = wanted.registry;
    let spec = &registry.spec;
    let none = Server::default();
    let server = spec.server.as_ref().unwrap_or(&none);
    let anonymous = spec.auth.as_ref().and_then(|auth| auth.anonymous_read) != Some(Access::Denied);
    let mut arguments = vec!["serve".to_owned(), "--create".to_owned()];
    let mut push = |flag: &str, value: String| arguments.extend([format!("--{flag}"), value]);
    if let Some(backend) = &wanted.backend {
        push("store", backend.url.clone());
    }
    push("owner", wanted.owner.clone());
    push("listen", format!("0.0.0.0:{}", ports::PUBLIC));
    push("admin-listen", format!("0.0.0.0:{}", ports::ADMIN));
    if let Some(url) = &server.external_url {
        push("external-url", url.clone());
    }
    for host in hosts(registry, server) {
        push("also-host", host);
    }
    for path in files::token_files(wanted) {
        push("tokens", path);
    }
    push("anonymous-read", anonymous.to_string());
    if let Some(id) = &wanted.take_over {
        push("take-over", id.clone());
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

fn log_level(level: LogLevel) -> &'static str {
    match level {
        LogLevel::Error => "error",
        LogLevel::Warn => "warn",
        LogLevel::Info => "info",
        LogLevel::Debug => "debug",
        LogLevel::Trace => "trace",
    }
}
