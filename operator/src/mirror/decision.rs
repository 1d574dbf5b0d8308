//! Spec, record and time → which run is to begin. Pure.

use barre_crds::{
    PackageMirror, SYNC_REQUESTED_AT,
    package_mirror::{Mode, Trigger},
};
use jiff::{SignedDuration, Timestamp};
use kube::ResourceExt;

use super::{names, record::Record, schedule::Schedule};

/// How long the first run waits that makes up for one that failed; each further one twice as long.
const FIRST_RETRY: SignedDuration = SignedDuration::from_secs(60);
const LONGEST_RETRY: SignedDuration = SignedDuration::from_hours(1);

/// What is to be done about runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// This one begins.
    Now(Run),
    /// One begins then, unless something leads to one before.
    At(Timestamp),
    /// None, until something changes.
    Nothing,
}

/// A run that is to begin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Run {
    /// Its name.
    pub(crate) id: String,
    /// The run before.
    pub(crate) previous: Option<String>,
    pub(crate) trigger: Trigger,
    /// What somebody asked for, which it answers.
    pub(crate) requested: Option<String>,
    /// The time of the schedule for which it begins.
    pub(crate) scheduled: Option<Timestamp>,
}

/// Decides. `settings` is the hash of what a run would be told.
pub(crate) fn next(
    mirror: &PackageMirror,
    settings: &str,
    schedule: Option<&Schedule>,
    record: &Record,
    now: Timestamp,
) -> Next {
    let status = &record.status;
    if mirror.spec.mode == Mode::PullThrough
        || mirror.spec.suspend == Some(true)
        || status.current_run.is_some()
    {
        return Next::Nothing;
    }
    let requested = mirror.annotations().get(SYNC_REQUESTED_AT);
    let asked = requested.is_some() && requested != status.last_handled_sync_at.as_ref();
    let since = record.began().or_else(|| mirror.metadata.creation_timestamp.as_ref().map(|time| time.0));
    let scheduled = schedule.zip(since).and_then(|(schedule, since)| schedule.come_since(since, now));
    let retry = retry_at(record);
    let trigger = match &status.last_run {
        None => Trigger::Initial,
        Some(_) if asked => Trigger::Manual,
        Some(last) if last.settings != settings => Trigger::SpecChange,
        Some(_) if scheduled.is_some() => Trigger::Schedule,
        Some(_) if retry.is_some_and(|at| at <= now) => Trigger::Retry,
        Some(_) => {
            let scheduled = schedule.and_then(|schedule| schedule.after(now));
            return scheduled.into_iter().chain(retry).min().map_or(Next::Nothing, Next::At);
        }
    };
    let previous = record.newest().map(ToOwned::to_owned);
    Next::Now(Run {
        id: names::run_after(mirror, previous.as_deref()),
        previous,
        trigger,
        requested: requested.cloned(),
        scheduled,
    })
}

/// Returns when a run makes up for the last one, if that did not copy all it should.
pub(crate) fn retry_at(record: &Record) -> Option<Timestamp> {
    let failures = record.status.consecutive_failures.filter(|failures| *failures > 0)?;
    let ended = record.status.last_run.as_ref()?.completion_time.0;
    let doublings = u32::try_from(failures - 1).unwrap_or(0).min(10);
    let wait = (FIRST_RETRY * 2_i32.pow(doublings)).min(LONGEST_RETRY);
    ended.checked_add(wait).ok()
}

#[cfg(test)]
mod tests;
