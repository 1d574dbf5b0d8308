//! Registries and observations for tests.

use barre_crds::Registry;
use k8s_openapi::{
    api::apps::v1::{Deployment, DeploymentSpec},
    api::core::v1::PodTemplateSpec,
};
use serde_json::{Value, json};

use super::{
    decision::{Desired, desired},
    desired::Live,
    names,
    observe::Observed,
    token::AdminToken,
    tools::Installation,
};
use crate::store::{self, Expected, Ownership, Reach, Standing};

/// A Registry with nothing but what must be there, plus `spec`.
pub(crate) fn registry(spec: Value) -> Registry {
    let mut value = json!({
        "apiVersion": "barre.dev/v1alpha1",
        "kind": "Registry",
        "metadata": { "name": "packages", "namespace": "team", "uid": "uid-1", "generation": 3 },
        "spec": { "storage": {
            "type": "S3",
            "s3": { "bucket": "acme-packages", "endpoint": "http://store:7070", "secretRef": { "name": "store" } },
        } },
    });
    merge(&mut value["spec"], spec);
    serde_json::from_value(value).unwrap()
}

fn merge(into: &mut Value, patch: Value) {
    match patch {
        Value::Object(fields) if into.is_object() => {
            for (name, field) in fields {
                merge(&mut into[name], field);
            }
        }
        other => *into = other,
    }
}

pub(crate) fn minimal() -> Registry {
    registry(json!({}))
}

/// A Registry that uses every field.
pub(crate) fn full() -> Registry {
    let mut registry = registry(json!({
        "image": {
            "repository": "ghcr.io/acme/barre-registry",
            "digest": format!("sha256:{}", "a".repeat(64)),
            "pullPolicy": "Always",
            "pullSecrets": [{ "name": "pull" }],
        },
        "autoscaling": { "minReplicas": 3, "maxReplicas": 9, "targetCPUUtilizationPercentage": 60 },
        "storage": {
            "prefix": "barre/eu",
            "provisioning": "Adopt",
            "s3": { "region": "eu-central-1", "endpoint": "https://s3.acme.com", "addressingStyle": "VirtualHosted" },
        },
        "server": {
            "externalURL": "https://packages.acme.com",
            "additionalHosts": ["api.central.ballerina.io"],
            "maxPackageSize": "256Mi",
            "idleTimeout": "11m",
            "logLevel": "Debug",
        },
        "auth": { "anonymousRead": "Denied", "tokensSecretRef": { "name": "tokens" } },
        "service": { "type": "LoadBalancer", "nodePort": 30080, "annotations": { "example.com/lb": "internal" } },
        "resources": { "requests": { "cpu": 2 }, "limits": { "memory": "1Gi" } },
    }));
    let take_over = "0198c0de-0000-4000-8000-000000000001".to_owned();
    registry.metadata.annotations = Some([(barre_crds::TAKE_OVER.to_owned(), take_over)].into());
    registry
}

pub(crate) fn installation() -> Installation {
    Installation {
        cluster_id: "cluster-1".into(),
        registry_image: "localhost/barre-registry:0123abcd".into(),
        reach: Reach { local: false },
    }
}

/// What the first pass sees when all is well.
pub(crate) fn observed() -> Observed {
    Observed {
        live: Live::default(),
        pods: Vec::new(),
        mirrors: Vec::new(),
        warning: None,
        rival: None,
        fresh_token: Some(AdminToken::new([7; 32])),
        key: None,
        credentials: Ok(store::fixture::credentials("hush")),
        tokens: Vec::new(),
        store: Some(Ok(Standing { ownership: Ownership::Created, known: None })),
        expected: Expected::default(),
    }
}

/// What a later pass sees: a Deployment that is there.
pub(crate) fn running(registry: &Registry, replicas: i32) -> Observed {
    let mut observed = observed();
    (observed.fresh_token, observed.key) = (None, Some(AdminToken::new([7; 32]).text().into()));
    observed.live.deployment = Some(Deployment {
        metadata: k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta {
            generation: Some(1),
            uid: Some("deployment-1".into()),
            ..names::child(registry, "packages".into())
        },
        spec: DeploymentSpec {
            replicas: Some(replicas),
            selector: names::label_selector(registry),
            template: PodTemplateSpec::default(),
            ..DeploymentSpec::default()
        },
        status: None,
    });
    observed
}

pub(crate) fn decide(registry: &Registry, observed: &Observed) -> Desired {
    desired(registry, observed, &installation())
}
