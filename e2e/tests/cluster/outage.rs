//! The store goes away under load, and comes back: once it is gone and refuses connections, once it takes them and
//! never answers. What is cached is served all the time, pushes are refused with a sentence, no pod becomes unready or
//! starts again, and everything recovers by itself.
//!
//! The store is the test's own, because others use that of the cluster.

use std::time::Duration;

use anyhow::{Context as _, ensure};
use barre_crds::Registry;
use barre_e2e::central::{Central, Refusal};
use barre_e2e::cluster::{Space, with_space};
use barre_e2e::environment;
use barre_e2e::fault::{self, Signal};
use barre_e2e::forward::forward;
use barre_e2e::load::{Load, Patience};
use barre_e2e::wait;
use barre_testkit::bala::Bala;
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::{Pod, Service};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::ResourceExt as _;
use kube::api::{Api, ListParams};
use serde_json::json;
use tokio::time::{Instant, sleep};

use crate::setup;

const STORE: &str = "store";
/// The label that the Service of the store selects while there is one.
const PRESENT: &str = "store";
const LIMIT: Duration = Duration::from_mins(2);
const OUTAGE: (Duration, Duration) = (Duration::from_secs(30), Duration::from_mins(2));

#[tokio::test]
async fn an_outage_of_the_store_stops_only_what_needs_it() -> anyhow::Result<()> {
    with_space("outage", |space| async move {
        let _alone = setup::HEAVY.lock().await;
        make_store(&space).await?;
        let mut registry = setup::registry("packages", &space.name);
        registry["spec"]["storage"]["s3"]["endpoint"] =
            json!(format!("http://{STORE}.{}.svc:7070", space.name));
        registry["spec"]["service"] = json!({ "type": "NodePort" });
        setup::apply(&space, registry).await?;
        wait::condition(&space, "packages", "Ready", "True", None).await?;

        let clients = Clients::new(&space).await?;
        let mut load = Load::new(&clients.token, "before", Patience::None).await?;
        load.warm(&space, "packages").await?;
        for name in ["gone", "hangs"] {
            let cold = cold(name);
            let pushed = clients.token.push(&cold.file_name(), cold.build()).await?;
            ensure!(pushed.is_ok(), "{pushed:?}");
        }
        let before = readiness(&space).await?;
        load.readers(2, Duration::from_millis(50), &clients.anonymous);
        load.readers(2, Duration::from_millis(50), &clients.token);

        load.phase("the store is gone", Patience::None);
        select(&space, "nothing").await?;
        fault::send(Signal::Kill, &store(&space).await?)?;
        let gone = outage(&space, &clients, "gone").await;
        load.phase("the store comes back", Patience::None);
        select(&space, PRESENT).await?;
        recovered(&space, &clients, "gone", gone?).await?;

        load.phase("the store hangs", Patience::None);
        fault::send(Signal::Stop, &store(&space).await?)?;
        let hangs = outage(&space, &clients, "hangs").await;
        load.phase("the store goes on", Patience::None);
        fault::send(Signal::Continue, &store(&space).await?)?;
        recovered(&space, &clients, "hangs", hangs?).await?;

        let after = readiness(&space).await?;
        ensure!(before == after, "pods were unready or started again: from {before:#?} to {after:#?}");
        conclude(load).await
    })
    .await
}

/// Two kinds of clients, through the Service.
struct Clients {
    anonymous: Central,
    token: Central,
}

impl Clients {
    async fn new(space: &Space) -> anyhow::Result<Self> {
        let url = space.node_port("packages").await?;
        let token = space.secret("packages-admin", "token").await?;
        Ok(Self { anonymous: Central::new(&url, None)?, token: Central::new(&url, Some(&token))? })
    }
}

