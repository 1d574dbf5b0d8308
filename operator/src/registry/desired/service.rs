//! The Service that clients reach, and the one for health and metrics, which they must not.

use barre_crds::{Registry, registry::ServiceType};
use k8s_openapi::{
    api::core::v1::{Service, ServicePort, ServiceSpec},
    apimachinery::pkg::util::intstr::IntOrString,
};
use kube::ResourceExt;

use super::container::ADMIN_PORT;
use crate::pass::names;

/// Returns the Service of the public port.
pub(super) fn public(registry: &Registry) -> Service {
    let settings = registry.spec.service.clone().unwrap_or_default();
    let mut metadata = names::child(registry, registry.name_any());
    metadata.annotations = (!settings.annotations.is_empty()).then_some(settings.annotations);
    let type_ = match settings.type_.unwrap_or(ServiceType::ClusterIP) {
        ServiceType::ClusterIP => "ClusterIP",
        ServiceType::NodePort => "NodePort",
        ServiceType::LoadBalancer => "LoadBalancer",
    };
    Service {
        metadata,
        spec: Some(ServiceSpec {
            type_: Some(type_.into()),
            selector: Some(names::selector(registry)),
            ports: Some(vec![ServicePort { node_port: settings.node_port, ..port("http", 80) }]),
            ..ServiceSpec::default()
        }),
        status: None,
    }
}

/// Returns the Service of the admin port: one address per pod, ready or not, since it is for looking after them.
pub(super) fn admin(registry: &Registry) -> Service {
    Service {
        metadata: names::child(registry, names::admin(registry)),
        spec: Some(ServiceSpec {
            type_: Some("ClusterIP".into()),
            cluster_ip: Some("None".into()),
            publish_not_ready_addresses: Some(true),
            selector: Some(names::selector(registry)),
            ports: Some(vec![port("admin", ADMIN_PORT)]),
            ..ServiceSpec::default()
        }),
        status: None,
    }
}

/// Returns a port that leads to the container's port of the same name.
fn port(name: &str, port: i32) -> ServicePort {
    ServicePort {
        name: Some(name.to_owned()),
        port,
        protocol: Some("TCP".into()),
        target_port: Some(IntOrString::String(name.to_owned())),
        ..ServicePort::default()
    }
}
