//! Where clients reach a registry.

use barre_crds::Registry;
use k8s_openapi::api::core::v1::Service;
use kube::ResourceExt;

/// Returns where clients reach the registry. A node port is told by its Service: the operator cannot read nodes.
pub(super) fn endpoint(registry: &Registry, service: Option<&Service>) -> String {
    if let Some(url) = registry.spec.server.as_ref().and_then(|server| server.external_url.as_ref()) {
        return url.clone();
    }
    let balancer = service
        .and_then(|service| service.status.as_ref()?.load_balancer.as_ref()?.ingress.as_ref()?.first());
    match balancer.and_then(|ingress| ingress.hostname.as_ref().or(ingress.ip.as_ref())) {
        Some(address) if address.contains(':') => format!("http://[{address}]"),
        Some(address) => format!("http://{address}"),
        None => format!("http://{}.{}.svc", registry.name_any(), registry.namespace().unwrap_or_default()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::registry::fixture;

    #[test]
    fn the_endpoint_is_what_clients_can_use() {
        let mut registry = fixture::minimal();
        let balanced = |ingress: Value| -> Service {
            serde_json::from_value(
                json!({ "metadata": {}, "spec": {}, "status": { "loadBalancer": { "ingress": [ingress] } } }),
            )
            .unwrap()
        };
        assert_eq!(endpoint(&registry, None), "http://packages.team.svc");
        assert_eq!(endpoint(&registry, Some(&balanced(json!({ "ip": "10.0.0.1" })))), "http://10.0.0.1");
        assert_eq!(endpoint(&registry, Some(&balanced(json!({ "ip": "fd00::1" })))), "http://[fd00::1]");
        assert_eq!(
            endpoint(&registry, Some(&balanced(json!({ "hostname": "lb.acme.com" })))),
            "http://lb.acme.com"
        );
        registry.spec.server = fixture::full().spec.server;
        assert_eq!(endpoint(&registry, None), "https://packages.acme.com");
    }
}
