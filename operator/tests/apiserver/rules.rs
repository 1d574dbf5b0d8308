//! Each rule of Registry accepts and refuses, as the API server sees it.

use barre_crds::Registry;
use kube::api::{Patch, PatchParams};
use serde_json::{Value, json};

use crate::{cluster::Cluster, space::Space};

pub(crate) fn merge(into: &mut Value, patch: &Value) {
    match patch {
        Value::Object(fields) if into.is_object() => {
            for (name, field) in fields {
                merge(&mut into[name], field);
            }
        }
        other => *into = other.clone(),
    }
    // What is to be absent is not sent.
    if let Some(fields) = into.as_object_mut() {
        fields.retain(|_, field| !field.is_null());
    }
}

fn changed(space: &Space, patch: &Value) -> Value {
    let mut object = space.registry("packages");
    object["spec"].as_object_mut().unwrap().remove("replicas");
    merge(&mut object, patch);
    object
}

async fn ask(space: &Space, object: &Value) -> kube::Result<Registry> {
    let name = object["metadata"]["name"].as_str().unwrap();
    let parameters = PatchParams { dry_run: true, ..PatchParams::apply("person").force() };
    space.api::<Registry>().patch(name, &parameters, &Patch::Apply(object)).await
}

fn s3(s3: &Value) -> Value {
    json!({ "spec": { "storage": { "s3": s3 } } })
}

fn server(server: &Value) -> Value {
    json!({ "spec": { "server": server } })
}

fn accepted() -> Vec<Value> {
    let digest = format!("sha256:{}", "0".repeat(64));
    vec![
        json!({}),
        json!({ "metadata": { "name": "a".repeat(40) } }),
        json!({ "spec": { "autoscaling": { "minReplicas": 3, "maxReplicas": 3 } } }),
        json!({ "spec": { "image": { "repository": "localhost:5000/acme/registry", "digest": digest } } }),
        json!({ "spec": { "image": { "repository": "ghcr.io/acme/barre-registry", "tag": "1" } } }),
        json!({ "spec": { "service": { "type": "NodePort", "nodePort": 30080 } } }),
        json!({ "spec": { "resources": { "limits": { "memory": "64Mi" } } } }),
        server(
            &json!({ "externalURL": "https://packages.acme.com:8443", "additionalHosts": ["a.b", "c:65535"] }),
        ),
        server(&json!({ "maxPackageSize": "4Gi", "idleTimeout": "11m" })),
        s3(&json!({ "endpoint": "http://[::1]:9000" })),
        s3(&json!({ "endpoint": null, "bucket": "packages" })),
        s3(&json!({ "endpoint": null, "bucket": "packages.acme.com", "addressingStyle": "Path" })),
        s3(&json!({ "bucket": "packages.acme.com" })),
        json!({ "spec": { "storage": { "prefix": "eu/logs" } } }),
    ]
}

fn refused() -> Vec<(Value, &'static str)> {
    let digest = format!("sha256:{}", "0".repeat(64));
    vec![
        (json!({ "metadata": { "name": "a".repeat(41) } }), "at most 40 characters"),
        (json!({ "metadata": { "name": "1packages" } }), "becomes the name of a Service"),
        (json!({ "spec": { "replicas": 3, "autoscaling": { "maxReplicas": 3 } } }), "not both"),
        (
            json!({ "spec": { "autoscaling": { "minReplicas": 4, "maxReplicas": 3 } } }),
            "minReplicas must not be greater",
        ),
        (json!({ "spec": { "image": { "tag": "1", "digest": digest } } }), "tag or digest"),
        (json!({ "spec": { "image": { "repository": "acme/registry:1" } } }), "should match"),
        (json!({ "spec": { "image": { "repository": "acme/registry/" } } }), "should match"),
        (json!({ "spec": { "service": { "nodePort": 30080 } } }), "nodePort needs"),
        (json!({ "spec": { "resources": { "limits": { "memory": "1Mi" } } } }), "at least 16Mi"),
        (server(&json!({ "externalURL": "ftp://a" })), "http or https URL"),
        (server(&json!({ "externalURL": "https://a/" })), "no trailing slash"),
        (server(&json!({ "externalURL": "http://a:99999" })), "port is at most 65535"),
        (server(&json!({ "additionalHosts": ["a:99999"] })), "port is at most 65535"),
        (server(&json!({ "additionalHosts": ["https://a"] })), "should match"),
        (server(&json!({ "maxPackageSize": "5Gi" })), "between 1Ki and 4Gi"),
        (server(&json!({ "idleTimeout": "0s" })), "should match"),
        (s3(&json!({ "endpoint": "store:7070" })), "http or https URL"),
        (s3(&json!({ "endpoint": "https://s3.acme.com/packages" })), "the bucket is not part of it"),
        (s3(&json!({ "endpoint": "http://versitygw.barre-store.svc:70700" })), "port is at most 65535"),
        (s3(&json!({ "endpoint": null, "bucket": "packages.acme.com" })), "addressingStyle: Path"),
        (s3(&json!({ "bucket": "packages..acme" })), "no label"),
        (s3(&json!({ "bucket": "packages-.acme" })), "no label"),
        (s3(&json!({ "bucket": "192.168.5.4" })), "IP address"),
        (json!({ "spec": { "storage": { "prefix": "releases/acme" } } }), "no part of prefix may be"),
        (json!({ "spec": { "storage": { "s3": null } } }), "type S3 needs s3"),
    ]
}

#[tokio::test]
async fn each_rule_accepts_and_refuses() {
    let cluster = Cluster::get().await;
    let space = cluster.space("rules").await;
    for patch in accepted() {
        let answer = ask(&space, &changed(&space, &patch)).await;
        assert!(answer.is_ok(), "{patch}: {answer:?}");
    }
    for (patch, why) in refused() {
        let answer = ask(&space, &changed(&space, &patch)).await;
        let text = answer.err().unwrap_or_else(|| panic!("accepted: {patch}")).to_string();
        assert!(text.contains(why), "'{why}' is not in: {text}");
    }
}

#[tokio::test]
async fn where_packages_are_never_changes() {
    let cluster = Cluster::get().await;
    let space = cluster.space("frozen").await;
    space.apply(&changed(&space, &json!({}))).await.unwrap();
    for (patch, why) in [
        (s3(&json!({ "bucket": "others" })), "bucket cannot be changed"),
        (json!({ "spec": { "storage": { "prefix": "a" } } }), "prefix cannot be added or removed"),
    ] {
        let text = ask(&space, &changed(&space, &patch)).await.unwrap_err().to_string();
        assert!(text.contains(why), "'{why}' is not in: {text}");
    }
    let moved = s3(&json!({ "endpoint": "https://elsewhere" }));
    assert!(ask(&space, &changed(&space, &moved)).await.is_ok());
}
