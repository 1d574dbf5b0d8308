//! PackageMirrors: what the API server accepts, one Job for each run, and what becomes of one that ended.

use barre_crds::{PackageMirror, Registry};
use k8s_openapi::api::{
    apps::v1::Deployment,
    batch::v1::Job,
    core::v1::{ConfigMap, Event, Pod},
};
use kube::{
    Resource, ResourceExt,
    api::{DeleteParams, ListParams, Patch, PatchParams, PostParams},
};
use serde_json::{Value, json};

use crate::{
    cluster::Cluster,
    rules::merge,
    space::{Space, apply, deployment},
    wait::until,
};

fn mirror(patch: &Value) -> Value {
    let mut object = json!({
        "apiVersion": "barre.dev/v1alpha1",
        "kind": "PackageMirror",
        "metadata": { "name": "central" },
        "spec": {
            "registryRef": { "name": "packages" },
            "upstream": { "url": "https://api.central.ballerina.io" },
            "selection": { "include": [{ "organization": "ballerinax" }] },
        },
    });
    merge(&mut object, patch);
    object
}

fn spec(spec: &Value) -> Value {
    mirror(&json!({ "spec": spec }))
}

async fn ask(space: &Space, object: &Value) -> kube::Result<PackageMirror> {
    let name = object["metadata"]["name"].as_str().unwrap();
    let parameters = PatchParams { dry_run: true, ..PatchParams::apply("person").force() };
    space.api::<PackageMirror>().patch(name, &parameters, &Patch::Apply(object)).await
}

#[tokio::test]
async fn each_rule_accepts_and_refuses() {
    let cluster = Cluster::get().await;
    let space = cluster.space("mirror-rules").await;
    let upstream = |upstream: Value| spec(&json!({ "upstream": upstream }));
    let include = |rule: Value| spec(&json!({ "selection": { "include": [rule] } }));
    for object in [
        spec(&json!({})),
        mirror(&json!({ "metadata": { "name": "a".repeat(40) } })),
        upstream(
            json!({ "url": "http://edge.team.svc", "privateAddresses": "Allowed", "protocol": "Barre" }),
        ),
        upstream(json!({ "tokenSecretRef": { "name": "a", "key": "token" }, "proxy": "http://proxy:3128" })),
        include(json!({ "organization": "acme", "name": "a*.b", "versions": ">=1.0.0-rc.1, <2" })),
        spec(&json!({ "selection": { "include": null, "exactRef": { "name": "locked" } } })),
        spec(
            &json!({ "schedule": "*/15 2-4 * JAN-MAR MON,FRI", "timeZone": "America/Argentina/Buenos_Aires" }),
        ),
        spec(&json!({ "schedule": "@hourly", "suspend": true, "prune": { "policy": "Orphaned" } })),
        spec(&json!({ "transfer": { "bytesPerSecond": "10Mi", "activeDeadlineSeconds": 120 } })),
        spec(
            &json!({ "mode": "PullThrough", "cache": { "metadataTTLSeconds": 60, "negativeTTLSeconds": 1 } }),
        ),
    ] {
        let answer = ask(&space, &object).await;
        assert!(answer.is_ok(), "{object}: {answer:?}");
    }
    for (object, why) in [
        (mirror(&json!({ "metadata": { "name": "a".repeat(41) } })), "at most 40 characters"),
        (mirror(&json!({ "metadata": { "name": "1central" } })), "part of the names of Jobs"),
        (upstream(json!({ "url": "http://edge.team.svc" })), "set privateAddresses: Allowed"),
        (upstream(json!({ "url": "https://a/" })), "must not end with a slash"),
        (upstream(json!({ "url": "https://me:secret@a" })), "no user, query or fragment"),
        (upstream(json!({ "url": "https://a:99999" })), "port is at most 65535"),
        (upstream(json!({ "url": "file:///etc/passwd" })), "http or https URL"),
        (upstream(json!({ "proxy": "http://me:secret@proxy" })), "should match"),
        (include(json!({ "organization": "*" })), "should match"),
        (include(json!({ "organization": "acme", "versions": "1 || 2" })), "should match"),
        (spec(&json!({ "selection": { "include": null } })), "selects nothing"),
        (spec(&json!({ "schedule": "0 3 * *" })), "should match"),
        (spec(&json!({ "schedule": "0 3 * * * UTC" })), "should match"),
        (spec(&json!({ "timeZone": "Europe/Berlin" })), "schedule, which is not set"),
        (spec(&json!({ "transfer": { "activeDeadlineSeconds": 60 } })), "greater than or equal to 120"),
        (spec(&json!({ "prune": { "maxDeletePercent": 0 } })), "greater than or equal to 1"),
        (spec(&json!({ "cache": {} })), "about mode PullThrough"),
        (spec(&json!({ "mode": "PullThrough", "schedule": "@daily" })), "has no runs"),
        (spec(&json!({ "mode": "PullThrough", "prune": {} })), "about the runs of mode Sync"),
    ] {
        let answer = ask(&space, &object).await;
        let text = answer.err().unwrap_or_else(|| panic!("accepted: {object}")).to_string();
        assert!(text.contains(why), "'{why}' is not in: {text}");
    }
    apply(&space.api::<PackageMirror>(), &spec(&json!({ "suspend": true }))).await.unwrap();
    let text =
        ask(&space, &spec(&json!({ "registryRef": { "name": "others" } }))).await.unwrap_err().to_string();
    assert!(text.contains("registryRef cannot be changed"), "{text}");
    let by_registry = ListParams::default().fields("spec.registryRef.name=packages,spec.mode=Sync");
    assert_eq!(space.api::<PackageMirror>().list(&by_registry).await.unwrap().items.len(), 1);
}

