//! Spec and observation → children to write, and what is wrong. Pure: the same input gives the same bytes.

mod autoscaler;
mod container;
mod deployment;
mod disruption;
mod image;
mod service;

use barre_crds::{Registry, TAKE_OVER, condition::Reason};
use k8s_openapi::{
    api::core::v1::LocalObjectReference, api::core::v1::ServiceAccount,
    apimachinery::pkg::apis::meta::v1::ObjectMeta,
};
use kube::{Resource, ResourceExt};
use uuid::Uuid;

use super::observe::Observed;
use crate::{
    pass::names,
    pass::objects::{Change, Objects},
    pass::problem::Problem,
    registry::tools::Installation,
};
use image::Image;

/// How many pods serve when the spec does not say.
const REPLICAS: i32 = 2;

/// What a pass writes, and what its status is made from.
pub(crate) struct Desired {
    pub(crate) objects: Objects,
    pub(crate) facts: Facts,
}

/// What deciding found out besides the objects.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Facts {
    /// What the spec asks for and cannot be had; the worst first.
    pub(crate) problems: Vec<Problem>,
    /// The version that the pods run.
    pub(crate) version: String,
    /// The fewest pods that serve.
    pub(crate) minimum: i32,
    /// The first pods wait for the storage.
    pub(crate) gated: bool,
    /// Children of a deleted Registry of the same name are still there.
    pub(crate) waiting: bool,
}

impl Facts {
    /// Whether nothing has to be looked at again soon.
    pub(crate) fn is_settled(&self) -> bool {
        self.problems.is_empty() && !self.waiting
    }
}

/// Decides.
pub(crate) fn desired(registry: &Registry, observed: &Observed, installation: &Installation) -> Desired {
    let image = Image::resolve(registry.spec.image.as_ref(), &installation.registry_image);
    let minimum = minimum(registry);
    let live = &observed.live;
    let usable = matches!(observed.store, Some(Ok(_))) && observed.credentials.is_ok();
    let suspended = registry.spec.suspend == Some(true);
    let gated = live.deployment.is_none() && !usable;
    let mut problems = Vec::new();
    let take_over = take_over(registry).unwrap_or_else(|problem| {
        problems.push(problem);
        None
    });
    if suspended {
        let facts = Facts { problems, version: image.version, minimum, gated: false, waiting: false };
        return Desired { objects: Objects::nothing(), facts };
    }

    let mut claims = Claims { registry, problems, waiting: false };
    if let Some(secret) = &live.admin {
        claims.waiting |= names::is_predecessors(registry, &secret.metadata);
    }
    let service_account = claims.apply(live.service_account.as_ref(), service_account(registry));
    let service = claims.apply(live.service.as_ref(), service::public(registry));
    let admin_service = claims.apply(live.admin_service.as_ref(), service::admin(registry));
    let disruption = match disruption::budget(registry, minimum) {
        Some(budget) => claims.apply(live.disruption.as_ref(), budget),
        None => claims.delete(live.disruption.as_ref()),
    };
    let deployment = if gated {
        Change::Keep
    } else {
        let owner = super::names::log_owner(&installation.cluster_id, registry);
        let fingerprint = credentials_fingerprint(observed, &owner);
        let given = container::Given { owner: &owner, image: &image, take_over: take_over.as_deref() };
        claims.apply(live.deployment.as_ref(), deployment::deployment(registry, &given, fingerprint))
    };
    let scalable = matches!(deployment, Change::Apply(_));
    let autoscaler = match autoscaler::autoscaler(registry) {
        Some(autoscaler) if scalable => claims.apply(live.autoscaler.as_ref(), autoscaler),
        Some(_) => Change::Keep,
        None => claims.delete(live.autoscaler.as_ref()),
    };
    let objects = Objects {
        service_account,
        admin: observed.fresh_token.as_ref().map(|token| token.secret(registry)),
        service,
        admin_service,
        disruption,
        deployment,
        replicas: if scalable { replicas(registry, observed) } else { None },
        autoscaler,
    };
    let Claims { problems, waiting, .. } = claims;
    Desired { objects, facts: Facts { problems, version: image.version, minimum, gated, waiting } }
}

