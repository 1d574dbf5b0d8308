//! The autoscaler scales the sample out under load and in again, and the operator keeps out of it: by the API server's
//! audit log it sets `replicas` once, before the autoscaler's first decision, and writes nothing while nothing happens.

use std::collections::{BTreeMap, HashSet};
use std::fmt::Debug;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use barre_contract::known::{CURSOR_KEY, ID_KEY};
use barre_crds::Registry;
use barre_e2e::audit::{self, AUTOSCALER, Event, OPERATOR};
use barre_e2e::central::Central;
use barre_e2e::cluster::{Space, is_ready, with_space};
use barre_e2e::environment;
use barre_e2e::load::{Load, Patience};
use barre_e2e::wait;
use barre_testkit::bala::Bala;
use k8s_openapi::NamespaceResourceScope;
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::autoscaling::v2::HorizontalPodAutoscaler;
use k8s_openapi::api::core::v1::{ConfigMap, Secret, Service, ServiceAccount};
use k8s_openapi::api::policy::v1::PodDisruptionBudget;
use kube::Resource;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use crate::setup;

const NAME: &str = "packages-autoscaling";
/// Of the sample.
const MIN: usize = 2;
/// A loaded machine measures late.
const LIMIT: Duration = Duration::from_mins(6);
/// Nothing changes for so long before the quiet window begins.
const SETTLED: Duration = Duration::from_secs(15);
/// A machine that is busy with something else may disturb one or two.
const WINDOWS: usize = 3;
const QUIET: (Duration, Duration) = (Duration::from_mins(2), Duration::from_mins(10));

/// An object by kind and name, without what the test does not compare.
type Children = BTreeMap<String, Value>;

#[tokio::test]
async fn the_autoscaler_scales_and_the_operator_keeps_out_of_it() -> anyhow::Result<()> {
    let log = environment::audit_log()?;
    with_space("scaling", |space| async move {
        let before = {
            let _alone = setup::HEAVY.lock().await;
            apply_the_sample(&space).await?;
            let before = children(&space).await?;
            scale_out_and_in(&space).await?;
            before
        };
        never_again(&audit::read(&log, &space.name)?)?;
        let after = children(&space).await?;
        let written: Vec<_> = before.iter().filter(|(name, child)| is_written(name, child, &after)).collect();
        ensure!(written.is_empty(), "these were written while the number of pods changed: {written:#?}");
        quiet(&space, &log).await
    })
    .await
}

/// Whether somebody wrote more than what follows from another number of pods: the statuses, and the Deployment's
/// `replicas`, which the autoscaler sets.
fn is_written(name: &str, before: &Value, after: &Children) -> bool {
    let Some(after) = after.get(name) else { return true };
    let part = |child: &Value| match name.split('/').next() {
        Some("Deployment") => {
            let mut spec = child["spec"].clone();
            spec["replicas"].take();
            json!([spec, child["metadata"]["labels"], child["metadata"]["annotations"]])
        }
        Some("ConfigMap") => {
            let mut data = child["data"].clone();
            // How far the log is known to have come follows from the load.
            for key in [CURSOR_KEY, ID_KEY] {
                data[key].take();
            }
            data
        }
        Some("Registry" | "PodDisruptionBudget") => child["metadata"]["generation"].clone(),
        _ => child.clone(),
    };
    part(before) != part(after)
}

/// The sample as it is, on a port that Kubernetes chooses.
async fn apply_the_sample(space: &Space) -> anyhow::Result<()> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../manifests/samples/registry-autoscaling.yaml");
    let mut registry: Value = serde_saphyr::from_str(&std::fs::read_to_string(path)?)?;
    registry["spec"]["storage"]["prefix"] = json!(space.name);
    registry["spec"]["service"] = json!({ "type": "NodePort" });
    ensure!(registry["metadata"]["name"] == NAME, "the sample has another name: {registry}");
    setup::credentials(space).await?;
    setup::apply(space, registry).await?;
    wait::condition(space, NAME, "Ready", "True", None).await?;
    wait::condition(space, NAME, "AutoscalingReady", "True", None).await?;
    Ok(())
}