/// A Registry whose pods serve, as far as its Deployment tells.
async fn registry(space: &Space) {
    space.apply(&space.registry("packages")).await.unwrap();
    deployment(space).await;
    // Nobody says so here of each later change: that one has been seen as well.
    let status = json!({ "status": {
        "observedGeneration": 1_000, "replicas": 1, "updatedReplicas": 1, "readyReplicas": 1, "availableReplicas": 1,
    } });
    let deployments = space.api::<Deployment>();
    deployments.patch_status("packages", &PatchParams::default(), &Patch::Merge(status)).await.unwrap();
}

async fn jobs(space: &Space) -> Vec<Job> {
    space.api::<Job>().list(&ListParams::default()).await.unwrap().items
}

fn is_over(job: &Job) -> bool {
    job.status.as_ref().is_some_and(|status| status.completion_time.is_some())
}

/// Waits for the one Job that runs.
async fn running(space: &Space) -> Job {
    until("a Job", || async { jobs(space).await.into_iter().find(|job| !is_over(job)) }).await
}

/// Ends a Job, as Kubernetes and the program would.
async fn end(space: &Space, job: &Job, outcome: &str) {
    let (id, pods) = (job.name_any(), space.api::<Pod>());
    let pod = json!({
        "metadata": { "name": id, "labels": { "batch.kubernetes.io/job-name": id } },
        "spec": { "containers": [{ "name": "registry", "image": "barre:1" }] },
    });
    pods.create(&PostParams::default(), &serde_json::from_value(pod).unwrap()).await.unwrap();
    let words = json!({
        "run": id, "outcome": outcome, "counts": { "planned": 3, "copied": 2, "present": 1, "failed": 0 },
        "inventory": { "packages": 2, "versions": 3, "bytes": 4096 },
    });
    let status = json!({ "status": { "phase": "Succeeded", "containerStatuses": [{
        "name": "registry", "image": "barre:1", "imageID": "", "ready": false, "restartCount": 0,
        "state": { "terminated": { "exitCode": 0, "message": words.to_string() } },
    }] } });
    pods.patch_status(&id, &PatchParams::default(), &Patch::Merge(status)).await.unwrap();
    let now = job.metadata.creation_timestamp.clone().unwrap();
    let condition = |type_: &str| json!({ "type": type_, "status": "True", "lastTransitionTime": now });
    let status = json!({ "status": {
        "startTime": now, "completionTime": now, "succeeded": 1,
        "conditions": [condition("SuccessCriteriaMet"), condition("Complete")],
    } });
    space.api::<Job>().patch_status(&id, &PatchParams::default(), &Patch::Merge(status)).await.unwrap();
}

async fn mirror_until(space: &Space, what: &str, is: impl Fn(&Value) -> bool) -> Value {
    let look = || async {
        let mirror = space.api::<PackageMirror>().get("central").await.ok()?;
        let status = serde_json::to_value(mirror.status?).unwrap();
        is(&status).then_some(status)
    };
    until(what, look).await
}

