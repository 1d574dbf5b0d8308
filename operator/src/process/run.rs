//! The process: from flags to a running controller, and back to nothing.

use std::{future::Future, sync::Arc, time::Duration};

use anyhow::Context as _;
use futures::FutureExt;
use k8s_openapi::api::core::v1::Namespace;
use kube::{
    Api, Client, ResourceExt,
    runtime::events::{Recorder, Reporter},
};
use tokio::signal::unix::{SignalKind, signal};

use super::{admin, args::Args, telemetry};
use crate::{
    controller, mirror,
    pass::{cache::Cache, context::Context, health::Health, memory::Memory, metrics::Metrics, scope::Scope},
    registry::tools::{Installation, Tools},
    store::{Reach, ensure::Stores},
};

/// Kubernetes waits 30 s; passes that run get most of it.
const LONGEST_STOP: Duration = Duration::from_secs(25);
const CRD_POLL: Duration = Duration::from_secs(5);

/// Why there is no default, where rights are those in one namespace.
const NO_CLUSTER_ID: &str = "set --cluster-id (BARRE_CLUSTER_ID) to an id that no other cluster has, and never change it: it tells \
     whose a bucket is. By default it is the uid of the namespace kube-system, which cannot be read";

/// Runs until SIGTERM or SIGINT.
pub async fn run(args: Args) -> anyhow::Result<()> {
    telemetry::start(&args)?;
    // Fails only if somebody installed one before, which is as good.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let stop = stop_signal()?;
    let metrics = Metrics::new(args.concurrency);
    let health = Health::default();
    let admin = admin::serve(args.admin_listen, metrics.clone(), health.clone(), stop.clone()).await?;
    let admin = tokio::spawn(admin);

    tokio::select! {
        result = start(args, metrics, health.clone(), stop.clone()) => result?,
        () = after(stop.clone(), LONGEST_STOP) => tracing::warn!("some passes did not finish in time"),
    }
    health.stop();
    admin.abort();
    tracing::info!("stopped");
    Ok(())
}

async fn start(
    args: Args,
    metrics: Metrics,
    health: Health,
    stop: impl Future<Output = ()> + Clone + Send + Sync + 'static,
) -> anyhow::Result<()> {
    let client = Client::try_default().await.context("connecting to the cluster")?;
    let scope = Scope(args.namespace);
    let cluster_id = match args.cluster_id {
        Some(id) => id,
        None => cluster_id(&client).await?,
    };
    let recorder =
        Recorder::new(client.clone(), Reporter { controller: "barre-operator".into(), instance: None });
    let reach = Reach { local: args.allow_local_endpoints };
    let stores = Stores::new(reach).context("making an HTTP client")?;
    let installation = Installation { cluster_id, registry_image: args.registry_image, reach };
    tracing::info!(
        version = env!("CARGO_PKG_VERSION"),
        cluster_id = installation.cluster_id,
        registry_image = installation.registry_image,
        "watching Registries and PackageMirrors"
    );
    let memory = Memory::default();
    let pass = Context { client: client.clone(), recorder, metrics, health, memory, cache: Cache::default() };
    let pass = Arc::new(pass);
    let mirrors =
        mirror::tools::Tools::new(Arc::clone(&pass), args.concurrency).context("making an HTTP client")?;
    let registries = Tools::new(pass, stores, installation, args.concurrency, args.max_concurrent_rollouts);
    // Each kind is looked after once it is installed: neither waits for the other.
    let (one, other) = (scope.clone(), stop.clone());
    let registries = async {
        let installed = async || controller::registries::is_installed(&client, &one).await;
        if wait_for_definition("Registry", installed, other.clone()).await? {
            controller::registries::run(Arc::new(registries), one.clone(), other).await;
        }
        anyhow::Ok(())
    };
    let mirrors = async {
        let installed = async || controller::mirrors::is_installed(&client, &scope).await;
        if wait_for_definition("PackageMirror", installed, stop.clone()).await? {
            controller::mirrors::run(Arc::new(mirrors), scope.clone(), stop).await;
        }
        anyhow::Ok(())
    };
    tokio::try_join!(registries, mirrors)?;
    Ok(())
}

/// Returns what tells this cluster from others, also after the operator was installed again.
async fn cluster_id(client: &Client) -> anyhow::Result<String> {
    let namespace = Api::<Namespace>::all(client.clone()).get("kube-system").await;
    let namespace = namespace.context(NO_CLUSTER_ID)?;
    namespace.uid().context("the namespace kube-system has no uid")
}

/// Waits until a kind is installed; says no if all is over before.
async fn wait_for_definition(
    kind: &str,
    is_installed: impl AsyncFn() -> Result<bool, kube::Error>,
    stop: impl Future<Output = ()>,
) -> anyhow::Result<bool> {
    let wait = async {
        while !is_installed().await.with_context(|| format!("looking for the kind {kind}"))? {
            tracing::warn!("the kind {kind} is not installed: kubectl apply --server-side -f manifests/crds");
            tokio::time::sleep(CRD_POLL).await;
        }
        anyhow::Ok(())
    };
    tokio::select! {
        installed = wait => installed.map(|()| true),
        () = stop => Ok(false),
    }
}

fn stop_signal() -> anyhow::Result<impl Future<Output = ()> + Clone + Send + Sync + 'static> {
    let mut terminate = signal(SignalKind::terminate()).context("listening for SIGTERM")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("listening for SIGINT")?;
    let (send, receive) = tokio::sync::oneshot::channel::<()>();
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        drop(send);
    });
    Ok(receive.map(|_| ()).shared())
}

async fn after(event: impl Future<Output = ()>, time: Duration) {
    event.await;
    tokio::time::sleep(time).await;
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[tokio::test]
    async fn an_operator_of_one_namespace_asks_for_the_id_of_the_cluster() {
        let forbidden = tower::service_fn(|_: http::Request<kube::client::Body>| async {
            let answer =
                r#"{"kind":"Status","status":"Failure","message":"no","reason":"Forbidden","code":403}"#;
            let answer = http::Response::builder()
                .status(403)
                .body(kube::client::Body::from(answer.as_bytes().to_vec()));
            Ok::<_, std::io::Error>(answer.unwrap())
        });
        let error = cluster_id(&Client::new(forbidden, "barre-system")).await.unwrap_err().to_string();
        assert!(error.contains("--cluster-id (BARRE_CLUSTER_ID)"), "{error}");

        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../manifests/namespaced/kustomization.yaml");
        let text = std::fs::read_to_string(file).unwrap();
        let file: Value = serde_saphyr::from_str(&text).unwrap();
        let patches =
            file["patches"].as_array().unwrap().iter().map(|patch| patch["patch"].as_str().unwrap());
        for patch in patches {
            assert!(
                !patch.contains("BARRE_CLUSTER_ID"),
                "an id that all installations share tells nobody apart"
            );
        }
    }
}
