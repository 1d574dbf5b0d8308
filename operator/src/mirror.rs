//! One pass over one PackageMirror.

pub(crate) mod desired;
pub(crate) mod host;
pub(crate) mod names;
pub(crate) mod tools;

mod account;
mod annotations;
mod ask;
mod choice;
mod decision;
mod events;
mod last_words;
mod observe;
mod record;
mod references;
mod schedule;
mod status;
mod told;

#[cfg(test)]
mod fixture;

use std::time::Duration;

use barre_crds::{PackageMirror, PackageMirrorStatus};
use jiff::Timestamp;
use k8s_openapi::api::batch::v1::Job;
use kube::{Resource, ResourceExt, runtime::controller::Action};

use crate::pass::{
    apply::Writer,
    child::ChildChange,
    context::Context,
    error::Error,
    guard::guarded,
    metrics::Controller,
    report::{restored, write_status, written_since},
};
use choice::{Choice, choose};
use decision::Next;
use desired::Live;
use names::{MANAGER, STATUS_MANAGER};
use observe::Observed;
use record::end_of;
use tools::Tools;

/// Objects that the spec refers to are seen at least this often.
const REQUEUE: Duration = Duration::from_mins(5);
/// The longest wait for what is not as it should be: nothing tells us when it is.
const LONGEST_PROBE: Duration = Duration::from_mins(1);
/// How often a run that runs is asked how far it is.
const PROGRESS: Duration = Duration::from_secs(10);
/// How many Jobs that have ended are kept, for people.
const HISTORY: usize = 3;
/// An API server that does not answer a pass may not answer its report either.
const LONGEST_REPORT: Duration = Duration::from_secs(10);

/// Reads the cluster, decides, acts, reports.
pub(crate) async fn reconcile(
    mirror: &PackageMirror,
    tools: &Tools,
    now: Timestamp,
) -> Result<Action, Error> {
    let mirror = &latest(mirror, &tools.pass);
    let observed = match Box::pin(observe::observe(tools, mirror, now)).await {
        Ok(observed) => observed,
        Err(error) => {
            interrupted(&tools.pass, mirror, &error, now).await;
            return Err(error);
        }
    };
    let _worker = tools.workers.acquire().await;
    let mut choice = choose(mirror, &observed, now);
    let uid = mirror.uid().unwrap_or_default();
    let writer = Writer {
        client: &tools.pass.client,
        memory: &tools.pass.memory,
        manager: MANAGER,
        uid: uid.clone(),
        namespace: mirror.namespace().unwrap_or_default(),
    };
    let mut drifted = Vec::new();
    let objects = choice.take_objects();
    let objects = objects.without_unchanged(&tools.pass.memory, &uid, &observed.live, &mut drifted);
    let mut errors = objects.write(&writer, mirror, &mut Live::default()).await;
    // A run reads what was just written.
    if let Some(job) = choice.job.take().filter(|_| errors.is_empty()) {
        errors.extend(writer.change(ChildChange::Create(job)).await.err());
    }
    let status = status::status(mirror, &observed, &choice, &errors, now);
    report(&tools.pass, mirror, status, &observed).await?;
    if let Some(event) = restored(&drifted) {
        tools.pass.tell(&event, &mirror.object_ref(&())).await;
    }
    for job in surplus(&observed) {
        errors.extend(writer.change(job).await.err());
    }
    if errors.is_empty() {
        return Ok(next(&tools.pass, mirror, &choice, &observed, now));
    }
    let first = errors.remove(0);
    for error in errors {
        tracing::warn!(error = &error as &dyn std::error::Error, "something else failed as well");
    }
    Err(first)
}

/// Returns the PackageMirror with the status that was written last: what the watch has seen may be older.
fn latest(mirror: &PackageMirror, ctx: &Context) -> PackageMirror {
    let mut latest = mirror.clone();
    if let Some(status) = written_since(ctx, mirror) {
        latest.status = Some(status);
    }
    latest
}