fn condition<'a>(status: &'a Value, type_: &str) -> &'a Value {
    let mut conditions = status["conditions"].as_array().into_iter().flatten();
    conditions.find(|condition| condition["type"] == type_).unwrap_or(&Value::Null)
}

fn says(status: &Value, type_: &str, truth: &str, reason: &str) -> bool {
    let found = condition(status, type_);
    found["status"] == truth && found["reason"] == reason
}

async fn annotate(space: &Space, key: &str, value: &str) {
    let annotations = json!({ "metadata": { "annotations": { key: value } } });
    let mirrors = space.api::<PackageMirror>();
    mirrors.patch("central", &PatchParams::default(), &Patch::Merge(annotations)).await.unwrap();
}

async fn versions<K>(space: &Space) -> Vec<(String, Option<String>)>
where
    K: Resource<Scope = k8s_openapi::NamespaceResourceScope, DynamicType = ()>
        + Clone
        + std::fmt::Debug
        + serde::de::DeserializeOwned,
{
    let all = space.api::<K>().list(&ListParams::default()).await.unwrap();
    all.items.iter().map(|object| (object.name_any(), object.resource_version())).collect()
}

/// Waits until all these were told.
async fn events(space: &Space, reasons: &[&str]) {
    let events = space.api::<Event>();
    for reason in reasons {
        let look = || async {
            let events = events.list(&ListParams::default()).await.ok()?;
            events.into_iter().find(|event| event.reason.as_deref() == Some(*reason))
        };
        until(&format!("the event {reason}"), look).await;
    }
}

#[tokio::test]
async fn each_run_is_one_job_and_its_end_becomes_the_status() {
    let cluster = Cluster::get().await;
    let (_operator, space) = (cluster.operator().await, cluster.space("runs").await);
    apply(&space.api::<PackageMirror>(), &mirror(&json!({}))).await.unwrap();
    mirror_until(&space, "the Registry to be missed", |status| {
        says(status, "Ready", "False", "RegistryNotFound")
    })
    .await;
    registry(&space).await;
    let first = running(&space).await;
    mirror_until(&space, "the run to be told", |status| {
        status["currentRun"]["id"] == first.name_any() && says(status, "Reconciling", "True", "SyncRunning")
    })
    .await;
    for touch in 0..20 {
        annotate(&space, "example.com/touched", &touch.to_string()).await;
    }
    annotate(&space, "barre.dev/sync-requested-at", "now").await;
    cluster.quiet().await;
    assert_eq!(jobs(&space).await.len(), 1, "one is under way");

    end(&space, &first, "Succeeded").await;
    let second = until("the next Job", || async {
        jobs(&space).await.into_iter().find(|job| job.name_any() != first.name_any())
    })
    .await;
    assert_eq!(second.annotations()["barre.dev/previous-run"], first.name_any());
    let status = mirror_until(&space, "the end of the first", |status| {
        status["currentRun"]["id"] == second.name_any()
    })
    .await;
    assert_eq!((&status["lastRun"]["result"], &status["lastRun"]["added"]), (&json!("Succeeded"), &json!(2)));
    assert_eq!(
        (&status["currentRun"]["trigger"], &status["lastHandledSyncAt"]),
        (&json!("Manual"), &json!("now"))
    );
    assert!(says(&status, "Ready", "True", "UpToDate"), "{status:#}");
    assert!(says(&status, "UpstreamReachable", "True", "Connected"), "{status:#}");

    end(&space, &second, "Succeeded").await;
    mirror_until(&space, "the end of the second", |status| status["lastRun"]["id"] == second.name_any())
        .await;
    events(&space, &["SyncStarted", "SyncSucceeded", "ManualSyncRequested"]).await;

    cluster.quiet().await;
    let all = || async {
        let (mirrors, maps) = (versions::<PackageMirror>(&space).await, versions::<ConfigMap>(&space).await);
        (mirrors, maps, versions::<Job>(&space).await, versions::<Registry>(&space).await)
    };
    let (_, maps, jobs_before, registries) = all().await;
    let before = cluster.audited();
    for touch in 0..50 {
        annotate(&space, "example.com/touched", &format!("again-{touch}")).await;
    }
    cluster.quiet().await;
    let (_, maps_after, jobs_after, registries_after) = all().await;
    assert_eq!((maps, jobs_before, registries), (maps_after, jobs_after, registries_after));
    assert_eq!(cluster.writes_since(before), Vec::<String>::new());
}

