mod properties;
mod sbom;

use std::io::Cursor;
use std::sync::Arc;

use barre_testkit::bala::Bala;
use jiff::Timestamp;
use uuid::Uuid;

use super::*;
use crate::bala::{self, Limits};
use crate::change::{Change, Salt};
use crate::digest::Digest;
use crate::distribution::Distribution;
use crate::format::NEWEST;
use crate::graph::Node;
use crate::package::{Coordinates, Name, Version};
use crate::release::{AttachedFile, Origin, Purpose, Stored};
use crate::segment::{Genesis, Segment};
use crate::state::attached::Attached;
use crate::state::deprecated::{Deprecated, Undeprecated};
use crate::state::opened::Opened;
use crate::state::{Kind, Outcome, Package, Release, State};

/// `acme/Greet` for two platforms and in two versions.
fn shop() -> State {
    let mut state = State::new(Genesis::new(Uuid::from_u128(1)));
    let mut kinds: Vec<Kind> = vec![Opened { owner: "us".to_owned(), epoch: 1 }.into(), NEWEST.into()];
    state = apply(&state, kinds);
    let greet = |version: &str| {
        Bala::new("acme", "Greet", version)
            .dependency("ballerina/io:1.8.0")
            .module("Greet.formal", true)
            .module("Greet.inner", false)
    };
    kinds = [
        greet("1.0.0").platform("java21"),
        greet("1.0.0").platform("java17"),
        greet("1.1.0-rc.1").distribution("2201.13.2"),
    ]
    .iter()
    .zip(1..)
    .map(|(bala, number)| {
        let bytes = format!("bala {number}");
        let read = bala::read(Cursor::new(bala.build()), &Limits::default()).unwrap();
        let stored = Stored {
            digest: Digest::of(bytes.as_bytes()),
            size: bytes.len() as u64,
            folder: Uuid::from_u128(number),
            document: Digest::of(b"{}"),
            origin: Origin::Local,
            published: None,
        };
        read.released(stored).into()
    })
    .collect();
    apply(&state, kinds)
}

fn apply(state: &State, kinds: Vec<Kind>) -> State {
    let change = |kind| Change { id: Uuid::nil(), salt: Salt([0; 16]), actor: "token:ci".to_owned(), kind };
    let changes = kinds.into_iter().map(change).collect();
    let now = Timestamp::from_second(1_700_000_000).unwrap();
    let (segment, _) = Segment::encode(1, state.seq() + 1, state.head(), now, changes);
    let (next, outcomes) = state.apply(&segment).unwrap();
    assert!(outcomes.iter().all(|outcome| *outcome == Outcome::Accepted), "{outcomes:?}");
    next
}

fn greet(state: &State) -> &Package {
    state.package(&"acme".parse().unwrap(), &"Greet".parse().unwrap()).unwrap()
}

/// Somebody who sees every release.
fn anybody(_: &Release) -> bool {
    true
}

fn digests(state: &State) -> Digests {
    Digests::of(greet(state), &|release| state.graph(release))
}

fn deprecate(state: &State, message: &str) -> State {
    let (org, name) = ("acme".parse().unwrap(), "Greet".parse().unwrap());
    apply(state, vec![Deprecated { org, name, version: None, message: message.to_owned() }.into()])
}

/// Without an SBOM.
fn none() -> std::iter::Empty<&'static Arc<AttachedFile>> {
    std::iter::empty()
}

fn version(text: &str) -> Version {
    text.parse().unwrap()
}

fn text(content: &Content) -> &str {
    std::str::from_utf8(&content.bytes).unwrap()
}

