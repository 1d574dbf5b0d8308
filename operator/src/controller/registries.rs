//! The watches of Registries and their children.

use std::{future::Future, sync::Arc};

use barre_crds::Registry;
use futures::{StreamExt, TryStreamExt, future};
use k8s_openapi::{
    api::core::v1::{ConfigMap, ContainerStateTerminated, Pod},
    apimachinery::pkg::apis::meta::v1::Condition,
};
use kube::{
    Client, Resource, ResourceExt,
    core::DeserializeGuard,
    runtime::{
        Config, Controller, PredicateConfig, WatchStreamExt,
        controller::Action,
        reflector::{self, ObjectRef},
        watcher,
    },
};

use super::{after_failure, counted, due, news, now};
use crate::{
    pass::{
        error::Error,
        metrics::{self, ConditionLabels},
        scope::Scope,
        watch::{Watches, changes, hash, note_list},
    },
    pods::labels::{FEEDS_LABEL, REGISTRY_LABEL, SERVERS},
    registry::{self, desired, names::STATUS_MANAGER, tools::Tools},
};

type Guarded = DeserializeGuard<Registry>;

const CONTROLLER: metrics::Controller = metrics::Controller::registry;
/// What is listed of mirrors, as health names it.
const TOLD: &str = "ConfigMap of PackageMirrors";

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
        .predicate_filter(news(STATUS_MANAGER), PredicateConfig::default());
    let pods = watcher(scope.api::<Pod>(client), watcher::Config::default().labels(SERVERS));
    let pods = pods.default_backoff().inspect_ok(note_list(health, Pod::kind(&())));
    let told = watcher(scope.api::<ConfigMap>(client), watcher::Config::default().labels(FEEDS_LABEL))
        .default_backoff()
        .reflect(tools.pass.cache.writer::<ConfigMap>(FEEDS_LABEL))
        .inspect_ok(note_list(health, TOLD.into()));
    let all = reader.clone();
    tools.pass.metrics.watch_conditions(CONTROLLER, move || ConditionLabels::all(&all.state(), conditions));
    // No debounce, which a burst would prolong for ever, and no bound: passes keep to their own.
    let controller = Controller::for_stream(registries, reader).with_config(Config::default());

    let watches = Watches::new(controller, &tools.pass, scope, REGISTRY_LABEL);
    let (controller, children) = desired::watch(watches).done();
    let kinds = [Registry::kind(&()), Pod::kind(&()), TOLD.into()];
    health.await_lists(children.into_iter().chain(kinds.map(Into::into)));
    let turns = controller
        .watches_stream(changes(pods, pod_part), |pod| named_by(&pod, REGISTRY_LABEL))
        .watches_stream(changes(told, |map| hash(&map.metadata.resource_version)), |map| {
            named_by(&map, FEEDS_LABEL)
        })
        .graceful_shutdown_on(stop)
        .run(reconcile, after_error, Arc::clone(&tools))
        .for_each(|result| {
            if let Err(error) = result {
                tracing::debug!(error = &error as &dyn std::error::Error, "pass failed");
            }
            future::ready(())
        });
    health.beating(CONTROLLER, turns).await;
}

/// Whether the API server knows the kind yet.
pub(crate) async fn is_installed(client: &Client, scope: &Scope) -> Result<bool, kube::Error> {
    super::is_installed::<Registry>(client, scope).await
}

fn conditions(registry: &Registry) -> &[Condition] {
    registry.status.as_ref().map(|status| status.conditions.as_slice()).unwrap_or_default()
}

async fn reconcile(object: Arc<Guarded>, tools: Arc<Tools>) -> Result<Action, Error> {
    let registry = match due(&object, &tools.pass) {
        Ok(registry) => registry,
        Err(instead) => return instead,
    };
    let now = now();
    let pass = Box::pin(registry::reconcile(registry, &tools, now));
    let result = counted(&tools.pass, CONTROLLER, pass).await;
    if let Err(error @ (Error::Panicked(_) | Error::Timeout(_))) = &result {
        Box::pin(registry::interrupted(&tools.pass, registry, error, now)).await;
    }
    result
}

#[expect(clippy::needless_pass_by_value, reason = "kube's signature")]
fn after_error(object: Arc<Guarded>, error: &Error, tools: Arc<Tools>) -> Action {
    after_failure(&object, error, &tools.pass)
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

fn named_by<K: Resource>(object: &K, label: &str) -> Option<ObjectRef<Guarded>> {
    let name = object.labels().get(label)?;
    Some(ObjectRef::new(name).within(&object.namespace()?))
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
    fn a_pod_leads_to_its_registry() {
        let reference = named_by(&pod(true, "1"), REGISTRY_LABEL).unwrap();
        assert_eq!((reference.name.as_str(), reference.namespace.as_deref()), ("packages", Some("team")));
    }
}
