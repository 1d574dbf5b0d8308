//! Packages of one state, found by somebody.

mod properties;

use std::fmt::Write as _;
use std::sync::{Arc, LazyLock};

use jiff::Timestamp;
use uuid::Uuid;

use super::*;
use crate::admission::Admission;
use crate::change::{Change, Salt};
use crate::description::{Description, Module, Visibility};
use crate::digest::Digest;
use crate::format::NEWEST;
use crate::package::{Coordinates, Platform};
use crate::release::{Origin, Stored};
use crate::resolution::Suit;
use crate::segment::Genesis;
use crate::state::deprecated::Deprecated;
use crate::state::evicted::Evicted;
use crate::state::released::Released;
use crate::state::{Kind, Outcome, Release, State};

const ALL: Page = Page { offset: 0, limit: usize::MAX, sort: Sort::Relevance };

/// A state under construction.
#[derive(Clone)]
struct World(State, u32);

impl World {
    fn new() -> Self {
        let mut world = Self(State::new(Genesis::new(Uuid::nil())), 0);
        world.change(NEWEST.into());
        world
    }

    /// A state with these packages.
    fn of(packages: &[Description]) -> Self {
        let mut world = Self::new();
        packages.iter().cloned().for_each(|package| world.publish(package));
        world
    }

    fn change(&mut self, kind: Kind) {
        self.1 += 1;
        self.0.begin(Timestamp::from_second(self.1.into()).unwrap());
        let change = Change { id: Uuid::nil(), salt: Salt([0; 16]), actor: "test".to_owned(), kind };
        assert_eq!(self.0.change(self.1 as usize, &change), Outcome::Accepted);
    }

    fn publish(&mut self, description: Description) {
        let mut text = String::new();
        let _ = write!(text, "{} {}", description.coordinates, description.platform);
        let digest = Digest::of(text.as_bytes());
        let (folder, origin) = (Uuid::from_u128(self.1.into()), Origin::Mirror("m".to_owned()));
        let published = Some(Timestamp::from_second(self.1.into()).unwrap());
        let stored = Stored { digest, size: 1, folder, document: digest, origin, published };
        self.change(Released { description, graph: Vec::new(), stored }.into());
    }

    fn deprecate(&mut self, coordinates: &str) {
        let Coordinates { org, name, version } = coordinates.parse().unwrap();
        self.change(Deprecated { org, name, version: Some(version), message: "old".to_owned() }.into());
    }

    fn evict(&mut self, coordinates: &str) {
        let coordinates: Coordinates = coordinates.parse().unwrap();
        let package = self.0.package(&coordinates.org, &coordinates.name).unwrap();
        let digest = package.version(&coordinates.version)[0].stored.digest;
        let Coordinates { org, name, version } = coordinates;
        let (platform, why) = (Platform::any(), String::new());
        self.change(Evicted { org, name, version, platform, digest, why }.into());
    }

    fn search(&self) -> Search {
        Search::new(self.0.clone().into())
    }
}

/// Everything is admitted.
impl From<State> for Scope {
    fn from(state: State) -> Self {
        static OPEN: LazyLock<Arc<Admission>> = LazyLock::new(Arc::default);
        Self { state: state.into(), admission: Arc::clone(&OPEN), now: Timestamp::UNIX_EPOCH }
    }
}

/// `org/name:version`.
fn package(coordinates: &str) -> Description {
    let coordinates: Coordinates = coordinates.parse().unwrap();
    let module = Module { name: coordinates.name.to_string(), exported: true, summary: String::new() };
    Description {
        coordinates,
        platform: Platform::any(),
        bala_version: "3.0.0".to_owned(),
        distribution: "2201.12.0".to_owned(),
        specification: String::new(),
        visibility: Visibility::Public,
        template: false,
        graalvm: None,
        tool: None,
        icon: None,
        summary: String::new(),
        repository: String::new(),
        keywords: Vec::new(),
        authors: Vec::new(),
        licenses: Vec::new(),
        modules: vec![module],
    }
}

fn summary(coordinates: &str, summary: &str) -> Description {
    Description { summary: summary.to_owned(), ..package(coordinates) }
}

fn keywords(coordinates: &str, keywords: &[&str]) -> Description {
    let keywords = keywords.iter().map(ToString::to_string).collect();
    Description { keywords, ..package(coordinates) }
}

fn private(description: Description) -> Description {
    Description { visibility: Visibility::Private, ..description }
}

/// Somebody who may see all, and use all.
fn anybody(_: &Release) -> Suit {
    Suit::Suits { place: 0 }
}

/// Somebody who may see what is public.
fn stranger(release: &Release) -> Suit {
    if release.description.visibility == Visibility::Private { Suit::Hidden } else { anybody(release) }
}

