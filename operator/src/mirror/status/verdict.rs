//! The three conditions that tools wait by: whether all is there, whether it is on its way, whether a person must act. Never
//! the last two at once; and where not all is there, one of them.

use barre_crds::{
    condition::Reason,
    package_mirror::{CurrentRun, Mode},
};

use super::{runs, seen::Seen};
use crate::{
    mirror::decision::Next,
    pass::{
        finding::{Finding, Truth, nothing_stands_in_the_way},
        problem::Problem,
    },
};

/// What they say.
pub(super) struct Verdict {
    pub(super) ready: Finding,
    pub(super) reconciling: Finding,
    pub(super) stalled: Finding,
}

fn as_(truth: Truth, finding: &Finding) -> Finding {
    Finding { truth, ..finding.clone() }
}

/// Says them.
pub(super) fn verdict(seen: &Seen<'_>) -> Verdict {
    let blocked = blocked(seen);
    let ready = blocked.as_ref().map_or_else(|| ready(seen), |blocked| as_(Truth::False, blocked));
    let stalled = blocked.or_else(|| {
        let waits = seen.is_suspended() && ready.truth != Truth::True && !runs_now(seen);
        waits.then(|| Finding::new(Truth::True, Reason::Suspended, "spec.suspend is set; unset it to go on"))
    });
    let reconciling = match &stalled {
        Some(_) => Finding::new(Truth::False, Reason::Settled, "waiting for a person: see Stalled"),
        None => reconciling(seen, &ready),
    };
    Verdict { ready, reconciling, stalled: stalled.unwrap_or_else(nothing_stands_in_the_way) }
}

/// Returns what only a person changes.
fn blocked(seen: &Seen<'_>) -> Option<Finding> {
    let by = |problem: &Problem| as_(Truth::True, &Finding::from(problem));
    let lasts = |problem: &&Problem| {
        matches!(problem.reason, Reason::InvalidSpec | Reason::NameConflict | Reason::ConfigMapUnreadable)
    };
    let invalid = seen.choice.problems.iter().chain(&seen.errors).filter(lasts);
    if let Some(problem) = Problem::all(invalid) {
        return Some(by(&problem));
    }
    if let Some(missing) = seen.choice.awaited.as_ref().filter(|_| seen.choice.in_vain) {
        return Some(by(missing));
    }
    let run = seen.last_run().filter(|_| seen.is_current())?;
    let reason = runs::reason(&run.result).filter(|reason| {
        matches!(
            reason,
            Reason::SelectionTooLarge
                | Reason::InvalidSelection
                | Reason::PruneFuseTripped
                | Reason::UpstreamUnauthorized
                | Reason::UpstreamRefused
        )
    })?;
    Some(Finding::new(Truth::True, reason, runs::why(run)))
}

fn runs_now(seen: &Seen<'_>) -> bool {
    seen.observed.record.status.current_run.is_some()
}

fn ready(seen: &Seen<'_>) -> Finding {
    if let Some(problem) = Problem::all(&seen.choice.problems) {
        return Finding::from(&problem);
    }
    match seen.mirror.spec.mode {
        Mode::PullThrough => loaded(seen),
        Mode::Sync if seen.last_run().is_some() && !seen.is_current() => Finding::new(
            Truth::False,
            Reason::SpecChanged,
            "what was changed is not copied yet: a run is on its way, or waits for its turn",
        ),
        Mode::Sync => {
            let synced = seen.synced();
            match &seen.choice.awaited {
                Some(awaited) if synced.truth != Truth::True => Finding::from(awaited),
                _ => synced,
            }
        }
    }
}

fn loaded(seen: &Seen<'_>) -> Finding {
    if let Some(awaited) = &seen.choice.awaited {
        return Finding::from(awaited);
    }
    let loaded = seen.observed.pods.as_ref().map(|pods| pods.loaded.as_slice()).unwrap_or_default();
    if seen.choice.uninformed {
        let message = "not all pods of the Registry work by this yet; the kubelet takes up to two minutes to bring a change";
        return Finding::new(Truth::False, Reason::Loading, message);
    }
    Finding::new(
        Truth::True,
        Reason::Loaded,
        format!("{} pods ask upstream for what is selected", loaded.len()),
    )
}

/// A run by the schedule of what is up to date is nothing that anybody waits for. What goes wrong is looked at again.
fn reconciling(seen: &Seen<'_>, ready: &Finding) -> Finding {
    if let Some(error) = Problem::all(&seen.errors) {
        return as_(Truth::True, &Finding::from(&error));
    }
    if seen.choice.waiting {
        let message =
            "children of a deleted PackageMirror of this name are still there; waiting for their end";
        return Finding::new(Truth::True, Reason::Provisioning, message);
    }
    if let Some(stuck) = &seen.observed.stuck {
        return as_(Truth::True, stuck);
    }
    if ready.truth == Truth::True {
        return Finding::new(Truth::False, Reason::Settled, "all is as the spec says");
    }
    match (&seen.observed.record.status.current_run, &seen.choice.next) {
        (Some(run), _) => Finding::new(Truth::True, Reason::SyncRunning, progress(run)),
        (None, Next::Now(run)) => {
            Finding::new(Truth::True, Reason::SyncRunning, format!("run {} begins", run.id))
        }
        (None, _) => match &seen.choice.awaited {
            Some(awaited) => as_(Truth::True, &Finding::from(awaited)),
            None => as_(Truth::True, ready),
        },
    }
}

fn progress(run: &CurrentRun) -> String {
    match (&run.stage, run.progress_percent) {
        (Some(stage), Some(percent)) => format!("run {}: {stage}, {percent} %", run.id),
        _ => format!("run {} has begun", run.id),
    }
}
