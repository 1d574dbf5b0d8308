//! What a pass does, and what it says, when something is in its way.

use barre_crds::Registry;
use k8s_openapi::api::{
    apps::v1::Deployment,
    core::v1::{Event, Pod, Secret, Service, ServiceAccount},
};
use kube::{
    ResourceExt,
    api::{DeleteParams, ListParams, Patch, PatchParams, PostParams},
};
use serde_json::json;

use crate::{
    cluster::{Cluster, OPERATOR},
    space::{Space, apply, deployment},
    wait::until,
};

async fn has_event(space: &Space, reason: &str) -> String {
    let list = || async {
        let events = space.api::<Event>().list(&ListParams::default()).await.ok()?;
        events.into_iter().find(|event| event.reason.as_deref() == Some(reason))?.message
    };
    until(&format!("the event {reason}"), list).await
}

#[tokio::test]
async fn what_others_change_of_ours_is_put_back_and_what_they_add_stays() {
    let cluster = Cluster::get().await;
    let (_operator, space) = (cluster.operator().await, cluster.space("managers").await);
    space.apply(&space.registry("packages")).await.unwrap();
    deployment(&space).await;
    let services = space.api::<Service>();
    let theirs = json!({ "apiVersion": "v1", "kind": "Service",
        "metadata": { "name": "packages", "annotations": { "example.com/theirs": "stays" } },
        "spec": { "selector": { "app.kubernetes.io/name": "other" } } });
    apply(&services, &theirs).await.unwrap();
    until("the selector to be put back and the annotation to stay", || async {
        let service = services.get("packages").await.ok()?;
        let selector = service.spec.clone()?.selector?;
        let back = selector.get("app.kubernetes.io/name").is_some_and(|name| name == "barre-registry");
        (back && service.annotations().contains_key("example.com/theirs")).then_some(())
    })
    .await;
    let note = has_event(&space, "Restored").await;
    assert!(note.contains("Service 'packages' was changed"), "{note}");

    services.delete("packages", &DeleteParams::default()).await.unwrap();
    until("the Service to be made again", || async { services.get("packages").await.ok() }).await;

    cluster.quiet().await;
    let status = json!({ "status": { "endpoint": "http://elsewhere" } });
    let patch = Patch::Merge(status);
    space.api::<Registry>().patch_status("packages", &PatchParams::default(), &patch).await.unwrap();
    let ours = format!("http://packages.{}.svc", space.name);
    let is = |registry: &Registry| registry.status.as_ref().and_then(|s| s.endpoint.as_ref()) == Some(&ours);
    space.registry_until("packages", "the status to be ours", is).await;
}

