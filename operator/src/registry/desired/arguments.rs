//! The arguments of the registry. Nothing is added here that an older registry does not know.

use barre_crds::{
    Registry,
    registry::{Access, LogLevel, Server},
};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
use kube::ResourceExt;

use super::{files, ports, wanted::Wanted};

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_become_bytes() {
        for (text, expected) in [
            ("1024", Some(1024)),
            ("4k", Some(4_000)),
            ("3M", Some(3_000_000)),
            ("2G", Some(2_000_000_000)),
            ("16Ki", Some(16_384)),
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
