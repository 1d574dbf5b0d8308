//! The main job: apply, push, pull from every pod; the packages outlive the Registry.

use std::time::Duration;

use barre_crds::Registry;
use barre_e2e::central::Central;
use barre_e2e::cluster::{Space, with_space};
use barre_e2e::forward::forward;
use barre_e2e::wait;
use barre_testkit::bala::Bala;
use barre_testkit::catalogue;
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::{Pod, Secret, Service};
use kube::api::{DeleteParams, ListParams};

use crate::setup;

/// Real packages, with their real graphs.
const PACKAGES: usize = 25;
/// Not the neighbours, which are versions of one package.
const EVERY: usize = 27;

#[tokio::test]
async fn what_is_pushed_is_pulled_from_every_pod_and_outlives_the_registry() -> anyhow::Result<()> {
    with_space("push", |space| async move {
        let bucket = space.name.clone();
        setup::credentials(&space).await?;
        setup::apply(&space, setup::registry("packages", &bucket)).await?;
        wait::condition(&space, "packages", "Ready", "True", None).await?;

        // Those that the client's distribution can use: others are in none of its lists.
        let usable =
            catalogue::packages().iter().filter(|package| !package.distribution.starts_with("2201.13"));
        let balas: Vec<Bala> = usable.step_by(EVERY).take(PACKAGES).map(Bala::from).collect();
        let pods = space.pods("packages").await?;
        assert_eq!(pods.len(), 2);
        let token = space.secret("packages-admin", "token").await?;
        let first = forward(&space, &pods[0], 8080).await?;
        let central = Central::new(&first.url, Some(&token))?;
        for bala in &balas {
            central.push(&bala.file_name(), bala.build()).await?.unwrap();
        }
        for pod in &pods {
            pull_all(&space, pod, &balas).await?;
        }

        delete(&space, "packages").await?;
        setup::apply(&space, setup::registry("packages", &bucket)).await?;
        wait::condition(&space, "packages", "Ready", "True", None).await?;
        for pod in space.pods("packages").await? {
            pull_all(&space, &pod, &balas).await?;
        }
        second_registry_is_refused(&space, &bucket).await
    })
    .await
}

/// Pulls every package without a token, and compares each byte.
async fn pull_all(space: &Space, pod: &str, balas: &[Bala]) -> anyhow::Result<()> {
    let way = forward(space, pod, 8080).await?;
    let central = Central::new(&way.url, None)?;
    for bala in balas {
        let coordinates = bala.coordinates();
        let (org, rest) = coordinates.split_once('/').unwrap();
        let (name, version) = rest.split_once(':').unwrap();
        assert!(central.versions(org, name).await?.unwrap().contains(&version.to_owned()), "{coordinates}");
        let pulled = central.pull(org, name, version).await?.unwrap();
        assert_eq!(pulled.file_name, bala.file_name());
        assert!(pulled.bytes == bala.build(), "{coordinates} changed on its way through {pod}");
    }
    Ok(())
}

/// Deletes a Registry and waits until its children are gone.
async fn delete(space: &Space, name: &str) -> anyhow::Result<()> {
    space.api::<Registry>().delete(name, &DeleteParams::default()).await?;
    let all = ListParams::default().labels(&format!("app.kubernetes.io/instance={name}"));
    let look = || async {
        let deployments = space.api::<Deployment>().list(&all).await?.items.len();
        let services = space.api::<Service>().list(&all).await?.items.len();
        let secrets = space.api::<Secret>().list(&all).await?.items.len();
        let pods = space.api::<Pod>().list(&all).await?.items.len();
        Ok((deployments, services, secrets, pods))
    };
    let gone = |left: &(usize, usize, usize, usize)| *left == (0, 0, 0, 0);
    wait::until("the children to go", Duration::from_mins(2), look, gone).await?;
    Ok(())
}

async fn second_registry_is_refused(space: &Space, bucket: &str) -> anyhow::Result<()> {
    setup::apply(space, setup::registry("second", bucket)).await?;
    let stalled = wait::condition(space, "second", "Stalled", "True", Some("BucketOwnedByAnother")).await?;
    assert!(stalled.message.contains(bucket), "{}", stalled.message);
    // The first one is not disturbed.
    wait::condition(space, "packages", "Ready", "True", None).await?;
    Ok(())
}
