//! Where clients reach a registry.

use barre_crds::Registry;
use k8s_openapi::api::core::v1::Service;
use kube::ResourceExt;

use crate::registry::names;

/// Returns where clients reach the registry: nowhere, where the Service of its name is somebody else's. A node port is told by its Service: the operator cannot read nodes.
pub(super) fn endpoint(registry: &Registry, service: Option<&Service>) -> Option<String> {
    if let Some(url) = registry.spec.server.as_ref().and_then(|server| server.external_url.as_ref()) {
        return Some(url.clone());
    }
    if service.is_some_and(|service| !names::owner_of_children(registry).is_ours(&service.metadata)) {
        return None;
    }
    let balancer = service
        .and_then(|service| service.status.as_ref()?.load_balancer.as_ref()?.ingress.as_ref()?.first());
    Some(match balancer.and_then(|ingress| ingress.hostname.as_ref().or(ingress.ip.as_ref())) {
        Some(address) if address.contains(':') => format!("http://[{address}]"),
        Some(address) => format!("http://{address}"),
        None => format!("http://{}.{}.svc", registry.name_any(), registry.namespace().unwrap_or_default()),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::registry::fixture;

    #[test]
    fn the_endpoint_is_what_clients_can_use() {
        let mut registry = fixture::minimal();
        let labels = names::child(&registry, names::main(&registry)).labels;
        let service = |metadata: Value, ingress: Value| -> Service {
            let status = json!({ "loadBalancer": { "ingress": [ingress] } });
            serde_json::from_value(json!({ "metadata": metadata, "spec": {}, "status": status })).unwrap()
        };
        let balanced = |ingress: Value| Some(service(json!({ "labels": labels }), ingress));
        let at = |registry: &Registry, service: Option<Service>| {
            endpoint(registry, service.as_ref()).unwrap_or_default()
        };
        assert_eq!(at(&registry, None), "http://packages.team.svc");
        assert_eq!(at(&registry, balanced(json!({ "ip": "10.0.0.1" }))), "http://10.0.0.1");
        assert_eq!(at(&registry, balanced(json!({ "ip": "fd00::1" }))), "http://[fd00::1]");
        assert_eq!(at(&registry, balanced(json!({ "hostname": "lb.acme.com" }))), "http://lb.acme.com");
        let somebodys = service(json!({ "name": "packages" }), json!({ "ip": "10.0.0.1" }));
        assert_eq!(
            at(&registry, Some(somebodys)),
            "",
            "of the Registry 'pack' and its admin port, for example"
        );
        registry.spec.server = fixture::full().spec.server;
        assert_eq!(at(&registry, None), "https://packages.acme.com");
    }
}