#[expect(clippy::print_stderr, reason = "the numbers are for people, also where nothing failed")]
async fn scale_out_and_in(space: &Space) -> anyhow::Result<()> {
    let began = Instant::now();
    let url = space.node_port(NAME).await?;
    let token = space.secret(&format!("{NAME}-admin"), "token").await?;
    let (reader, pusher) = (Central::new(&url, None)?, Central::new(&url, Some(&token))?);
    let mut load = Load::new(&pusher, "scaling out", Patience::Once).await?;
    load.readers(2, Duration::from_millis(50), &reader);
    load.pushers(1, Duration::from_millis(500), &pusher);
    // Zeros: 16 KiB on the way, 16 MiB for the registry to look at.
    let bala = Bala::new("acme", "work", "1.0.0").file("resources/zeros.bin", vec![0; 16 << 20]);
    load.repeaters(4, Duration::from_millis(50), &pusher, &bala);
    pods(space, "more pods", |wanted, ready| wanted > MIN && ready == wanted).await?;
    eprintln!("scaled out after {:.0?}", began.elapsed());
    load.acknowledges(20).await?;
    let outcome = load.stop().await;
    let stopped = Instant::now();
    eprintln!("{outcome}");
    let failures = outcome.failures();
    ensure!(failures.is_empty(), "{} requests failed\n{outcome}\n{failures:#?}", failures.len());
    pods(space, "the smallest number of pods", |wanted, ready| wanted == MIN && ready == MIN).await?;
    eprintln!("scaled in {:.0?} after the load", stopped.elapsed());
    Ok(())
}

/// Waits for a number of pods that the Deployment wants, and those that are ready.
async fn pods(space: &Space, what: &str, done: impl Fn(usize, usize) -> bool) -> anyhow::Result<()> {
    let look = || async {
        let deployment = space.api::<Deployment>().get(NAME).await?;
        let wanted = deployment.spec.replicas.unwrap_or_default();
        let pods = space.all_pods(NAME).await?;
        let autoscaler = space.api::<HorizontalPodAutoscaler>().get(NAME).await?.status;
        let ready = pods.iter().filter(|pod| is_ready(pod)).count();
        Ok((usize::try_from(wanted)?, ready, pods.len(), autoscaler))
    };
    let done = |(wanted, ready, all, _): &(usize, usize, usize, _)| ready == all && done(*wanted, *ready);
    wait::until(what, LIMIT, look, done).await?;
    Ok(())
}

/// The operator never sets `replicas` once the autoscaler has decided.
fn never_again(events: &[Event]) -> anyhow::Result<()> {
    let scale = format!("deployments/{NAME}/scale");
    let first = events
        .iter()
        .position(|event| event.user() == AUTOSCALER && event.is_write() && event.object() == scale)
        .context("the audit log has no decision of the autoscaler")?;
    let sets_replicas =
        |event: &&Event| event.user() == OPERATOR && event.manager_is("barre-operator/replicas");
    let (before, after) = events.split_at(first);
    let before = before.iter().filter(sets_replicas).count();
    let after: Vec<_> = after.iter().filter(sets_replicas).collect();
    ensure!(
        before == 1,
        "the operator set replicas {before} times before the autoscaler's first decision, not once"
    );
    ensure!(after.is_empty(), "the operator set replicas after the autoscaler's first decision: {after:#?}");
    Ok(())
}

