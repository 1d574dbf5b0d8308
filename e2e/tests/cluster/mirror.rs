//! A PackageMirror between two Registries: what is pushed to one appears in the other, with what it needs.

use std::time::Duration;

use barre_crds::PackageMirror;
use barre_e2e::central::Central;
use barre_e2e::cluster::{Space, with_space};
use barre_e2e::forward::forward;
use barre_e2e::wait;
use barre_testkit::bala::Bala;
use k8s_openapi::api::batch::v1::Job;
use kube::ResourceExt;
use kube::api::{ListParams, Patch, PatchParams};
use serde_json::{Value, json};

use crate::setup;

const LIMIT: Duration = Duration::from_mins(3);

/// The second needs the first, which no rule selects.
fn balas() -> [Bala; 2] {
    let base = Bala::new("acme", "base", "1.0.0");
    let app = Bala::new("acme", "app", "1.2.0").dependency("acme/base:1.0.0");
    [base, app]
}

fn mirror(space: &Space) -> Value {
    json!({
        "apiVersion": "barre.dev/v1alpha1",
        "kind": "PackageMirror",
        "metadata": { "name": "edge" },
        "spec": {
            "registryRef": { "name": "edge" },
            "upstream": {
                "url": format!("http://packages.{}.svc", space.name),
                "protocol": "Barre",
                "privateAddresses": "Allowed",
            },
            "selection": { "include": [{ "organization": "acme", "name": "app" }] },
        },
    })
}

#[tokio::test]
async fn what_is_pushed_to_one_registry_appears_in_the_other() -> anyhow::Result<()> {
    with_space("mirror", |space| async move {
        setup::credentials(&space).await?;
        for name in ["packages", "edge"] {
            let mut registry = setup::registry(name, &format!("{}-{name}", space.name));
            registry["spec"]["replicas"] = json!(1);
            setup::apply(&space, registry).await?;
        }
        for name in ["packages", "edge"] {
            wait::condition(&space, name, "Ready", "True", None).await?;
        }
        let token = space.secret("packages-admin", "token").await?;
        let upstream = forward(&space, &space.pods("packages").await?[0], 8080).await?;
        let upstream = Central::new(&upstream.url, Some(&token))?;
        for bala in balas() {
            upstream.push(&bala.file_name(), bala.build()).await?.unwrap();
        }

        space.apply::<PackageMirror>(mirror(&space)).await?;
        let first = synced(&space, |_| true).await?;
        let edge = forward(&space, &space.pods("edge").await?[0], 8080).await?;
        let edge = Central::new(&edge.url, None)?;
        for bala in balas() {
            let coordinates = bala.coordinates();
            let (package, version) = coordinates.split_once(':').unwrap();
            let (org, name) = package.split_once('/').unwrap();
            let pulled = edge.pull(org, name, version).await?.unwrap();
            assert!(pulled.bytes == bala.build(), "{coordinates} changed on its way");
        }

        let next = Bala::new("acme", "app", "1.3.0");
        upstream.push(&next.file_name(), next.build()).await?.unwrap();
        upstream.deprecate("acme", "app", "1.2.0", "use 1.3.0").await?.unwrap();
        ask_for_a_run(&space).await?;
        let second = synced(&space, |run| *run != first).await?;
        assert_ne!(first, second);
        edge.pull("acme", "app", "1.3.0").await?.unwrap();
        let package = edge.package("acme", "app", "1.2.0").await?.unwrap();
        assert_eq!(package["isDeprecated"], json!(true), "{package}");

        let runs = space.api::<Job>().list(&ListParams::default()).await?;
        let mut names: Vec<String> = runs.items.iter().map(ResourceExt::name_any).collect();
        names.sort();
        let mut expected = vec![first, second];
        expected.sort();
        assert_eq!(names, expected, "one Job for each run");
        Ok(())
    })
    .await
}

/// Waits until all that is selected is there, by a run that `done` accepts; returns its name.
async fn synced(space: &Space, done: impl Fn(&String) -> bool) -> anyhow::Result<String> {
    let look = || async {
        let mirror = space.api::<PackageMirror>().get("edge").await?;
        let current = mirror.metadata.generation;
        let status = mirror.status.filter(|status| status.observed_generation == current).unwrap_or_default();
        let ready = status.conditions.iter().any(|it| it.type_ == "Ready" && it.status == "True");
        let run = status.last_run.as_ref().map(|run| run.id.clone());
        Ok((ready, run, status))
    };
    let is_done = |(ready, run, _): &(bool, Option<String>, _)| *ready && run.as_ref().is_some_and(&done);
    let (_, run, _) = wait::until("the packages to be mirrored", LIMIT, look, is_done).await?;
    Ok(run.unwrap_or_default())
}

async fn ask_for_a_run(space: &Space) -> anyhow::Result<()> {
    let annotations = json!({ "metadata": { "annotations": { "barre.dev/sync-requested-at": "now" } } });
    space.api::<PackageMirror>().patch("edge", &PatchParams::default(), &Patch::Merge(annotations)).await?;
    Ok(())
}
