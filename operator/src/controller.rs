//! The watches, how a change maps to a Registry, and what happens after an error.

use std::{future::Future, sync::Arc, time::Duration};

use barre_crds::Registry;
use futures::{StreamExt, TryStreamExt, future};
use jiff::Timestamp;
use k8s_openapi::api::core::v1::{ContainerStateTerminated, Pod};
use kube::{
    Client, Resource, ResourceExt,
    core::DeserializeGuard,
    runtime::{
        Config, Controller, Predicate, PredicateConfig, WatchStreamExt,
        controller::Action,
        events::{Event, EventType},
        predicates,
        reflector::{self, ObjectRef},
        watcher,
    },
};

use crate::{
    pass::{
        error::Error,
        guard::guarded,
        metrics::Outcome,
        scope::Scope,
        watch::{Watches, changes, hash, note_list},
    },
    registry::{self, conditions, desired, names, tools::Tools},
};

/// What is watched: an object that cannot be read must not stop the others.
type Guarded = DeserializeGuard<Registry>;

/// A pass that takes longer hangs.
const LONGEST_PASS: Duration = Duration::from_secs(90);
const LONGEST_DELAY: Duration = Duration::from_mins(5);

/// Watches and reconciles until `stop`, then finishes the passes that run.
pub(crate) async fn run(
    tools: Arc<Tools>,
    scope: Scope,
    stop: impl Future<Output = ()> + Send + Sync + 'static,
) {
    let (client, health) = (&tools.pass.client, &tools.pass.health);
    let (reader, writer) = reflector::store::<Guarded>();
    let registries = watcher(scope.api::<Guarded>(client), watcher::Config::default())
        .default_backoff()
        .reflect(writer)
        .inspect_ok(note_list(health, Registry::kind(&())))
        .applied_objects()
        .predicate_filter(
            predicates::generation.combine(predicates::annotations).combine(status_of_others),
            PredicateConfig::default(),
        );
    let pods = watcher(scope.api::<Pod>(client), watcher::Config::default().labels(names::ALL_PODS));
    let all = reader.clone();
    tools.pass.metrics.watch_conditions(move || conditions::all(&all.state()));
    // No debounce, which a burst would prolong for ever, and no bound: passes keep to their own.
    let controller = Controller::for_stream(registries, reader).with_config(Config::default());

    let pods = pods.default_backoff().inspect_ok(note_list(health, Pod::kind(&())));
    let (controller, children) =
        desired::watch(Watches::new(controller, &tools.pass, scope, names::REGISTRY_LABEL)).done();
    health.await_lists(children.into_iter().chain([Registry::kind(&()), Pod::kind(&())].map(Into::into)));
    let turns = controller
        .watches_stream(changes(pods, pod_part), |pod| owner_of(&pod))
        .graceful_shutdown_on(stop)
        .run(reconcile, after_error, Arc::clone(&tools))
        .for_each(|result| {
            if let Err(error) = result {
                tracing::debug!(error = &error as &dyn std::error::Error, "pass failed");
            }
            future::ready(())
        });
    health.beating(turns).await;
}

/// Whether the API server knows the kind yet.
pub(crate) async fn is_installed(client: &Client, scope: &Scope) -> Result<bool, kube::Error> {
    let registries = scope.api::<Registry>(client);
    match registries.list_metadata(&kube::api::ListParams::default().limit(1)).await {
        Ok(_) => Ok(true),
        Err(kube::Error::Api(status)) if status.code == 404 => Ok(false),
        Err(error) => Err(error),
    }
}

async fn reconcile(object: Arc<Guarded>, tools: Arc<Tools>) -> Result<Action, Error> {
    let registry = match &object.0 {
        Ok(registry) => registry,
        Err(invalid) => return Err(Error::Undecodable(invalid.error.clone())),
    };
    if registry.metadata.deletion_timestamp.is_some() {
        // Children go by their owner reference; storage stays.
        return Ok(Action::await_change());
    }
    if let Some(wait) = tools.pass.memory.begin(&registry.uid().unwrap_or_default()) {
        return Ok(Action::requeue(wait));
    }
    let (pass, _runs) = (tools.pass.metrics.pass(), tools.pass.health.pass());
    #[expect(clippy::disallowed_methods, reason = "the one place where a pass takes the time from")]
    let now = Timestamp::now();
    let result = guarded(LONGEST_PASS, Box::pin(registry::reconcile(registry, &tools, now))).await;
    if let Err(error @ (Error::Panicked(_) | Error::Timeout(_))) = &result {
        Box::pin(registry::interrupted(&tools.pass, registry, error, now)).await;
    }
    let took = pass.finish(if result.is_ok() { Outcome::success } else { Outcome::error });
    tracing::debug!(duration_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX), "reconciled");
    result
}

