//! What is known of the runs of a PackageMirror: its status, and the Jobs that have gone on since. Pure.
//!
//! Each Job says after which run it came, what it was told, and what led to it. So whatever was not written into the status,
//! because the operator ended in between, follows from the Jobs, and what Jobs no longer tell stands in the status.

use barre_contract::mirror::{LastWords, Outcome, Report};
use barre_crds::{PackageMirrorStatus, package_mirror::LastRun};
use jiff::{SignedDuration, Timestamp};
use k8s_openapi::{
    api::{
        batch::v1::{Job, JobCondition},
        core::v1::Pod,
    },
    apimachinery::pkg::apis::meta::v1::Time,
};
use kube::ResourceExt;

use super::{
    account::{self, annotation, current, failed, last_run, seconds, word},
    annotations::{PREVIOUS, REQUESTED, SCHEDULED},
};
use crate::pass::finding::Finding;

/// How long a run may wait for its first container.
const LONGEST_START: SignedDuration = SignedDuration::from_mins(10);

/// A Job that has ended, and what its pod said.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ended {
    /// The run.
    pub(crate) id: String,
    pub(crate) words: Option<LastWords>,
    /// Where it could not even begin, or was killed: why.
    pub(crate) why: Option<String>,
}

/// What is known of the runs.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Record {
    pub(crate) status: PackageMirrorStatus,
    /// The runs that have ended since the status was written, the oldest first.
    pub(crate) news: Vec<LastRun>,
}

impl Record {
    /// Brings a status up to date.
    pub(crate) fn of(
        status: Option<&PackageMirrorStatus>,
        jobs: &[Job],
        ended: &[Ended],
        report: Option<&Report>,
        now: Timestamp,
    ) -> Self {
        let mut record = Self { status: status.cloned().unwrap_or_default(), news: Vec::new() };
        record.note_vanished(jobs, now);
        for _ in jobs {
            let Some(job) = record.next(jobs) else { break };
            record.status.last_handled_sync_at =
                annotation(job, REQUESTED).or_else(|| record.status.last_handled_sync_at.take());
            let scheduled = annotation(job, SCHEDULED).and_then(|text| text.parse().ok()).map(Time);
            record.status.last_schedule_time = scheduled.or_else(|| record.status.last_schedule_time.take());
            let Some(end) = end_of(job) else {
                let before = record.status.current_run.take();
                record.status.current_run = Some(current(job, before, report));
                break;
            };
            let said = ended.iter().find(|ended| ended.id == job.name_any());
            // A pod that is gone may have said as much in its last report.
            let reported =
                || report.filter(|report| report.run == job.name_any()).and_then(Report::last_words);
            let words = said.and_then(|said| said.words.clone()).or_else(reported);
            let why = said.and_then(|said| said.why.clone());
            record.note_end(last_run(job, end, words.as_ref(), why), words.as_ref());
        }
        record.note_lists(report);
        record
    }