/// A store as the cluster's, in this namespace. It starts again in its pod, so that its data stays.
async fn make_store(space: &Space) -> anyhow::Result<()> {
    let cluster: Api<Deployment> = Api::namespaced(space.client.clone(), "barre-store");
    let mut pod = serde_json::to_value(cluster.get("versitygw").await?.spec.template.spec)?;
    let container = &mut pod["containers"][0];
    // Checked at the start only: while it hangs, connections must still lead to it.
    container["startupProbe"] = container["readinessProbe"].take();
    if let Some(container) = container.as_object_mut() {
        container.remove("readinessProbe");
    }
    container["env"] = json!([
        { "name": "ROOT_ACCESS_KEY", "value": "barre-local" },
        { "name": "ROOT_SECRET_KEY", "value": "barre-local-secret" },
    ]);
    let labels = json!({ "app": PRESENT });
    let deployment = json!({
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": { "name": STORE },
        "spec": {
            "selector": { "matchLabels": labels },
            "template": { "metadata": { "labels": labels }, "spec": pod },
        },
    });
    setup::credentials(space).await?;
    space.apply::<Deployment>(deployment).await?;
    select(space, PRESENT).await?;
    let look = || async { Ok(space.api::<Deployment>().get(STORE).await?.status) };
    let ready = |status: &Option<k8s_openapi::api::apps::v1::DeploymentStatus>| {
        status.as_ref().and_then(|status| status.ready_replicas) == Some(1)
    };
    wait::until("the store", LIMIT, look, ready).await?;
    Ok(())
}

/// Leads the Service of the store to the pods with this label.
async fn select(space: &Space, app: &str) -> anyhow::Result<()> {
    let service = json!({
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": { "name": STORE },
        "spec": { "selector": { "app": app }, "ports": [{ "port": 7070 }] },
    });
    space.apply::<Service>(service).await?;
    Ok(())
}

async fn store(space: &Space) -> anyhow::Result<Pod> {
    let pods = space.api::<Pod>().list(&ListParams::default().labels(&format!("app={PRESENT}"))).await?;
    pods.into_iter().next().context("the store has no pod")
}

/// Pushed before an outage, and in no cache: nobody has read it.
fn cold(name: &str) -> Bala {
    Bala::new("acme", &format!("cold_{name}"), "1.0.0")
}

/// The time of the outage: what needs the store is refused, and pods say what is wrong. Returns a push that was refused.
async fn outage(space: &Space, clients: &Clients, name: &str) -> anyhow::Result<Bala> {
    let length = environment::short_or_soak(OUTAGE.0, OUTAGE.1);
    let uncached = async {
        let answer = clients.anonymous.pull("acme", &format!("cold_{name}"), "1.0.0").await?;
        let refused = matches!(&answer, Err(Refusal { status: 503, message }) if !message.is_empty());
        ensure!(refused, "what is in no cache was answered with {answer:?}");
        Ok(())
    };
    let (refused, ()) = tokio::try_join!(refused_pushes(clients, name, length), uncached)?;
    for pod in space.pods("packages").await? {
        let metrics = metrics(space, &pod).await?;
        let lag = value(&metrics, "barre_log_lag_seconds")?;
        ensure!(lag > length.as_secs_f64() / 2.0, "{pod} says that it read the log {lag} s ago");
        let failed = "barre_store_operations_total{kind=\"read\",outcome=\"unavailable\"}";
        ensure!(value(&metrics, failed)? > 0.0, "{pod} counts no failed request to the store");
    }
    Ok(refused)
}

/// Pushes for so long, and returns the last push.
#[expect(clippy::print_stderr, reason = "the numbers are for people, also where nothing failed")]
async fn refused_pushes(clients: &Clients, name: &str, length: Duration) -> anyhow::Result<Bala> {
    let (began, mut slowest, mut count) = (Instant::now(), Duration::ZERO, 0_u32);
    let refused = loop {
        let bala = Bala::new("acme", name, &format!("1.0.{count}"));
        let sent = Instant::now();
        let answer = clients.token.push(&bala.file_name(), bala.build()).await?;
        slowest = slowest.max(sent.elapsed());
        match answer {
            // Until connections that were made before the outage are gone.
            Ok(()) if began.elapsed() < Duration::from_secs(1) => {}
            Err(Refusal { status: 503, message }) if message.contains("storage") => {}
            other => anyhow::bail!("a push while the store is away was answered with {other:?}"),
        }
        count += 1;
        if began.elapsed() > length {
            break bala;
        }
        sleep(Duration::from_millis(500)).await;
    };
    eprintln!("{name}: {count} pushes refused in {:.1?}, the slowest after {slowest:.1?}", began.elapsed());
    Ok(refused)
}

