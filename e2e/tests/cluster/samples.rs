//! Every sample in manifests/samples installs and becomes ready.

use std::path::Path;

use anyhow::Context as _;
use barre_crds::{PackageMirror, Registry};
use barre_e2e::cluster::with_space;
use barre_e2e::wait;
use k8s_openapi::api::core::v1::Secret;
use serde_json::Value;

use crate::setup;

#[tokio::test]
async fn every_sample_becomes_ready() -> anyhow::Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../manifests/samples");
    let mut applied = 0;
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_none_or(|extension| extension != "yaml") {
            continue;
        }
        let text = std::fs::read_to_string(&path)?;
        with_space("sample", |space| async move {
            // One sample brings the Secret that they all use.
            setup::credentials(&space).await?;
            let documents: Vec<Value> = serde_saphyr::from_multiple(&text)?;
            for mut object in documents {
                match object["kind"].as_str() {
                    Some("Secret") => {
                        space.apply::<Secret>(object).await?;
                    }
                    Some("Registry") => {
                        // The port and the bucket of `./just up` stay its own.
                        if let Some(Value::Object(service)) = object.pointer_mut("/spec/service") {
                            service.remove("nodePort");
                        }
                        object["spec"]["storage"]["prefix"] = Value::from(space.name.clone());
                        let name =
                            object["metadata"]["name"].as_str().context("a Registry has a name")?.to_owned();
                        let scales = object.pointer("/spec/autoscaling").is_some();
                        space.apply::<Registry>(object).await?;
                        wait::condition(&space, &name, "Ready", "True", None).await?;
                        if scales {
                            wait::condition(&space, &name, "AutoscalingReady", "True", None).await?;
                        }
                    }
                    Some("PackageMirror") => {
                        // Its upstream is not in this namespace: it is accepted, and waits for it.
                        space.apply::<PackageMirror>(object).await?;
                    }
                    kind => anyhow::bail!("a sample with an object of kind {kind:?}"),
                }
            }
            Ok(())
        })
        .await
        .with_context(|| path.display().to_string())?;
        applied += 1;
    }
    assert!(applied >= 3, "the samples are not where they were");
    Ok(())
}