fn found_on(search: &Search, query: &str, page: Page, suit: impl Fn(&Release) -> Suit) -> Vec<String> {
    let found = search.find(&query.parse().unwrap(), page, suit);
    found.packages.iter().map(ToString::to_string).collect()
}

fn found(search: &Search, query: &str) -> Vec<String> {
    found_on(search, query, ALL, anybody)
}

#[test]
fn where_a_word_stands_decides_the_order() {
    let module = Module { name: "f.bus".to_owned(), exported: true, summary: String::new() };
    let world = World::of(&[
        package("a/bus:1.0.0"),
        package("b/bus.service:1.0.0"),
        package("bus/c:1.0.0"),
        package("d/bussing:1.0.0"),
        keywords("e/e:1.0.0", &["Area/Bus"]),
        Description { modules: vec![module], ..package("f/f:1.0.0") },
        summary("g/g:1.0.0", "Takes the bus"),
        package("h/h:1.0.0"),
    ]);
    let expected = ["a/bus", "b/bus.service", "bus/c", "d/bussing", "e/e", "f/f", "g/g"];
    assert_eq!(found(&world.search(), "Bus"), expected);
}

#[test]
fn all_words_must_be_there() {
    let world = World::of(&[
        summary("acme/mail:1.0.0", "Sends letters"),
        summary("acme/post:1.0.0", "Sends parcels"),
        summary("beta/mail:1.0.0", "Reads letters"),
    ]);
    let search = world.search();
    for (query, expected) in [
        ("sends letters", &["acme/mail"][..]),
        ("sends AND the parcels", &["acme/post"]),
        ("org:acme letters", &["acme/mail"]),
        ("ORG:beta", &["beta/mail"]),
        ("org:acme org:beta", &[]),
        ("org:acm", &[]),
        ("beta/mail", &["beta/mail"]),
        ("package:mail", &["acme/mail", "beta/mail"]),
        ("package:letters", &[]),
        ("", &["acme/mail", "acme/post", "beta/mail"]),
        ("*", &["acme/mail", "acme/post", "beta/mail"]),
        ("org:*", &["acme/mail", "acme/post", "beta/mail"]),
        ("the", &[]),
    ] {
        assert_eq!(found(&search, query), expected, "{query}");
    }
}

#[test]
fn keywords_are_found_whole_and_by_their_words() {
    let world = World::of(&[
        keywords("a/a:1.0.0", &["Area/Finance"]),
        keywords("b/b:1.0.0", &["API Gateway"]),
        summary("c/c:1.0.0", "Finance"),
    ]);
    let search = world.search();
    for (query, expected) in [
        ("keyword:Area/Finance", &["a/a"][..]),
        ("keyword:area/finance", &["a/a"]),
        ("keyword:finance", &["a/a"]),
        ("keyword:fina", &[]),
        ("keyword:Area/Fin", &[]),
        ("keyword:\"API Gateway\"", &["b/b"]),
        ("gateway", &["b/b"]),
        ("finance", &["a/a", "c/c"]),
    ] {
        assert_eq!(found(&search, query), expected, "{query}");
    }
}

#[test]
fn names_are_found_while_they_are_typed_and_with_typos() {
    let world = World::of(&[
        package("acme/aws.s3:1.0.0"),
        package("acme/postgresql:1.0.0"),
        package("acme/sql:1.0.0"),
    ]);
    let search = world.search();
    for (query, expected) in [
        ("po", Some("acme/postgresql")),
        ("postgr", Some("acme/postgresql")),
        ("p", None),
        ("sqk", Some("acme/sql")),
        ("potsgre", Some("acme/postgresql")),
        ("psotgersql", Some("acme/postgresql")),
        ("psxtgxrxql", None),
        ("awss3", Some("acme/aws.s3")),
        ("AWS_S3", Some("acme/aws.s3")),
        ("s4", None),
    ] {
        assert_eq!(found(&search, query), Vec::from_iter(expected), "{query}");
    }
}

#[test]
fn what_is_found_as_it_is_typed_needs_no_typos() {
    let world = World::of(&[package("acme/mysql:1.0.0"), package("acme/mssql:1.0.0")]);
    assert_eq!(found(&world.search(), "mysql"), ["acme/mysql"]);
    assert_eq!(found(&world.search(), "mzsql"), ["acme/mssql", "acme/mysql"]);
}