/// Waits until pushes work, and pods read the log. What was refused may be pushed again.
#[expect(clippy::print_stderr, reason = "the numbers are for people, also where nothing failed")]
async fn recovered(space: &Space, clients: &Clients, name: &str, refused: Bala) -> anyhow::Result<()> {
    let began = Instant::now();
    let (file, bytes) = (refused.file_name(), refused.build());
    let look = || clients.token.push(&file, bytes.clone());
    let pushed = wait::until("a push to be taken", LIMIT, look, Result::is_ok).await?;
    ensure!(pushed.is_ok(), "{pushed:?}");
    let coordinates = refused.coordinates();
    let version = coordinates.rsplit(':').next().unwrap_or_default();
    eprintln!("{name}: recovered {:.1?} after the store was back", began.elapsed());
    let cold = cold(name).build();
    for pod in space.pods("packages").await? {
        let way = forward(space, &pod, 8080).await?;
        let central = Central::new(&way.url, None)?;
        let look = || central.pull("acme", name, version);
        let pulled = wait::until("what was pushed after the outage", LIMIT, look, Result::is_ok).await?;
        ensure!(
            pulled.is_ok_and(|pulled| pulled.bytes == bytes),
            "{pod} serves other bytes of {coordinates}"
        );
        let pulled = central.pull("acme", &format!("cold_{name}"), "1.0.0").await?;
        ensure!(pulled.is_ok_and(|pulled| pulled.bytes == cold), "{pod} serves other bytes than before");
        let look = || async { value(&metrics(space, &pod).await?, "barre_log_lag_seconds") };
        wait::until("the log to be read again", LIMIT, look, |lag| *lag < 15.0).await?;
    }
    Ok(())
}

async fn metrics(space: &Space, pod: &str) -> anyhow::Result<String> {
    let way = forward(space, pod, 8081).await?;
    Ok(reqwest::get(format!("{}/metrics", way.url)).await?.error_for_status()?.text().await?)
}

fn value(metrics: &str, name: &str) -> anyhow::Result<f64> {
    let line = metrics.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    Ok(line.with_context(|| format!("{name} is not in\n{metrics}"))?.parse()?)
}

/// When each pod became ready, and how often it started: neither changes if it never was unready.
async fn readiness(space: &Space) -> anyhow::Result<Vec<(String, bool, Option<Time>, i32)>> {
    let mut all = Vec::new();
    for pod in space.all_pods("packages").await? {
        let name = pod.name_any();
        let status = pod.status.unwrap_or_default();
        let conditions = status.conditions.unwrap_or_default();
        let ready =
            conditions.into_iter().find(|condition| condition.type_ == "Ready").context("no condition")?;
        let restarts = status.container_statuses.iter().flatten().map(|status| status.restart_count).sum();
        all.push((name, ready.status == "True", ready.last_transition_time, restarts));
    }
    all.sort_by(|one, other| one.0.cmp(&other.0));
    // The Registry, too, was Ready all the time.
    let status = space.api::<Registry>().get("packages").await?.status.unwrap_or_default();
    let ready =
        status.conditions.into_iter().find(|condition| condition.type_ == "Ready").context("no Ready")?;
    all.push(("Registry".into(), ready.status == "True", Some(ready.last_transition_time), 0));
    Ok(all)
}

#[expect(clippy::print_stderr, reason = "the numbers are for people, also where nothing failed")]
async fn conclude(load: Load) -> anyhow::Result<()> {
    let outcome = load.stop().await;
    eprintln!("{outcome}");
    let failures = outcome.failures();
    ensure!(failures.is_empty(), "{} cached reads failed\n{outcome}\n{failures:#?}", failures.len());
    Ok(())
}
