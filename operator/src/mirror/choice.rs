//! Spec and observation → children to write, the run that begins, and what is wrong. Pure.

use barre_crds::{PackageMirror, condition::Reason, package_mirror::Mode};
use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::batch::v1::Job;

use super::{
    decision::{self, Next},
    desired::{Objects, job::job, settings::Wanted},
    host::Host,
    names,
    observe::Observed,
    schedule::Schedule,
    told::{Told, told},
};
use crate::pass::{claims::Claims, problem::Problem};

/// Who applies both at once applies the Registry perhaps a moment later.
const GRACE: SignedDuration = SignedDuration::from_mins(1);

/// What a pass does, and what its status is made from.
pub(crate) struct Choice {
    objects: Option<Objects>,
    /// The Job of the run that begins.
    pub(crate) job: Option<Box<Job>>,
    /// What is to be done about runs.
    pub(crate) next: Next,
    /// What is told; nothing, if the spec cannot be.
    pub(crate) told: Option<Told>,
    pub(crate) schedule: Option<Schedule>,
    /// What the spec asks for and cannot be had; the worst first.
    pub(crate) problems: Vec<Problem>,
    /// Why runs wait for the Registry, or for the end of what still works.
    pub(crate) awaited: Option<Problem>,
    /// The Registry should be there by now.
    pub(crate) in_vain: bool,
    /// Children of a deleted PackageMirror of the same name are still there.
    pub(crate) waiting: bool,
    /// Pods do not work by what they are told yet.
    pub(crate) uninformed: bool,
}

impl Choice {
    /// Returns what is written, once.
    pub(crate) fn take_objects(&mut self) -> Objects {
        self.objects.take().unwrap_or_else(Objects::nothing)
    }

    /// Whether nothing has to be looked at again soon.
    pub(crate) fn is_at_rest(&self) -> bool {
        self.problems.is_empty() && self.awaited.is_none() && !self.waiting && !self.uninformed
    }
}

/// Decides.
pub(crate) fn choose(mirror: &PackageMirror, observed: &Observed, now: Timestamp) -> Choice {
    let mut problems = Vec::new();
    let schedule = Schedule::read(&mirror.spec).unwrap_or_else(|problem| {
        problems.push(problem);
        None
    });
    let told = told(mirror, &observed.references).map_err(|problem| problems.push(problem)).ok();
    problems.extend(observed.references.problems.iter().cloned());
    let mut claims = Claims::new(names::owner_of_children(mirror), problems);
    let wanted = Wanted { mirror, told: told.as_ref() };
    let objects = Objects::desired(&wanted, &observed.live, &mut claims);
    let Claims { problems, waiting, .. } = claims;
    let awaited = awaited(mirror, &observed.registry).or_else(|| awaited_end(mirror, observed));
    let settings = told.as_ref().map(|told| told.hash.as_str()).unwrap_or_default();
    let may_run = problems.is_empty() && awaited.is_none() && !waiting;
    let next = if may_run {
        decision::next(mirror, settings, schedule.as_ref(), &observed.record, now)
    } else {
        Next::Nothing
    };
    let job = match (&next, &told, &observed.registry) {
        (Next::Now(run), Some(told), Host::Up(program)) => Some(Box::new(job(mirror, run, told, program))),
        _ => None,
    };
    let in_vain = observed.registry == Host::Missing && is_old(mirror, now);
    let uninformed = mirror.spec.mode == Mode::PullThrough && !is_informed(mirror, told.as_ref(), observed);
    Choice {
        objects: Some(objects),
        job,
        next,
        told,
        schedule,
        problems,
        awaited,
        in_vain,
        waiting,
        uninformed,
    }
}

fn awaited(mirror: &PackageMirror, registry: &Host) -> Option<Problem> {
    let name = &mirror.spec.registry_ref.name;
    match registry {
        Host::Up(_) => None,
        // A pull-through is in the pods themselves, old and new.
        Host::Rolling if mirror.spec.mode == Mode::PullThrough => None,
        Host::Rolling => Some(Problem::new(
            Reason::RegistryUnavailable,
            format!(
                "Registry '{name}' exchanges its pods, and runs begin after that; see kubectl describe registry {name}"
            ),
        )),
        Host::Down => Some(Problem::new(
            Reason::RegistryUnavailable,
            format!("Registry '{name}' has no pod that serves; see kubectl describe registry {name}"),
        )),
        Host::Missing => Some(Problem::new(
            Reason::RegistryNotFound,
            format!(
                "there is no Registry '{name}' in this namespace; create it, or correct registryRef in a new PackageMirror"
            ),
        )),
    }
}

/// Whoever's run it was: two at a time must not be.
fn awaited_end(mirror: &PackageMirror, observed: &Observed) -> Option<Problem> {
    let pod = observed.left.as_ref().filter(|_| mirror.spec.mode == Mode::Sync)?;
    let message = format!("pod '{pod}' of an earlier run is still there; the next run begins after its end");
    Some(Problem::new(Reason::SyncRunning, message))
}

fn is_old(mirror: &PackageMirror, now: Timestamp) -> bool {
    let made = mirror.metadata.creation_timestamp.as_ref().and_then(|time| time.0.checked_add(GRACE).ok());
    made.is_none_or(|end| end <= now)
}

/// Whether every ready pod of the Registry works by what is told. Once all have said so, one that does not answer is no word
/// that it works by something else.
fn is_informed(mirror: &PackageMirror, told: Option<&Told>, observed: &Observed) -> bool {
    let (Some(told), Some(informed)) = (told, &observed.pods) else { return false };
    let parse = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap_or_default();
    let ours = parse(&told.text);
    let is_there = parse(&informed.text)["mirrors"].as_array().is_some_and(|all| all.contains(&ours));
    let hash = informed.hash();
    let before = mirror.status.as_ref().and_then(|status| status.loaded_hash.as_ref());
    let all = informed.loaded.iter().all(|loaded| loaded.as_ref().or(before) == Some(&hash));
    is_there && all && !informed.loaded.is_empty()
}

#[cfg(test)]
mod tests;
