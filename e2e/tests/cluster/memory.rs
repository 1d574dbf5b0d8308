//! The worst that clients can make a pod hold, under the memory limit that a pod has by default.

use std::time::Duration;

use anyhow::{Context as _, ensure};
use barre_e2e::central::Central;
use barre_e2e::cluster::{Space, with_space};
use barre_e2e::{fault, wait};
use barre_testkit::bala::Bala;
use futures::future::{join_all, try_join_all};
use k8s_openapi::api::core::v1::Pod;
use serde_json::json;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::time::sleep;

use crate::setup;

/// The most that a pod may take, in bytes; its limit is twice that.
const MOST: u64 = 256 << 20;
const PUSHES: usize = 16;
const DEAF: usize = 200;

#[tokio::test]
async fn the_worst_inputs_leave_a_pod_half_of_its_memory() -> anyhow::Result<()> {
    with_space("memory", |space| async move {
        let _alone = setup::HEAVY.lock().await;
        setup::credentials(&space).await?;
        let mut registry = setup::registry("packages", &space.name);
        registry["spec"]["replicas"] = json!(1);
        registry["spec"]["service"] = json!({ "type": "NodePort" });
        registry["spec"]["resources"] =
            json!({ "requests": { "cpu": "50m", "memory": "64Mi" }, "limits": { "memory": "512Mi" } });
        setup::apply(&space, registry).await?;
        wait::condition(&space, "packages", "Ready", "True", None).await?;
        let url = space.node_port("packages").await?;
        let token = space.secret("packages-admin", "token").await?;
        let central = Central::new(&url, Some(&token))?;

        // Small in the archive, and large for whoever builds what it says.
        let many =
            |name: String| Bala::new("acme", &name, "1.0.0").manifest("x", vec![json!({ "": 0 }); 50_000]);
        let balas = (0..PUSHES).map(|n| many(format!("many{n}"))).collect::<Vec<_>>();
        let answers =
            join_all(balas.iter().map(async |bala| central.push(&bala.file_name(), bala.build()).await))
                .await;
        for answer in answers {
            // Whether it is taken or refused is the registry's matter, but it answers.
            let _ = answer?;
        }
        is_well(&space, "pushes of large manifests").await?;

        // Each character is sent as two, in two places of the answer.
        let long = Bala::new("acme", "long", "1.0.0").readme(&"\"\n".repeat((1 << 19) - 1));
        let pushed = central.push(&long.file_name(), long.build()).await?;
        ensure!(pushed.is_ok(), "{pushed:?}");
        let address = url.strip_prefix("http://").context("the address is no http URL")?;
        let deaf = try_join_all((0..DEAF).map(|_| ask_and_read_nothing(address))).await?;
        sleep(Duration::from_secs(5)).await;
        is_well(&space, "clients that read nothing").await?;
        drop(deaf);
        let found = central.versions("acme", "long").await?;
        ensure!(found.is_ok_and(|found| found == ["1.0.0"]), "it does not answer any more");
        Ok(())
    })
    .await
}

async fn ask_and_read_nothing(address: &str) -> anyhow::Result<TcpStream> {
    let mut stream = TcpStream::connect(address).await?;
    let head = format!(
        "GET /2.0/registry/packages/acme/long/1.0.0 HTTP/1.1\r\nHost: {address}\r\nAccept: application/json\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await?;
    Ok(stream)
}

/// Whether the pod has never ended, and what it took at most.
async fn is_well(space: &Space, what: &str) -> anyhow::Result<()> {
    let pods: Vec<Pod> = space.all_pods("packages").await?;
    let pod = pods.first().context("there is no pod")?;
    let restarts = pod.status.as_ref().and_then(|status| status.container_statuses.as_ref()?.first());
    ensure!(restarts.is_some_and(|container| container.restart_count == 0), "{what}: the pod ended");
    let peak = fault::peak_memory(pod)?;
    ensure!(peak <= MOST, "{what}: the pod took {} MiB", peak >> 20);
    Ok(())
}