#[tokio::test]
async fn a_pass_that_panics_costs_its_own_object_alone() {
    let cluster = Cluster::get().await;
    let (_operator, space) = (
        cluster.operator_as(OPERATOR, &[("BARRE_DEFECT", "defective")]).await,
        cluster.space("defects").await,
    );
    space.apply(&space.registry("defective")).await.unwrap();
    let message = space.told("defective", "Reconciling", "True", "RetryingAfterError").await;
    assert!(message.contains("a defect of its own") && !message.contains("on purpose"), "{message}");
    space.told("defective", "Ready", "False", "RetryingAfterError").await;
    let deployments = space.api::<Deployment>();
    assert!(deployments.get_opt("defective").await.unwrap().is_none());

    for _ in 0..50 {
        space.touch("defective").await;
    }
    space.apply(&space.registry("sound")).await.unwrap();
    until("the Deployment of the other", || async { deployments.get("sound").await.ok() }).await;
    let mut changed = space.registry("sound");
    changed["spec"]["replicas"] = json!(3);
    space.apply(&changed).await.unwrap();
    until("a change of the other", || async {
        let deployment = deployments.get("sound").await.ok()?;
        (deployment.spec.replicas == Some(3)).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_pass_reads_only_what_is_not_watched() {
    let cluster = Cluster::get().await;
    let (operator, space) = (cluster.operator().await, cluster.space("reads").await);
    let mut registry = space.registry("packages");
    registry["spec"].as_object_mut().unwrap().remove("replicas");
    // With all children: what is not there is looked for in each pass, since it may be somebody else's.
    registry["spec"]["autoscaling"] = json!({ "minReplicas": 2, "maxReplicas": 4 });
    space.apply(&registry).await.unwrap();
    deployment(&space).await;
    cluster.quiet().await;

    let (before, passes) = (cluster.audited(), operator.passes().await);
    space.touch("packages").await;
    until("a pass", || async { (operator.passes().await > passes).then_some(()) }).await;
    let here = format!("/namespaces/{}/", space.name);
    let reads = cluster.reads_since(before);
    let kinds: Vec<_> =
        reads.iter().filter_map(|read| read.split_once(&here)?.1.split(['/', '?']).next()).collect();
    assert!(kinds.contains(&"secrets"), "{reads:#?}");
    // Pods are listed, so that a word about all of them is not older than what is known of the rollout.
    assert!(kinds.iter().all(|kind| ["secrets", "pods"].contains(kind)), "{reads:#?}");
}

#[tokio::test]
async fn a_child_that_is_refused_keeps_no_other_one() {
    let cluster = Cluster::get().await;
    let (_operator, space) = (cluster.operator().await, cluster.space("refused").await);
    let node_port = |port: i32| json!({ "type": "NodePort", "nodePort": port });
    let mut first = space.registry("first");
    first["spec"]["service"] = node_port(31999);
    space.apply(&first).await.unwrap();
    until("the first Service", || async { space.api::<Service>().get("first").await.ok() }).await;

    let mut second = space.registry("packages");
    second["spec"]["service"] = node_port(31999);
    second["spec"]["replicas"] = json!(3);
    space.apply(&second).await.unwrap();
    until("the pods to be asked for", || async {
        (space.api::<Deployment>().get("packages").await.ok()?.spec.replicas == Some(3)).then_some(())
    })
    .await;
    let why = space.told("packages", "Stalled", "True", "InvalidSpec").await;
    assert!(why.contains("Service 'packages'") && why.contains("31999"), "{why}");

    second["spec"]["service"] = node_port(31998);
    space.apply(&second).await.unwrap();
    space.told("packages", "Stalled", "False", "Settled").await;
}

#[tokio::test]
async fn an_account_of_somebody_else_gets_no_pods() {
    let cluster = Cluster::get().await;
    let (_operator, space) = (cluster.operator().await, cluster.space("account").await);
    let theirs = serde_json::from_value(json!({ "metadata": { "name": "packages" } })).unwrap();
    space.api::<ServiceAccount>().create(&PostParams::default(), &theirs).await.unwrap();
    space.apply(&space.registry("packages")).await.unwrap();
    let why = space.told("packages", "Stalled", "True", "NameConflict").await;
    assert!(why.contains("ServiceAccount 'packages'"), "{why}");
    assert!(space.api::<Deployment>().get("packages").await.is_err());
}

#[tokio::test]
async fn a_mistake_in_a_token_file_is_told() {
    let cluster = Cluster::get().await;
    let (operator, space) = (cluster.operator().await, cluster.space("tokens").await);
    let file = |expires: &str| {
        let hash = "0".repeat(64);
        format!(
            r#"{{"tokens":[{{"name":"a","sha256":"{hash}","actions":["read"],"organizations":["*"],"expires":"{expires}"}}]}}"#
        )
    };
    space.secret("tokens", &[("tokens.json", &file("2027-01-01T00:00:00Z"))]).await;
    let mut registry = space.registry("packages");
    registry["spec"]["auth"] = json!({ "tokensSecretRef": { "name": "tokens" } });
    space.apply(&registry).await.unwrap();
    space.told("packages", "TokensReady", "True", "TokensUsable").await;

    space.secret("tokens", &[("tokens.json", &file("2027-01-01"))]).await;
    space.touch("packages").await;
    let why = space.told("packages", "TokensReady", "False", "TokensUnusable").await;
    assert!(why.contains("tokens[0].expires must be a time"), "{why}");
    has_event(&space, "TokensUnusable").await;
    let line = format!(
        r#"barre_operator_registry_condition{{namespace="{}",name="packages",condition="TokensReady",status="False""#,
        space.name
    );
    until("the metric", || async { operator.get("metrics").await?.contains(&line).then_some(()) }).await;

    space.api::<Secret>().delete("tokens", &DeleteParams::default()).await.unwrap();
    space.touch("packages").await;
    space.told("packages", "TokensReady", "False", "SecretNotFound").await;
}

#[tokio::test]
async fn a_pod_that_waits_for_its_files_is_explained() {
    let cluster = Cluster::get().await;
    let (_operator, space) = (cluster.operator().await, cluster.space("hanging").await);
    space.secret("packages-admin", &[("password", "theirs")]).await;
    space.apply(&space.registry("packages")).await.unwrap();
    deployment(&space).await;
    let why = space.told("packages", "WorkloadAvailable", "False", "NameConflict").await;
    assert!(why.contains("'packages-admin'"), "{why}");

    space.apply(&space.registry("other")).await.unwrap();
    let deployments = space.api::<Deployment>();
    until("the other Deployment", || async { deployments.get("other").await.ok() }).await;
    let pod = hanging_pod(&space, "other").await;
    let event = json!({
        "metadata": { "generateName": "mount-" }, "type": "Warning", "reason": "FailedMount",
        "message": "MountVolume.SetUp failed for volume \"settled\"",
        "involvedObject": { "kind": "Pod", "namespace": space.name, "name": pod.name_any(), "uid": pod.uid() },
    });
    let event = serde_json::from_value(event).unwrap();
    space.api::<Event>().create(&PostParams::default(), &event).await.unwrap();
    space.touch("other").await;
    let why = space.told("other", "WorkloadAvailable", "False", "ContainerConfigError").await;
    assert!(why.contains("FailedMount: MountVolume.SetUp failed for volume \"settled\""), "{why}");
}

/// Makes a pod of a Registry that was given a node long ago, and got no container.
async fn hanging_pod(space: &Space, registry: &str) -> Pod {
    let pod = json!({
        "metadata": { "name": format!("{registry}-1"), "labels": {
            "app.kubernetes.io/name": "barre-registry", "app.kubernetes.io/instance": registry,
            "app.kubernetes.io/component": "server", "barre.dev/registry": registry,
        } },
        "spec": { "containers": [{ "name": "registry", "image": "barre:1" }] },
    });
    let pods = space.api::<Pod>();
    pods.create(&PostParams::default(), &serde_json::from_value(pod).unwrap()).await.unwrap();
    let status = json!({ "status": { "conditions": [
        { "type": "PodScheduled", "status": "True", "lastTransitionTime": "2026-01-01T00:00:00Z" },
    ] } });
    let name = format!("{registry}-1");
    pods.patch_status(&name, &PatchParams::default(), &Patch::Merge(status)).await.unwrap()
}

#[tokio::test]
async fn an_endpoint_in_the_operators_own_pod_is_not_talked_to() {
    let cluster = Cluster::get().await;
    let space = cluster.space("inside").await;
    let variables = [("BARRE_ALLOW_LOCAL_ENDPOINTS", "false")];
    let _operator = cluster.operator_as(OPERATOR, &variables).await;
    let inside = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = inside.local_addr().unwrap().port();
    for (name, host, condition, status, reason) in [
        ("literal", "127.0.0.1", "Stalled", "True", "InvalidSpec"),
        ("named", "localhost", "StorageReady", "False", "BackendUnreachable"),
    ] {
        let mut registry = space.registry(name);
        registry["spec"]["storage"]["s3"]["endpoint"] = json!(format!("http://{host}:{port}"));
        space.apply(&registry).await.unwrap();
        let why = space.told(name, condition, status, reason).await;
        assert!(why.contains(host) && why.contains("--allow-local-endpoints"), "{why}");
        assert!(space.api::<Deployment>().get(name).await.is_err());
    }
    let asked = tokio::time::timeout(std::time::Duration::from_millis(500), inside.accept()).await;
    assert!(asked.is_err(), "nobody asked");
}

#[tokio::test]
async fn a_store_that_hangs_keeps_no_other_registry() {
    let cluster = Cluster::get().await;
    let (_operator, space) = (cluster.operator().await, cluster.space("hang").await);
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", silent.local_addr().unwrap());
    for number in 0..20 {
        let mut registry = space.registry(&format!("silent-{number}"));
        registry["spec"]["storage"]["s3"]["endpoint"] = json!(endpoint);
        space.apply(&registry).await.unwrap();
    }
    // More than there are workers hang for six seconds each.
    let sound = async {
        space.apply(&space.registry("packages")).await.unwrap();
        deployment(&space).await;
    };
    let hung = space.registry_until("silent-0", "the first to give up", |registry| {
        registry.status.as_ref().is_some_and(|status| !status.conditions.is_empty())
    });
    tokio::select! {
        biased;
        () = sound => {}
        _ = hung => panic!("the sound one waited for those that hang"),
    }
}
