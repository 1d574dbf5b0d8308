//! Three pods under load, and what became of it.

use std::time::Duration;

use anyhow::{Context as _, ensure};
use barre_e2e::central::Central;
use barre_e2e::cluster::{Space, is_ready};
use barre_e2e::forward::forward;
use barre_e2e::load::{Load, Patience};
use barre_e2e::wait;
use kube::ResourceExt as _;
use serde_json::{Value, json};

use crate::setup;

pub(crate) const PODS: usize = 3;
pub(crate) const LIMIT: Duration = Duration::from_mins(3);
/// Pushes that must be acknowledged between two events, so that what they do to the registry shows.
pub(crate) const PUSHES: usize = 20;

/// A Registry of three pods that serve.
pub(crate) async fn three_pods(space: &Space, spec: Value) -> anyhow::Result<Value> {
    setup::credentials(space).await?;
    let mut registry = setup::registry("packages", &space.name);
    for (field, value) in spec.as_object().into_iter().flatten() {
        registry["spec"][field] = value.clone();
    }
    registry["spec"]["replicas"] = json!(PODS);
    registry["spec"]["service"] = json!({ "type": "NodePort" });
    setup::apply(space, registry.clone()).await?;
    wait::condition(space, "packages", "Ready", "True", None).await?;
    settled(space, PODS, &[]).await?;
    Ok(registry)
}

/// About a hundred requests a second, and at most two and a half pushes of each pusher.
pub(crate) async fn under_load(space: &Space, pushers: usize) -> anyhow::Result<Load> {
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
pub(crate) async fn settled(space: &Space, count: usize, old: &[String]) -> anyhow::Result<()> {
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

/// Judges the load, and pulls every acknowledged push from every pod.
#[expect(clippy::print_stderr, reason = "the numbers are for people, also where nothing failed")]
pub(crate) async fn conclude(space: &Space, load: Load) -> anyhow::Result<()> {
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
