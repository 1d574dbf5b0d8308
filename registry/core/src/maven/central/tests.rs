//! Every document as a client reads it. What they say of releases is made from balas, as everywhere.

use std::io::Cursor;

use barre_testkit::bala::Bala;
use jiff::Timestamp;
use uuid::Uuid;

use super::*;
use crate::bala::{self, Limits};
use crate::change::{Change, Salt};
use crate::declaration::{Construct, Declaration, Quality};
use crate::digest::Digest;
use crate::distribution::Distribution;
use crate::format::NEWEST;
use crate::package::{PackageId, Version};
use crate::release::{Origin, Stored};
use crate::segment::{Genesis, Segment};
use crate::state::opened::Opened;
use crate::state::{Kind, Outcome, Release, State};

const QUESTION: &str = "cT1ncmVldA";
const PART: Part = Part { count: 12, limit: 10, offset: 2 };

fn ours() -> Distribution {
    Distribution::of("2201.13.4").unwrap()
}

/// A state with these balas, in the order of which they were published.
fn state(balas: &[Bala]) -> State {
    let first = State::new(Genesis::new(Uuid::from_u128(1)));
    // What a format brings counts from the segment after it.
    let opened = apply(&first, vec![Opened { owner: "us".to_owned(), epoch: 1 }.into(), NEWEST.into()]);
    let released = balas.iter().zip(1..).map(|(bala, number)| {
        let read = bala::read(Cursor::new(bala.build()), &Limits::default()).unwrap();
        let (digest, document) = (Digest::of(bala.file_name().as_bytes()), Digest::of(b"{}"));
        let folder = Uuid::from_u128(number);
        read.released(Stored { digest, size: 1, folder, document, origin: Origin::Local, published: None })
    });
    apply(&opened, released.map(Kind::from).collect())
}

fn apply(state: &State, kinds: Vec<Kind>) -> State {
    let change = |kind| Change { id: Uuid::nil(), salt: Salt([0; 16]), actor: "token:ci".to_owned(), kind };
    let changes = kinds.into_iter().map(change).collect();
    let now = Timestamp::from_second(1_700_000_000).unwrap();
    let (segment, _) = Segment::encode(1, state.seq() + 1, state.head(), now, changes);
    let (next, outcomes) = state.apply(&segment).unwrap();
    assert!(outcomes.iter().all(|outcome| matches!(outcome, Outcome::Accepted)), "{outcomes:?}");
    next
}

fn id(name: &str) -> PackageId {
    PackageId { org: "acme".parse().unwrap(), name: name.parse().unwrap() }
}

/// What somebody may say who wants to break a document.
const ODD: &str = "</summary> \"R&D\" 'größer' ]]>";

fn shop() -> State {
    let greet = |version: &str| Bala::new("acme", "greet.bold", version);
    state(&[
        greet("1.0.0").module("greet.bold.formal", true).module("greet.bold.inner", false),
        greet("1.1.0").distribution("2201.13.2").description(ODD).manifest("authors", vec![ODD, "B"]),
        greet("2.0.0-rc.1").platform("java21").distribution("slbeta6"),
        Bala::new("acme", "tool.scan", "1.0.0").tool("Scan").manifest("keywords", vec!["R&D", ""]),
    ])
}

fn releases<'a>(state: &'a State, package: &PackageId) -> Vec<&'a Release> {
    let package = state.package(&package.org, &package.name).unwrap();
    package.versions().flat_map(|(_, releases)| releases).map(|release| &**release).collect()
}

/// One element a line.
fn readable(document: &Document<'_>) -> String {
    document.to_string().replace("><", ">\n<")
}

#[test]
fn the_versions_of_a_package() {
    let (state, package) = (shop(), id("greet.bold"));
    let listed = releases(&state, &package).into_iter().rev().zip([false, true, false]);
    insta::assert_snapshot!("versions", readable(&versions(ours(), &package, listed)));
    insta::assert_snapshot!("no_versions", readable(&versions(ours(), &package, [].into_iter())));
}

#[test]
fn what_is_found_by_bal_search() {
    let state = shop();
    let found = releases(&state, &id("greet.bold")).into_iter().chain(releases(&state, &id("tool.scan")));
    insta::assert_snapshot!("packages", readable(&packages(ours(), QUESTION, PART, found)));
}

#[test]
fn what_is_found_by_editors() {
    let state = shop();
    let found = releases(&state, &id("tool.scan")).into_iter();
    insta::assert_snapshot!("packages_solr", readable(&packages_solr(ours(), QUESTION, PART, found)));
    let none = packages_solr(ours(), "", Part { count: 0, limit: 50, offset: 0 }, [].into_iter());
    insta::assert_snapshot!("no_packages_solr", readable(&none));
}

#[test]
fn the_tools_that_are_found() {
    let state = shop();
    let found = releases(&state, &id("tool.scan")).into_iter();
    insta::assert_snapshot!("tools", readable(&tools(ours(), QUESTION, PART, found)));
}

#[test]
fn the_versions_with_a_tool_are_newest_first_and_pre_releases_last() {
    let all: Vec<Version> = ["2.0.0-rc.2", "2.0.0-rc.1", "1.10.0", "1.9.0", "1.9.0-b"]
        .iter()
        .map(|v| v.parse().unwrap())
        .collect();
    let all: Vec<&Version> = all.iter().collect();
    insta::assert_snapshot!("tool", readable(&tool(ours(), "scan", &id("tool.scan"), &all)));
}

/// What the docs of that release say, which is nothing good.
fn declared() -> [Declaration; 2] {
    let declaration = |construct, name: &str, summary: &str, qualities| {
        let (module, name, summary) = ("greet.bold".to_owned(), name.to_owned(), summary.to_owned());
        Declaration { construct, module, name, summary, qualities }
    };
    [
        declaration(Construct::Client, "Client", ODD, vec![Quality::Isolated]),
        declaration(Construct::Function, "'<f>", "", vec![]),
    ]
}

fn declarations<'a>(state: &'a State, declared: &'a [Declaration]) -> impl Iterator<Item = Found<'a>> {
    let release = releases(state, &id("greet.bold"))[1];
    declared.iter().map(move |declaration| Found {
        id: crate::api_docs::id(&release.description.coordinates, &declaration.module, &declaration.name),
        declaration,
        release,
        deprecated: Some(ODD),
        bala_url: "http://x/greet.bold-1.1.0.bala".to_owned(),
    })
}

#[test]
fn what_is_declared() {
    let (state, declared) = (shop(), declared());
    insta::assert_snapshot!(
        "symbols",
        readable(&symbols(ours(), QUESTION, PART, declarations(&state, &declared)))
    );
    insta::assert_snapshot!(
        "connectors",
        readable(&connectors(ours(), QUESTION, PART, declarations(&state, &declared[..1])))
    );
    insta::assert_snapshot!("no_symbols", readable(&symbols(ours(), QUESTION, PART, [].into_iter())));
    insta::assert_snapshot!("no_connectors", readable(&connectors(ours(), QUESTION, PART, [].into_iter())));
}
