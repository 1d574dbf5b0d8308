//! One look at all facts: what is selected by rule and by name, what that needs, and what is open.

use std::collections::{BTreeMap, BTreeSet};

use barre_contract::mirror::PrunePolicy;

use super::super::order::dependencies_first;
use super::super::plan::{Conflict, Copy, Deprecation, Missing, Plan, Skip, Skipped, Which, Why};
use super::super::step::{Step, TooLarge};
use super::super::upstream::{Answer, Found, Question};
use super::super::verdict::Verdict;
use super::known::Known;
use crate::message;
use crate::package::{Coordinates, Org};
use crate::release::Origin;
use crate::state::{Package, Release};

/// What is found out in one look.
pub(super) struct Survey<'a, V> {
    pub(super) known: &'a Known<V>,
    pub(super) plan: Plan,
    pub(super) open: BTreeSet<Question>,
    unanswered: BTreeMap<Question, String>,
    pub(super) skipped: BTreeMap<Coordinates, Skip>,
    /// Organizations of the selection that somebody else fills.
    foreign: BTreeMap<Org, Origin>,
    /// What became of each version that is selected or needed.
    pub(super) settled: BTreeMap<Coordinates, Settled>,
    pub(super) needs: BTreeMap<Coordinates, BTreeSet<Coordinates>>,
    /// What is to be copied, of each version.
    pub(super) copy: BTreeMap<Coordinates, Vec<Found>>,
}

/// What became of a version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Settled {
    /// It is there or comes.
    In,
    /// It is there, and the business of somebody else.
    Elsewhere,
    /// Upstream has yet to say.
    Open,
    Out(Why),
}

impl<'a, V: Fn(&Found) -> Verdict> Survey<'a, V> {
    pub(super) fn of(known: &'a Known<V>) -> Self {
        Self {
            known,
            plan: Plan::default(),
            open: BTreeSet::new(),
            unanswered: BTreeMap::new(),
            skipped: BTreeMap::new(),
            foreign: BTreeMap::new(),
            settled: BTreeMap::new(),
            needs: BTreeMap::new(),
            copy: BTreeMap::new(),
        }
    }

    pub(super) fn run(mut self) -> Result<Step, TooLarge> {
        self.watch();
        let mut roots = self.included();
        roots.extend(self.known.selection.exact.iter().cloned());
        self.close(roots)?;
        if self.open.is_empty() {
            Ok(Step::Done(Box::new(self.finish())))
        } else {
            Ok(Step::Ask(self.open.into_iter().collect()))
        }
    }

    /// What upstream said, or nothing: then it is asked, or has failed to answer.
    pub(super) fn told<T>(
        &mut self,
        answer: Option<&'a Answer<T>>,
        question: impl FnOnce() -> Question,
    ) -> Option<Result<&'a T, &'a str>> {
        match answer {
            Some(Ok(fact)) => Some(Ok(fact)),
            Some(Err(why)) => {
                self.unanswered.insert(question(), why.clone());
                Some(Err(why))
            }
            None => {
                self.open.insert(question());
                None
            }
        }
    }

    /// Who else fills an organization: upstream never hears its name.
    pub(super) fn other_origin(&self, org: &Org) -> Option<Origin> {
        let origin = self.known.state.origin(org)?;
        let is_ours = matches!(origin, Origin::Mirror(id) if *id == self.known.id);
        (!is_ours).then(|| origin.clone())
    }

    /// The same for one that is selected, which is a conflict.
    pub(super) fn is_foreign(&mut self, org: &Org) -> bool {
        let origin = self.other_origin(org);
        origin.is_some_and(|origin| {
            self.foreign.insert(org.clone(), origin);
            true
        })
    }

    /// The balas of a version that are there.
    pub(super) fn stored(&self, coordinates: &Coordinates) -> &'a [std::sync::Arc<Release>] {
        let package = self.package(coordinates);
        package.map_or(&[], |package| package.version(&coordinates.version))
    }

    fn package(&self, coordinates: &Coordinates) -> Option<&'a Package> {
        self.known.state.package(&coordinates.org, &coordinates.name)
    }

    /// Looks at what became upstream of everything that this mirror brought.
    fn watch(&mut self) {
        if self.known.prune == PrunePolicy::Never {
            return;
        }
        let known = self.known;
        for (id, package) in known.state.packages() {
            if self.other_origin(&id.org).is_some() {
                continue;
            }
            let answer = known.facts.versions.get(id);
            let Some(Ok(upstream)) = self.told(answer, || Question::Versions(id.clone())) else { continue };
            let gone = package.versions().filter(|(version, _)| !upstream.contains(version));
            self.plan.orphaned.extend(gone.flat_map(|(_, releases)| releases).map(|release| Which {
                coordinates: release.description.coordinates.clone(),
                platform: release.description.platform.clone(),
            }));
        }
    }

    fn finish(mut self) -> Plan {
        self.plan.missing = self.missing();
        self.plan.deprecations = self.deprecations();
        let foreign = self.foreign.into_iter();
        self.plan.conflicts.extend(foreign.map(|(org, origin)| Conflict::Organization { org, origin }));
        let settled = self.settled;
        let left_out = self.skipped.into_iter().filter(|(version, _)| !settled.contains_key(version));
        self.plan.skipped = left_out.map(|(version, why)| Skipped { version, why }).collect();
        self.plan.unanswered = self.unanswered.into_iter().collect();
        let copied: BTreeSet<_> = self.copy.keys().cloned().collect();
        for coordinates in dependencies_first(&copied, &self.needs) {
            let needs = self.needs.get(&coordinates).into_iter().flatten();
            let after: BTreeSet<_> = needs.filter(|needed| copied.contains(needed)).cloned().collect();
            let found = self.copy.remove(&coordinates).into_iter().flatten();
            self.plan.copy.extend(found.map(|found| Copy { found, after: after.clone() }));
        }
        self.plan
    }

    /// What is needed, or selected by name, and does not come.
    fn missing(&self) -> Vec<Missing> {
        let mut missing = BTreeMap::new();
        for version in &self.known.selection.exact {
            // What waits, is denied or in conflict is told as that.
            if let Some(Settled::Out(why @ (Why::NotUpstream | Why::Platform { .. } | Why::Unanswered(_)))) =
                self.settled.get(version)
            {
                missing.insert(version, (None, why));
            }
        }
        for (by, needs) in &self.needs {
            for version in needs {
                if let Some(Settled::Out(why)) = self.settled.get(version) {
                    missing.entry(version).or_insert((Some(by), why));
                }
            }
        }
        let missing = missing.into_iter();
        let told = |(version, (by, why)): (&Coordinates, (Option<&Coordinates>, &Why))| Missing {
            version: version.clone(),
            by: by.cloned(),
            why: why.clone(),
        };
        missing.map(told).collect()
    }

    fn deprecations(&self) -> Vec<Deprecation> {
        let mut deprecations = Vec::new();
        for (version, settled) in &self.settled {
            let upstream = self.known.facts.version.get(version);
            let (Settled::In, Some(Ok(upstream))) = (settled, upstream) else { continue };
            // Where it is there no more, upstream says nothing of it.
            if upstream.found.is_empty() {
                continue;
            }
            let here = self.package(version).and_then(|package| package.deprecated(&version.version));
            let message = upstream.deprecated.as_deref().map(message::fitting);
            if here != message.as_deref() {
                deprecations.push(Deprecation { version: version.clone(), message });
            }
        }
        deprecations
    }
}
