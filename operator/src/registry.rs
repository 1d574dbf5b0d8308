//! One pass over one Registry.

pub(crate) mod desired;
pub(crate) mod names;
pub(crate) mod tools;

mod decision;
mod events;
mod known;
pub(crate) mod mirrors;
mod observe;
mod rollout;
mod status;
mod take_over;
mod token;

#[cfg(test)]
mod fixture;

use std::time::Duration;

use barre_crds::{Registry, RegistryStatus};
use jiff::Timestamp;
use kube::{Resource, ResourceExt, runtime::controller::Action};

use crate::{
    pass::{
        apply::Writer,
        child::ChildChange,
        context::Context,
        error::Error,
        guard::guarded,
        metrics::Controller,
        report::{restored, write_status, written_since},
        rollouts::Upgrade,
    },
    pods::problem,
};
use desired::Live;
use names::{MANAGER, STATUS_MANAGER};
use tools::Tools;

/// The store is asked, and rotated Secrets are seen, at least this often.
const REQUEUE: Duration = Duration::from_mins(5);
/// The longest wait for a store or Secret that is not as it should be: nothing tells us when it is.
const LONGEST_PROBE: Duration = Duration::from_mins(1);

/// An API server that does not answer a pass may not answer its report either.
const LONGEST_REPORT: Duration = Duration::from_secs(10);

/// Reads the cluster, decides, acts, reports.
pub(crate) async fn reconcile(registry: &Registry, tools: &Tools, now: Timestamp) -> Result<Action, Error> {
    let registry = &latest(registry, &tools.pass);
    let observed = match Box::pin(observe::observe(tools, registry, now)).await {
        Ok(observed) => observed,
        Err(error) => {
            interrupted(&tools.pass, registry, &error, now).await;
            return Err(error);
        }
    };
    let _worker = tools.workers.acquire().await;
    #[cfg(debug_assertions)]
    meet_defect(registry);
    let desired = decision::desired(registry, &observed, &tools.installation);
    let desired = desired.in_turn(registry, &observed, &tools.rollouts);
    let healthy = observed.is_healthy() && desired.facts.is_at_rest();
    let uid = registry.uid().unwrap_or_default();
    let mut drifted = Vec::new();
    let objects = desired.objects.without_unchanged(&tools.pass.memory, &uid, &observed.live, &mut drifted);
    let rolls = objects.deployment != ChildChange::Keep;
    let writer = Writer {
        client: &tools.pass.client,
        memory: &tools.pass.memory,
        manager: MANAGER,
        uid: uid.clone(),
        namespace: registry.namespace().unwrap_or_default(),
    };
    let mut answers = Live::default();
    let mut errors = objects.write(&writer, registry, &mut answers).await;
    if rolls && answers.deployment.is_none() {
        // Refused, so nothing rolls: it is the turn of others.
        tools.rollouts.turn(&uid, Upgrade::Done);
    }
    let status = status::status(registry, &observed, &desired.facts, &answers, &errors, now);
    report(&tools.pass, registry, status).await?;
    if let Some(event) = restored(&drifted) {
        tools.pass.tell(&event, &registry.object_ref(&())).await;
    }
    if errors.is_empty() {
        return Ok(next(&tools.pass, registry, healthy, problem::look_again(&observed.pods, now)));
    }
    let first = errors.remove(0);
    for error in errors {
        tracing::warn!(error = &error as &dyn std::error::Error, "another child failed as well");
    }
    Err(first)
}

/// Returns the Registry with the status that was written last: what the watch has seen may be older.
fn latest(registry: &Registry, ctx: &Context) -> Registry {
    let mut latest = registry.clone();
    if let Some(status) = written_since(ctx, registry) {
        latest.status = Some(status);
    }
    latest
}

/// Reports of a pass that ended before it saw everything. Where that fails, too, the log has to do.
pub(crate) async fn interrupted(ctx: &Context, registry: &Registry, error: &Error, now: Timestamp) {
    let registry = &latest(registry, ctx);
    let told = async { report(ctx, registry, status::interrupted(registry, error, now)).await };
    if let Err(untold) = guarded(LONGEST_REPORT, told).await {
        tracing::warn!(
            error = &untold as &dyn std::error::Error,
            "the status does not say why the pass failed"
        );
    }
}

/// A defect on purpose, for tests: where it hurts most, passes of Registries of the name in this variable panic.
#[cfg(debug_assertions)]
#[expect(clippy::disallowed_methods, reason = "it is no setting: a release has no such thing")]
fn meet_defect(registry: &Registry) {
    let defective = std::env::var("BARRE_DEFECT").is_ok_and(|name| name == registry.name_any());
    assert!(!defective, "a defect on purpose");
}

/// Writes the status if it says anything new, and tells about what changed.
async fn report(ctx: &Context, registry: &Registry, status: RegistryStatus) -> Result<(), Error> {
    let old = registry.status.clone().unwrap_or_default();
    if old == status {
        return Ok(());
    }
    write_status(ctx, registry, &status, (Controller::registry, STATUS_MANAGER)).await?;
    for event in events::events(&old.conditions, &status.conditions) {
        ctx.tell(&event, &registry.object_ref(&())).await;
    }
    Ok(())
}

/// Says when to look again: at the latest when a pod that is on its way has had its time.
fn next(ctx: &Context, registry: &Registry, healthy: bool, pods: Option<Duration>) -> Action {
    let uid = registry.uid().unwrap_or_default();
    let wait = if healthy {
        ctx.memory.succeeded(&uid);
        REQUEUE.mul_f64(rand::random_range(0.9..1.0))
    } else {
        ctx.memory.failed(&uid, LONGEST_PROBE)
    };
    Action::requeue(pods.map_or(wait, |pods| wait.min(pods)))
}
