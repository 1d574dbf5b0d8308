//! Each CEL rule of Registry accepts and rejects, as kube's own evaluator sees it. A real API server sees them again in `e2e`.

use barre_crds::Registry;
use kube::core::cel::{validate_cel, validate_cel_update};
use serde_json::{Value, json};

/// A Registry with nothing but what must be there, changed by a merge patch.
fn registry(patch: Value) -> Registry {
    let mut value = json!({
        "apiVersion": "barre.dev/v1alpha1",
        "kind": "Registry",
        "metadata": { "name": "packages" },
        "spec": { "storage": {
            "type": "S3",
            "s3": { "bucket": "packages", "secretRef": { "name": "store" } },
        } },
    });
    merge(&mut value, patch);
    serde_json::from_value(value).unwrap()
}

pub(crate) fn merge(into: &mut Value, patch: Value) {
    match patch {
        Value::Object(fields) if into.is_object() => {
            for (name, field) in fields {
                merge(&mut into[name], field);
            }
        }
        Value::Null => *into = Value::Null,
        other => *into = other,
    }
}

#[track_caller]
fn accepted(patch: Value) {
    validate_cel(&registry(patch)).unwrap();
}

#[track_caller]
fn rejected(patch: Value, message: &str) {
    let errors = validate_cel(&registry(patch)).unwrap_err().to_string();
    assert!(errors.contains(message), "'{message}' is not in: {errors}");
}

#[track_caller]
fn kept(old: Value, new: Value) {
    validate_cel_update(&registry(new), &registry(old)).unwrap();
}

#[track_caller]
fn frozen(old: Value, new: Value, message: &str) {
    let errors = validate_cel_update(&registry(new), &registry(old)).unwrap_err().to_string();
    assert!(errors.contains(message), "'{message}' is not in: {errors}");
}

fn storage(storage: &Value) -> Value {
    json!({ "spec": { "storage": storage } })
}

#[test]
fn names_are_short_dns_labels() {
    accepted(json!({}));
    accepted(json!({ "metadata": { "name": "a".repeat(40) } }));
    rejected(json!({ "metadata": { "name": "a".repeat(41) } }), "at most 40 characters");
    for name in ["1packages", "packages.eu", "packages-"] {
        rejected(json!({ "metadata": { "name": name } }), "becomes the name of a Service");
    }
}

#[test]
fn replicas_exclude_autoscaling() {
    accepted(json!({ "spec": { "replicas": 3 } }));
    accepted(json!({ "spec": { "autoscaling": { "maxReplicas": 3 } } }));
    rejected(json!({ "spec": { "replicas": 3, "autoscaling": { "maxReplicas": 3 } } }), "not both");
}

#[test]
fn the_minimum_is_at_most_the_maximum() {
    accepted(json!({ "spec": { "autoscaling": { "minReplicas": 3, "maxReplicas": 3 } } }));
    rejected(
        json!({ "spec": { "autoscaling": { "minReplicas": 4, "maxReplicas": 3 } } }),
        "minReplicas must not be greater",
    );
}

#[test]
fn an_image_has_a_tag_or_a_digest() {
    let digest = format!("sha256:{}", "0".repeat(64));
    accepted(json!({ "spec": { "image": { "tag": "1.0.0" } } }));
    accepted(json!({ "spec": { "image": { "digest": digest } } }));
    rejected(json!({ "spec": { "image": { "tag": "1.0.0", "digest": digest } } }), "tag or digest");
}

#[test]
fn a_node_port_needs_a_service_that_has_one() {
    accepted(json!({ "spec": { "service": { "type": "NodePort", "nodePort": 30080 } } }));
    accepted(json!({ "spec": { "service": { "type": "LoadBalancer", "nodePort": 30080 } } }));
    rejected(json!({ "spec": { "service": { "type": "ClusterIP", "nodePort": 30080 } } }), "nodePort needs");
    rejected(json!({ "spec": { "service": { "nodePort": 30080 } } }), "nodePort needs");
}

#[test]
fn the_external_url_is_an_origin() {
    for url in ["https://packages.acme.com", "http://10.0.0.1:8080"] {
        accepted(json!({ "spec": { "server": { "externalURL": url } } }));
    }
    for url in ["packages.acme.com", "ftp://packages.acme.com", "/packages"] {
        rejected(json!({ "spec": { "server": { "externalURL": url } } }), "http or https URL");
    }
    for url in ["https://packages.acme.com/", "https://acme.com/packages", "https://acme.com?a=b"] {
        rejected(json!({ "spec": { "server": { "externalURL": url } } }), "no trailing slash");
    }
}

#[test]
fn the_endpoint_is_an_origin() {
    accepted(storage(&json!({ "s3": { "endpoint": "http://store.storage.svc:7070" } })));
    rejected(storage(&json!({ "s3": { "endpoint": "store:7070" } })), "http or https URL");
    rejected(
        storage(&json!({ "s3": { "endpoint": "https://s3.acme.com/packages" } })),
        "the bucket is not part of it",
    );
}

