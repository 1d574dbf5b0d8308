//! Real packages: 698 releases with the graphs that they were locked with, loaded as balas. What they resolve to is what
//! they name; where it is not, the reason stands here.

mod build;
mod gaps;
mod judged;
mod moved;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Cursor;
use std::sync::LazyLock;

use barre_core::bala::{self, Limits};
use barre_core::change::{Change, Salt};
use barre_core::digest::Digest;
use barre_core::graph::Node;
use barre_core::package::{Coordinates, Version};
use barre_core::release::{Origin, Stored};
use barre_core::resolution::{self, Missing, Mode, PackageFound, PackageWanted, Range, Resolver, Suit};
use barre_core::segment::Genesis;
use barre_core::state::{Outcome, Release, State};
use barre_testkit::bala::Bala;
use barre_testkit::catalogue::{Package, packages};
use jiff::Timestamp;
use uuid::Uuid;

use build::{Build, Differs};

const MODES: [Mode; 3] = [Mode::Soft, Mode::Medium, Mode::Hard];

/// How many releases are given as they are asked for. For each of the others a newer one would do, and is given.
const GIVEN_AS_ASKED: [(Mode, usize); 3] = [(Mode::Soft, 172), (Mode::Medium, 447), (Mode::Hard, 698)];

/// How many builds with a lock get the graph that it names. For the others there is a newer release that would do, or the
/// lock is one of those that [`LOCKED_TOO_LOW`] is about.
const BUILT_AS_LOCKED: [(Mode, usize); 3] = [(Mode::Soft, 186), (Mode::Medium, 295), (Mode::Hard, 655)];

/// Some locks name less than one of their packages was released with: the version that the release names is taken, as the
/// client does. What 43 locks name, and what is taken.
const LOCKED_TOO_LOW: [(&str, &str); 23] = [
    ("ballerina/auth:2.11.1", "2.11.2"),
    ("ballerina/cache:3.2.1", "3.2.2"),
    ("ballerina/constraint:1.0.1", "1.0.2"),
    ("ballerina/constraint:1.4.0", "1.5.0"),
    ("ballerina/crypto:2.2.1", "2.2.2"),
    ("ballerina/crypto:2.5.0", "2.6.2"),
    ("ballerina/crypto:2.9.2", "2.9.3"),
    ("ballerina/io:1.2.1", "1.2.2"),
    ("ballerina/io:1.8.0", "1.8.1"),
    ("ballerina/jwt:2.11.0", "2.12.1"),
    ("ballerina/log:2.5.0", "2.5.1"),
    ("ballerina/log:2.6.0", "2.7.0"),
    ("ballerina/mime:2.12.1", "2.12.2"),
    ("ballerina/observe:1.0.3", "1.0.5"),
    ("ballerina/observe:1.0.5", "1.0.7"),
    ("ballerina/observe:1.0.6", "1.0.7"),
    ("ballerina/observe:1.5.0", "1.6.0"),
    ("ballerina/observe:1.5.1", "1.6.0"),
    ("ballerina/regex:1.3.2", "1.4.0"),
    ("ballerina/task:2.2.1", "2.2.2"),
    ("ballerina/time:2.2.1", "2.2.2"),
    ("ballerina/url:2.6.0", "2.6.1"),
    ("ballerina/url:2.6.1", "2.6.2"),
];

/// In two builds in soft mode a newer dependency needs another line of this one. The client tells its user.
const OTHER_LINE: (&str, &str) = ("ballerina/mcp:0.9.1", "1.0.3");

static STATE: LazyLock<State> = LazyLock::new(|| state(packages().iter()));

fn state<'a>(releases: impl Iterator<Item = &'a Package>) -> State {
    let mut state = State::new(Genesis::new(Uuid::nil()));
    for (number, package) in releases.enumerate() {
        let bytes = Bala::from(package).build();
        let digest = Digest::of(&bytes);
        let size = bytes.len() as u64;
        let bala = bala::read(Cursor::new(bytes), &Limits::default()).unwrap();
        let folder = Uuid::from_u128(number as u128);
        let (document, origin) = (digest, Origin::Mirror("m".to_owned()));
        let kind = bala.released(Stored { digest, size, folder, document, origin, published: None }).into();
        state.begin(Timestamp::UNIX_EPOCH);
        let (id, salt, actor) = (Uuid::nil(), Salt([0; 16]), "test".to_owned());
        assert_eq!(state.change(0, &Change { id, salt, actor, kind }), Outcome::Accepted);
    }
    state
}

/// What a client gets that has every platform, and a distribution from which on it can use a release.
fn resolve(state: &State, wanted: &[PackageWanted]) -> Vec<Result<PackageFound, Missing>> {
    let suit = |_: &Release| Suit::Suits { place: 0 };
    Resolver::new(state, suit, resolution::Limits::default()).packages(wanted).unwrap()
}

