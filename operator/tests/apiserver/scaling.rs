//! How many pods there are, and who says it.

use std::collections::BTreeSet;

use futures::{TryStreamExt, future};
use k8s_openapi::api::{apps::v1::Deployment, autoscaling::v2::HorizontalPodAutoscaler};
use kube::api::{DeleteParams, ListParams, Patch, PatchParams, WatchEvent, WatchParams};
use serde_json::json;

use crate::{
    cluster::Cluster,
    space::{Space, apply, deployment},
    wait::until,
};

fn managers_of_replicas(deployment: &Deployment) -> Vec<&str> {
    let entries = deployment.metadata.managed_fields.iter().flatten();
    let of_replicas = entries.filter(|entry| {
        entry.fields_v1.as_ref().is_some_and(|fields| fields.0["f:spec"].get("f:replicas").is_some())
    });
    of_replicas.filter_map(|entry| entry.manager.as_deref()).collect()
}

/// Returns how many pods any version of a Deployment has asked for.
async fn replicas_since(space: &Space, version: &str) -> BTreeSet<i32> {
    let deployments = space.api::<Deployment>();
    let events = deployments.watch(&WatchParams::default().timeout(2), version).await.unwrap();
    let replicas = events.try_filter_map(|event| {
        let (WatchEvent::Added(it) | WatchEvent::Modified(it)) = event else { panic!("{event:?}") };
        future::ready(Ok(it.spec.replicas))
    });
    Box::pin(replicas.try_collect()).await.unwrap()
}

#[tokio::test]
async fn what_is_no_longer_wanted_goes() {
    let cluster = Cluster::get().await;
    let (_operator, space) = (cluster.operator().await, cluster.space("prune").await);
    let mut registry = space.registry("packages");
    registry["spec"].as_object_mut().unwrap().remove("replicas");
    let fixed = registry.clone();
    registry["spec"]["autoscaling"] = json!({ "minReplicas": 3, "maxReplicas": 4 });
    let before = space.api::<Deployment>().list(&ListParams::default()).await.unwrap();
    let before = before.metadata.resource_version.unwrap();
    space.apply(&registry).await.unwrap();
    let autoscalers = space.api::<HorizontalPodAutoscaler>();
    until("the autoscaler", || async { autoscalers.get("packages").await.ok() }).await;
    until("the number of pods to be nobody's but the second manager's", || async {
        let made = deployment(&space).await;
        (managers_of_replicas(&made) == ["barre-operator/replicas"]).then_some(())
    })
    .await;
    assert_eq!(replicas_since(&space, &before).await, BTreeSet::from([3]), "it began with all of them");

    space.apply(&fixed).await.unwrap();
    until("the autoscaler to go", || async { autoscalers.get("packages").await.err() }).await;
    until("the number of pods to be the spec's", || async {
        (deployment(&space).await.spec.replicas == Some(2)).then_some(())
    })
    .await;
}

#[tokio::test]
async fn an_autoscaler_of_somebody_else_is_named_and_not_fought() {
    let cluster = Cluster::get().await;
    let (_operator, space) = (cluster.operator().await, cluster.space("rival").await);
    space.apply(&space.registry("packages")).await.unwrap();
    deployment(&space).await;
    let rival = json!({
        "apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": { "name": "theirs" },
        "spec": { "maxReplicas": 9, "scaleTargetRef": { "apiVersion": "apps/v1", "kind": "Deployment", "name": "packages" } },
    });
    apply(&space.api::<HorizontalPodAutoscaler>(), &rival).await.unwrap();
    let parameters =
        PatchParams { field_manager: Some("kube-controller-manager".into()), ..PatchParams::default() };
    let scale = Patch::Merge(json!({ "spec": { "replicas": 5 } }));
    space.api::<Deployment>().patch_scale("packages", &parameters, &scale).await.unwrap();
    let why = space.told("packages", "Stalled", "True", "ScaledByAnother").await;
    assert!(why.contains("'theirs'"), "{why}");
    assert_eq!(deployment(&space).await.spec.replicas, Some(5));

    space.api::<HorizontalPodAutoscaler>().delete("theirs", &DeleteParams::default()).await.unwrap();
    space.touch("packages").await;
    until("the number of pods to be the spec's", || async {
        (deployment(&space).await.spec.replicas == Some(1)).then_some(())
    })
    .await;
}
