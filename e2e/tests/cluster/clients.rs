//! The libraries by which `bal` talks to registries drive a Registry of the cluster, through its Service.

use std::path::Path;
use std::process::Command;

use anyhow::ensure;
use barre_e2e::cluster::with_space;
use barre_e2e::wait;
use serde_json::json;

use crate::setup;

#[tokio::test]
async fn the_java_libraries_of_bal_are_served_by_any_pod() -> anyhow::Result<()> {
    with_space("clients", |space| async move {
        setup::credentials(&space).await?;
        let mut registry = setup::registry("packages", &space.name);
        registry["spec"]["service"] = json!({ "type": "NodePort" });
        setup::apply(&space, registry).await?;
        wait::condition(&space, "packages", "Ready", "True", None).await?;
        let url = space.node_port("packages").await?;
        let token = std::env::temp_dir().join(format!("{}-token", space.name));
        std::fs::write(&token, space.secret("packages-admin", "token").await?)?;
        let mut clients = Command::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("clients"));
        clients.args(["--endpoint", &url, "--token-file"]).arg(&token);
        let run = tokio::task::spawn_blocking(move || clients.output()).await??;
        std::fs::remove_file(&token)?;
        ensure!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
        Ok(())
    })
    .await
}
