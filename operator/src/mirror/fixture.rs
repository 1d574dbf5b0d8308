//! PackageMirrors and observations for tests.

use barre_crds::{
    PackageMirror,
    package_mirror::{CurrentRun, LastRun, Trigger},
};
use jiff::Timestamp;
use k8s_openapi::{
    api::{apps::v1::Deployment, batch::v1::Job},
    apimachinery::pkg::apis::meta::v1::Time,
};
use serde_json::{Value, json};

use super::{
    annotations::{PREVIOUS, SETTINGS, TRIGGER},
    desired::{Live, job::Program},
    host::Host,
    observe::Observed,
    record::{Ended, Record},
    references::References,
    told::told,
};

/// When the mirror was made.
pub(crate) const MADE: &str = "2026-11-27T12:00:00Z";

pub(crate) fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// A PackageMirror with nothing but what must be there, plus `spec`.
pub(crate) fn mirror(spec: Value) -> PackageMirror {
    let mut value = json!({
        "apiVersion": "barre.dev/v1alpha1",
        "kind": "PackageMirror",
        "metadata": {
            "name": "central", "namespace": "team", "uid": "uid-2", "generation": 3, "creationTimestamp": MADE,
        },
        "spec": {
            "registryRef": { "name": "packages" },
            "upstream": { "url": "https://api.central.ballerina.io" },
            "selection": { "include": [{ "organization": "ballerinax" }] },
        },
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

pub(crate) fn minimal() -> PackageMirror {
    mirror(json!({}))
}

/// A PackageMirror that uses every field of mode Sync.
pub(crate) fn full() -> PackageMirror {
    mirror(json!({
        "upstream": {
            "url": "http://edge.team.svc", "protocol": "Barre", "privateAddresses": "Allowed", "timeoutSeconds": 30,
            "tokenSecretRef": { "name": "upstream", "key": "token" },
            "caBundleRef": { "name": "upstream-ca", "key": "ca.pem" },
            "proxy": "http://proxy:3128",
        },
        "selection": {
            "include": [{ "organization": "ballerinax", "name": "aws.*", "versions": ">=1.2.0, <2.0.0" }],
            "exclude": [{ "organization": "ballerinax", "name": "aws.s3" }],
            "exactRef": { "name": "locked" },
            "prereleases": "Include", "deprecated": "Exclude", "keepLatest": 3, "platforms": ["any", "java21"],
            "minimumDistribution": "2201.8.0", "dependencies": "Direct", "maxPackages": 500,
        },
        "admission": {
            "minimumAgeSeconds": 259_200, "mode": "Observe", "exclude": [{ "organization": "acme" }],
            "overrides": [{ "organization": "ballerinax", "name": "aws.sns", "version": "1.3.0", "reason": "CVE" }],
            "denyRef": { "name": "denied" },
        },
        "schedule": "0 3 * * *", "timeZone": "Europe/Berlin", "suspend": false,
        "transfer": {
            "concurrency": 16, "concurrencyPerHost": 2, "bytesPerSecond": "10Mi", "requestsPerSecond": 20,
            "maxRetries": 1, "activeDeadlineSeconds": 600,
        },
        "prune": { "policy": "NotSelected", "graceHours": 24, "maxDeletePercent": 25, "mode": "DryRun" },
    }))
}

pub(crate) fn pull_through() -> PackageMirror {
    mirror(json!({
        "mode": "PullThrough",
        "upstream": { "tokenSecretRef": { "name": "upstream", "key": "token" } },
        "cache": { "metadataTTLSeconds": 60, "negativeTTLSeconds": 5 },
    }))
}

/// The Deployment of the Registry `packages`, as its pass writes it.
pub(crate) fn deployment() -> Deployment {
    serde_json::from_value(json!({
        "metadata": { "name": "packages", "namespace": "team" },
        "spec": { "selector": {}, "template": { "spec": {
            "serviceAccountName": "packages",
            "imagePullSecrets": [{ "name": "pull" }],
            "containers": [{
                "name": "registry", "image": "ghcr.io/acme/barre-registry:1", "imagePullPolicy": "IfNotPresent",
                "args": ["serve", "--create", "--store", "s3://acme-packages/eu", "--owner", "cluster-1/team/packages",
                    "--listen", "0.0.0.0:8080", "--max-package-size", "268435456"],
                "env": [
                    { "name": "TMPDIR", "value": "/tmp" },
                    { "name": "BARRE_SETTLED", "value": "/etc/barre/settled/settled.json" },
                    { "name": "BARRE_REGISTRY_ID", "valueFrom":
                        { "configMapKeyRef": { "name": "packages-settled", "key": "registryID", "optional": true } } },
                    { "name": "BARRE_MIRRORS", "value": "/etc/barre/mirrors/mirrors.json" },
                    { "name": "AWS_REGION", "value": "eu-central-1" },
                    { "name": "AWS_ACCESS_KEY_ID", "valueFrom":
                        { "secretKeyRef": { "name": "store", "key": "accessKeyID" } } },
                ],
                "resources": { "requests": { "cpu": "500m" }, "limits": { "memory": "512Mi" } },
            }],
        } } },
    }))
    .unwrap()
}

/// What a pass sees when all is well and nothing has run.
pub(crate) fn observed() -> Observed {
    Observed {
        live: Live::default(),
        jobs: Vec::new(),
        registry: Host::Up(Box::new(Program::of(&deployment()).unwrap())),
        references: References::default(),
        record: Record::default(),
        stuck: None,
        left: None,
        pods: None,
    }
}

/// The same after these Jobs.
pub(crate) fn after(mirror: &PackageMirror, jobs: Vec<Job>, ended: &[Ended]) -> Observed {
    let record = Record::of(mirror.status.as_ref(), &jobs, ended, None, time(MADE));
    Observed { jobs, record, ..observed() }
}

/// The hash of what a run of the mirror is told.
pub(crate) fn settings(mirror: &PackageMirror) -> String {
    told(mirror, &References::default()).unwrap().hash
}

/// A Job of a run that was told `settings`. It has ended, if `ended` says how: `Complete` or `Failed`, and when.
pub(crate) fn job(id: &str, previous: Option<&str>, settings: &str, ended: Option<(&str, &str)>) -> Job {
    let mut annotations = json!({ TRIGGER: "Initial", SETTINGS: settings });
    if let Some(previous) = previous {
        annotations[PREVIOUS] = json!(previous);
    }
    let conditions =
        ended.map(|(type_, at)| json!([{ "type": type_, "status": "True", "lastTransitionTime": at }]));
    serde_json::from_value(json!({
        "metadata": { "name": id, "uid": id, "creationTimestamp": MADE, "annotations": annotations },
        "status": { "conditions": conditions.unwrap_or_else(|| json!([])) },
    }))
    .unwrap()
}

pub(crate) fn current_run(id: &str, trigger: Trigger) -> CurrentRun {
    serde_json::from_value(json!({
        "id": id, "trigger": format!("{trigger:?}"), "settings": "1", "startTime": MADE,
    }))
    .unwrap()
}

/// A run that ended an hour after the mirror was made.
pub(crate) fn last_run(id: &str, result: &str) -> LastRun {
    let end = Time(time("2026-11-27T13:00:00Z"));
    let run: LastRun = serde_json::from_value(json!({
        "id": id, "trigger": "Initial", "settings": "1", "result": result, "startTime": MADE, "completionTime": end,
    }))
    .unwrap();
    run
}
