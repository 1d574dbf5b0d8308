//! Spec and observation → children to write, and what is wrong. Pure: the same input gives the same bytes.

use barre_contract::address;
use barre_crds::{Registry, condition::Reason};
use k8s_openapi::api::apps::v1::Deployment;
use kube::ResourceExt;

use super::{
    desired::{
        Objects,
        deployment::{CREDENTIALS_ANNOTATION, TEMPLATE_ANNOTATION, fingerprint, template},
        image::PodImage,
        wanted::Wanted,
    },
    known, mirrors, names,
    observe::Observed,
    rollout,
    take_over::take_over,
    tools::Installation,
};
use crate::{
    pass::{
        child::ChildChange,
        claims::Claims,
        problem::Problem,
        rollouts::{Rollouts, Upgrade},
    },
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
    /// What a person must change too, though it keeps nobody from serving.
    pub(crate) notices: Vec<Problem>,
    /// What the pods should run.
    pub(crate) image: PodImage,
    /// The fewest pods that serve.
    pub(crate) minimum: i32,
    /// The first pods wait for the storage.
    pub(crate) gated: bool,
    /// Children of a deleted Registry of the same name are still there.
    pub(crate) waiting: bool,
    /// Others roll their pods first.
    pub(crate) held: bool,
}

impl Facts {
    /// Whether nothing has to be looked at again soon.
    pub(crate) fn is_at_rest(&self) -> bool {
        self.problems.is_empty() && self.notices.is_empty() && !self.waiting && !self.held
    }
}

impl Desired {
    /// Lets pods follow a new operator only when it is their turn. Who would not write them takes no turn from others.
    pub(crate) fn in_turn(mut self, registry: &Registry, observed: &Observed, rollouts: &Rollouts) -> Self {
        let owner = names::owner_of_children(registry);
        let ours = observed.live.deployment.as_ref().filter(|live| owner.is_ours(&live.metadata));
        let upgrade = match ours.map(|live| rollout::upgrade(registry, live)) {
            Some(Upgrade::Due) if self.objects.deployment == ChildChange::Keep => Upgrade::Done,
            upgrade => upgrade.unwrap_or(Upgrade::Done),
        };
        if !rollouts.turn(&registry.uid().unwrap_or_default(), upgrade) {
            self.objects.deployment = ChildChange::Keep;
            self.facts.held = true;
        }
        self
    }
}

/// Decides.
pub(crate) fn desired(registry: &Registry, observed: &Observed, installation: &Installation) -> Desired {
    let mut problems = wrong_addresses(registry);
    let backend = store::describe(&registry.spec.storage).map_err(|problem| problems.push(problem)).ok();
    problems.extend(backend.as_ref().and_then(|backend| backend.out_of_reach(installation.reach)));
    let image = PodImage::resolve(registry.spec.image.as_ref(), &installation.registry_image);
    let minimum = minimum(registry);
    let mut claims = Claims::new(names::owner_of_children(registry), problems);
    let live = observed.live.deployment.as_ref().filter(|live| claims.may_write(Some(*live)));
    let mut notices = notices(registry, observed, live);
    let take_over = take_over(registry, live).unwrap_or_else(|problem| {
        notices.push(problem);
        None
    });
    if registry.spec.suspend == Some(true) {
        let problems = claims.problems;
        let facts = Facts { problems, notices, image, minimum, gated: false, waiting: false, held: false };
        return Desired { objects: Objects::nothing(), facts };
    }

    let usable = matches!(observed.store, Some(Ok(_))) && observed.credentials.is_ok();
    let gated = observed.live.deployment.is_none() && !usable;
    let owner = names::log_owner(&installation.cluster_id, registry);
    // What cannot be is not written: the pods that serve go on with what they have. With the ServiceAccount of somebody
    // else, pods would run as theirs, and with their list of mirrors, admit what they do.
    let accounted = claims.may_write(observed.live.service_account.as_ref())
        && claims.may_write(observed.live.mirrors.as_ref());
    let told = mirrors::told(&observed.mirrors);
    notices.extend(told.too_large.clone());
    let backend = backend.filter(|_| claims.problems.is_empty() && accounted);
    let comes = observed.live.deployment.is_none() && !gated && backend.is_some();
    let wanted = Wanted {
        registry,
        backend,
        credentials: credentials_fingerprint(observed),
        owner,
        image: image.clone(),
        take_over,
        fresh_token: observed.fresh_token.as_ref(),
        minimum,
        gated,
        scalable: comes || live.is_some(),
        contested: observed.rival.is_some(),
        settled: rollout::settled(live, &observed.pods),
        live_template: live.and_then(|live| live.annotations().get(TEMPLATE_ANNOTATION).cloned()),
        expected: observed.known(),
        given_up: known::given_up(registry),
        told,
        live_replicas: live.map(|deployment| deployment.spec.replicas.unwrap_or(1)),
    };
    let wanted = keep_unkeyed(wanted, observed);
    let objects = Objects::desired(&wanted, &observed.live, &mut claims);
    let Claims { problems, waiting, .. } = claims;
    Desired { objects, facts: Facts { problems, notices, image, minimum, gated, waiting, held: false } }
}