#[test]
fn a_port_is_one() {
    for port in ["", ":1", ":65535"] {
        accepted(storage(&json!({ "s3": { "endpoint": format!("http://store{port}") } })));
        accepted(json!({ "spec": { "server": { "externalURL": format!("https://a{port}") } } }));
        accepted(json!({ "spec": { "server": { "additionalHosts": [format!("a{port}")] } } }));
    }
    // kube's own evaluator takes such a text for no URL; the API server names the port.
    rejected(storage(&json!({ "s3": { "endpoint": "http://store:65536" } })), "endpoint");
    rejected(json!({ "spec": { "server": { "externalURL": "https://a:99999" } } }), "externalURL");
    rejected(json!({ "spec": { "server": { "additionalHosts": ["b", "a:99999"] } } }), "at most 65535");
}

#[test]
fn a_bucket_can_be_one() {
    let bucket = |bucket: &str, more: Value| {
        let mut s3 = json!({ "s3": { "bucket": bucket } });
        merge(&mut s3["s3"], more);
        storage(&s3)
    };
    accepted(bucket("a.b-c.d", json!({ "endpoint": "http://store" })));
    accepted(bucket("packages.acme.com", json!({ "addressingStyle": "Path" })));
    rejected(bucket("packages.acme.com", json!({})), "addressingStyle: Path");
    rejected(
        bucket("packages.acme.com", json!({ "addressingStyle": "VirtualHosted" })),
        "addressingStyle: Path",
    );
    for name in ["a..b", "a-.b", "a.-b"] {
        rejected(bucket(name, json!({ "endpoint": "http://store" })), "no label");
    }
    rejected(bucket("192.168.5.4", json!({ "endpoint": "http://store" })), "IP address");
}

#[test]
fn a_memory_limit_lets_a_container_start() {
    let limits = |memory: Value| json!({ "spec": { "resources": { "limits": { "memory": memory } } } });
    for memory in [json!("16Mi"), json!("1Gi"), json!(16_777_216)] {
        accepted(limits(memory));
    }
    accepted(json!({ "spec": { "resources": { "limits": { "cpu": "1" } } } }));
    rejected(limits(json!("1Mi")), "at least 16Mi");
}

#[test]
fn the_largest_package_is_within_what_the_server_takes() {
    for size in [json!("1Ki"), json!("128Mi"), json!("4Gi"), json!("4294967296"), json!(1024)] {
        accepted(json!({ "spec": { "server": { "maxPackageSize": size } } }));
    }
    for size in [json!("1"), json!("1023"), json!("5Gi"), json!("4294967297")] {
        rejected(json!({ "spec": { "server": { "maxPackageSize": size } } }), "between 1Ki and 4Gi");
    }
}

#[test]
fn a_storage_type_has_its_own_settings() {
    rejected(storage(&json!({ "s3": null })), "type S3 needs s3");
}

#[test]
fn a_prefix_is_never_inside_the_data_of_a_registry_above_it() {
    for prefix in ["eu/west", "logs", "eu/release"] {
        accepted(storage(&json!({ "prefix": prefix })));
    }
    for prefix in ["log", "releases/acme", "eu/checkpoint", "eu/probe/x", "mirrors", "stats", "uploads"] {
        rejected(storage(&json!({ "prefix": prefix })), "no part of prefix may be");
    }
}

#[test]
fn bucket_and_prefix_never_change() {
    let with_prefix = |prefix: &str| storage(&json!({ "prefix": prefix }));
    kept(json!({}), json!({ "spec": { "replicas": 3 } }));
    kept(with_prefix("a"), with_prefix("a"));
    frozen(json!({}), storage(&json!({ "s3": { "bucket": "others" } })), "bucket cannot be changed");
    frozen(with_prefix("a"), with_prefix("b"), "prefix cannot be changed");
    frozen(with_prefix("a"), json!({}), "prefix cannot be added or removed");
    frozen(json!({}), with_prefix("a"), "prefix cannot be added or removed");
}

#[test]
fn the_endpoint_and_the_provisioning_may_change() {
    kept(
        storage(&json!({ "s3": { "endpoint": "http://old:7070" }, "provisioning": "Create" })),
        storage(&json!({ "s3": { "endpoint": "https://new:7070" }, "provisioning": "Adopt" })),
    );
}

/// There is one storage type so far, so the rule cannot be broken with typed values.
#[test]
fn the_storage_type_never_changes() {
    let old = serde_json::to_value(registry(json!({}))).unwrap();
    let mut new = old.clone();
    new["spec"]["storage"]["type"] = json!("Other");
    let crd = serde_json::to_value(&barre_crds::definitions()[0]).unwrap();
    let schema = &crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"];
    let errors = kube::core::cel::Validator::new().validate(schema, &new, Some(&old)).unwrap_err();
    assert!(errors.to_string().contains("storage type cannot be changed"), "{errors}");
}
