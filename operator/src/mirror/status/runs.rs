//! What the last run says about upstream, and about what is there.

use barre_crds::{
    condition::{CLOSURE_COMPLETE, Reason, UPSTREAM_REACHABLE},
    package_mirror::LastRun,
};
use jiff::Timestamp;

use super::seen::Seen;
use crate::{
    mirror::decision::retry_at,
    pass::finding::{Finding, Truth},
};

/// Returns what the result of a run is as a reason, if it is no success.
pub(super) fn reason(result: &str) -> Option<Reason> {
    Some(match result {
        "Succeeded" => return None,
        "PartiallySucceeded" => Reason::PartialFailure,
        "SelectionTooLarge" => Reason::SelectionTooLarge,
        "InvalidSelection" => Reason::InvalidSelection,
        "PruneFuseTripped" => Reason::PruneFuseTripped,
        "UpstreamUnauthorized" => Reason::UpstreamUnauthorized,
        "UpstreamRefused" => Reason::UpstreamRefused,
        "UpstreamUnreachable" => Reason::UpstreamUnreachable,
        "UpstreamThrottled" => Reason::UpstreamThrottled,
        "RegistryFailed" => Reason::RegistryFailed,
        "DeadlineExceeded" => Reason::DeadlineExceeded,
        _ => Reason::SyncFailed,
    })
}

impl Seen<'_> {
    pub(super) fn last_run(&self) -> Option<&LastRun> {
        self.observed.record.status.last_run.as_ref()
    }

    /// Whether the last run was told what a run would be told now.
    pub(super) fn is_current(&self) -> bool {
        let settings = self.choice.told.as_ref().map(|told| &told.hash);
        self.last_run().is_some_and(|run| Some(&run.settings) == settings)
    }

    /// Says whether upstream answers.
    pub(super) fn upstream(&self) -> Finding {
        let url = &self.mirror.spec.upstream.url;
        let never = || Finding::new(Truth::Unknown, Reason::NeverRan, "no run has asked it yet");
        let Some(run) = self.last_run() else { return never() };
        match reason(&run.result) {
            None | Some(Reason::PartialFailure | Reason::SelectionTooLarge | Reason::PruneFuseTripped) => {
                Finding::new(Truth::True, Reason::Connected, format!("{url} answers"))
            }
            Some(
                reason @ (Reason::UpstreamUnreachable
                | Reason::UpstreamThrottled
                | Reason::UpstreamUnauthorized
                | Reason::UpstreamRefused),
            ) => Finding::new(Truth::False, reason, why(run)),
            Some(_) => self.last(UPSTREAM_REACHABLE).unwrap_or_else(never),
        }
    }

    /// Says whether what is selected is there.
    pub(super) fn synced(&self) -> Finding {
        let Some(run) = self.last_run() else {
            return Finding::new(Truth::False, Reason::NeverRan, "no run has ended yet");
        };
        match reason(&run.result) {
            Some(Reason::PartialFailure) => {
                let failed = run.failed.unwrap_or(0);
                let message = format!("{failed} versions could not be copied; see status.failures");
                Finding::new(Truth::False, Reason::PartialFailure, format!("{message}{}", self.again()))
            }
            Some(reason) => Finding::new(Truth::False, reason, format!("{}{}", why(run), self.again())),
            None if self.is_stale() => {
                let message = "two times of the schedule have passed since the last run ended that copied all it should";
                Finding::new(Truth::False, Reason::Stale, message)
            }
            None => Finding::new(Truth::True, Reason::UpToDate, self.inventory()),
        }
    }

    fn inventory(&self) -> String {
        match &self.observed.record.status.inventory {
            Some(inventory) => {
                format!("{} versions of {} packages are there", inventory.versions, inventory.packages)
            }
            None => "all that is selected is there".to_owned(),
        }
    }

    fn again(&self) -> String {
        if self.is_suspended() || self.observed.record.status.current_run.is_some() {
            return String::new();
        }
        let at =
            retry_at(&self.observed.record).map(|at| format!("; the next run begins at {at}, or before"));
        at.unwrap_or_default()
    }

    /// Runs that take longer than their schedule make nothing stale.
    fn is_stale(&self) -> bool {
        let status = &self.observed.record.status;
        if self.is_suspended() || status.current_run.is_some() {
            return false;
        }
        let Some((schedule, since)) = self.choice.schedule.as_ref().zip(status.last_successful_time.as_ref())
        else {
            return false;
        };
        let second = schedule.after(since.0).and_then(|first: Timestamp| schedule.after(first));
        second.is_some_and(|second| second <= self.now)
    }

    /// Says whether what selected versions need is there.
    pub(super) fn closure(&self) -> Finding {
        let unknown = || Finding::new(Truth::Unknown, Reason::NeverRan, "no run has looked yet");
        match self.last_run().and_then(|run| run.missing) {
            Some(0) => Finding::new(
                Truth::True,
                Reason::AllDependenciesPresent,
                "what selected versions need is selected",
            ),
            Some(missing) => {
                let message = format!(
                    "{missing} versions are needed by selected ones, and no rule lets them in; see status.missing"
                );
                Finding::new(Truth::False, Reason::ClosureIncomplete, message)
            }
            None => self.last(CLOSURE_COMPLETE).unwrap_or_else(unknown),
        }
    }
}

/// Returns what a run says about its end.
pub(super) fn why(run: &LastRun) -> String {
    let message = run.message.as_deref().unwrap_or("its pod left no words; see the log of its Job");
    format!("run {}: {message}", run.id)
}
