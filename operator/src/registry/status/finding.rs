//! A condition before it has a type and a time.

use barre_crds::Registry;
use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};

use crate::pass::error::Problem;

/// What a condition says: yes, no, or nobody knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    True,
    False,
    Unknown,
}

/// A state, why, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Finding {
    pub(super) state: State,
    pub(super) reason: String,
    pub(super) message: String,
}

impl State {
    fn text(self) -> &'static str {
        match self {
            Self::True => "True",
            Self::False => "False",
            Self::Unknown => "Unknown",
        }
    }
}

impl Finding {
    pub(super) fn new(state: State, reason: &str, message: impl Into<String>) -> Self {
        Self { state, reason: reason.to_owned(), message: message.into() }
    }

    /// Returns the condition. It keeps its time while its state stays.
    pub(super) fn condition(
        self,
        type_: &str,
        generation: Option<i64>,
        old: &[Condition],
        now: Timestamp,
    ) -> Condition {
        let status = self.state.text();
        let last = old.iter().find(|condition| condition.type_ == type_ && condition.status == status);
        // The API server stores seconds; anything finer would look like a change for ever.
        let second = Timestamp::from_second(now.as_second()).unwrap_or(now);
        Condition {
            type_: type_.to_owned(),
            status: status.to_owned(),
            reason: self.reason,
            message: self.message,
            observed_generation: generation,
            last_transition_time: last.map_or(Time(second), |last| last.last_transition_time.clone()),
        }
    }
}

impl From<&Problem> for Finding {
    fn from(problem: &Problem) -> Self {
        Self::new(State::False, problem.reason, problem.message.clone())
    }
}

/// Returns what a condition said the last time.
pub(super) fn last(registry: &Registry, type_: &str) -> Option<Finding> {
    let condition = registry.status.as_ref()?.conditions.iter().find(|condition| condition.type_ == type_)?;
    let state = match condition.status.as_str() {
        "True" => State::True,
        "False" => State::False,
        _ => State::Unknown,
    };
    Some(Finding::new(state, &condition.reason, condition.message.clone()))
}
