//! What becomes of one version that somebody asks for, where a mirror copies what is asked for.
//!
//! How many of the newest versions are kept is a matter of runs: what somebody asks for is needed.

use std::collections::{BTreeSet, HashSet};

use barre_contract::mirror::{Dependencies, Deprecated, Prereleases};

use super::selection::{Selection, is_built_in};
use super::upstream::{Found, UpstreamVersion};
use super::verdict::Verdict;
use crate::description::Visibility;
use crate::distribution::Distribution;
use crate::package::{Coordinates, Org, PackageId, Version};
use crate::release::Origin;
use crate::resolution::Range;
use crate::state::{Package, Release, State};

/// What becomes of a version that somebody asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pull {
    /// These are copied: one for each platform.
    Bring(Vec<Found>),
    /// Nothing, and why, where there is more to say than that it is not there. Follows a name.
    Leave(Option<String>),
}

impl State {
    /// Whether the upstream of the mirror with this id may hear of an organization: nobody else fills it, and nothing in it is
    /// private.
    pub fn may_be_asked(&self, org: &Org, id: &str) -> bool {
        let theirs = match self.origin(org) {
            None => true,
            Some(Origin::Local) => false,
            Some(Origin::Mirror(filled)) => filled == id,
        };
        let is_private = |release: &Release| release.description.visibility == Visibility::Private;
        theirs && !self.packages_of(org).any(|(_, package)| releases(package).any(is_private))
    }
}

fn releases(package: &Package) -> impl Iterator<Item = &Release> {
    package.versions().flat_map(|(_, releases)| releases).map(|release| &**release)
}

impl Selection {
    /// Whether a version is selected, as far as its name says.
    pub fn takes(&self, wanted: &Coordinates) -> bool {
        if is_built_in(wanted) {
            return false;
        }
        let (package, version) = (wanted.package(), &wanted.version);
        let by_rule = self.include.iter().any(|rule| rule.matches(&package, version))
            && self.excluded(&package, version).is_none()
            && (self.prereleases == Prereleases::Include || !version.is_pre_release());
        by_rule || self.exact.contains(wanted)
    }

    /// Whether any version of a package is selected, as far as its name says.
    pub fn takes_of(&self, package: &PackageId) -> bool {
        let left_out = self.exclude.iter().any(|rule| rule.takes_all_versions() && rule.is_about(package));
        let by_rule = !left_out && self.include.iter().any(|rule| rule.is_about(package));
        by_rule || self.exact.iter().any(|exact| exact.package() == *package)
    }

    /// Which of upstream's versions somebody would get who asks for these, the best one first: stable ones come before others.
    pub fn best(&self, package: &PackageId, versions: &BTreeSet<Version>, range: &Range) -> Vec<Coordinates> {
        let PackageId { org, name } = package;
        let of = |version: &Version| Coordinates {
            org: org.clone(),
            name: name.clone(),
            version: version.clone(),
        };
        let suits = |wanted: &Coordinates| range.includes(&wanted.version) && self.takes(wanted);
        let mut best: Vec<_> = versions.iter().rev().map(of).filter(suits).collect();
        // The order of those that are equal in this stays.
        best.sort_by_key(|wanted| wanted.version.is_pre_release());
        best
    }

    /// Adds what the releases of a package need that its mirror brought, as far as it comes with them.
    pub fn add_needs(&self, state: &State, package: &Package, id: &str, needs: &mut HashSet<Coordinates>) {
        let ours =
            |release: &&Release| matches!(&release.stored.origin, Origin::Mirror(origin) if origin == id);
        for release in releases(package).filter(ours) {
            let own = &release.description.coordinates;
            let named = match self.dependencies {
                Dependencies::None => continue,
                Dependencies::Direct if !self.takes(own) => continue,
                Dependencies::Direct => {
                    let root = state.graph(release).into_iter().find(|node| node.package == *own);
                    root.map(|root| root.dependencies).unwrap_or_default()
                }
                Dependencies::Transitive => {
                    state.graph(release).into_iter().map(|node| node.package).collect()
                }
            };
            let may_come = |named: &Coordinates| {
                !is_built_in(named) && self.excluded(&named.package(), &named.version).is_none()
            };
            needs.extend(named.into_iter().filter(may_come));
        }
    }

    /// What is copied of a version that is selected or needed, as upstream describes it.
    pub fn pull(
        &self,
        wanted: &Coordinates,
        upstream: &UpstreamVersion,
        verdict: impl Fn(&Found) -> Verdict,
    ) -> Pull {
        let by_rule = self.takes(wanted) && !self.exact.contains(wanted);
        if by_rule && self.deprecated == Deprecated::Exclude && upstream.deprecated.is_some() {
            return Pull::Leave(Some(
                "it is deprecated upstream, and such versions are not copied".to_owned(),
            ));
        }
        let is_new_enough = |found: &Found| match self.minimum_distribution {
            Some(oldest) if by_rule => {
                Distribution::of(&found.distribution).is_some_and(|built| built >= oldest)
            }
            _ => true,
        };
        let is_meant = |found: &&Found| {
            found.coordinates == *wanted && self.takes_platform(&found.platform) && is_new_enough(found)
        };
        let mut held = None;
        let mut found = Vec::new();
        for one in upstream.found.iter().filter(is_meant) {
            match verdict(one).why_not() {
                None => found.push(one.clone()),
                Some(why) => held = Some(why),
            }
        }
        if found.is_empty() { Pull::Leave(held) } else { Pull::Bring(found) }
    }
}

