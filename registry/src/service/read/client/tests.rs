use std::io::Cursor;

use barre_core::access::{Action, AnonymousRead, Grant, Identity, Organizations};
use barre_core::bala::{self, Limits};
use barre_core::change::{Change, Salt};
use barre_core::description::Visibility;
use barre_core::digest::Digest;
use barre_core::release::{Origin, Stored};
use barre_core::segment::Genesis;
use barre_core::state::{Outcome, State};
use barre_testkit::bala::Bala;
use jiff::Timestamp;
use uuid::Uuid;

use super::*;
use crate::service::read::View;

const ANYBODY: Identity = Identity::Anonymous(AnonymousRead::Allowed);

/// Releases of `acme/greet`: version, platform, distribution.
fn state(releases: &[(&str, &str, &str)], visibility: Visibility) -> State {
    let mut state = State::new(Genesis::new(Uuid::nil()));
    for (index, (version, platform, distribution)) in releases.iter().enumerate() {
        state.begin(Timestamp::UNIX_EPOCH);
        let archive = Bala::new("acme", "greet", version).platform(platform).build();
        let mut bala = bala::read(Cursor::new(archive), &Limits::default()).unwrap();
        bala.description.visibility = visibility;
        bala.description.distribution = (*distribution).to_owned();
        let published = bala.released(Stored {
            digest: Digest::of(&index.to_le_bytes()),
            size: 1,
            folder: Uuid::from_u128(index as u128),
            document: Digest::of(b""),
            origin: Origin::Local,
            published: None,
        });
        let (id, salt) = (Uuid::nil(), Salt([0; 16]));
        let change = Change { id, salt, actor: "test".to_owned(), kind: published.into() };
        assert_eq!(state.change(0, &change), Outcome::Accepted);
    }
    state
}

fn client(platforms: Option<&str>, agent: &str) -> Client {
    Client::new(platforms, Some(agent))
}

/// What this one sees of `acme/greet`.
fn seen_by<'a>(identity: &'a Identity, state: &'a State) -> Option<PackageView<'a>> {
    View::new(state, identity, None).package(&"acme".parse().unwrap(), &"greet".parse().unwrap())
}

fn package(state: &State) -> PackageView<'_> {
    seen_by(&ANYBODY, state).unwrap()
}