/// Nothing happens, and nothing is written. Where something did happen, the window begins again.
#[expect(clippy::print_stderr, reason = "the numbers are for people, also where nothing failed")]
async fn quiet(space: &Space, log: &Path) -> anyhow::Result<()> {
    let window = environment::short_or_soak(QUIET.0, QUIET.1);
    for _ in 0..WINDOWS {
        settle(space).await?;
        let known: HashSet<String> =
            audit::read(log, &space.name)?.into_iter().map(|event| event.id).collect();
        let before = children(space).await?;
        if let Some(change) = change_within(space, window).await? {
            eprintln!("not quiet, once more: {change}");
            continue;
        }
        let after = children(space).await?;
        for (name, child) in &before {
            let now = after.get(name);
            ensure!(now == Some(child), "{name} changed in a quiet window: from {child:#} to {now:#?}");
        }
        let events = audit::read(log, &space.name)?.into_iter().filter(|event| !known.contains(&event.id));
        let (writes, reads): (Vec<Event>, Vec<Event>) =
            events.filter(|event| event.user() == OPERATOR).partition(Event::is_write);
        let (wrote, read) = (writes.len(), reads.len());
        eprintln!("in {window:?} without any change the operator wrote {wrote} times and read {read} times");
        ensure!(writes.is_empty(), "the operator wrote in a quiet window: {writes:#?}");
        return Ok(());
    }
    bail!("pods and autoscaler changed in each of {WINDOWS} windows of {window:?}: the machine is too busy")
}

/// Waits until pods and autoscaler have not changed for a while.
async fn settle(space: &Space) -> anyhow::Result<()> {
    let deadline = Instant::now() + LIMIT;
    while let Some(change) = change_within(space, SETTLED).await? {
        ensure!(Instant::now() < deadline, "pods and autoscaler still change: {change}");
    }
    Ok(())
}

/// Looks at pods and autoscaler for so long; returns their first change at once.
async fn change_within(space: &Space, length: Duration) -> anyhow::Result<Option<String>> {
    let (began, before) = (Instant::now(), happening(space).await?);
    while began.elapsed() < length {
        // The one thing that is awaited is that nothing comes.
        sleep(Duration::from_secs(1)).await;
        let now = happening(space).await?;
        if now != before {
            return Ok(Some(format!("from {before} to {now}")));
        }
    }
    Ok(None)
}

/// What the operator reacts to: the state of the pods, and what the autoscaler says about itself.
async fn happening(space: &Space) -> anyhow::Result<Value> {
    let pods = space.all_pods(NAME).await?;
    let pods: Vec<_> = pods.iter().map(|pod| json!([pod.metadata.name, is_ready(pod)])).collect();
    let status = space.api::<HorizontalPodAutoscaler>().get(NAME).await?.status;
    let conditions = status.and_then(|status| status.conditions).unwrap_or_default();
    let conditions: Vec<_> =
        conditions.iter().map(|known| json!([known.type_, known.status, known.reason])).collect();
    Ok(json!([pods, conditions]))
}

/// The Registry and its children. Deployment and autoscaler are compared without their status, and without what
/// changes with it.
async fn children(space: &Space) -> anyhow::Result<Children> {
    let mut children = Children::new();
    add::<Registry>(space, NAME, &mut children).await?;
    add::<ServiceAccount>(space, NAME, &mut children).await?;
    add::<Secret>(space, &format!("{NAME}-admin"), &mut children).await?;
    add::<Service>(space, NAME, &mut children).await?;
    add::<Service>(space, &format!("{NAME}-admin"), &mut children).await?;
    add::<PodDisruptionBudget>(space, NAME, &mut children).await?;
    add::<Deployment>(space, NAME, &mut children).await?;
    add::<ConfigMap>(space, &format!("{NAME}-settled"), &mut children).await?;
    add::<HorizontalPodAutoscaler>(space, NAME, &mut children).await?;
    Ok(children)
}

async fn add<K>(space: &Space, name: &str, children: &mut Children) -> anyhow::Result<()>
where
    K: Resource<Scope = NamespaceResourceScope, DynamicType = ()>
        + Clone
        + Debug
        + Serialize
        + DeserializeOwned,
{
    let kind = K::kind(&());
    let mut object = serde_json::to_value(space.api::<K>().get(name).await?)?;
    if ["Deployment", "HorizontalPodAutoscaler"].contains(&kind.as_ref()) {
        object["status"].take();
        object["metadata"]["resourceVersion"].take();
        if let Some(Value::Array(managers)) = object.pointer_mut("/metadata/managedFields") {
            managers.retain(|manager| manager["subresource"] != "status");
        }
    }
    if kind == "Secret" {
        // What a failed comparison prints must not hold it.
        object["data"].take();
    }
    children.insert(format!("{kind}/{name}"), object);
    Ok(())
}
