//! The Service that clients reach, and the one for health and metrics, which they must not.

use barre_crds::registry::ServiceType;
use k8s_openapi::{
    api::core::v1::{Service, ServicePort, ServiceSpec},
    apimachinery::pkg::util::intstr::IntOrString,
};

use super::wanted::Wanted;
use crate::{pass::child::Wish, pods::ports, registry::names};

/// Returns the Service of the public port.
pub(crate) fn public(wanted: &Wanted<'_>) -> Wish<Service> {
    let registry = wanted.registry;
    let exposed = registry.spec.service.clone().unwrap_or_default();
    let mut metadata = names::child(registry, names::main(registry));
    metadata.annotations = (!exposed.annotations.is_empty()).then_some(exposed.annotations);
    let type_ = match exposed.type_.unwrap_or(ServiceType::ClusterIP) {
        ServiceType::ClusterIP => "ClusterIP",
        ServiceType::NodePort => "NodePort",
        ServiceType::LoadBalancer => "LoadBalancer",
    };
    Wish::Be(Service {
        metadata,
        spec: Some(ServiceSpec {
            type_: Some(type_.into()),
            selector: Some(names::selector(registry)),
            ports: Some(vec![ServicePort { node_port: exposed.node_port, ..port("http", 80) }]),
            ..ServiceSpec::default()
        }),
        status: None,
    })
}

/// Returns the Service of the admin port: one address per pod, ready or not, since it is for looking after them.
pub(crate) fn admin(wanted: &Wanted<'_>) -> Wish<Service> {
    let registry = wanted.registry;
    Wish::Be(Service {
        metadata: names::child(registry, names::admin(registry)),
        spec: Some(ServiceSpec {
            type_: Some("ClusterIP".into()),
            cluster_ip: Some("None".into()),
            publish_not_ready_addresses: Some(true),
            selector: Some(names::selector(registry)),
            ports: Some(vec![port("admin", ports::ADMIN)]),
            ..ServiceSpec::default()
        }),
        status: None,
    })
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
