//! Pods end in every way there is while clients pull and push through the Service.
//!
//! Where Kubernetes ends them, no client has to try more than once again, at once; where they are killed, five seconds
//! are enough. An acknowledged push is never lost.

use std::time::Duration;

use anyhow::{Context as _, ensure};
use barre_e2e::central::Central;
use barre_e2e::cluster::{Space, is_ready, with_space};
use barre_e2e::fault::{self, Signal};
use barre_e2e::forward::forward;
use barre_e2e::load::{Load, Patience};
use barre_e2e::wait;
use k8s_openapi::api::core::v1::Pod;
use kube::ResourceExt as _;
use kube::api::{Api, DeleteParams};
use serde_json::{Value, json};

use crate::setup;

const PODS: usize = 3;
const LIMIT: Duration = Duration::from_mins(3);
/// Pushes that must be acknowledged between two faults, so that what they do to the registry shows.
const PUSHES: usize = 20;

#[tokio::test]
async fn no_request_fails_while_kubernetes_ends_pods() -> anyhow::Result<()> {
    with_space("faults", |space| async move {
        let _alone = setup::HEAVY.lock().await;
        let mut registry = three_pods(&space).await?;
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
        three_pods(&space).await?;
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

async fn three_pods(space: &Space) -> anyhow::Result<Value> {
    setup::credentials(space).await?;
    let mut registry = setup::registry("packages", &space.name);
    registry["spec"]["replicas"] = json!(PODS);
    registry["spec"]["service"] = json!({ "type": "NodePort" });
    setup::apply(space, registry.clone()).await?;
    wait::condition(space, "packages", "Ready", "True", None).await?;
    settled(space, PODS, &[]).await?;
    Ok(registry)
}

/// About a hundred requests a second, and at most two and a half pushes of each pusher.
async fn under_load(space: &Space, pushers: usize) -> anyhow::Result<Load> {
    let url = space.node_port("packages").await?;
    let token = space.secret("packages-admin", "token").await?;
    let (reader, pusher) = (Central::new(&url, None)?, Central::new(&url, Some(&token))?);
    let mut load = Load::new(&pusher, "no fault", Patience::Once).await?;
    load.readers(5, Duration::from_millis(50), &reader);
    load.pushers(pushers, Duration::from_millis(400), &pusher);
    load.acknowledges(PUSHES).await?;
    Ok(load)
}

/// Waits until there are exactly so many pods, all ready, and none of `old`.
async fn settled(space: &Space, count: usize, old: &[String]) -> anyhow::Result<()> {
    let look = || async {
        let pods = space.all_pods("packages").await?;
        Ok(pods.into_iter().map(|pod| (pod.name_any(), is_ready(&pod))).collect::<Vec<_>>())
    };
    let done = |pods: &Vec<(String, bool)>| {
        pods.len() == count && pods.iter().all(|(name, ready)| *ready && !old.contains(name))
    };
    wait::until(&format!("{count} ready pods, none of {old:?}"), LIMIT, look, done).await?;
    Ok(())
}

fn restarts(pod: &Pod) -> i32 {
    let statuses = pod.status.iter().flat_map(|status| status.container_statuses.iter().flatten());
    statuses.map(|status| status.restart_count).sum()
}

/// Judges the load, and pulls every acknowledged push from every pod.
#[expect(clippy::print_stderr, reason = "the numbers are for people, also where nothing failed")]
async fn conclude(space: &Space, load: Load) -> anyhow::Result<()> {
    let outcome = load.stop().await;
    eprintln!("{outcome}");
    let mut lost = Vec::new();
    let pods = space.pods("packages").await?;
    for pod in &pods {
        let way = forward(space, pod, 8080).await?;
        let missing = outcome.lost(&way.url).await.with_context(|| pod.clone())?;
        lost.extend(missing.into_iter().map(|missing| format!("{pod}: {missing}")));
    }
    ensure!(pods.len() == PODS, "{pods:?} are not {PODS} pods");
    ensure!(lost.is_empty(), "{} acknowledged pushes are lost\n{outcome}\n{lost:#?}", lost.len());
    let failures = outcome.failures();
    ensure!(failures.is_empty(), "{} requests failed\n{outcome}\n{failures:#?}", failures.len());
    Ok(())
}
