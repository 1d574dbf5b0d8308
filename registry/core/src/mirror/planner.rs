//! From facts to a plan, as far as they reach: what is missing is asked for.

mod close;
mod roots;
mod survey;

use barre_contract::mirror::PrunePolicy;

use super::plan::Plan;
use super::selection::Selection;
use super::upstream::{Fact, Facts, Found, Question};
use super::verdict::Verdict;
use crate::state::State;
use survey::Survey;

/// What is known so far of what a mirror copies.
pub struct Planner<V> {
    selection: Selection,
    /// Of the mirror: the origin of what it brings.
    uid: String,
    state: State,
    verdict: V,
    prune: PrunePolicy,
    facts: Facts,
}

/// What comes next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// These are open, and may be asked in any order, at the same time.
    Ask(Vec<Question>),
    Done(Box<Plan>),
}

/// More is selected than may be: nothing is copied.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "more than {max} versions are selected, dependencies included: narrow the selection, or raise maxPackages if all of \
     them are meant"
)]
pub struct TooLarge {
    pub max: usize,
}

impl<V: Fn(&Found) -> Verdict> Planner<V> {
    /// Begins with no facts. `state` is what is there, and `verdict` says what may come in.
    pub fn new(selection: Selection, uid: String, state: State, verdict: V) -> Self {
        let (prune, facts) = (PrunePolicy::Never, Facts::default());
        Self { selection, uid, state, verdict, prune, facts }
    }

    /// Asks also what became upstream of everything that this mirror brought, as far as that policy needs it.
    #[must_use]
    pub fn watching(self, prune: PrunePolicy) -> Self {
        Self { prune, ..self }
    }

    /// Takes in what upstream said. What it says later of the same thing counts.
    pub fn learn(&mut self, fact: Fact) {
        self.facts.learn(fact);
    }

    /// What is open, or the plan.
    pub fn step(&self) -> Result<Step, TooLarge> {
        Survey::of(self).run()
    }
}
