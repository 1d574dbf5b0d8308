//! A build as the client makes it (`ResolutionEngine`): it asks for what it imports, puts the graphs together, takes the
//! higher version where two disagree, and asks again for what it took.

use std::collections::{BTreeMap, BTreeSet};

use barre_core::package::{Coordinates, PackageId, Version};
use barre_core::resolution::Mode;
use barre_core::state::State;
use barre_testkit::catalogue::Package;

use super::{own, resolve, wanted};

/// How often a build asks at most.
const ROUNDS: usize = 50;

/// A build of one release, with the lock that it was released with.
pub(super) struct Build {
    lock: BTreeMap<PackageId, (Version, BTreeSet<PackageId>)>,
    /// What ships with the distribution, and what that needs.
    distribution: BTreeMap<Coordinates, Vec<Coordinates>>,
    /// What was given for each package, and what that needs; `None` where nothing was.
    given: BTreeMap<PackageId, Option<(Coordinates, BTreeSet<Coordinates>)>>,
    /// What is needed in the end.
    needed: BTreeMap<PackageId, Version>,
}

/// Where a build is not what its lock says.
#[derive(Debug)]
pub(super) enum Differs {
    Newer {
        locked: Coordinates,
        given: Version,
    },
    /// The same, of another major version.
    OtherLine {
        locked: Coordinates,
        given: Version,
    },
    /// Nothing needs it any more.
    Unneeded,
    /// It was asked for, and there is none.
    Absent(Coordinates),
    /// It needs other packages.
    Needs(Coordinates),
}

impl Build {
    pub(super) fn run(state: &State, package: &Package, mode: Mode) -> Self {
        let distribution = distribution(package);
        let mut build =
            Self { lock: lock(package), distribution, given: BTreeMap::new(), needed: BTreeMap::new() };
        let direct: Vec<Coordinates> = package.dependencies.iter().map(|d| d.parse().unwrap()).collect();
        for _ in 0..ROUNDS {
            let asks = build.unresolved(&direct);
            if asks.is_empty() {
                return build;
            }
            let questions: Vec<_> = asks.iter().map(|asked| wanted(asked, mode)).collect();
            for (asked, found) in asks.into_iter().zip(resolve(state, &questions)) {
                let given = found.ok().map(|found| {
                    let given = found.release.description.coordinates.clone();
                    let node = found.graph.into_iter().find(|node| node.package == given).unwrap();
                    (given, node.dependencies.into_iter().collect())
                });
                build.given.insert(asked.package(), given);
            }
        }
        panic!("{} is not resolved after {ROUNDS} rounds", own(package));
    }

    /// What is needed and was not asked for yet, or not in so high a version.
    fn unresolved(&mut self, direct: &[Coordinates]) -> Vec<Coordinates> {
        self.needed.clear();
        let mut asks = BTreeMap::new();
        let mut built_in = BTreeSet::new();
        let mut rest = direct.to_vec();
        while let Some(needed) = rest.pop() {
            if needed.version.is_built_in() {
                if built_in.insert(needed.clone()) {
                    rest.extend(self.distribution.get(&needed).into_iter().flatten().cloned());
                }
                continue;
            }
            let id = needed.package();
            let mut version = needed.version.clone();
            if let Some((locked, _)) = self.lock.get(&id) {
                version = version.max(locked.clone());
            }
            let version =
                version.max(self.needed.get(&id).cloned().unwrap_or_else(|| needed.version.clone()));
            let before = self.needed.insert(id.clone(), version.clone());
            match self.given.get(&id) {
                Some(Some((given, needs))) if given.version >= version => {
                    if before.is_none() {
                        rest.extend(needs.iter().cloned());
                    }
                }
                Some(None) => {}
                _ => {
                    asks.insert(id, version);
                }
            }
        }
        let coordinates = |(PackageId { org, name }, version)| Coordinates { org, name, version };
        asks.into_iter().map(coordinates).collect()
    }

    /// What ships with the distribution aside.
    pub(super) fn differs(&self) -> Vec<Differs> {
        self.lock.iter().filter_map(|(id, (version, needs))| self.difference(id, version, needs)).collect()
    }

    fn difference(&self, id: &PackageId, version: &Version, needs: &BTreeSet<PackageId>) -> Option<Differs> {
        let PackageId { org, name } = id.clone();
        let locked = Coordinates { org, name, version: version.clone() };
        let Some(given) = self.given.get(id).filter(|_| self.needed.contains_key(id)) else {
            return Some(Differs::Unneeded);
        };
        let Some((given, given_needs)) = given else { return Some(Differs::Absent(locked)) };
        if given.version.semver().major != version.semver().major {
            return Some(Differs::OtherLine { locked, given: given.version.clone() });
        }
        if given.version != *version {
            return Some(Differs::Newer { locked, given: given.version.clone() });
        }
        let published = given_needs.iter().filter(|needed| !needed.version.is_built_in());
        let same = published.map(Coordinates::package).collect::<BTreeSet<_>>() == *needs;
        (!same).then(|| Differs::Needs(given.clone()))
    }
}

fn lock(package: &Package) -> BTreeMap<PackageId, (Version, BTreeSet<PackageId>)> {
    let parse = |text: &String| text.parse::<Coordinates>().unwrap();
    let published = |coordinates: &Coordinates| !coordinates.version.is_built_in();
    let node = |(package, needs): (&String, &Vec<String>)| {
        let package = parse(package);
        let needs = needs.iter().map(parse).filter(published).map(|needed| needed.package());
        (package.package(), (package.version, needs.collect()))
    };
    let nodes = package.graph.iter().map(node);
    nodes.filter(|(_, (version, _))| !version.is_built_in()).collect()
}

fn distribution(package: &Package) -> BTreeMap<Coordinates, Vec<Coordinates>> {
    let parse = |text: &String| text.parse::<Coordinates>().unwrap();
    let nodes = package.graph.iter().map(|(node, needs)| (parse(node), needs.iter().map(parse).collect()));
    nodes.filter(|(node, _): &(Coordinates, _)| node.version.is_built_in()).collect()
}
