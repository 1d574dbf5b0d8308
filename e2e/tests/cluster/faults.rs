//! Pods end in every way there is while clients pull and push through the Service.
//!
//! Where Kubernetes ends them, no client has to try more than once again, at once; where they are killed, five seconds
//! are enough. An acknowledged push is never lost.

use std::time::Duration;

use barre_e2e::cluster::{is_ready, with_space};
use barre_e2e::fault::{self, Signal};
use barre_e2e::load::Patience;
use barre_e2e::wait;
use k8s_openapi::api::core::v1::Pod;
use kube::api::{Api, DeleteParams};
use serde_json::json;

use crate::loaded::{LIMIT, PODS, PUSHES, conclude, settled, three_pods, under_load};
use crate::setup;

#[tokio::test]
async fn no_request_fails_while_kubernetes_ends_pods() -> anyhow::Result<()> {
    with_space("faults", |space| async move {
        let _alone = setup::HEAVY.lock().await;
        let mut registry = three_pods(&space, json!({})).await?;
        let load = under_load(&space, 2).await?;
        for pod in space.pods("packages").await? {
            load.phase("SIGTERM", Patience::Once);
            space.api::<Pod>().delete(&pod, &DeleteParams::default()).await?;
            settled(&space, PODS, &[pod]).await?;
            load.acknowledges(PUSHES).await?;
        }

        load.phase("rolling update", Patience::Once);
        let old = space.pods("packages").await?;
        // What changes the template of the pods.
        registry["spec"]["server"] = json!({ "logLevel": "Warn" });
        setup::apply(&space, registry.clone()).await?;
        settled(&space, PODS, &old).await?;

        load.phase("scaling in", Patience::Once);
        registry["spec"]["replicas"] = json!(1);
        setup::apply(&space, registry.clone()).await?;
        settled(&space, 1, &[]).await?;
        load.phase("scaling out", Patience::Once);
        registry["spec"]["replicas"] = json!(PODS);
        setup::apply(&space, registry).await?;
        settled(&space, PODS, &[]).await?;
        load.acknowledges(PUSHES).await?;
        conclude(&space, load).await
    })
    .await
}

#[tokio::test]
async fn no_acknowledged_push_is_lost_when_pods_are_killed() -> anyhow::Result<()> {
    with_space("kills", |space| async move {
        let _alone = setup::HEAVY.lock().await;
        three_pods(&space, json!({})).await?;
        // Many, so that a kill meets some of them half-way.
        let load = under_load(&space, 8).await?;
        for pod in space.pods("packages").await? {
            load.phase("SIGKILL", Patience::For(Duration::from_secs(5)));
            let pods: Api<Pod> = space.api();
            let before = pods.get(&pod).await?;
            fault::send(Signal::Kill, &before)?;
            let look = || async { Ok(pods.get(&pod).await?) };
            let again = |pod: &Pod| is_ready(pod) && restarts(pod) > restarts(&before);
            wait::until("the container to run again", LIMIT, look, again).await?;
            load.acknowledges(PUSHES).await?;
        }
        conclude(&space, load).await
    })
    .await
}

fn restarts(pod: &Pod) -> i32 {
    let statuses = pod.status.iter().flat_map(|status| status.container_statuses.iter().flatten());
    statuses.map(|status| status.restart_count).sum()
}
