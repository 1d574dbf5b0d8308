//! The data of a filled Registry is lost in each way in which people lose it. The Registry says so, its pods end with a
//! reason or take nothing more, nothing is written over the hole, and all is well once the data is back or given up.

use std::time::Duration;

use anyhow::{Context as _, ensure};
use barre_contract::failure::LastWords;
use barre_contract::known::Cursor;
use barre_crds::{ACCEPT_LOSS, Registry, RegistryStatus};
use barre_e2e::bucket::{Bucket, Objects};
use barre_e2e::central::Central;
use barre_e2e::cluster::{Space, with_space};
use barre_e2e::forward::forward;
use barre_e2e::gateway::Gateway;
use barre_e2e::wait;
use barre_testkit::bala::Bala;
use k8s_openapi::api::core::v1::Pod;
use kube::ResourceExt as _;
use kube::api::{DeleteParams, Patch, PatchParams};
use serde_json::json;
use tokio::time::{Instant, sleep};

use crate::setup;

const LIMIT: Duration = Duration::from_mins(2);

#[tokio::test]
async fn lost_data_is_told_and_never_written_over() -> anyhow::Result<()> {
    with_space("loss", |space| async move {
        setup::credentials(&space).await?;
        let bucket = Bucket::open(&space.client, &space.name).await?;
        setup::apply(&space, setup::registry("packages", &space.name)).await?;
        wait::condition(&space, "packages", "Ready", "True", None).await?;
        for version in ["1.0.0", "1.0.1", "1.0.2"] {
            push_to_any(&space, version).await?;
        }
        let whole = bucket.read("").await?;
        let known = known(&space, 4).await?;

        let others = {
            setup::apply(&space, other_registry(&space)).await?;
            wait::condition(&space, "other", "Ready", "True", None).await?;
            Bucket::open(&space.client, &format!("{}-other", space.name)).await?.read("").await?
        };
        let without_end: Objects =
            whole.iter().filter(|(path, _)| !path.as_ref().ends_with("4.jsonl")).cloned().collect();
        let without_log: Objects =
            whole.iter().filter(|(path, _)| !path.as_ref().starts_with("log/")).cloned().collect();
        for (reason, left) in [
            ("DataMissing", &Objects::new()),
            ("LogLost", &without_log),
            ("LogRewound", &without_end),
            ("RegistryExchanged", &unmarked(others)),
        ] {
            bucket.restore(left).await?;
            let before = bucket.read("log/").await?;
            is_told(&space, reason).await.context(reason)?;
            ensure!(bucket.read("log/").await? == before, "{reason}: something was written over the hole");
            bucket.restore(&whole).await?;
            start_again(&space).await?;
            wait::condition(&space, "packages", "Ready", "True", None).await.context(reason)?;
            pull(&space, "1.0.2").await.context(reason)?;
        }

        // Without its end, and nobody has a newer backup.
        bucket.restore(&without_end).await?;
        is_told(&space, "LogRewound").await?;
        let Some(cursor) = status(&space).await?.log_cursor else {
            anyhow::bail!("the cursor was forgotten")
        };
        annotate(&space, ACCEPT_LOSS, &cursor).await?;
        start_again(&space).await?;
        wait::condition(&space, "packages", "Ready", "True", None).await?;
        pull(&space, "1.0.1").await?;
        push_to_any(&space, "1.0.3").await?;

        // Nothing is left, and it begins anew.
        bucket.restore(&Objects::new()).await?;
        is_told(&space, "DataMissing").await?;
        // Pushes that were refused have left their files.
        bucket.restore(&Objects::new()).await?;
        annotate(&space, ACCEPT_LOSS, &known).await?;
        start_again(&space).await?;
        wait::condition(&space, "packages", "Ready", "True", None).await?;
        push_to_any(&space, "1.0.0").await?;
        let anew = status(&space).await?.registry_id;
        ensure!(anew.is_some_and(|anew| anew != known), "the id is that of the registry that was lost");
        Ok(())
    })
    .await
}

/// The same data behind something that knows no conditions: two pods could write the same segment.
#[tokio::test]
async fn a_store_without_conditions_is_told_and_not_written() -> anyhow::Result<()> {
    with_space("unconditional", |space| async move {
        setup::credentials(&space).await?;
        let gateway = Gateway::open(&space.client, &space.name).await?;
        let mut registry = setup::registry("packages", &space.name);
        registry["spec"]["storage"]["s3"]["endpoint"] = json!(gateway.url);
        setup::apply(&space, registry).await?;
        wait::condition(&space, "packages", "Ready", "True", None).await?;
        push_to_any(&space, "1.0.0").await?;
        let bucket = Bucket::open(&space.client, &space.name).await?;
        let before = bucket.read("log/").await?;

        gateway.forget_conditions();
        start_again(&space).await?;
        let stalled = wait::condition(&space, "packages", "Stalled", "True", Some("StoreUnsuitable")).await?;
        ensure!(stalled.message.contains("If-None-Match"), "no way out: {}", stalled.message);
        wait::condition(&space, "packages", "Ready", "False", Some("StoreUnsuitable")).await?;
        let look = || async { space.all_pods("packages").await };
        let have_said = |pods: &Vec<Pod>| {
            pods.len() > 1
                && pods.iter().all(|pod| words(pod).is_some_and(|said| said.reason == "StoreUnsuitable"))
        };
        wait::until("all pods to say why they ended", LIMIT, look, have_said).await?;
        ensure!(bucket.read("log/").await? == before, "something was written");
        Ok(())
    })
    .await
}

