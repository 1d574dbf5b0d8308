//! Many Registries, and many changes.

use std::{collections::BTreeSet, time::Duration};

use barre_crds::Registry;
use k8s_openapi::api::apps::v1::Deployment;
use kube::{
    ResourceExt,
    api::{DeleteParams, ListParams, Patch, PatchParams},
};
use serde_json::json;

use crate::{cluster::Cluster, wait::until};

fn is_observed(registry: &Registry) -> bool {
    let observed = registry.status.as_ref().and_then(|status| status.observed_generation);
    observed == registry.metadata.generation
}

#[tokio::test]
async fn a_burst_of_edits_is_followed_while_it_lasts() {
    let cluster = Cluster::get().await;
    let (_operator, space) = (cluster.operator().await, cluster.space("burst").await);
    space.apply(&space.registry("packages")).await.unwrap();
    space.registry_until("packages", "the first look", is_observed).await;
    let api = space.api::<Registry>();
    let mut seen = BTreeSet::new();
    for edit in 0..150 {
        let hosts = json!({ "spec": { "server": { "additionalHosts": [format!("host-{edit}")] } } });
        api.patch("packages", &PatchParams::default(), &Patch::Merge(hosts)).await.unwrap();
        tokio::time::sleep(Duration::from_millis(50)).await;
        let registry = api.get("packages").await.unwrap();
        seen.extend(registry.status.and_then(|status| status.observed_generation));
    }
    assert!(seen.len() > 10, "while it lasted only these were observed: {seen:?}");
    space.registry_until("packages", "the last edit", is_observed).await;
    let deployment = space.api::<Deployment>().get("packages").await.unwrap();
    let arguments = serde_json::to_string(&deployment.spec.template).unwrap();
    assert!(arguments.contains("host-149"), "the last edit counts");
}

#[tokio::test]
async fn an_operator_that_starts_again_writes_nothing() {
    const MANY: usize = 50;
    let cluster = Cluster::get().await;
    let space = cluster.space("crowd").await;
    let operator = cluster.operator().await;
    for number in 0..MANY {
        let mut registry = space.registry(&format!("r{number}"));
        registry["spec"]["replicas"] = json!(2);
        registry["spec"]["storage"]["s3"]["bucket"] = json!(space.name);
        registry["spec"]["storage"]["prefix"] = json!(format!("r{number}"));
        space.apply(&registry).await.unwrap();
    }
    let all = ListParams::default();
    until("all to be observed and to have their pods asked for", || async {
        let registries = space.api::<Registry>().list(&all).await.ok()?;
        let deployments = space.api::<Deployment>().list(&all).await.ok()?;
        let scaled = deployments.iter().filter(|deployment| deployment.spec.replicas == Some(2)).count();
        (registries.iter().all(is_observed) && scaled == MANY).then_some(())
    })
    .await;
    cluster.quiet().await;
    drop(operator);

    let before = cluster.audited();
    let operator = cluster.operator().await;
    until("all to be looked at", || async { (operator.passes().await >= MANY as u64).then_some(()) }).await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    let ours = |write: &String| write.contains(&space.name);
    let writes: Vec<_> = cluster.writes_since(before).into_iter().filter(ours).collect();
    assert!(writes.is_empty(), "{writes:#?}");
    for registry in space.api::<Registry>().list(&all).await.unwrap() {
        space.api::<Registry>().delete(&registry.name_any(), &DeleteParams::default()).await.unwrap();
    }
}
