//! The watches of each kind, how a change maps to an object, and what happens after an error.

pub(crate) mod mirrors;
pub(crate) mod registries;

use std::{fmt::Debug, future::Future, sync::Arc, time::Duration};

use jiff::Timestamp;
use k8s_openapi::NamespaceResourceScope;
use kube::{
    Client, Resource, ResourceExt,
    api::ListParams,
    core::DeserializeGuard,
    runtime::{Predicate, controller::Action, events::EventType, predicates},
};

use serde::de::DeserializeOwned;

use crate::pass::{
    context::Context,
    error::Error,
    guard::guarded,
    metrics::{Controller, Outcome},
    report::event,
    scope::Scope,
    watch::hash,
};

/// A pass that takes longer hangs.
const LONGEST_PASS: Duration = Duration::from_secs(90);
const LONGEST_DELAY: Duration = Duration::from_mins(5);

/// What is watched: an object that cannot be read must not stop the others.
trait Guarded: Resource<DynamicType = ()> + Clone + Debug + Send + Sync + 'static {}

impl<K> Guarded for K where K: Resource<DynamicType = ()> + Clone + Debug + Send + Sync + 'static {}

/// Whether the API server knows a kind yet.
async fn is_installed<K>(client: &Client, scope: &Scope) -> Result<bool, kube::Error>
where
    K: Guarded + DeserializeOwned + Resource<Scope = NamespaceResourceScope>,
{
    let objects = scope.api::<K>(client);
    match objects.list_metadata(&ListParams::default().limit(1)).await {
        Ok(_) => Ok(true),
        Err(kube::Error::Api(status)) if status.code == 404 => Ok(false),
        Err(error) => Err(error),
    }
}

/// Returns the object if a pass is due, or what is to be done instead.
fn due<'a, K: Guarded>(
    object: &'a DeserializeGuard<K>,
    ctx: &Context,
) -> Result<&'a K, Result<Action, Error>> {
    let object = match &object.0 {
        Ok(object) => object,
        Err(invalid) => return Err(Err(Error::Undecodable(invalid.error.clone()))),
    };
    if object.meta().deletion_timestamp.is_some() {
        // Children go by their owner reference; storage stays.
        return Err(Ok(Action::await_change()));
    }
    match ctx.memory.begin(&ResourceExt::uid(object).unwrap_or_default()) {
        Some(wait) => Err(Ok(Action::requeue(wait))),
        None => Ok(object),
    }
}

/// Runs a pass, counts it and keeps it within its limits.
async fn counted(
    ctx: &Context,
    controller: Controller,
    pass: impl Future<Output = Result<Action, Error>> + Send,
) -> Result<Action, Error> {
    let (counted, _runs) = (ctx.metrics.pass(controller), ctx.health.pass());
    let result = guarded(LONGEST_PASS, pass).await;
    let took = counted.finish(if result.is_ok() { Outcome::success } else { Outcome::error });
    tracing::debug!(duration_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX), "reconciled");
    result
}

#[expect(clippy::disallowed_methods, reason = "the one place where a pass takes the time from")]
fn now() -> Timestamp {
    Timestamp::now()
}

/// Waits longer after each failure; an object that cannot be read waits for a change.
fn after_failure<K: Guarded>(object: &DeserializeGuard<K>, error: &Error, ctx: &Arc<Context>) -> Action {
    let (kind, namespace, name) =
        (K::kind(&()), ResourceExt::namespace(object).unwrap_or_default(), object.name_any());
    if let Error::Undecodable(_) = error {
        tracing::error!(
            error = error as &dyn std::error::Error,
            "{kind} '{namespace}/{name}' cannot be read"
        );
        tell_undecodable(object, error, ctx);
        return Action::await_change();
    }
    let delay = ctx.memory.failed(&ResourceExt::uid(object).unwrap_or_default(), LONGEST_DELAY);
    tracing::warn!(
        error = error as &dyn std::error::Error,
        retry_s = delay.as_secs(),
        "{kind} '{namespace}/{name}' is not as it should be"
    );
    Action::requeue(delay)
}

fn tell_undecodable<K: Guarded>(object: &DeserializeGuard<K>, error: &Error, ctx: &Arc<Context>) {
    let (reference, ctx) = (Resource::object_ref(object, &()), Arc::clone(ctx));
    let problem = error.problem();
    let note: String = problem.message.chars().take(250).collect();
    let event = event(EventType::Warning, problem.reason.as_str(), "Reconcile", &note);
    tokio::spawn(async move { ctx.tell(&event, &reference).await });
}

/// What leads to a pass: the spec, annotations, and what somebody else writes into the status, which is not theirs to say.
fn news<K: Guarded>(manager: &'static str) -> impl Predicate<DeserializeGuard<K>> {
    predicates::generation
        .combine(predicates::annotations)
        .combine(move |object: &DeserializeGuard<K>| Some(status_of_others(object, manager)))
}

fn status_of_others<K: Guarded>(object: &DeserializeGuard<K>, manager: &str) -> u64 {
    let entries = object.meta().managed_fields.iter().flatten();
    let others = entries.filter(|entry| {
        let status = entry.subresource.as_deref() == Some("status");
        status && entry.manager.as_deref() != Some(manager)
    });
    hash(&others.map(|entry| (&entry.manager, entry.time.as_ref().map(|time| time.0))).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use barre_crds::Registry;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_status_that_somebody_else_wrote_leads_to_a_pass() {
        let written_by = |managers: &[&str]| {
            let entry = |manager: &&str| {
                json!({ "manager": manager, "subresource": "status", "time": "2026-01-01T00:00:00Z",
                    "apiVersion": "barre.dev/v1alpha1", "operation": "Apply", "fieldsType": "FieldsV1", "fieldsV1": {} })
            };
            let entries: Vec<_> = managers.iter().map(entry).collect();
            let object = json!({ "metadata": { "name": "packages", "managedFields": entries }, "spec": {} });
            let object: DeserializeGuard<Registry> = serde_json::from_value(object).unwrap();
            status_of_others(&object, "ours")
        };
        assert_eq!(written_by(&[]), written_by(&["ours"]));
        assert_ne!(written_by(&[]), written_by(&["ours", "kubectl-edit"]));
    }
}