fn other_registry(space: &Space) -> serde_json::Value {
    let mut other = setup::registry("other", &format!("{}-other", space.name));
    other["spec"]["replicas"] = json!(1);
    other
}

/// The objects of another registry, as a copy of its bucket by somebody who leaves out what the operator wrote.
fn unmarked(objects: Objects) -> Objects {
    objects.into_iter().filter(|(path, _)| path.as_ref() != "provisioned.json").collect()
}

async fn status(space: &Space) -> anyhow::Result<RegistryStatus> {
    Ok(space.api::<Registry>().get("packages").await?.status.unwrap_or_default())
}

/// Waits until the operator knows the registry up to segment `seq`; returns the registry's id. It looks every five minutes,
/// and at most once a minute when something happens to the object.
async fn known(space: &Space, seq: u64) -> anyhow::Result<String> {
    let look = || async {
        sleep(Duration::from_secs(2)).await;
        annotate(space, "example.com/looked", &format!("{:?}", Instant::now())).await?;
        status(space).await
    };
    let is_known = |status: &RegistryStatus| {
        let cursor = status.log_cursor.as_ref().and_then(|text| text.parse::<Cursor>().ok());
        status.registry_id.is_some() && cursor.is_some_and(|cursor| cursor.seq >= seq)
    };
    let status = wait::until("the registry to be known", LIMIT, look, is_known).await?;
    status.registry_id.context("the id vanished")
}

/// Starts one pod again, which finds the store as it is now, and waits until all the others have noticed it, too.
async fn is_told(space: &Space, reason: &str) -> anyhow::Result<()> {
    let pods = space.pods("packages").await?;
    space.api::<Pod>().delete(&pods[0], &DeleteParams::default()).await?;
    if let Some(other) = pods.get(1) {
        let taken = push_to(space, other, "9.9.9").await;
        ensure!(!matches!(taken, Ok(true)), "a push was taken over the hole by {other}");
    }
    let stalled = wait::condition(space, "packages", "Stalled", "True", Some(reason)).await?;
    ensure!(stalled.message.contains(ACCEPT_LOSS), "no way out: {}", stalled.message);
    wait::condition(space, "packages", "StorageReady", "False", Some(reason)).await?;
    wait::condition(space, "packages", "Ready", "False", Some(reason)).await?;
    let look = || async { space.all_pods("packages").await };
    let have_ended = |pods: &Vec<Pod>| !pods.is_empty() && pods.iter().all(|pod| words(pod).is_some());
    let pods = wait::until("all pods to end with a reason", LIMIT, look, have_ended).await?;
    let reasons: Vec<String> = pods.iter().filter_map(words).map(|words| words.reason).collect();
    ensure!(reasons.iter().any(|said| said == reason), "pods say {reasons:?}");
    Ok(())
}

/// What a pod said when it ended.
fn words(pod: &Pod) -> Option<LastWords> {
    let container = pod.status.as_ref()?.container_statuses.as_ref()?.first()?;
    let now = container.state.as_ref().and_then(|state| state.terminated.as_ref());
    let last = container.last_state.as_ref().and_then(|state| state.terminated.as_ref());
    serde_json::from_str(now.or(last)?.message.as_deref()?).ok()
}

/// Deletes all pods: the kubelet waits longer and longer before it starts one again that ended.
async fn start_again(space: &Space) -> anyhow::Result<()> {
    for pod in space.all_pods("packages").await? {
        space.api::<Pod>().delete(&pod.name_any(), &DeleteParams::default().grace_period(0)).await?;
    }
    Ok(())
}

async fn annotate(space: &Space, name: &str, value: &str) -> anyhow::Result<()> {
    let annotation = json!({ "metadata": { "annotations": { name: value } } });
    space.api::<Registry>().patch("packages", &PatchParams::default(), &Patch::Merge(annotation)).await?;
    Ok(())
}

async fn push_to_any(space: &Space, version: &str) -> anyhow::Result<()> {
    let pods = space.pods("packages").await?;
    ensure!(push_to(space, &pods[0], version).await?, "the push of {version} was refused");
    Ok(())
}

/// Whether a pod takes a push.
async fn push_to(space: &Space, pod: &str, version: &str) -> anyhow::Result<bool> {
    let token = space.secret("packages-admin", "token").await?;
    let way = forward(space, pod, 8080).await?;
    let bala = Bala::new("acme", "kept", version);
    Ok(Central::new(&way.url, Some(&token))?.push(&bala.file_name(), bala.build()).await?.is_ok())
}

async fn pull(space: &Space, version: &str) -> anyhow::Result<()> {
    for pod in space.pods("packages").await? {
        let way = forward(space, &pod, 8080).await?;
        let pulled = Central::new(&way.url, None)?.pull("acme", "kept", version).await?;
        ensure!(pulled.is_ok(), "{version} is lost on {pod}");
    }
    Ok(())
}