#[tokio::test]
async fn an_operator_that_was_away_goes_on_where_it_was() {
    let cluster = Cluster::get().await;
    let space = cluster.space("away").await;
    let operator = cluster.operator().await;
    apply(&space.api::<PackageMirror>(), &mirror(&json!({}))).await.unwrap();
    registry(&space).await;
    let first = running(&space).await;
    drop(operator);
    end(&space, &first, "PartiallySucceeded").await;
    let changed = spec(&json!({ "selection": { "keepLatest": 2 } }));
    apply(&space.api::<PackageMirror>(), &changed).await.unwrap();
    let _operator = cluster.operator().await;
    let second = until("a Job for the change", || async {
        jobs(&space).await.into_iter().find(|job| job.name_any() != first.name_any())
    })
    .await;
    assert_eq!(second.annotations()["barre.dev/trigger"], "SpecChange");
    let status =
        mirror_until(&space, "both runs", |status| status["currentRun"]["id"] == second.name_any()).await;
    assert_eq!(
        (&status["lastRun"]["result"], &status["consecutiveFailures"]),
        (&json!("PartiallySucceeded"), &json!(1))
    );
    assert!(says(&status, "Ready", "False", "SpecChanged"), "{status:#}");
}

#[tokio::test]
async fn suspended_begins_nothing_and_a_deleted_job_has_failed() {
    let cluster = Cluster::get().await;
    let (_operator, space) = (cluster.operator().await, cluster.space("suspended").await);
    registry(&space).await;
    apply(&space.api::<PackageMirror>(), &spec(&json!({ "suspend": true }))).await.unwrap();
    mirror_until(&space, "it to be suspended", |status| says(status, "Stalled", "True", "Suspended")).await;
    annotate(&space, "barre.dev/sync-requested-at", "now").await;
    cluster.quiet().await;
    assert!(jobs(&space).await.is_empty());

    apply(&space.api::<PackageMirror>(), &mirror(&json!({}))).await.unwrap();
    let first = running(&space).await;
    mirror_until(&space, "the run", |status| status["currentRun"]["id"] == first.name_any()).await;
    space.api::<Job>().delete(&first.name_any(), &DeleteParams::background()).await.unwrap();
    let status = mirror_until(&space, "its end", |status| status["lastRun"]["result"] == "Failed").await;
    assert!(says(&status, "Reconciling", "True", "SyncFailed"), "{status:#}");
    assert!(jobs(&space).await.is_empty(), "the next one waits a minute");
}

#[tokio::test]
async fn what_a_mirror_denies_reaches_the_pods_of_its_registry() {
    let cluster = Cluster::get().await;
    let (_operator, space) = (cluster.operator().await, cluster.space("denied").await);
    let maps = space.api::<ConfigMap>();
    let told = || async {
        let map = maps.get("packages-mirrors").await.ok()?;
        serde_json::from_str::<Value>(&map.data?["mirrors.json"]).ok()
    };
    registry(&space).await;
    assert_eq!(until("the ConfigMap", told).await, json!({ "mirrors": [] }));
    let template = deployment(&space).await.spec.template;

    apply(&space.api::<PackageMirror>(), &spec(&json!({ "admission": { "denyRef": { "name": "denied" } } })))
        .await
        .unwrap();
    let status = mirror_until(&space, "the list to be missed", |status| {
        says(status, "Ready", "False", "ConfigMapNotFound")
    })
    .await;
    assert!(condition(&status, "Ready")["message"].as_str().unwrap().contains("'denied'"), "{status:#}");
    let deny = r#"{"deny":[{"rule":{"organization":"acme"},"reason":"CVE-2026-1"}]}"#;
    let list = json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": "denied" }, "data": { "deny.json": deny } });
    apply(&maps, &list).await.unwrap();
    annotate(&space, "example.com/touched", "1").await;
    until("the pods to be told", || async {
        let told = told().await?;
        (told["mirrors"][0]["admission"]["deny"][0]["reason"] == "CVE-2026-1").then_some(())
    })
    .await;
    cluster.quiet().await;
    assert_eq!(deployment(&space).await.spec.template, template, "that rolls no pod");

    // Without the controllers of Kubernetes, nobody collects children.
    space.api::<PackageMirror>().delete("central", &DeleteParams::default()).await.unwrap();
    maps.delete("central-mirror", &DeleteParams::default()).await.unwrap();
    until("the pods to be told no more", || async {
        (told().await? == json!({ "mirrors": [] })).then_some(())
    })
    .await;
}
