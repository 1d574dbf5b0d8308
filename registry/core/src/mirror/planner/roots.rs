//! What the rules include.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use barre_contract::mirror::{Deprecated, Prereleases};

use super::super::plan::Skip;
use super::super::rule::Rule;
use super::super::upstream::{Found, Question, UpstreamVersion};
use super::super::verdict::Verdict;
use super::survey::Survey;
use crate::distribution::Distribution;
use crate::package::{Coordinates, PackageId, Version};

/// What is known of a version that a rule includes.
enum Candidate {
    /// It counts among the newest ones.
    Taken,
    /// It is selected, and does not count among them: it may not come in yet.
    Held,
    Skipped(Skip),
    Open,
}

impl<V: Fn(&Found) -> Verdict> Survey<'_, V> {
    /// The versions that rules include, and nothing leaves out.
    pub(super) fn included(&mut self) -> BTreeSet<Coordinates> {
        let mut roots = BTreeSet::new();
        let selection = &self.known.selection;
        for rule in &selection.include {
            if self.is_foreign(rule.organization()) {
                continue;
            }
            for package in self.packages(rule) {
                // Upstream need not be asked for what goes anyway.
                let excludes = |other: &&Rule| other.is_about(&package) && other.takes_all_versions();
                if let Some(other) = selection.exclude.iter().find(excludes) {
                    self.plan.excluded.insert(package, other.to_string());
                    continue;
                }
                self.versions(rule, &package, &mut roots);
            }
        }
        roots
    }

    /// The packages that a rule is about.
    fn packages(&mut self, rule: &Rule) -> Vec<PackageId> {
        if let Some(package) = rule.package() {
            return vec![package];
        }
        let org = rule.organization();
        let answer = self.known.facts.packages.get(org);
        let Some(Ok(names)) = self.told(answer, || Question::Packages(org.clone())) else {
            return Vec::new();
        };
        let packages = names.iter().map(|name| PackageId { org: org.clone(), name: name.clone() });
        packages.filter(|package| !package.is_built_in() && rule.is_about(package)).collect()
    }

    /// The versions of one package that one rule includes: the newest ones, if only so many are kept.
    fn versions(&mut self, rule: &Rule, package: &PackageId, roots: &mut BTreeSet<Coordinates>) {
        let answer = self.known.facts.versions.get(package);
        let Some(Ok(versions)) = self.told(answer, || Question::Versions(package.clone())) else { return };
        let mut versions: Vec<&Version> = versions.iter().collect();
        versions.sort_by_key(|version| Reverse(*version));
        let mut left = self.known.selection.keep_latest.unwrap_or(usize::MAX);
        // Whether one is among the newest is known once all newer ones are.
        for version in versions {
            if version.is_built_in() || !rule.matches(package, version) {
                continue;
            }
            let PackageId { org, name } = package.clone();
            let coordinates = Coordinates { org, name, version: version.clone() };
            if left == 0 {
                self.skipped.entry(coordinates).or_insert(Skip::Older);
                continue;
            }
            match self.candidate(package, &coordinates) {
                Candidate::Taken => {
                    roots.insert(coordinates);
                    left -= 1;
                }
                Candidate::Held => drop(roots.insert(coordinates)),
                Candidate::Open => left -= 1,
                Candidate::Skipped(skip) => drop(self.skipped.insert(coordinates, skip)),
            }
        }
    }

    fn candidate(&mut self, package: &PackageId, coordinates: &Coordinates) -> Candidate {
        let selection = &self.known.selection;
        let version = &coordinates.version;
        if let Some(rule) = selection.excluded(package, version) {
            return Candidate::Skipped(Skip::Excluded { rule: rule.to_string() });
        }
        if selection.prereleases == Prereleases::Exclude && version.is_pre_release() {
            return Candidate::Skipped(Skip::Prerelease);
        }
        let answer = self.known.facts.version.get(coordinates);
        let upstream = match self.told(answer, || Question::Version(coordinates.clone())) {
            None => return Candidate::Open,
            // What is there stays selected, whatever upstream does.
            Some(Err(_)) if !self.stored(coordinates).is_empty() => return Candidate::Taken,
            Some(Err(why)) => return Candidate::Skipped(Skip::Unanswered(why.to_owned())),
            Some(Ok(upstream)) => upstream,
        };
        if selection.deprecated == Deprecated::Exclude && upstream.deprecated.is_some() {
            return Candidate::Skipped(Skip::Deprecated);
        }
        self.by_platform(coordinates, upstream)
    }

    fn by_platform(&self, coordinates: &Coordinates, upstream: &UpstreamVersion) -> Candidate {
        let selection = &self.known.selection;
        let is_there = !self.stored(coordinates).is_empty();
        if upstream.found.is_empty() {
            return if is_there { Candidate::Taken } else { Candidate::Skipped(Skip::NotUpstream) };
        }
        let on_platform = |found: &&Found| selection.takes_platform(&found.platform);
        let found: Vec<_> = upstream.found.iter().filter(on_platform).collect();
        if found.is_empty() {
            return Candidate::Skipped(Skip::Platform);
        }
        let is_too_old = |found: &Found| match selection.minimum_distribution {
            Some(oldest) => Distribution::of(&found.distribution).is_none_or(|built| built < oldest),
            None => false,
        };
        if found.iter().all(|found| is_too_old(found)) {
            return Candidate::Skipped(Skip::Distribution);
        }
        let may_come = |found: &&Found| (self.known.verdict)(found) == Verdict::Admitted;
        if is_there || found.iter().any(may_come) { Candidate::Taken } else { Candidate::Held }
    }
}