/// Returns the fewest pods that the spec asks for.
fn minimum(registry: &Registry) -> i32 {
    match &registry.spec.autoscaling {
        Some(autoscaling) => autoscaling.min_replicas(),
        None => registry.spec.replicas.unwrap_or(REPLICAS),
    }
}

/// Returns what the second field manager writes: nothing once an autoscaler decides. An autoscaler leaves a Deployment
/// without pods alone, so it is woken up.
fn replicas(registry: &Registry, observed: &Observed) -> Option<i32> {
    let live = observed.live.deployment.as_ref();
    let live = live.map(|deployment| deployment.spec.replicas.unwrap_or(1));
    let wanted = minimum(registry);
    match (&registry.spec.autoscaling, live) {
        (None, Some(live)) => (live != wanted).then_some(wanted),
        (Some(_), Some(live)) => (live == 0).then_some(wanted),
        (_, None) => Some(wanted),
    }
}

/// Returns the hash that rolls the pods when the keys change: only onto keys that the store accepts.
fn credentials_fingerprint(observed: &Observed, owner: &str) -> Option<String> {
    let present = observed.credentials.as_ref().ok().map(|credentials| credentials.fingerprint(owner));
    let live = observed.live.deployment.as_ref().and_then(|deployment| {
        let annotations = deployment.spec.template.metadata.as_ref()?.annotations.as_ref()?;
        annotations.get(deployment::CREDENTIALS_ANNOTATION).cloned()
    });
    if matches!(observed.store, Some(Ok(_))) { present.or(live) } else { live.or(present) }
}

/// Returns the id of the registry that is to change hands, if the Registry says so.
pub(crate) fn take_over(registry: &Registry) -> Result<Option<String>, Problem> {
    let Some(text) = registry.annotations().get(TAKE_OVER) else { return Ok(None) };
    match Uuid::parse_str(text) {
        Ok(id) => Ok(Some(id.to_string())),
        Err(_) => Err(Problem::new(
            Reason::InvalidSpec,
            format!("the annotation {TAKE_OVER} is not the id of a registry (a UUID); correct or remove it"),
        )),
    }
}

fn service_account(registry: &Registry) -> ServiceAccount {
    ServiceAccount {
        metadata: names::child(registry, registry.name_any()),
        automount_service_account_token: Some(false),
        ..ServiceAccount::default()
    }
}

fn pull_secrets(registry: &Registry) -> Option<Vec<LocalObjectReference>> {
    let secrets = &registry.spec.image.as_ref()?.pull_secrets;
    let names: Vec<_> =
        secrets.iter().map(|secret| LocalObjectReference { name: secret.name.clone() }).collect();
    (!names.is_empty()).then_some(names)
}

/// Decides whether an object may be written, since server-side apply with force would take it from anybody.
struct Claims<'a> {
    registry: &'a Registry,
    problems: Vec<Problem>,
    waiting: bool,
}

impl Claims<'_> {
    fn apply<K: Resource<DynamicType = ()>>(&mut self, live: Option<&K>, object: K) -> Change<K> {
        match live.map(Resource::meta) {
            Some(meta) if names::is_predecessors(self.registry, meta) => {
                self.waiting = true;
                Change::Keep
            }
            Some(meta) if !names::is_ours(self.registry, meta) => {
                self.problems.push(conflict(&K::kind(&()), meta));
                Change::Keep
            }
            _ => Change::Apply(Box::new(object)),
        }
    }

    fn delete<K: Resource<DynamicType = ()>>(&self, live: Option<&K>) -> Change<K> {
        match live.map(Resource::meta) {
            Some(ObjectMeta { name: Some(name), uid: Some(uid), .. })
                if live.is_some_and(|live| names::is_ours(self.registry, live.meta())) =>
            {
                Change::Delete { name: name.clone(), uid: uid.clone() }
            }
            _ => Change::Keep,
        }
    }
}

fn conflict(kind: &str, meta: &ObjectMeta) -> Problem {
    let name = meta.name.as_deref().unwrap_or_default();
    let message = format!(
        "{kind} '{name}' exists and does not belong to this Registry; \
         delete it, or choose another name for the Registry"
    );
    Problem::new(Reason::NameConflict, message)
}

#[cfg(test)]
mod tests;