/// Clients keep these digests: whoever changes a byte breaks what they have pinned.
#[test]
fn the_bytes_of_artifacts_are_fixed() {
    let state = shop();
    let release = &greet(&state).version(&version("1.0.0"))[0];
    let graph_of = |release: &Release| state.graph(release);
    let manifest = package(release, None);
    let told = package(release, Some("use \"acme/hello\""));
    let found = digests(&state).find(manifest.digest, anybody).unwrap().clone();
    let [referrer] = &found.referrers(&graph_of, none())[..] else { panic!("one referrer") };
    let referrer = serde_json::to_value(referrer).unwrap();
    let digest: Digest = referrer["digest"].as_str().unwrap().parse().unwrap();
    let graph = digests(&state).find(digest, anybody).unwrap().manifest(&graph_of).unwrap();
    let blob: serde_json::Value = serde_json::from_slice(&graph.bytes).unwrap();
    let blob = blob["layers"][0]["digest"].as_str().unwrap().parse().unwrap();
    let blob = digests(&state).find(blob, anybody).unwrap().blob(&graph_of).unwrap();
    let (list, index) = versions(&[&version("1.1.0-rc.1"), &version("1.0.0")]);
    let all = [
        text(&manifest),
        text(&told),
        text(&graph),
        text(&blob),
        text(&list),
        text(&index),
        &serde_json::to_string(&referrers(&found.referrers(&graph_of, none()))).unwrap(),
    ];
    insta::assert_snapshot!(all.join("\n"));
}

#[test]
fn every_digest_is_that_of_its_bytes_before_and_while_it_is_deprecated() {
    let before = shop();
    let deprecated = deprecate(&before, "use \"acme/hello\"");
    let (old, new) = (digests(&before), digests(&deprecated));
    // Of three releases: manifest, referrer and graph.
    assert_eq!((old.len(), new.len()), (9, 15));
    let graph_of = |release: &Release| -> Vec<Node> { deprecated.graph(release) };
    for (digest, derivation) in &new.first {
        let content = derivation.manifest(&graph_of).or_else(|| derivation.blob(&graph_of)).unwrap();
        assert_eq!((content.digest, Digest::of(&content.bytes)), (*digest, *digest));
    }
    for digest in old.first.keys() {
        assert!(new.find(*digest, anybody).is_some(), "{digest} is gone");
    }
    let release = &greet(&deprecated).version(&version("1.0.0"))[0];
    let told = package(release, Some("use \"acme/hello\""));
    assert_ne!(told.digest, package(release, None).digest);
    assert_eq!(new.find(told.digest, anybody).unwrap().referrers(&graph_of, none()).len(), 1);
    let (org, name) = ("acme".parse().unwrap(), "Greet".parse().unwrap());
    let after = apply(&deprecated, vec![Undeprecated { org, name, version: None }.into()]);
    assert_eq!(digests(&after).len(), old.len());
}

fn attach(state: &State, release: &Release, file: AttachedFile) -> State {
    let Coordinates { org, name, version } = release.description.coordinates.clone();
    let (platform, folder) = (release.description.platform.clone(), release.stored.folder);
    apply(state, vec![Attached { org, name, version, platform, folder, file }.into()])
}

fn kept(purpose: Purpose, digest: Digest, subject: Option<Digest>) -> AttachedFile {
    AttachedFile { purpose, media_type: MANIFEST.to_owned(), digest, size: 5, subject, declares: Vec::new() }
}

#[test]
fn what_is_kept_is_found_beside_what_is_derived() {
    let state = shop();
    let release = Arc::clone(&greet(&state).version(&version("1.0.0"))[0]);
    let [pushed, about, blob] = ["pushed", "about", "blob"].map(|text| Digest::of(text.as_bytes()));
    let derived = package(&release, None).digest;
    let state = attach(&state, &release, kept(Purpose::Manifest, pushed, None));
    let state = attach(&state, &release, kept(Purpose::Manifest, about, Some(pushed)));
    let state = attach(&state, &release, kept(Purpose::Blob, blob, None));
    // Bytes that are derived as well.
    let state = attach(&state, &release, kept(Purpose::Blob, derived, None));
    let (digests, graph_of) = (digests(&state), |release: &Release| state.graph(release));
    let find = |digest| digests.find(digest, anybody).unwrap();
    for (digest, purpose) in [(pushed, Purpose::Manifest), (about, Purpose::Manifest), (blob, Purpose::Blob)]
    {
        let found = find(digest);
        let kept = if purpose == Purpose::Manifest { found.kept_manifest() } else { found.kept_blob() };
        assert_eq!(kept.unwrap().digest, digest);
        assert_eq!(found.is_manifest(), purpose == Purpose::Manifest);
        assert_eq!((found.manifest(&graph_of), found.blob(&graph_of)), (None, None));
    }
    assert!(find(derived).manifest(&graph_of).is_some_and(|manifest| manifest.digest == derived));
    // The graph refers to the pushed manifest too, by another manifest that is found by its digest.
    let graphs = [derived, pushed].map(|digest| find(digest).referrers(&graph_of, none()));
    let [[one], [other]] =
        [&graphs[0][..], &graphs[1][..]].map(|found| <[Referrer; 1]>::try_from(found.to_vec()).unwrap());
    assert_ne!(one, other);
    let digest: Digest = serde_json::to_value(&other).unwrap()["digest"].as_str().unwrap().parse().unwrap();
    let manifest = find(digest).manifest(&graph_of).unwrap();
    assert_eq!(manifest.digest, digest);
    assert!(text(&manifest).contains(&format!(
        "\"subject\":{{\"mediaType\":\"{MANIFEST}\",\"digest\":\"{pushed}\",\"size\":5}}"
    )));
    for nothing in [about, blob, digest] {
        assert!(find(nothing).referrers(&graph_of, none()).is_empty());
    }
}

