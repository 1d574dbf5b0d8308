//! From facts to a plan, as far as they reach: what is missing is asked for.

mod close;
mod known;
mod roots;
mod survey;

use barre_contract::mirror::PrunePolicy;

use super::selection::Selection;
use super::step::{Step, TooLarge};
use super::upstream::{Fact, Facts, Found};
use super::verdict::Verdict;
use crate::state::State;
use known::Known;
use survey::Survey;

/// Makes the plan of a mirror, fact by fact.
pub struct Planner<V>(Known<V>);

impl<V: Fn(&Found) -> Verdict> Planner<V> {
    /// Begins with no facts. `state` is what is there, and `verdict` says what may come in.
    pub fn new(selection: Selection, id: String, state: State, verdict: V) -> Self {
        let (prune, facts) = (PrunePolicy::Never, Facts::default());
        Self(Known { selection, id, state, verdict, prune, facts })
    }

    /// Asks also what became upstream of everything that this mirror brought, as far as that policy needs it.
    #[must_use]
    pub fn watching(self, prune: PrunePolicy) -> Self {
        Self(Known { prune, ..self.0 })
    }

    /// Takes in what upstream said. What it says later of the same thing counts.
    pub fn learn(&mut self, fact: Fact) {
        self.0.facts.learn(fact);
    }

    /// What is open, or the plan.
    pub fn step(&self) -> Result<Step, TooLarge> {
        Survey::of(&self.0).run()
    }
}