    /// Returns the first run that the record does not know the end of. Whatever runs is one, wherever it comes from: there are
    /// never two.
    fn next<'a>(&self, jobs: &'a [Job]) -> Option<&'a Job> {
        let last = self.status.last_run.as_ref().map(|run| run.id.as_str());
        let current = self.status.current_run.as_ref().map(|run| run.id.as_str());
        let of_those = || jobs.iter().filter(|job| Some(&*job.name_any()) != last);
        let is_next = |job: &&Job| match (annotation(job, PREVIOUS), last) {
            (before, Some(last)) => before.as_deref() == Some(last),
            (before, None) => jobs.iter().all(|other| Some(other.name_any()) != before),
        };
        let known = of_those().find(|job| Some(&*job.name_any()) == current);
        known
            .or_else(|| of_those().filter(is_next).min_by_key(|job| made(job)))
            .or_else(|| of_those().find(|job| end_of(job).is_none()))
    }

    /// A Job that somebody deleted while it ran. It ended just now, as far as anybody knows.
    fn note_vanished(&mut self, jobs: &[Job], now: Timestamp) {
        let Some(run) = self.status.current_run.take() else { return };
        if jobs.iter().any(|job| job.name_any() == run.id) {
            self.status.current_run = Some(run);
            return;
        }
        let message = "its Job was deleted before it ended".to_owned();
        let vanished = LastRun { message: Some(message), ..failed(&run, Time(seconds(now))) };
        self.note_end(vanished, None);
    }

    /// Gives up the run that runs if no container of it came up: its pod stays as it was made, and the next one is made anew.
    /// Its Job, which has not ended though its run has, is deleted.
    pub(crate) fn give_up(&mut self, pods: &[Pod], stuck: Option<&Finding>, now: Timestamp) {
        let Some(run) = &self.status.current_run else { return };
        let made = pods.iter().filter_map(|pod| Some(pod.metadata.creation_timestamp.as_ref()?.0)).max();
        let waited = now.duration_since(made.unwrap_or(run.start_time.0));
        if waited < LONGEST_START || run.stage.is_some() || pods.iter().any(has_begun) {
            return;
        }
        let why = stuck
            .map_or_else(|| format!("see kubectl describe job {}", run.id), |stuck| stuck.message.clone());
        let message = format!("no container of it ran within ten minutes, so it was given up: {why}");
        let given_up = LastRun { message: Some(message), ..failed(run, Time(seconds(now))) };
        self.note_end(given_up, None);
    }

    fn note_end(&mut self, run: LastRun, words: Option<&LastWords>) {
        let status = &mut self.status;
        if run.result == word(Outcome::Succeeded) {
            status.last_successful_time = Some(run.completion_time.clone());
            status.consecutive_failures = Some(0);
        } else {
            status.consecutive_failures = Some(status.consecutive_failures.unwrap_or(0).saturating_add(1));
        }
        if let Some(words) = words {
            status.inventory = Some(account::inventory(words.inventory));
        }
        (status.failures, status.waiting, status.missing) = (Vec::new(), Vec::new(), Vec::new());
        status.current_run = None;
        status.last_run = Some(run.clone());
        self.news.push(run);
    }

    /// Whether the last run has something to list that only its report tells.
    pub(crate) fn lacks_lists(&self) -> bool {
        let some = |count: Option<i64>| count.is_some_and(|count| count > 0);
        self.status.last_run.as_ref().is_some_and(|run| {
            (some(run.failed) && self.status.failures.is_empty())
                || (some(run.waiting) && self.status.waiting.is_empty())
                || (some(run.missing) && self.status.missing.is_empty())
        })
    }

    fn note_lists(&mut self, report: Option<&Report>) {
        let last = self.status.last_run.as_ref().map(|run| run.id.as_str());
        let Some(report) = report.filter(|report| report.outcome.is_some() && Some(&*report.run) == last)
        else {
            return;
        };
        self.status.failures = account::failures(report);
        self.status.waiting = account::waiting(report);
        self.status.missing = account::missing(report);
    }

    /// Returns the name of the newest run.
    pub(crate) fn newest(&self) -> Option<&str> {
        let current = self.status.current_run.as_ref().map(|run| run.id.as_str());
        current.or_else(|| self.status.last_run.as_ref().map(|run| run.id.as_str()))
    }

    /// Returns when the newest run that has ended began.
    pub(crate) fn began(&self) -> Option<Timestamp> {
        self.status.last_run.as_ref().map(|run| run.start_time.0)
    }
}

/// Whether a container of a pod runs, or ever ran.
fn has_begun(pod: &Pod) -> bool {
    let containers = pod.status.as_ref().and_then(|status| status.container_statuses.as_ref());
    containers.into_iter().flatten().any(|container| {
        let states = [&container.state, &container.last_state];
        states.into_iter().flatten().any(|state| state.running.is_some() || state.terminated.is_some())
    })
}

fn made(job: &Job) -> Option<Timestamp> {
    job.metadata.creation_timestamp.as_ref().map(|time| time.0)
}

/// Returns how and when a Job ended.
pub(crate) fn end_of(job: &Job) -> Option<&JobCondition> {
    let conditions = job.status.as_ref()?.conditions.as_ref()?;
    conditions.iter().find(|condition| {
        condition.status == "True" && ["Complete", "Failed"].contains(&condition.type_.as_str())
    })
}

#[cfg(test)]
mod tests;
