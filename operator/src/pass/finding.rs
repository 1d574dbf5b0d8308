//! A condition before it has a type and a time.

use barre_crds::condition::{READY, RECONCILING, Reason, STALLED};
use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};

use super::{error::Error, problem::Problem, word::Word};

/// What a condition says: yes, no, or nobody knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Truth {
    True,
    False,
    Unknown,
}

/// Whether it is so, why, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    pub(crate) truth: Truth,
    pub(crate) reason: Word,
    pub(crate) message: String,
}

impl Truth {
    /// Returns the truth of a condition that was stored.
    pub(crate) fn stored(condition: &Condition) -> Self {
        match condition.status.as_str() {
            "True" => Self::True,
            "False" => Self::False,
            _ => Self::Unknown,
        }
    }

    fn text(self) -> &'static str {
        match self {
            Self::True => "True",
            Self::False => "False",
            Self::Unknown => "Unknown",
        }
    }
}

impl Finding {
    /// Returns a finding; `message` says the next step and no secret.
    pub(crate) fn new(truth: Truth, reason: impl Into<Word>, message: impl Into<String>) -> Self {
        Self { truth, reason: reason.into(), message: message.into() }
    }

    /// Returns what a condition said the last time.
    pub(crate) fn last(conditions: &[Condition], type_: &str) -> Option<Self> {
        let condition = conditions.iter().find(|condition| condition.type_ == type_)?;
        let (truth, reason) = (Truth::stored(condition), Word::stored(&condition.reason));
        Some(Self::new(truth, reason, condition.message.clone()))
    }

    /// Returns the condition. It keeps its time while its truth stays.
    pub(crate) fn condition(
        self,
        type_: &str,
        generation: Option<i64>,
        old: &[Condition],
        now: Timestamp,
    ) -> Condition {
        let status = self.truth.text();
        let last = old.iter().find(|condition| condition.type_ == type_ && condition.status == status);
        // The API server stores seconds; anything finer would look like a change for ever.
        let second = Timestamp::from_second(now.as_second()).unwrap_or(now);
        Condition {
            type_: type_.to_owned(),
            status: status.to_owned(),
            reason: self.reason.to_string(),
            message: self.message,
            observed_generation: generation,
            last_transition_time: last.map_or(Time(second), |last| last.last_transition_time.clone()),
        }
    }
}

impl From<&Problem> for Finding {
    fn from(problem: &Problem) -> Self {
        Self::new(Truth::False, problem.reason, problem.message.clone())
    }
}

/// Returns what is said where no person has to act.
pub(crate) fn nothing_stands_in_the_way() -> Finding {
    Finding::new(Truth::False, Reason::Settled, "nothing stands in the way")
}

/// Returns the conditions after a pass that ended before it saw everything: what was known stays, and the operator tries
/// again. Also a verdict on this very spec that only a person changes stays, and is all that there is to say. The generations
/// are that of the spec, and the one that was observed.
pub(crate) fn interrupted(
    old: Vec<Condition>,
    (generation, observed): (Option<i64>, Option<i64>),
    error: &Error,
    now: Timestamp,
) -> Vec<Condition> {
    let is_verdict = |condition: &Condition| {
        condition.type_ == STALLED
            && Truth::stored(condition) == Truth::True
            && condition.observed_generation == generation
    };
    if old.iter().any(is_verdict) {
        return old;
    }
    let problem = Finding::from(&error.problem());
    let told = [
        (READY, Finding::last(&old, READY).unwrap_or_else(|| problem.clone())),
        (RECONCILING, Finding { truth: Truth::True, ..problem }),
        (STALLED, nothing_stands_in_the_way()),
    ];
    let told = told.map(|(type_, finding)| finding.condition(type_, observed, &old, now));
    let others = old.into_iter().filter(|old| told.iter().all(|new| new.type_ != old.type_));
    told.iter().cloned().chain(others).collect()
}