/// Returns which addresses of the spec a registry would refuse.
fn wrong_addresses(registry: &Registry) -> Vec<Problem> {
    let Some(server) = &registry.spec.server else { return Vec::new() };
    let invalid = |field: &str, why: &str| Problem::new(Reason::InvalidSpec, format!("{field}: {why}"));
    let url = server.external_url.iter().filter_map(|url| address::origin(url).err());
    let hosts = server.additional_hosts.iter().filter_map(|host| {
        let why = address::host(host).err()?;
        Some(invalid("server.additionalHosts", &format!("'{host}' cannot be: {why}")))
    });
    url.map(|why| invalid("server.externalURL", why)).chain(hosts).collect()
}

/// Returns what others do to the pods that the spec does not say.
fn notices(registry: &Registry, observed: &Observed, live: Option<&Deployment>) -> Vec<Problem> {
    let mut notices = Vec::new();
    let name = names::main(registry);
    if live.is_some_and(|live| live.spec.paused == Some(true)) {
        let message = format!(
            "Deployment '{name}' is paused, so that no change reaches the pods; kubectl rollout resume deployment {name}"
        );
        notices.push(Problem::new(Reason::Paused, message));
    }
    if let Some(rival) = &observed.rival {
        let message = format!(
            "HorizontalPodAutoscaler '{rival}' scales the pods of this Registry, so that their number is left to it; \
             delete it, and set spec.autoscaling if you want one"
        );
        notices.push(Problem::new(Reason::ScaledByAnother, message));
    }
    notices
}

/// Returns the fewest pods that the spec asks for.
fn minimum(registry: &Registry) -> i32 {
    match &registry.spec.autoscaling {
        Some(autoscaling) => autoscaling.min_replicas(),
        None => registry.spec.replicas.unwrap_or(REPLICAS),
    }
}

/// Returns the hash that rolls the pods when the credentials change: only onto those that the store accepts.
///
/// Whoever reads Deployments need not be allowed to read Secrets, and could try weak credentials with a hash that anybody can
/// make; so it is keyed with the first token. The version of the Secret with the credentials would tell nothing either, but
/// change with each label that somebody sets on it. A new first token rolls the pods once; while there is none, they stay.
fn credentials_fingerprint(observed: &Observed) -> Option<String> {
    let fresh = observed.fresh_token.as_ref().filter(|_| observed.live.deployment.is_none());
    let key = observed.key.as_deref().or_else(|| fresh.map(|token| token.text().as_bytes()));
    let present =
        observed.credentials.as_ref().ok().zip(key).map(|(credentials, key)| credentials.fingerprint(key));
    let live = live_fingerprint(observed);
    if matches!(observed.store, Some(Ok(_))) { present.or(live) } else { live.or(present) }
}

fn live_fingerprint(observed: &Observed) -> Option<String> {
    let template = &observed.live.deployment.as_ref()?.spec.template;
    template.metadata.as_ref()?.annotations.as_ref()?.get(CREDENTIALS_ANNOTATION).cloned()
}

/// Returns what is wanted with the hash of earlier releases, whose key is no secret, where nothing else rolls the pods.
fn keep_unkeyed<'a>(wanted: Wanted<'a>, observed: &Observed) -> Wanted<'a> {
    let earlier = observed.credentials.as_ref().map(|keys| keys.fingerprint(wanted.owner.as_bytes())).ok();
    if earlier.is_none() || earlier != live_fingerprint(observed) {
        return wanted;
    }
    let keyed = wanted.credentials.clone();
    let unkeyed = Wanted { credentials: earlier, ..wanted };
    if unkeyed.live_template.as_ref() == Some(&fingerprint(&template(&unkeyed))) {
        unkeyed
    } else {
        Wanted { credentials: keyed, ..unkeyed }
    }
}