/// Waits longer after each failure; an object that cannot be read waits for a change.
#[expect(clippy::needless_pass_by_value, reason = "kube's signature")]
fn after_error(object: Arc<Guarded>, error: &Error, tools: Arc<Tools>) -> Action {
    let (namespace, name) = (object.namespace().unwrap_or_default(), object.name_any());
    if let Error::Undecodable(_) = error {
        tracing::error!(
            error = error as &dyn std::error::Error,
            "Registry '{namespace}/{name}' cannot be read"
        );
        tell_undecodable(&object, error, &tools);
        return Action::await_change();
    }
    let delay = tools.pass.memory.failed(&object.uid().unwrap_or_default(), LONGEST_DELAY);
    tracing::warn!(
        error = error as &dyn std::error::Error,
        retry_s = delay.as_secs(),
        "Registry '{namespace}/{name}' is not as it should be"
    );
    Action::requeue(delay)
}

fn tell_undecodable(object: &Guarded, error: &Error, tools: &Arc<Tools>) {
    let (reference, tools) = (object.object_ref(&()), Arc::clone(tools));
    let event = Event {
        type_: EventType::Warning,
        reason: error.problem().reason.to_string(),
        note: Some(error.problem().message.chars().take(250).collect()),
        action: "Reconcile".to_owned(),
        secondary: None,
    };
    tokio::spawn(async move { tools.pass.tell(&event, &reference).await });
}

/// What of a pod leads to a pass: what the status tells of it, and what says that a rollout has settled.
fn pod_part(pod: &Pod) -> u64 {
    let status = pod.status.clone().unwrap_or_default();
    let containers: Vec<_> = status
        .container_statuses
        .iter()
        .flatten()
        .map(|container| {
            let state = container.state.clone().unwrap_or_default();
            let waiting = state.waiting.and_then(|waiting| waiting.reason);
            let message =
                |ended: Option<ContainerStateTerminated>| ended.map(|ended| (ended.exit_code, ended.message));
            let last = container.last_state.clone().unwrap_or_default();
            (
                &container.image_id,
                container.ready,
                container.started,
                waiting,
                message(state.terminated),
                message(last.terminated),
            )
        })
        .collect();
    let scheduled: Vec<_> =
        status.conditions.iter().flatten().filter(|c| c.type_ == "PodScheduled").map(|c| &c.reason).collect();
    hash(&(containers, scheduled, &status.phase, pod.metadata.deletion_timestamp.is_some()))
}

/// What leads to a pass when somebody else writes a status: it is not theirs to say.
#[expect(clippy::unnecessary_wraps, reason = "kube's signature")]
fn status_of_others(object: &Guarded) -> Option<u64> {
    let entries = object.meta().managed_fields.iter().flatten();
    let others = entries.filter(|entry| {
        let status = entry.subresource.as_deref() == Some("status");
        status && entry.manager.as_deref() != Some(names::STATUS_MANAGER)
    });
    Some(hash(
        &others.map(|entry| (&entry.manager, entry.time.as_ref().map(|time| time.0))).collect::<Vec<_>>(),
    ))
}

fn owner_of(pod: &Pod) -> Option<ObjectRef<Guarded>> {
    let name = pod.labels().get(names::REGISTRY_LABEL)?;
    Some(ObjectRef::new(name).within(&pod.namespace()?))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn pod(ready: bool, heartbeat: &str) -> Pod {
        with_image(ready, heartbeat, "")
    }

    fn with_image(ready: bool, heartbeat: &str, image: &str) -> Pod {
        serde_json::from_value(json!({
            "metadata": {
                "name": "packages-1", "namespace": "team", "uid": "pod-1", "resourceVersion": heartbeat,
                "labels": { "barre.dev/registry": "packages" },
            },
            "status": {
                "message": heartbeat,
                "containerStatuses": [
                    { "name": "registry", "ready": ready, "image": "", "imageID": image, "restartCount": 0 },
                ],
            },
        }))
        .unwrap()
    }

    #[test]
    fn a_heartbeat_leads_nowhere() {
        assert_eq!(pod_part(&pod(true, "1")), pod_part(&pod(true, "2")));
        assert_ne!(pod_part(&pod(true, "1")), pod_part(&pod(false, "1")));
    }

    #[test]
    fn another_program_leads_to_a_pass() {
        let image = |image| pod_part(&with_image(true, "1", image));
        assert_ne!(image(""), image("barre@sha256:1"));
        assert_ne!(image("barre@sha256:1"), image("barre@sha256:2"));
    }

    #[test]
    fn a_status_that_somebody_else_wrote_leads_to_a_pass() {
        let written_by = |managers: &[&str]| {
            let entry = |manager: &&str| {
                json!({ "manager": manager, "subresource": "status", "time": "2026-01-01T00:00:00Z",
                    "apiVersion": "barre.dev/v1alpha1", "operation": "Apply", "fieldsType": "FieldsV1", "fieldsV1": {} })
            };
            let entries: Vec<_> = managers.iter().map(entry).collect();
            let object = json!({ "metadata": { "name": "packages", "managedFields": entries }, "spec": {} });
            status_of_others(&serde_json::from_value(object).unwrap())
        };
        assert_eq!(written_by(&[]), written_by(&[names::STATUS_MANAGER]));
        assert_ne!(written_by(&[]), written_by(&[names::STATUS_MANAGER, "kubectl-edit"]));
    }

    #[test]
    fn a_pod_leads_to_its_registry() {
        let reference = owner_of(&pod(true, "1")).unwrap();
        assert_eq!((reference.name.as_str(), reference.namespace.as_deref()), ("packages", Some("team")));
    }
}
