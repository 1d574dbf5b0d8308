//! Flags and environment: the only place that reads configuration.

use std::net::SocketAddr;

use clap::{Parser, ValueEnum};

/// Turns Registry resources into running package registries, and PackageMirror resources into runs that fill them.
#[derive(Parser, Clone, Debug)]
#[command(name = "barre-operator", version)]
pub struct Args {
    /// Image of the registry, for each Registry that does not name one
    #[arg(long, env = "BARRE_REGISTRY_IMAGE", value_name = "IMAGE")]
    pub registry_image: String,

    /// Identity of this cluster in the buckets it owns; by default the uid of the namespace kube-system
    #[arg(long, env = "BARRE_CLUSTER_ID", value_name = "ID", value_parser = cluster_id)]
    pub cluster_id: Option<String>,

    /// Looks after the Registries and PackageMirrors of this namespace alone, and needs no rights elsewhere if --cluster-id is given
    #[arg(long, env = "BARRE_NAMESPACE", value_name = "NAME")]
    pub namespace: Option<String>,

    /// Where /livez, /readyz and /metrics are served
    #[arg(long, env = "BARRE_ADMIN_LISTEN", value_name = "ADDR", default_value = "0.0.0.0:8081")]
    pub admin_listen: SocketAddr,

    /// Lets stores be at addresses inside the operator's own pod, on its link, and where a cloud keeps its metadata:
    /// whoever may make a Registry can have the operator talk to its endpoint
    #[arg(long, env = "BARRE_ALLOW_LOCAL_ENDPOINTS")]
    pub allow_local_endpoints: bool,

    /// How many Registries, and how many PackageMirrors, are reconciled at a time
    #[arg(long, env = "BARRE_CONCURRENCY", value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=256))]
    pub concurrency: u16,

    /// How many Registries roll their pods at a time because the operator is new
    #[arg(long, env = "BARRE_MAX_CONCURRENT_ROLLOUTS", value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..))]
    pub max_concurrent_rollouts: u16,

    /// What is logged, as tracing's filter directives
    #[arg(
        long,
        env = "BARRE_LOG",
        value_name = "FILTER",
        default_value = "info,kube=warn,object_store=warn"
    )]
    pub log: String,

    /// How lines of the log look
    #[arg(long, env = "BARRE_LOG_FORMAT", value_name = "FORMAT", default_value = "text")]
    pub log_format: LogFormat,
}

/// How lines of the log look.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// Owners are written `cluster/namespace/name`, so the first part must not contain a slash.
fn cluster_id(value: &str) -> Result<String, &'static str> {
    let valid = value.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b));
    if valid && !value.is_empty() && value.len() <= 63 {
        Ok(value.to_owned())
    } else {
        Err("1 to 63 letters, digits, '-', '_' or '.'")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cluster_id_cannot_look_like_an_owner() {
        assert!(cluster_id("eu-1").is_ok());
        for bad in ["", "a/b", "a b", &"a".repeat(64)] {
            assert!(cluster_id(bad).is_err(), "{bad}");
        }
    }
}
