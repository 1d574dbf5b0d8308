//! Spec and observation → children to write, and what is wrong. Pure: the same input gives the same bytes.

use barre_crds::Registry;
use kube::ResourceExt;

use super::{
    desired::{
        Objects,
        deployment::{CREDENTIALS_ANNOTATION, TEMPLATE_ANNOTATION},
        image::PodImage,
        wanted::Wanted,
    },
    known, names,
    observe::Observed,
    rollout,
    take_over::take_over,
    tools::Installation,
};
use crate::{
    pass::{claims::Claims, problem::Problem},
    store,
};

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
    pub(crate) fn is_at_rest(&self) -> bool {
        self.problems.is_empty() && !self.waiting
    }
}

/// Decides.
pub(crate) fn desired(registry: &Registry, observed: &Observed, installation: &Installation) -> Desired {
    let mut problems = Vec::new();
    let take_over = take_over(registry).unwrap_or_else(|problem| {
        problems.push(problem);
        None
    });
    let backend = store::describe(&registry.spec.storage).map_err(|problem| problems.push(problem)).ok();
    let image = PodImage::resolve(registry.spec.image.as_ref(), &installation.registry_image);
    let (version, minimum) = (image.version.clone(), minimum(registry));
    if registry.spec.suspend == Some(true) {
        let facts = Facts { problems, version, minimum, gated: false, waiting: false };
        return Desired { objects: Objects::nothing(), facts };
    }

    let mut claims = Claims::new(names::owner_of_children(registry), problems);
    let live = observed.live.deployment.as_ref();
    let usable = matches!(observed.store, Some(Ok(_))) && observed.credentials.is_ok();
    let gated = live.is_none() && !usable;
    let owner = names::log_owner(&installation.cluster_id, registry);
    let wanted = Wanted {
        registry,
        backend,
        credentials: credentials_fingerprint(observed, &owner),
        owner,
        image,
        take_over,
        fresh_token: observed.fresh_token.as_ref(),
        minimum,
        gated,
        scalable: !gated && claims.may_write(live),
        settled: rollout::settled(live.filter(|live| claims.may_write(Some(*live))), &observed.pods),
        live_template: live.and_then(|live| live.annotations().get(TEMPLATE_ANNOTATION).cloned()),
        expected: observed.known(),
        given_up: known::given_up(registry),
        live_replicas: live.map(|deployment| deployment.spec.replicas.unwrap_or(1)),
    };
    let objects = Objects::desired(&wanted, &observed.live, &mut claims);
    let Claims { problems, waiting, .. } = claims;
    Desired { objects, facts: Facts { problems, version, minimum, gated, waiting } }
}

/// Returns the fewest pods that the spec asks for.
fn minimum(registry: &Registry) -> i32 {
    match &registry.spec.autoscaling {
        Some(autoscaling) => autoscaling.min_replicas(),
        None => registry.spec.replicas.unwrap_or(REPLICAS),
    }
}

/// Returns the hash that rolls the pods when the credentials change: only onto those that the store accepts.
fn credentials_fingerprint(observed: &Observed, owner: &str) -> Option<String> {
    let present = observed.credentials.as_ref().ok().map(|credentials| credentials.fingerprint(owner));
    let live = observed.live.deployment.as_ref().and_then(|deployment| {
        let annotations = deployment.spec.template.metadata.as_ref()?.annotations.as_ref()?;
        annotations.get(CREDENTIALS_ANNOTATION).cloned()
    });
    if matches!(observed.store, Some(Ok(_))) { present.or(live) } else { live.or(present) }
}
