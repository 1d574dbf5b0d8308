//! From the release before to this one, back, and again, under load, on a real cluster: no request and no push is lost, and
//! the format of the log goes up only after the last pod of the release before is gone.

use std::time::Duration;

use anyhow::{Context as _, ensure};
use barre_e2e::cluster::{Space, with_space};
use barre_e2e::environment;
use barre_e2e::forward::forward;
use barre_e2e::load::Patience;
use barre_e2e::wait;
use k8s_openapi::api::core::v1::Pod;
use serde_json::{Value, json};

#[path = "../cluster/loaded.rs"]
mod loaded;
#[path = "../cluster/setup.rs"]
mod setup;

use loaded::{LIMIT, PODS, PUSHES, conclude, settled, three_pods, under_load};

/// The kubelet brings a change of a ConfigMap to its pods within two minutes, and the word has to stand for three.
const TOLD: Duration = Duration::from_mins(7);

#[tokio::test]
async fn forth_back_and_forth_again_loses_nothing() -> anyhow::Result<()> {
    let (before, ours) = environment::images()?;
    with_space("upgrade", |space| async move {
        let _alone = setup::HEAVY.lock().await;
        let mut registry = three_pods(&space, json!({ "image": image(&before)? })).await?;
        let load = under_load(&space, 2).await?;

        load.phase("forth", Patience::Once);
        roll(&space, &mut registry, &ours).await?;
        // One pod of each release serves, and more are coming.
        running(&space, &ours, 1).await?;
        load.acknowledges(PUSHES).await?;

        load.phase("back", Patience::Once);
        let theirs = roll(&space, &mut registry, &before).await?;
        running(&space, &before, PODS).await?;
        settled(&space, PODS, &[]).await?;
        load.acknowledges(PUSHES).await?;
        ensure!(theirs.contains(&ours), "no pod of this release ever ran: {theirs:?}");

        load.phase("forth again", Patience::Once);
        let old = space.pods("packages").await?;
        roll(&space, &mut registry, &ours).await?;
        settled(&space, PODS, &old).await?;
        load.acknowledges(PUSHES).await?;

        load.phase("raising", Patience::Once);
        in_format(&space, 1, Duration::ZERO).await.context("the format was raised too early")?;
        in_format(&space, 2, TOLD).await?;
        load.acknowledges(PUSHES).await?;

        load.phase("too late to go back", Patience::Once);
        roll(&space, &mut registry, &before).await?;
        wait::condition(&space, "packages", "WorkloadAvailable", "True", None).await?;
        let why = wait::condition(&space, "packages", "Reconciling", "True", Some("FormatTooNew"));
        let look = || async { last_words(&space).await };
        let refused =
            |words: &Option<String>| words.as_ref().is_some_and(|words| words.contains("FormatTooNew"));
        wait::until("a pod of the release before to say why not", LIMIT, look, refused).await?;
        why.await?;
        load.acknowledges(PUSHES).await?;
        roll(&space, &mut registry, &ours).await?;
        settled(&space, PODS, &[]).await?;
        conclude(&space, load).await
    })
    .await
}

/// An image as a spec names it.
fn image(reference: &str) -> anyhow::Result<Value> {
    let (repository, tag) = reference.rsplit_once(':').context("the image has no tag")?;
    Ok(json!({ "repository": repository, "tag": tag }))
}

/// Begins a rollout; the images that ran until then.
async fn roll(space: &Space, registry: &mut Value, reference: &str) -> anyhow::Result<Vec<String>> {
    let running = images(space).await?;
    registry["spec"]["image"] = image(reference)?;
    setup::apply(space, registry.clone()).await?;
    Ok(running)
}

/// Waits until so many ready pods run this image.
async fn running(space: &Space, reference: &str, count: usize) -> anyhow::Result<()> {
    let look = || async { images(space).await };
    let done = |images: &Vec<String>| images.iter().filter(|image| *image == reference).count() >= count;
    wait::until(&format!("{count} pods of {reference}"), LIMIT, look, done).await?;
    Ok(())
}

/// The images of the pods that are ready.
async fn images(space: &Space) -> anyhow::Result<Vec<String>> {
    let pods = space.all_pods("packages").await?;
    let ready = pods.iter().filter(|pod| barre_e2e::cluster::is_ready(pod));
    Ok(ready.filter_map(|pod| pod.spec.as_ref()?.containers.first()?.image.clone()).collect())
}

/// Waits until every pod has read that the log is in this format. No pod is restarted for it.
async fn in_format(space: &Space, format: u32, limit: Duration) -> anyhow::Result<()> {
    for pod in space.pods("packages").await? {
        let way = forward(space, &pod, 8081).await?;
        let look = || async {
            let text = reqwest::get(format!("{}/metrics", way.url)).await?.text().await?;
            let line =
                text.lines().find(|line| line.starts_with("barre_log_format ")).context("no such metric")?;
            Ok(line.to_owned())
        };
        let wanted = format!("barre_log_format {format}");
        wait::until(&format!("{wanted} on {pod}"), limit, look, |line| *line == wanted).await?;
    }
    Ok(())
}

/// What a pod said when it ended.
async fn last_words(space: &Space) -> anyhow::Result<Option<String>> {
    let pods: Vec<Pod> = space.all_pods("packages").await?;
    let ended =
        pods.iter().flat_map(|pod| pod.status.iter().flat_map(|s| s.container_statuses.iter().flatten()));
    let mut words = ended.filter_map(|status| {
        let now = status.state.as_ref().and_then(|state| state.terminated.as_ref());
        let ended = now.or_else(|| status.last_state.as_ref().and_then(|state| state.terminated.as_ref()));
        ended?.message.clone()
    });
    Ok(words.next_back())
}
