//! The watches of PackageMirrors, their Jobs, and the Registries that they name.

use std::{future::Future, sync::Arc};

use barre_crds::PackageMirror;
use futures::{StreamExt, TryStreamExt, future};
use k8s_openapi::{
    api::{apps::v1::Deployment, batch::v1::Job},
    apimachinery::pkg::apis::meta::v1::Condition,
};
use kube::{
    Client, Resource, ResourceExt,
    core::DeserializeGuard,
    runtime::{
        Config, Controller, PredicateConfig, WatchStreamExt,
        controller::Action,
        reflector::{self, ObjectRef, Store},
        watcher,
    },
};

use super::{after_failure, counted, due, news, now};
use crate::{
    mirror::{self, desired, host::Host, names::STATUS_MANAGER, tools::Tools},
    pass::{
        child::Upkeep,
        error::Error,
        metrics::{self, ConditionLabels},
        scope::Scope,
        watch::{Watches, changes, hash, note_list},
    },
    pods::labels::{MIRROR_LABEL, REGISTRY_LABEL},
};

type Guarded = DeserializeGuard<PackageMirror>;

const CONTROLLER: metrics::Controller = metrics::Controller::packagemirror;
/// What is listed of Registries, as health names it.
const HOSTS: &str = "Deployment of Registries";

/// Watches and reconciles until `stop`, then finishes the passes that run.
pub(crate) async fn run(
    tools: Arc<Tools>,
    scope: Scope,
    stop: impl Future<Output = ()> + Send + Sync + 'static,
) {
    let (client, health) = (&tools.pass.client, &tools.pass.health);
    let (reader, writer) = reflector::store::<Guarded>();
    let mirrors = watcher(scope.api::<Guarded>(client), watcher::Config::default())
        .default_backoff()
        .reflect(writer)
        .inspect_ok(note_list(health, PackageMirror::kind(&())))
        .applied_objects()
        .predicate_filter(news(STATUS_MANAGER), PredicateConfig::default());
    let hosts = watcher(scope.api::<Deployment>(client), watcher::Config::default().labels(REGISTRY_LABEL));
    let hosts = hosts.default_backoff().inspect_ok(note_list(health, HOSTS.into()));
    let all = reader.clone();
    tools.pass.metrics.watch_conditions(CONTROLLER, move || ConditionLabels::all(&all.state(), conditions));
    let named = reader.clone();
    let controller = Controller::for_stream(mirrors, reader).with_config(Config::default());

    let watches = Watches::new(controller, &tools.pass, scope, MIRROR_LABEL);
    let watches = desired::watch(watches).child::<Job>(Upkeep::Pruned, Some(job_part));
    let (controller, children) = watches.done();
    let kinds = [PackageMirror::kind(&()), HOSTS.into()];
    health.await_lists(children.into_iter().chain(kinds.map(Into::into)));
    let turns = controller
        .watches_stream(changes(hosts, host_part), move |host| that_name(&named, &host))
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
    super::is_installed::<PackageMirror>(client, scope).await
}

fn conditions(mirror: &PackageMirror) -> &[Condition] {
    mirror.status.as_ref().map(|status| status.conditions.as_slice()).unwrap_or_default()
}

async fn reconcile(object: Arc<Guarded>, tools: Arc<Tools>) -> Result<Action, Error> {
    let mirror = match due(&object, &tools.pass) {
        Ok(mirror) => mirror,
        Err(instead) => return instead,
    };
    let now = now();
    let pass = Box::pin(mirror::reconcile(mirror, &tools, now));
    let result = counted(&tools.pass, CONTROLLER, pass).await;
    if let Err(error @ (Error::Panicked(_) | Error::Timeout(_))) = &result {
        Box::pin(mirror::interrupted(&tools.pass, mirror, error, now)).await;
    }
    result
}

#[expect(clippy::needless_pass_by_value, reason = "kube's signature")]
fn after_error(object: Arc<Guarded>, error: &Error, tools: Arc<Tools>) -> Action {
    after_failure(&object, error, &tools.pass)
}

/// What of a Job leads to a pass: that it is there, and that it has begun or ended.
fn job_part(job: &Job) -> u64 {
    let status = job.status.clone().unwrap_or_default();
    let conditions: Vec<_> = status
        .conditions
        .into_iter()
        .flatten()
        .map(|condition| (condition.type_, condition.status))
        .collect();
    hash(&(conditions, status.ready, job.metadata.deletion_timestamp.is_some()))
}

/// What of a Registry leads to a pass: what runs share with its pods, and whether it serves.
fn host_part(host: &Deployment) -> u64 {
    let serves = match Host::of(host) {
        Host::Up(_) => "all",
        Host::Rolling => "some",
        Host::Down | Host::Missing => "none",
    };
    hash(&(serde_json::to_string(&host.spec.template).unwrap_or_default(), serves))
}

fn that_name(mirrors: &Store<Guarded>, host: &Deployment) -> Vec<ObjectRef<Guarded>> {
    let (registry, namespace) = (host.labels().get(REGISTRY_LABEL), host.namespace());
    let all = mirrors.state().into_iter().filter(|object| {
        let named = object.0.as_ref().ok().map(|mirror| &mirror.spec.registry_ref.name);
        object.namespace() == namespace && registry.is_some() && named == registry
    });
    all.map(|object| ObjectRef::from_obj(object.as_ref())).collect()
}

#[cfg(test)]
mod tests {
    use kube::runtime::watcher::Event;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_registry_leads_to_the_mirrors_that_name_it() {
        let (reader, mut writer) = reflector::store::<Guarded>();
        let mirror = |name: &str, namespace: &str, registry: &str| {
            let object = json!({
                "metadata": { "name": name, "namespace": namespace },
                "spec": {
                    "registryRef": { "name": registry }, "upstream": { "url": "https://a" },
                    "selection": { "include": [{ "organization": "a" }] },
                },
            });
            Event::Apply(serde_json::from_value(object).unwrap())
        };
        writer.apply_watcher_event(&mirror("ours", "team", "packages"));
        writer.apply_watcher_event(&mirror("others", "team", "edge"));
        writer.apply_watcher_event(&mirror("elsewhere", "other", "packages"));
        let broken =
            json!({ "metadata": { "name": "broken", "namespace": "team" }, "spec": { "upstream": 1 } });
        writer.apply_watcher_event(&Event::Apply(serde_json::from_value(broken).unwrap()));
        let host = json!({ "metadata": { "name": "packages", "namespace": "team", "labels": { REGISTRY_LABEL: "packages" } } });
        let named = that_name(&reader, &serde_json::from_value(host).unwrap());
        assert_eq!(named.iter().map(|found| found.name.as_str()).collect::<Vec<_>>(), ["ours"]);
    }
}
