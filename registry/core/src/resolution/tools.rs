//! Tools: for each that a project names by its id, a release that contains it.

use std::sync::Arc;

use super::budget::{Budget, TooMuch};
use super::range::Range;
use super::resolver::Resolver;
use super::suit::Suit;
use crate::state::Release;

/// A tool that a project needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToolWanted {
    pub id: String,
    /// The versions of its package that would do.
    pub range: Range,
}

impl<S: Fn(&Release) -> Suit> Resolver<'_, S> {
    /// What there is for each of these, in their order. Nothing is said about why there is none: which package a tool is in
    /// may be private.
    pub fn tools(&self, wanted: &[ToolWanted]) -> Result<Vec<Option<Arc<Release>>>, TooMuch> {
        let mut budget = Budget::new(self.limits, wanted.len())?;
        wanted.iter().map(|wanted| self.tool(&mut budget, wanted)).collect()
    }

    fn tool(&self, budget: &mut Budget, wanted: &ToolWanted) -> Result<Option<Arc<Release>>, TooMuch> {
        let ToolWanted { id, range } = wanted;
        let Some(package) = self.state.tool(id) else { return Ok(None) };
        let chosen = self.choose(budget, package, range, |release| release.description.contains_tool(id))?;
        Ok(chosen.ok().map(|choice| Arc::clone(choice.release)))
    }
}