fn versions(client: &Client, state: &State) -> String {
    client.versions(&package(state)).iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

fn latest(client: &Client, state: &State) -> String {
    let shown = |release: &Arc<Release>| {
        format!("{} {}", release.description.coordinates.version, release.description.platform)
    };
    client.latest(&package(state)).map(shown).unwrap_or_default()
}

#[test]
fn versions_for_a_distribution() {
    let releases = [
        ("1.0.0", "any", "2201.8.0"),
        ("1.1.0", "any", "2201.12.3"),
        ("1.2.0", "any", "2201.13.0-SNAPSHOT"),
        ("2.0.0", "any", "2202.0.0"),
        ("0.9.0", "any", "slbeta6"),
        ("0.8.0", "any", ""),
    ];
    let state = state(&releases, Visibility::Public);
    for (agent, expected) in [
        ("2201.12.0", "1.1.0 1.0.0 0.9.0 0.8.0"),
        ("2201.12.8-SNAPSHOT", "1.1.0 1.0.0 0.9.0 0.8.0"),
        ("2201.13.4", "1.2.0 1.1.0 1.0.0 0.9.0 0.8.0"),
        ("2201.7.0", "0.9.0 0.8.0"),
        ("2202.1.0", "2.0.0 0.9.0 0.8.0"),
        ("slp5", "2.0.0 1.2.0 1.1.0 1.0.0 0.9.0 0.8.0"),
        ("Go-http-client/1.1", "2.0.0 1.2.0 1.1.0 1.0.0 0.9.0 0.8.0"),
        ("8.5.0", "2.0.0 1.2.0 1.1.0 1.0.0 0.9.0 0.8.0"),
    ] {
        assert_eq!(versions(&client(None, agent), &state), expected, "{agent}");
    }
}

#[test]
fn versions_for_platforms() {
    let releases = [
        ("1.0.0", "java11", "2201.8.0"),
        ("1.1.0", "java17", "2201.8.0"),
        ("1.2.0", "java21", "2201.8.0"),
        ("1.3.0", "any", "2201.8.0"),
    ];
    let state = state(&releases, Visibility::Public);
    for (platforms, expected) in [
        (None, "1.3.0 1.2.0 1.1.0 1.0.0"),
        (Some("any"), "1.3.0"),
        (Some("java17"), "1.3.0 1.1.0"),
        (Some("java21, java17,java11"), "1.3.0 1.2.0 1.1.0 1.0.0"),
        (Some("java99x,node"), "1.3.0"),
    ] {
        assert_eq!(versions(&client(platforms, "x"), &state), expected, "{platforms:?}");
    }
}

#[test]
fn the_first_platform_of_the_list_wins_and_any_comes_last() {
    let releases = [("1.0.0", "any", ""), ("1.0.0", "java17", ""), ("1.0.0", "java21", "")];
    let state = state(&releases, Visibility::Public);
    for (platforms, expected) in [
        (Some("java21,java17"), "1.0.0 java21"),
        (Some("java17,java21"), "1.0.0 java17"),
        (Some("java11"), "1.0.0 any"),
        (Some("any,java21"), "1.0.0 any"),
        (None, "1.0.0 any"),
    ] {
        assert_eq!(latest(&client(platforms, "x"), &state), expected, "{platforms:?}");
    }
}

#[test]
fn the_latest_is_stable_if_there_is_one_that_suits() {
    let releases =
        [("1.0.0", "any", "2201.8.0"), ("1.1.0", "any", "2201.13.0"), ("2.0.0-beta.1", "any", "2201.8.0")];
    let both = state(&releases, Visibility::Public);
    assert_eq!(latest(&client(None, "2201.13.0"), &both), "1.1.0 any");
    assert_eq!(latest(&client(None, "2201.12.0"), &both), "1.0.0 any");
    let pre = state(&releases[1..], Visibility::Public);
    assert_eq!(latest(&client(None, "2201.12.0"), &pre), "2.0.0-beta.1 any");
}

#[test]
fn an_exact_version_is_given_to_every_distribution() {
    let state = state(&[("1.0.0", "java21", "2201.13.0")], Visibility::Public);
    let version = "1.0.0".parse().unwrap();
    assert!(client(Some("java21"), "2201.8.0").exact(&package(&state), &version).is_some());
    assert!(client(Some("java17"), "2201.13.0").exact(&package(&state), &version).is_none());
    assert!(client(None, "x").exact(&package(&state), &"1.0.1".parse().unwrap()).is_none());
}

#[test]
fn a_build_is_told_what_a_release_is_to_it() {
    let state = state(&[("1.0.0", "java21", "2201.13.0"), ("1.0.0", "any", "2201.8.0")], Visibility::Public);
    let (package, version) = (package(&state), "1.0.0".parse().unwrap());
    let suits = |place| Suit::Suits { place };
    for (platforms, agent, expected) in [
        (Some("java17,java21"), "2201.13.4", [suits(1), suits(2)]),
        (Some("java21"), "2201.12.0", [Suit::OtherDistribution { place: 0 }, suits(1)]),
        (Some("java17"), "2201.13.4", [Suit::OtherPlatform, suits(1)]),
        (Some("any"), "2202.1.0", [Suit::OtherPlatform, Suit::OtherDistribution { place: 0 }]),
        (None, "x", [suits(0), suits(0)]),
    ] {
        let told: Vec<_> = package.version(&version).map(|r| client(platforms, agent).suit(r)).collect();
        assert_eq!(told, expected, "{platforms:?} {agent}");
    }
}

#[test]
fn a_better_platform_may_come_for_a_day() {
    let state = state(&[("1.0.0", "java17", "2201.8.0")], Visibility::Public);
    let (package, version) = (package(&state), "1.0.0".parse().unwrap());
    let open_until = |platforms| client(platforms, "x").exact(&package, &version).unwrap().open_until;
    let day = Some("1970-01-02T00:00:00Z".parse().unwrap());
    assert_eq!(package.joinable_until(&version), day);
    assert_eq!(open_until(Some("java21,java17")), day);
    assert_eq!(open_until(Some("java17,java21")), None);
    assert_eq!(open_until(None), None);
}

#[test]
fn whoever_deprecates_names_one_platform_and_means_all() {
    let state =
        state(&[("1.0.0", "java21", "2201.8.0"), ("1.0.0", "java17", "2201.8.0")], Visibility::Public);
    let (package, version) = (package(&state), "1.0.0".parse().unwrap());
    let described = |platforms| {
        let found = client(Some(platforms), "2201.8.0").described(&package, &version)?;
        Some(found.found.description.platform.as_str())
    };
    assert_eq!(described("java11"), Some("java21"));
    assert_eq!(described("java17"), Some("java17"));
    // Whoever pushes for one more platform asks with its whole list, and must hear that it is free.
    assert_eq!(described("java11,any"), None);
}

#[test]
fn a_refusal_says_what_does_not_suit() {
    let state =
        state(&[("1.0.0", "java21", "2201.13.0"), ("1.0.0", "java17", "2201.13.0")], Visibility::Public);
    let (package, version) = (package(&state), "1.0.0".parse().unwrap());
    let why = |platforms, agent, version| client(Some(platforms), agent).why_not(&package, version);
    let exact = why("java11,any", "2201.8.0", Some(&version));
    assert_eq!(exact, "it is there for java21,java17, and not for java11,any");
    assert_eq!(why("java21", "2201.8.0", None), "its versions need another distribution than 2201.8.0");
    assert_eq!(why("java11", "2201.8.0", None), "its versions are for other platforms than java11");
    assert_eq!(why("java11", "2201.8.0", Some(&"2.0.0".parse().unwrap())), "");
}

#[test]
fn what_is_private_is_not_there() {
    let state = state(&[("1.0.0", "any", "")], Visibility::Private);
    assert!(seen_by(&ANYBODY, &state).is_none());
    let token = |organizations| {
        Identity::Token(Grant { name: "ci".to_owned(), actions: vec![Action::Read], organizations })
    };
    assert!(seen_by(&token(Organizations::parse(["beta"]).unwrap()), &state).is_none());
    let ours = token(Organizations::All);
    let package = seen_by(&ours, &state).unwrap();
    assert_eq!(client(None, "x").versions(&package).len(), 1);
    assert!(client(None, "x").exact(&package, &"1.0.0".parse().unwrap()).is_some());
}

#[test]
fn platforms_in_the_text_about_an_unknown_package() {
    assert_eq!(client(None, "x").platforms(), "any");
    assert_eq!(client(Some(" java21 , any,<script>"), "x").platforms(), "java21,any");
}
