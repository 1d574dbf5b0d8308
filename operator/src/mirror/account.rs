//! What a Job, its pod and a report say of a run → the run as the status has it. Pure.

use barre_contract::mirror::{self as contract, Exact, LastWords, Outcome, REPORT_ENTRIES, Report};
use barre_crds::package_mirror::{
    CurrentRun, FailedVersion, Inventory, LastRun, MissingVersion, Trigger, WaitingVersion,
};
use jiff::Timestamp;
use k8s_openapi::{
    api::batch::v1::{Job, JobCondition},
    apimachinery::pkg::apis::meta::v1::Time,
};
use kube::ResourceExt;

use super::annotations::{SETTINGS, TRIGGER};

/// How a run ended that left no words.
pub(crate) const FAILED: &str = "Failed";
/// Why nobody knows how a run ended whose Job is complete.
const UNHEARD: &str = "its pod is gone, and with it what it said";
/// How a run ended whose Job took too long.
const DEADLINE_EXCEEDED: &str = "DeadlineExceeded";

/// Returns the word of an outcome.
pub(crate) fn word(outcome: Outcome) -> String {
    format!("{outcome:?}")
}

pub(crate) fn annotation(job: &Job, key: &str) -> Option<String> {
    job.annotations().get(key).cloned()
}

pub(crate) fn current(job: &Job, before: Option<CurrentRun>, report: Option<&Report>) -> CurrentRun {
    let id = job.name_any();
    let fresh = CurrentRun {
        trigger: trigger(job),
        settings: annotation(job, SETTINGS).unwrap_or_default(),
        start_time: start(job),
        id: id.clone(),
        stage: None,
        packages_total: None,
        packages_done: None,
        packages_failed: None,
        bytes_done: None,
        progress_percent: None,
        last_progress_time: None,
    };
    let known = before.filter(|before| before.id == id).unwrap_or_else(|| fresh.clone());
    let Some(report) = report.filter(|report| report.run == id) else { return known };
    let told = CurrentRun {
        stage: Some(format!("{:?}", report.stage)),
        packages_total: Some(count(report.counts.planned)),
        packages_done: Some(count(report.counts.copied)),
        packages_failed: Some(count(report.counts.failed)),
        bytes_done: Some(count(report.counts.bytes)),
        progress_percent: Some(percent(report)),
        last_progress_time: report.at.parse().ok().map(|at: Timestamp| Time(seconds(at))),
        ..fresh
    };
    // A status is not written for less.
    let is_news = known.stage != told.stage || known.progress_percent != told.progress_percent;
    if is_news { told } else { known }
}

fn percent(report: &Report) -> i32 {
    let counts = &report.counts;
    let done = (counts.copied + counts.failed).min(counts.planned);
    match (done * 100).checked_div(counts.planned) {
        Some(percent) => i32::try_from(percent).unwrap_or(100),
        None => 0,
    }
}

pub(crate) fn last_run(
    job: &Job,
    end: &JobCondition,
    words: Option<&LastWords>,
    why: Option<String>,
) -> LastRun {
    let completion = end.last_transition_time.clone().unwrap_or_else(|| start(job));
    let run = current(job, None, None);
    let bare = failed(&run, completion);
    let Some(words) = words else {
        let overdue = end.reason.as_deref() == Some("DeadlineExceeded");
        let why = why.or_else(|| end.message.clone());
        return match (overdue, end.type_.as_str()) {
            (true, _) => LastRun { result: DEADLINE_EXCEEDED.to_owned(), message: why, ..bare },
            // Whether it copied all it should, the next run tells, which fetches nothing twice.
            (_, "Complete") => LastRun { message: Some(UNHEARD.to_owned()), ..bare },
            _ => LastRun { message: why, ..bare },
        };
    };
    let counts = &words.counts;
    LastRun {
        result: word(words.outcome),
        message: words.message.clone(),
        added: Some(count(counts.copied)),
        skipped: Some(count(counts.present)),
        removed: Some(count(counts.pruned)),
        updated: Some(count(counts.deprecations)),
        failed: Some(count(counts.failed)),
        waiting: Some(count(counts.waiting)),
        denied: Some(count(counts.denied)),
        missing: Some(count(counts.missing)),
        bytes: Some(count(counts.bytes)),
        requests: Some(count(counts.requests)),
        ..bare
    }
}

pub(crate) fn failed(run: &CurrentRun, completion_time: Time) -> LastRun {
    LastRun {
        id: run.id.clone(),
        trigger: run.trigger,
        settings: run.settings.clone(),
        result: FAILED.to_owned(),
        message: None,
        start_time: run.start_time.clone(),
        completion_time,
        added: None,
        skipped: None,
        removed: None,
        updated: None,
        failed: None,
        waiting: None,
        denied: None,
        missing: None,
        bytes: None,
        requests: None,
    }
}

fn trigger(job: &Job) -> Trigger {
    let word = annotation(job, TRIGGER).unwrap_or_default();
    serde_json::from_value(serde_json::Value::String(word)).unwrap_or(Trigger::Retry)
}

fn start(job: &Job) -> Time {
    job.metadata.creation_timestamp.clone().unwrap_or(Time(Timestamp::UNIX_EPOCH))
}

/// The API server stores seconds; anything finer would look like a change for ever.
pub(crate) fn seconds(time: Timestamp) -> Timestamp {
    Timestamp::from_second(time.as_second()).unwrap_or(time)
}

fn package(version: &Exact) -> String {
    format!("{}/{}", version.organization, version.name)
}

fn count(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

pub(crate) fn inventory(told: contract::Inventory) -> Inventory {
    Inventory { packages: count(told.packages), versions: count(told.versions), bytes: count(told.bytes) }
}

pub(crate) fn failures(report: &Report) -> Vec<FailedVersion> {
    let first = report.failures.iter().take(REPORT_ENTRIES);
    let told = first.map(|failed| FailedVersion {
        package: package(&failed.version),
        version: failed.version.version.clone(),
        platform: failed.platform.clone(),
        reason: failed.reason.clone(),
        message: failed.message.clone(),
    });
    told.collect()
}

pub(crate) fn waiting(report: &Report) -> Vec<WaitingVersion> {
    let first = report.waiting.iter().take(REPORT_ENTRIES);
    let told = first.map(|held| WaitingVersion {
        package: package(&held.version),
        version: held.version.version.clone(),
        until: held.until.clone(),
    });
    told.collect()
}

pub(crate) fn missing(report: &Report) -> Vec<MissingVersion> {
    let first = report.missing.iter().take(REPORT_ENTRIES);
    let told = first.map(|needed| MissingVersion {
        package: package(&needed.version),
        version: needed.version.version.clone(),
        by: needed.by.as_ref().map(|by| format!("{}:{}", package(by), by.version)),
        why: needed.why.clone(),
    });
    told.collect()
}
