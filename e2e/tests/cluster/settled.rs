//! The operator tells the pods of a Registry when a rollout has settled, and takes its word back while one is under way.

use anyhow::Context as _;
use barre_contract::settled::{FILE, Settled};
use barre_e2e::cluster::{Space, with_space};
use barre_e2e::wait;
use k8s_openapi::api::core::v1::ConfigMap;
use kube::ResourceExt as _;
use serde_json::json;

use crate::loaded::LIMIT;
use crate::setup;

#[tokio::test]
async fn the_word_names_the_template_that_every_pod_has() -> anyhow::Result<()> {
    with_space("settled", |space| async move {
        setup::credentials(&space).await?;
        let mut registry = setup::registry("packages", &space.name);
        setup::apply(&space, registry.clone()).await?;
        let first = word(&space, |word| word.template.is_some()).await?;
        // An image that cannot be pulled: the rollout begins, and does not end.
        registry["spec"]["image"] =
            json!({ "repository": "localhost/none", "tag": "none", "pullPolicy": "Never" });
        setup::apply(&space, registry.clone()).await?;
        word(&space, |word| word.template.is_none()).await?;
        registry["spec"].as_object_mut().context("no spec")?.remove("image");
        setup::apply(&space, registry).await?;
        word(&space, |word| *word == first).await?;
        Ok(())
    })
    .await
}

/// Waits until the operator says this, and that every pod has the template that it names, if it names one.
async fn word(space: &Space, done: impl Fn(&Settled) -> bool) -> anyhow::Result<Settled> {
    let look = || async {
        let map = space.api::<ConfigMap>().get("packages-settled").await?;
        let text = map.data.unwrap_or_default().remove(FILE).context("the key is missing")?;
        let templates = space
            .all_pods("packages")
            .await?
            .into_iter()
            .map(|pod| pod.labels().get("pod-template-hash").cloned().unwrap_or_default());
        Ok((serde_json::from_str::<Settled>(&text)?, templates.collect::<Vec<_>>()))
    };
    let (word, templates) = wait::until("the operator's word", LIMIT, look, |(word, _)| done(word)).await?;
    if let Some(template) = &word.template {
        let others: Vec<_> = templates.iter().filter(|other| *other != template).collect();
        anyhow::ensure!(others.is_empty(), "{template} is not the template of all pods: {templates:?}");
    }
    Ok(word)
}