#[test]
fn a_repository_has_the_name_of_a_package_in_lower_case() {
    let greet = RepositoryName::parse("acme", "greet").unwrap();
    assert!(greet.is_of(&"acme".parse().unwrap(), &"Greet".parse().unwrap()));
    assert!(!greet.is_of(&"beta".parse().unwrap(), &"Greet".parse().unwrap()));
    assert_eq!(greet.to_string(), "acme/greet");
    for (org, name) in [("acme", "Greet"), ("Acme", "greet"), ("acme", ""), ("acme", "a/b")] {
        assert_eq!(RepositoryName::parse(org, name), None);
    }
}

#[test]
fn a_repository_is_found_by_its_lower_case_name() {
    let (state, org) = (shop(), "acme".parse().unwrap());
    assert_eq!(state.spelling(&org, "greet").map(Name::as_str), Some("Greet"));
    assert_eq!(state.spelling(&org, "Greet"), None);
}

#[test]
fn references() {
    let digest = Digest::of(b"x");
    for (text, expected) in [
        (digest.to_string().as_str(), Ok(Reference::Digest(digest))),
        ("1.0.0", Ok(Reference::Version(version("1.0.0")))),
        ("1.0.0-rc.1", Ok(Reference::Version(version("1.0.0-rc.1")))),
        ("latest", Ok(Reference::AllVersions)),
        ("v2201-13-0", Ok(Reference::VersionsFor(Distribution::of("2201.13.4").unwrap()))),
        ("v2201-13-4", Ok(Reference::Unknown)),
        ("v2201-013-0", Ok(Reference::Unknown)),
        ("v1-0-0", Ok(Reference::Unknown)),
        ("v2201--0", Ok(Reference::Unknown)),
        ("sha256-00", Ok(Reference::Unknown)),
        ("1.0", Ok(Reference::Unknown)),
        ("", Ok(Reference::Unknown)),
        ("sha256:00", Err(InvalidDigest)),
        ("sha512:00", Err(InvalidDigest)),
    ] {
        assert_eq!(Reference::parse(text), expected, "{text}");
    }
}

#[test]
fn the_distributions_that_tell_lists_apart() {
    let state = shop();
    let releases = greet(&state).versions().flat_map(|(_, releases)| releases.iter().map(|r| &**r));
    let names: Vec<_> = thresholds(releases).into_iter().map(Distribution::name).collect();
    assert_eq!(names, ["2201.13.0", "2201.12.0", "2201.0.0"]);
}

#[test]
fn pages_are_in_order_and_end() {
    let all = || ["1.10.0", "1.0.0", "1.0.0-b", "1.0.0-A"].map(str::to_owned).to_vec();
    for (n, last, expected, more) in [
        (None, None, &["1.0.0", "1.0.0-A", "1.0.0-b", "1.10.0"][..], false),
        (Some(2), None, &["1.0.0", "1.0.0-A"], true),
        (Some(2), Some("1.0.0-A"), &["1.0.0-b", "1.10.0"], false),
        (Some(9), Some("1.0.0-a"), &["1.0.0-b", "1.10.0"], false),
        (Some(0), None, &[], false),
        (Some(2), Some("2.0.0"), &[], false),
    ] {
        let (tags, is_more) = page(all(), n, last);
        assert_eq!(
            (tags, is_more),
            (expected.iter().map(|tag| (*tag).to_owned()).collect(), more),
            "{n:?} {last:?}"
        );
    }
}