#[cfg(test)]
mod tests {
    use barre_contract::mirror as contract;
    use serde_json::{Value, json};

    use super::*;

    fn selection(selection: Value) -> Selection {
        Selection::read(&serde_json::from_value::<contract::Selection>(selection).unwrap()).unwrap()
    }

    fn version(version: &str) -> Coordinates {
        format!("acme/greet:{version}").parse().unwrap()
    }

    fn found(coordinates: &Coordinates, platform: &str, distribution: &str) -> Found {
        let (platform, distribution) = (platform.parse().unwrap(), distribution.to_owned());
        let coordinates = coordinates.clone();
        Found { coordinates, platform, digest: None, size: None, published: None, distribution }
    }

    #[test]
    fn a_version_is_selected_by_its_name() {
        let rules = selection(json!({
            "include": [{ "organization": "acme", "name": "gr*", "versions": ">=1.0.0" }],
            "exclude": [{ "organization": "acme", "versions": "=1.3.0" }],
            "exact": [{ "organization": "acme", "name": "greet", "version": "0.1.0-rc.1" }],
        }));
        for (text, expected) in [
            ("1.0.0", true),
            ("0.9.0", false),
            ("1.3.0", false),
            ("1.4.0-rc.1", false),
            // By its name: nothing else counts.
            ("0.1.0-rc.1", true),
            ("0.0.0", false),
        ] {
            assert_eq!(rules.takes(&version(text)), expected, "{text}");
        }
        let other = |name: &str| PackageId { org: "acme".parse().unwrap(), name: name.parse().unwrap() };
        assert!(rules.takes_of(&other("grid")) && !rules.takes_of(&other("other")));
        let rules = selection(json!({
            "include": [{ "organization": "acme" }],
            "exclude": [{ "organization": "acme", "name": "own.*" }],
            "exact": [{ "organization": "acme", "name": "own.b", "version": "1.0.0" }],
        }));
        assert!(rules.takes_of(&other("grid")) && rules.takes_of(&other("own.b")));
        assert!(!rules.takes_of(&other("own.a")), "nothing of it can come");
    }

    #[test]
    fn the_best_version_is_the_newest_stable_one_of_those_that_would_do() {
        let rules = selection(json!({
            "include": [{ "organization": "acme" }], "prereleases": "Include",
            "exclude": [{ "organization": "acme", "versions": "=1.2.0" }],
        }));
        let there = ["1.0.0", "1.1.0", "1.2.0", "1.3.0-rc.1", "2.0.0"].map(|text| text.parse().unwrap());
        let package = version("1.0.0").package();
        for (range, expected) in [
            (Range::Latest, vec!["2.0.0", "1.1.0", "1.0.0", "1.3.0-rc.1"]),
            (Range::Major("1.1.0".parse().unwrap()), vec!["1.1.0", "1.3.0-rc.1"]),
            (Range::Exact("1.2.0".parse().unwrap()), vec![]),
        ] {
            let best = rules.best(&package, &there.clone().into(), &range);
            assert_eq!(best, expected.into_iter().map(version).collect::<Vec<_>>(), "{range:?}");
        }
    }

    #[test]
    fn of_a_version_comes_what_is_selected_and_admitted() {
        let wanted = version("1.0.0");
        let upstream = |deprecated: Option<&str>| UpstreamVersion {
            deprecated: deprecated.map(str::to_owned),
            found: vec![found(&wanted, "java21", "2201.8.0"), found(&wanted, "any", "2201.12.0")],
        };
        let all = json!([{ "organization": "acme" }]);
        let admitted = |_: &Found| Verdict::Admitted;
        let pull = |more: Value, deprecated| {
            let mut rules = json!({ "include": all });
            rules.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            match selection(rules).pull(&wanted, &upstream(deprecated), admitted) {
                Pull::Bring(found) => found.iter().map(|found| found.platform.to_string()).collect(),
                Pull::Leave(why) => vec![why.unwrap_or_default()],
            }
        };
        assert_eq!(pull(json!({}), Some("old")), ["java21", "any"]);
        assert_eq!(pull(json!({ "platforms": ["any"] }), None), ["any"]);
        assert_eq!(pull(json!({ "minimumDistribution": "2201.10.0" }), None), ["any"]);
        assert_eq!(pull(json!({ "platforms": ["java11"] }), None), [""]);
        assert!(pull(json!({ "deprecated": "Exclude" }), Some("old"))[0].contains("deprecated upstream"));
        let denied = |_: &Found| Verdict::Denied { reason: "no".to_owned() };
        let held = selection(json!({ "include": all })).pull(&wanted, &upstream(None), denied);
        assert!(matches!(held, Pull::Leave(Some(why)) if why.ends_with(": no")));
    }
}
