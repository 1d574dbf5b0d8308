//! Packages: for each that is wanted, a version and its locked graph.

use std::sync::Arc;

use super::budget::{Budget, TooMuch};
use super::choice::{Choice, Missing};
use super::closed::closed;
use super::range::Range;
use super::resolver::Resolver;
use super::suit::Suit;
use crate::graph::Node;
use crate::package::PackageId;
use crate::state::Release;

/// A package that a build needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackageWanted {
    pub package: PackageId,
    /// The versions that would do.
    pub range: Range,
}

/// The version that a build gets.
#[derive(Clone)]
pub struct PackageFound {
    pub release: Arc<Release>,
    /// What whoever uses this version should hear, if it is deprecated.
    pub deprecated: Option<String>,
    /// All that it was built with, itself included. Every edge ends at a node.
    pub graph: Vec<Node>,
}

impl<S: Fn(&Release) -> Suit> Resolver<'_, S> {
    /// What there is for each of these, in their order.
    pub fn packages(&self, wanted: &[PackageWanted]) -> Result<Vec<Result<PackageFound, Missing>>, TooMuch> {
        let mut budget = Budget::new(self.limits, wanted.len())?;
        wanted.iter().map(|wanted| self.package(&mut budget, wanted)).collect()
    }

    fn package(
        &self,
        budget: &mut Budget,
        wanted: &PackageWanted,
    ) -> Result<Result<PackageFound, Missing>, TooMuch> {
        let PackageWanted { package, range } = wanted;
        let Choice { release, deprecated } = match self.choose(budget, package, range, |_| true)? {
            Ok(choice) => choice,
            Err(missing) => return Ok(Err(missing)),
        };
        let graph = closed(self.state.graph(release), &release.description.coordinates);
        budget.graph(&graph)?;
        let deprecated = deprecated.map(str::to_owned);
        Ok(Ok(PackageFound { release: Arc::clone(release), deprecated, graph }))
    }
}
