//! A company moves: fifty projects, each locked with real packages, get a mirror of what they need, and build from it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use barre_contract::mirror::{Exact, Selection as Wanted, packages as list};
use barre_core::graph::Node;
use barre_core::mirror::locks::{Needed, Project};
use barre_core::mirror::{Fact, Found, Plan, Planner, Question, Selection, Step, UpstreamVersion, Verdict};
use barre_core::package::{Coordinates, PackageId};
use barre_core::resolution::Mode;
use barre_core::state::State;
use barre_testkit::catalogue::{Package, packages};

use super::build::{Build, Differs};
use super::{gaps, locked, own, state};

const PROJECTS: usize = 50;

/// Packages from all over the catalogue, each the only dependency of a project.
fn chosen() -> impl Iterator<Item = (usize, &'static Package)> {
    let step = packages().len() / PROJECTS;
    (0..PROJECTS).map(move |number| (number, &packages()[number * step]))
}

/// The lock file that `bal build` writes for a project that needs one package.
fn lock_file(number: usize, needs: &Package) -> String {
    let mut text = "[ballerina]\ndependencies-toml-version = \"2\"\n".to_owned();
    let mut entry = |c: &Coordinates, needs: &BTreeSet<Coordinates>| {
        let edges = needs.iter().map(|n| format!("\t{{org = \"{}\", name = \"{}\"}}", n.org, n.name));
        let edges = edges.collect::<Vec<_>>().join(",\n");
        let (org, name, version) = (&c.org, &c.name, &c.version);
        let _ = write!(
            text,
            "\n[[package]]\norg = \"{org}\"\nname = \"{name}\"\nversion = \"{version}\"\ndependencies = [\n{edges}\n]\n"
        );
    };
    for (package, needs) in &locked(needs) {
        entry(package, needs);
    }
    entry(&format!("acme/project{number}:0.1.0").parse().unwrap(), &BTreeSet::from([own(needs)]));
    text
}

/// Upstream has the catalogue, and what its locks name besides.
struct Upstream {
    packages: BTreeMap<Coordinates, Package>,
}

impl Upstream {
    fn new() -> Self {
        let all = packages().iter().cloned().chain(gaps::gaps());
        Self { packages: all.map(|package| (own(&package), package)).collect() }
    }

    fn answer(&self, question: Question) -> Fact {
        match question {
            Question::Version(coordinates) => {
                let package = &self.packages[&coordinates];
                let found = Found {
                    coordinates: coordinates.clone(),
                    platform: package.platform.parse().unwrap(),
                    digest: None,
                    size: None,
                    published: None,
                    distribution: package.distribution.clone(),
                };
                Fact::Version(coordinates, UpstreamVersion { deprecated: None, found: vec![found] })
            }
            Question::Graph(coordinates) => {
                let graph = locked(&self.packages[&coordinates]).into_iter();
                let node = |(package, needs): (_, BTreeSet<_>)| Node {
                    package,
                    dependencies: needs.into_iter().collect(),
                };
                Fact::Graph(coordinates, graph.map(node).collect())
            }
            other => panic!("exact versions need no list: {other:?}"),
        }
    }

    fn plan(&self, exact: Vec<Exact>) -> Plan {
        let selection = Selection::read(&Wanted { exact, ..Wanted::default() }).unwrap();
        let empty = state(std::iter::empty());
        let mut planner = Planner::new(selection, "m".to_owned(), empty, |_: &Found| Verdict::Admitted);
        loop {
            match planner.step().unwrap() {
                Step::Done(plan) => return *plan,
                Step::Ask(questions) => questions.into_iter().for_each(|q| planner.learn(self.answer(q))),
            }
        }
    }
}

fn exact(Coordinates { org, name, version }: &Coordinates) -> Exact {
    Exact { organization: org.to_string(), name: name.to_string(), version: version.to_string() }
}

/// A registry that a mirror has filled by this plan, in its order: nothing comes before what it needs.
fn mirrored(upstream: &Upstream, plan: &Plan) -> State {
    let mut there = BTreeSet::new();
    for copy in &plan.copy {
        assert!(copy.after.is_subset(&there), "{:?}", copy.found.coordinates);
        there.insert(copy.found.coordinates.clone());
    }
    state(plan.copy.iter().map(|copy| &upstream.packages[&copy.found.coordinates]))
}

#[test]
fn what_fifty_projects_lock_is_mirrored_and_builds_as_it_is_locked() {
    let locks: Vec<_> = chosen().map(|(number, package)| lock_file(number, package)).collect();
    let projects: Vec<_> = locks.iter().map(|lock| Project::read(lock, None).unwrap()).collect();
    let needed = Needed::by(&projects);
    assert!(needed.own.is_empty() && needed.versions.len() > PROJECTS);
    // By way of the file that the operator reads.
    let text = list::write(&needed.versions.iter().map(exact).collect::<Vec<_>>());
    let upstream = Upstream::new();
    let plan = upstream.plan(list::read(&text).unwrap());
    let copied: BTreeSet<_> = plan.copy.iter().map(|copy| copy.found.coordinates.clone()).collect();
    assert!(plan.missing.is_empty() && plan.skipped.is_empty() && plan.is_complete());
    for ((number, package), project) in chosen().zip(&projects) {
        assert_eq!(project.own.as_ref().unwrap().to_string(), format!("acme/project{number}:0.1.0"));
        let named = locked(package).into_keys().filter(|c| !c.version.is_built_in());
        assert_eq!(project.locked.keys().cloned().collect::<BTreeSet<_>>(), named.collect());
        assert!(project.locked.keys().all(|locked| copied.contains(locked)), "{}", package.coordinates());
    }
    let (whole, mirror) = (Upstream::new(), mirrored(&upstream, &plan));
    let whole = state(whole.packages.values());
    for (_, package) in chosen() {
        let differs = |state: &State| {
            let differs = Build::run(state, package, Mode::Hard).differs();
            assert!(!differs.iter().any(|d| matches!(d, Differs::Absent(_))), "{}", package.coordinates());
            format!("{differs:?}")
        };
        assert_eq!(differs(&mirror), differs(&whole), "{}", package.coordinates());
    }
    let ids: BTreeSet<PackageId> = copied.iter().map(Coordinates::package).collect();
    assert_eq!(mirror.packages().count(), ids.len());
}
