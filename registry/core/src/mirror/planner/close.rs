//! What selected versions need, and what becomes of each.

use std::collections::{BTreeSet, VecDeque};

use barre_contract::mirror::Dependencies;

use super::super::plan::{Conflict, Differs, Waiting, Which, Why};
use super::super::selection::is_built_in;
use super::super::step::TooLarge;
use super::super::upstream::{Found, Question, UpstreamVersion};
use super::super::verdict::Verdict;
use super::survey::{Settled, Survey};
use crate::graph::Node;
use crate::package::Coordinates;

/// Why a version is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Selected,
    Needed,
}

impl<V: Fn(&Found) -> Verdict> Survey<'_, V> {
    /// Settles what is selected, and all that it needs.
    pub(super) fn close(&mut self, roots: BTreeSet<Coordinates>) -> Result<(), TooLarge> {
        let max = self.known.selection.max_packages;
        let mut count = 0;
        let mut rest: VecDeque<_> = roots.into_iter().map(|root| (root, Role::Selected)).collect();
        while let Some((coordinates, role)) = rest.pop_front() {
            if self.settled.contains_key(&coordinates) {
                continue;
            }
            let settled = self.settle(&coordinates, role);
            if settled == Settled::In {
                count += 1;
                if count > max {
                    return Err(TooLarge { max });
                }
                let needs = self.needed_by(&coordinates, role);
                rest.extend(needs.iter().map(|needed| (needed.clone(), Role::Needed)));
                self.needs.insert(coordinates.clone(), needs);
            }
            self.settled.insert(coordinates, settled);
        }
        Ok(())
    }

    /// What a version brings with it.
    fn needed_by(&mut self, coordinates: &Coordinates, role: Role) -> BTreeSet<Coordinates> {
        let follows = match self.known.selection.dependencies {
            Dependencies::Transitive => true,
            Dependencies::Direct => role == Role::Selected,
            Dependencies::None => false,
        };
        if !follows {
            return BTreeSet::new();
        }
        if let Some(release) = self.stored(coordinates).first() {
            return self.of_graph(coordinates, &self.known.state.graph(release));
        }
        let answer = self.known.facts.graphs.get(coordinates);
        match self.told(answer, || Question::Graph(coordinates.clone())) {
            Some(Ok(graph)) => self.of_graph(coordinates, graph),
            Some(Err(_)) | None => BTreeSet::new(),
        }
    }

    fn of_graph(&self, own: &Coordinates, graph: &[Node]) -> BTreeSet<Coordinates> {
        let all = self.known.selection.dependencies == Dependencies::Transitive;
        let nodes = graph.iter().filter(|node| all || node.package == *own);
        let named = nodes.flat_map(|node| std::iter::once(&node.package).chain(&node.dependencies));
        named.filter(|needed| *needed != own && !is_built_in(needed)).cloned().collect()
    }

    fn settle(&mut self, coordinates: &Coordinates, role: Role) -> Settled {
        if let Some(settled) = self.somebody_elses(coordinates, role) {
            return settled;
        }
        if role == Role::Needed
            && let Some(rule) = self.known.selection.excluded(&coordinates.package(), &coordinates.version)
        {
            return Settled::Out(Why::Excluded { rule: rule.to_string() });
        }
        let answer = self.known.facts.version.get(coordinates);
        match self.told(answer, || Question::Version(coordinates.clone())) {
            None => Settled::Open,
            Some(Ok(upstream)) => self.settle_platforms(coordinates, upstream),
            Some(Err(why)) => {
                self.keep_stored(coordinates).unwrap_or_else(|| Settled::Out(Why::Unanswered(why.to_owned())))
            }
        }
    }

    /// Of an organization that this mirror does not fill, what is there does; nothing else can come.
    fn somebody_elses(&mut self, coordinates: &Coordinates, role: Role) -> Option<Settled> {
        let org = &coordinates.org;
        let origin = self.other_origin(org)?;
        if !self.stored(coordinates).is_empty() {
            return Some(Settled::Elsewhere);
        }
        if role == Role::Selected {
            self.is_foreign(org);
        }
        Some(Settled::Out(Why::OtherOrigin { org: org.clone(), origin }))
    }

    fn settle_platforms(&mut self, coordinates: &Coordinates, upstream: &UpstreamVersion) -> Settled {
        let mut best = self.keep_stored(coordinates);
        for found in &upstream.found {
            if !self.known.selection.takes_platform(&found.platform) {
                continue;
            }
            let settled = self.settle_one(found);
            // Whichever platform comes will do.
            if best.as_ref().is_none_or(|best| *best != Settled::In && settled == Settled::In) {
                best = Some(settled);
            }
        }
        best.unwrap_or_else(|| {
            let has: Vec<_> = upstream.found.iter().map(|found| found.platform.clone()).collect();
            Settled::Out(if has.is_empty() { Why::NotUpstream } else { Why::Platform { has } })
        })
    }

    /// What is there and selected, whatever upstream has.
    fn keep_stored(&mut self, coordinates: &Coordinates) -> Option<Settled> {
        let mut settled = None;
        for release in self.stored(coordinates) {
            let platform = release.description.platform.clone();
            if self.known.selection.takes_platform(&platform) {
                let which = Which { coordinates: coordinates.clone(), platform };
                self.plan.selected.insert(which.clone());
                self.plan.present.push(which);
                settled = Some(Settled::In);
            }
        }
        settled
    }

    fn settle_one(&mut self, found: &Found) -> Settled {
        let which = Which { coordinates: found.coordinates.clone(), platform: found.platform.clone() };
        self.plan.selected.insert(which.clone());
        let stored = self.stored(&found.coordinates).iter();
        let there = stored.filter(|release| release.description.platform == found.platform);
        let there = there.map(|release| release.stored.digest).next();
        let known = there.or_else(|| self.known.state.evicted(&found.coordinates, &found.platform));
        if let (Some(here), Some(upstream)) = (known, found.digest)
            && here != upstream
        {
            self.plan.conflicts.push(Conflict::Digest(Differs { which, here, upstream }));
            return if there.is_some() { Settled::In } else { Settled::Out(Why::DigestDiffers) };
        }
        if there.is_some() {
            return Settled::In;
        }
        match (self.known.verdict)(found) {
            Verdict::Admitted => {
                self.copy.entry(found.coordinates.clone()).or_default().push(found.clone());
                Settled::In
            }
            Verdict::Waits { until } => {
                self.plan.waiting.push(Waiting { which, until });
                Settled::Out(Why::Waits { until })
            }
            Verdict::Denied { reason } => {
                self.plan.denied.push((which, reason.clone()));
                Settled::Out(Why::Denied { reason })
            }
        }
    }
}