#[test]
fn the_newest_version_that_is_in_use_is_searched() {
    let mut world = World::of(&[
        summary("acme/x:1.0.0", "old"),
        summary("acme/x:1.1.0", "middle"),
        summary("acme/x:2.0.0-rc.1", "early"),
        summary("acme/x:1.2.0", "newest"),
    ]);
    let count = |world: &World, query: &str| found(&world.search(), query).len();
    assert_eq!(["old", "middle", "newest", "early"].map(|query| count(&world, query)), [0, 0, 1, 0]);
    world.deprecate("acme/x:1.2.0");
    assert_eq!(["middle", "newest"].map(|query| count(&world, query)), [1, 0]);
    for version in ["acme/x:1.1.0", "acme/x:1.0.0", "acme/x:2.0.0-rc.1"] {
        world.deprecate(version);
    }
    assert_eq!(count(&world, ""), 0);
}

#[test]
fn what_is_private_is_there_for_those_who_see_it() {
    let world = World::of(&[
        summary("acme/half:1.0.0", "open words"),
        private(summary("acme/half:1.1.0", "closed words")),
        private(summary("acme/whole:1.0.0", "closed words")),
    ]);
    let search = world.search();
    for (query, by_stranger, by_anybody) in [
        ("closed", &[][..], &["acme/half", "acme/whole"][..]),
        ("open", &["acme/half"], &[]),
        ("words", &["acme/half"], &["acme/half", "acme/whole"]),
        ("whole", &[], &["acme/whole"]),
        ("whxle", &[], &["acme/whole"]),
        ("", &["acme/half"], &["acme/half", "acme/whole"]),
    ] {
        assert_eq!(found_on(&search, query, ALL, stranger), by_stranger, "{query}");
        assert_eq!(found(&search, query), by_anybody, "{query}");
        assert_eq!(search.find(&query.parse().unwrap(), ALL, stranger).count, by_stranger.len(), "{query}");
    }
}

#[test]
fn only_what_can_be_used_is_found() {
    let world = World::of(&[
        package("acme/a:1.0.0"),
        Description { distribution: "2201.13.0".to_owned(), ..package("acme/a:1.1.0") },
        Description { distribution: "2201.13.0".to_owned(), ..package("acme/b:1.0.0") },
    ]);
    let old = |release: &Release| match release.description.distribution.as_str() {
        "2201.12.0" => Suit::Suits { place: 0 },
        _ => Suit::OtherDistribution { place: 0 },
    };
    assert_eq!(found_on(&world.search(), "", ALL, old), ["acme/a"]);
}

#[test]
fn pages_and_orders() {
    let world = World::of(&[package("a/x:1.0.0"), package("c/x:1.0.0"), package("b/x:1.0.0")]);
    let search = world.search();
    for (sort, expected) in [
        ("relevance,DESC", ["a/x", "b/x", "c/x"]),
        ("name", ["a/x", "b/x", "c/x"]),
        ("name,DESC", ["c/x", "b/x", "a/x"]),
        ("createdDate,DESC", ["b/x", "c/x", "a/x"]),
        ("createdDate,asc", ["a/x", "c/x", "b/x"]),
        ("pullCount,DESC", ["a/x", "b/x", "c/x"]),
    ] {
        let sort = sort.parse().unwrap();
        assert_eq!(found_on(&search, "x", Page { sort, ..ALL }, anybody), expected, "{sort:?}");
        let second = Page { offset: 1, limit: 1, sort };
        assert_eq!(found_on(&search, "x", second, anybody), expected[1..2], "{sort:?}");
        assert_eq!(search.find(&"x".parse().unwrap(), second, anybody).count, 3);
    }
    let beyond = Page { offset: usize::MAX, ..ALL };
    assert_eq!(found_on(&search, "x", beyond, anybody), Vec::<String>::new());
    assert!("size".parse::<Sort>().is_err() && "name,UP".parse::<Sort>().is_err());
}

#[test]
fn a_query_has_a_limit() {
    let words = |count: usize| "ab ".repeat(count).trim().replace("ab", "x y");
    assert_eq!("a".repeat(513).parse::<Query>(), Err(Invalid::TooLong));
    let many: Vec<_> = (10..23).map(|number| number.to_string()).collect();
    assert_eq!(many.join(" ").parse::<Query>(), Err(Invalid::TooManyWords));
    assert!(many[1..].join(" ").parse::<Query>().is_ok());
    assert!(words(50).parse::<Query>().is_ok(), "the same words again");
}

#[test]
fn so_much_changes_before_the_large_index_is_old() {
    let world = World::of(&[package("acme/first:1.0.0")]);
    let first = world.search();
    let mut later = world.clone();
    for number in 0..1000 {
        later.publish(package(&format!("acme/p{number}:1.0.0")));
    }
    let search = first.advanced(later.0.clone().into());
    assert!(!search.is_old());
    later.publish(package("acme/last:1.0.0"));
    assert!(search.advanced(later.0.clone().into()).is_old());
    assert_eq!(found(&search.advanced(later.0.into()), "last first"), Vec::<String>::new());
}