/// Reports of a pass that ended before it saw everything. Where that fails, too, the log has to do.
pub(crate) async fn interrupted(ctx: &Context, mirror: &PackageMirror, error: &Error, now: Timestamp) {
    let mirror = &latest(mirror, ctx);
    let status = status::interrupted(mirror, error, now);
    let told = async {
        if mirror.status.as_ref() == Some(&status) {
            return Ok(());
        }
        write_status(ctx, mirror, &status, (Controller::packagemirror, STATUS_MANAGER)).await
    };
    if let Err(untold) = guarded(LONGEST_REPORT, told).await {
        tracing::warn!(
            error = &untold as &dyn std::error::Error,
            "the status does not say why the pass failed"
        );
    }
}

/// Writes the status if it says anything new, and tells about what changed.
async fn report(
    ctx: &Context,
    mirror: &PackageMirror,
    status: PackageMirrorStatus,
    observed: &Observed,
) -> Result<(), Error> {
    let old = mirror.status.clone().unwrap_or_default();
    if old == status {
        return Ok(());
    }
    write_status(ctx, mirror, &status, (Controller::packagemirror, STATUS_MANAGER)).await?;
    for event in events::events(&old, &status, &observed.record.news) {
        ctx.tell(&event, &mirror.object_ref(&())).await;
    }
    Ok(())
}

/// Returns the Jobs that have ended and are no longer kept, and those whose run was given up. The last one that ended says
/// after which run the next one comes.
fn surplus(observed: &Observed) -> impl Iterator<Item = ChildChange<Job>> {
    let last = observed.record.status.last_run.as_ref().map(|run| run.id.clone());
    let stay = observed.jobs.iter().filter(|job| job.metadata.deletion_timestamp.is_none());
    let (mut ended, run): (Vec<&Job>, Vec<&Job>) = stay.partition(|job| end_of(job).is_some());
    ended.sort_by_key(|job| std::cmp::Reverse(job.metadata.creation_timestamp.as_ref().map(|time| time.0)));
    let given_up: Vec<&Job> = run.into_iter().filter(|job| Some(job.name_any()) == last).collect();
    let surplus = ended.into_iter().skip(HISTORY).filter(move |job| Some(job.name_any()) != last);
    surplus
        .chain(given_up)
        .map(|job| ChildChange::Delete { name: job.name_any(), uid: job.uid().unwrap_or_default() })
}

/// Says when to look again.
fn next(
    ctx: &Context,
    mirror: &PackageMirror,
    choice: &Choice,
    observed: &Observed,
    now: Timestamp,
) -> Action {
    let uid = mirror.uid().unwrap_or_default();
    let wait = if choice.is_at_rest() {
        ctx.memory.succeeded(&uid);
        REQUEUE.mul_f64(rand::random_range(0.9..1.0))
    } else {
        ctx.memory.failed(&uid, LONGEST_PROBE)
    };
    let run = match choice.next {
        Next::At(time) => Some(Duration::try_from(time.duration_since(now)).unwrap_or_default()),
        Next::Now(_) => Some(PROGRESS),
        Next::Nothing => None,
    };
    let progress = observed.record.status.current_run.as_ref().map(|_| PROGRESS);
    // A moment later: what is due then must have come.
    let earliest = run.into_iter().chain(progress).min().map(|wait| wait + Duration::from_millis(100));
    Action::requeue(earliest.map_or(wait, |earliest| wait.min(earliest)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jobs_go_that_are_old_or_given_up() {
        let job = |id: &str, end, going: bool| {
            let mut job = fixture::job(id, None, "1", end);
            job.metadata.deletion_timestamp = going.then(|| fixture::last_run("a", "Failed").completion_time);
            job
        };
        let ended = |id| job(id, Some(("Complete", fixture::MADE)), false);
        for (jobs, expected) in [
            (vec![ended("a"), ended("b"), ended("c")], vec![]),
            (vec![ended("a"), ended("b"), ended("c"), ended("d"), ended("last")], vec!["d"]),
            (vec![ended("a"), job("runs", None, false)], vec![]),
            (vec![ended("a"), job("last", None, false)], vec!["last"]),
            (vec![ended("a"), job("last", None, true)], vec![]),
        ] {
            let mut observed = Observed { jobs, ..fixture::observed() };
            observed.record.status.last_run = Some(fixture::last_run("last", "Failed"));
            let names = surplus(&observed).map(|change| match change {
                ChildChange::Delete { name, .. } => name,
                _ => panic!("they are deleted"),
            });
            assert_eq!(names.collect::<Vec<_>>(), expected);
        }
    }
}