fn wanted(coordinates: &Coordinates, mode: Mode) -> PackageWanted {
    let range = Range::new(Some(coordinates.version.clone()), mode);
    PackageWanted { package: coordinates.package(), range }
}

fn own(package: &Package) -> Coordinates {
    package.coordinates().parse().unwrap()
}

/// The graph that a release names, itself included.
fn locked(package: &Package) -> BTreeMap<Coordinates, BTreeSet<Coordinates>> {
    let parse = |text: &String| text.parse::<Coordinates>().unwrap();
    let node =
        |(package, needs): (&String, &Vec<String>)| (parse(package), needs.iter().map(parse).collect());
    let mut graph: BTreeMap<_, BTreeSet<_>> = package.graph.iter().map(node).collect();
    graph.insert(own(package), package.dependencies.iter().map(parse).collect());
    graph
}

fn as_map(graph: &[Node]) -> BTreeMap<Coordinates, BTreeSet<Coordinates>> {
    graph.iter().map(|node| (node.package.clone(), node.dependencies.iter().cloned().collect())).collect()
}

/// The newest version that would do, by the rule of the client.
fn newest(asked: &Coordinates, mode: Mode) -> Version {
    let would_do = |other: &Coordinates| {
        let (ours, theirs) = (asked.version.semver(), other.version.semver());
        let same_minor = ours.major == theirs.major && ours.minor == theirs.minor;
        other.package() == asked.package()
            && theirs >= ours
            && match mode {
                Mode::Hard => theirs == ours,
                Mode::Medium => same_minor,
                Mode::Soft => same_minor || ours.major == theirs.major && ours.major > 0,
            }
    };
    packages().iter().map(own).filter(would_do).map(|other| other.version).max().unwrap()
}

#[test]
fn every_release_resolves_to_the_graph_that_it_names_or_to_that_of_a_newer_one() {
    for (mode, as_asked) in GIVEN_AS_ASKED {
        let mut count = 0;
        for package in packages() {
            let asked = own(package);
            let found = resolve(&STATE, &[wanted(&asked, mode)]).remove(0).unwrap();
            let given = &found.release.description.coordinates;
            assert_eq!(given.version, newest(&asked, mode), "{asked} {mode:?}");
            let named = packages().iter().find(|package| own(package) == *given).unwrap();
            assert_eq!(as_map(&found.graph), locked(named), "{given}");
            count += usize::from(*given == asked);
        }
        assert_eq!(count, as_asked, "{mode:?}");
    }
}

#[test]
fn a_build_gets_the_graph_that_it_is_locked_with_unless_there_is_a_reason() {
    let gaps = gaps::gaps();
    let whole = state(packages().iter().chain(&gaps));
    for (mode, as_locked) in BUILT_AS_LOCKED {
        let builds = packages().iter().map(|package| (package, Build::run(&whole, package, mode).differs()));
        let (equal, others): (Vec<_>, Vec<_>) = builds.partition(|(_, differs)| differs.is_empty());
        assert_eq!(equal.len(), as_locked, "{mode:?}");
        let mut too_low = BTreeSet::new();
        for (package, differs) in others {
            let mut why = false;
            for difference in differs {
                match difference {
                    Differs::Newer { locked, given } => {
                        why = true;
                        assert!(given > locked.version, "{locked} {given}");
                        too_low.insert((locked.to_string(), given.to_string()));
                    }
                    Differs::OtherLine { locked, given } => {
                        why = true;
                        assert_eq!((locked.to_string().as_str(), given.to_string().as_str()), OTHER_LINE);
                        assert_eq!(mode, Mode::Soft);
                    }
                    // By what is newer.
                    Differs::Unneeded => assert_eq!(mode, Mode::Soft, "{}", package.coordinates()),
                    Differs::Absent(locked) => panic!("{locked} is not there"),
                    Differs::Needs(given) => panic!("{given} needs something else than locked"),
                }
            }
            assert!(why, "{} differs in {mode:?}", package.coordinates());
        }
        if mode == Mode::Hard {
            let expected = LOCKED_TOO_LOW.map(|(locked, given)| (locked.to_owned(), given.to_owned()));
            assert_eq!(too_low, BTreeSet::from(expected));
        }
    }
}

#[test]
fn the_order_of_publishing_makes_no_difference() {
    let reversed = state(packages().iter().rev());
    for mode in MODES {
        for chunk in packages().chunks(50) {
            let wanted: Vec<_> = chunk.iter().map(|package| wanted(&own(package), mode)).collect();
            let answer = |state: &State| {
                let found = resolve(state, &wanted).into_iter();
                found.map(|found| found.unwrap().graph).collect::<Vec<_>>()
            };
            assert_eq!(answer(&STATE), answer(&reversed));
        }
    }
}
