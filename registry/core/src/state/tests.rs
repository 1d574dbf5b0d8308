mod attachments;
mod evictions;

use jiff::SignedDuration;
use std::io::Cursor;
use std::sync::Arc;

use barre_testkit::bala::Bala as Package;
use jiff::Timestamp;
use uuid::Uuid;

use super::condemned::{self, Condemned};
use super::deprecated::{Deprecated, Undeprecated};
use super::opened::{self, Opened};
use super::released::{self, Released};
use super::*;
use crate::bala::{self, Limits};
use crate::change::{Change, Salt};
use crate::description::Visibility;
use crate::digest::Digest;
use crate::format::{Format, NEWEST};
use crate::graph::Node;
use crate::package::{Coordinates, Platform};
use crate::release::{Origin, Stored};
use crate::segment::{Genesis, Segment};

/// A log under test: each call is one segment.
struct Fold {
    state: State,
    now: Timestamp,
}

impl Fold {
    fn new() -> Self {
        Self::in_format(NEWEST)
    }

    fn in_format(format: Format) -> Self {
        let state = State::new(Genesis::new(Uuid::from_u128(1)));
        let mut fold = Self { state, now: Timestamp::from_second(1_700_000_000).unwrap() };
        let opened = Opened { owner: "us".to_owned(), epoch: 1 }.into();
        assert_eq!(fold.segment(vec![opened, format.into()]), [Outcome::Accepted, Outcome::Accepted]);
        fold
    }

    fn wait(&mut self, hours: i64) {
        self.now += SignedDuration::from_hours(hours);
    }

    fn segment(&mut self, kinds: Vec<Kind>) -> Vec<Outcome> {
        let opens = matches!(kinds.first(), Some(Kind::Opened(o)) if o.epoch == self.state.epoch + 1);
        let changes = kinds.into_iter().map(change).collect();
        let epoch = self.state.epoch + u64::from(opens);
        let (segment, _) = Segment::encode(epoch, self.state.seq + 1, self.state.head, self.now, changes);
        let (next, outcomes) = self.state.apply(&segment).unwrap();
        self.state = next;
        outcomes
    }

    fn push(&mut self, released: Released) -> Outcome {
        self.segment(vec![released.into()]).remove(0)
    }
}

fn change(kind: Kind) -> Change {
    Change { id: Uuid::nil(), salt: Salt([0; 16]), actor: "token:ci".to_owned(), kind }
}

fn release(coordinates: &str, platform: &str, bytes: &str) -> Released {
    let Coordinates { org, name, version } = coordinates.parse().unwrap();
    let package = Package::new(org.as_str(), name.as_str(), &version.to_string()).platform(platform);
    let bala = bala::read(Cursor::new(package.dependency("ballerina/io:1.8.0").build()), &Limits::default());
    // Of each push another folder.
    let folder = Digest::of(format!("{coordinates} {platform} {bytes}").as_bytes());
    bala.unwrap().released(Stored {
        digest: Digest::of(bytes.as_bytes()),
        size: bytes.len() as u64,
        folder: Uuid::from_slice(&folder.as_bytes()[..16]).unwrap(),
        document: Digest::of(b"{}"),
        origin: Origin::Local,
        published: None,
    })
}

fn mirrored(coordinates: &str, platform: &str, bytes: &str) -> Released {
    let mut released = release(coordinates, platform, bytes);
    released.stored.origin = Origin::Mirror("m".to_owned());
    released
}

fn rejected(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Rejected(reason) => reason.to_string(),
        other => panic!("{other:?} is no rejection"),
    }
}

#[test]
fn a_release_is_found_by_its_exact_name() {
    let mut fold = Fold::new();
    assert_eq!(fold.push(release("acme/greet:1.0.0", "any", "a")), Outcome::Accepted);
    let state = &fold.state;
    let (org, name) = ("acme".parse().unwrap(), "greet".parse().unwrap());
    let package = state.package(&org, &name).unwrap();
    let release = package.release(&"1.0.0".parse().unwrap(), &Platform::any()).unwrap();
    assert_eq!((release.id, release.created), (2000, fold.now));
    assert_eq!(state.time(), fold.now);
    assert_eq!(state.graph(release)[0].dependencies, ["ballerina/io:1.8.0".parse().unwrap()]);
    assert!(state.package(&org, &"other".parse().unwrap()).is_none());
}

#[test]
fn each_release_has_an_id_of_its_own() {
    let mut fold = Fold::new();
    let both = ["1.0.0", "1.1.0"].map(|version| release(&format!("acme/greet:{version}"), "any", version));
    fold.segment(both.map(Kind::from).into());
    fold.push(release("acme/other:1.0.0", "any", "c"));
    let ids = fold.state.packages().flat_map(|(_, package)| package.versions().map(|(_, all)| all[0].id));
    assert_eq!(ids.collect::<Vec<_>>(), [2000, 2001, 3000]);
}

#[test]
fn the_same_bytes_again_are_a_duplicate() {
    let mut fold = Fold::new();
    fold.push(release("acme/greet:1.0.0", "any", "a"));
    let before = fold.state.digest();
    assert_eq!(fold.push(release("acme/greet:1.0.0", "any", "a")), Outcome::Duplicate);
    // Only the position moved.
    assert_ne!(fold.state.digest(), before);
    assert_eq!(
        fold.state.package(&"acme".parse().unwrap(), &"greet".parse().unwrap()).unwrap().versions().count(),
        1
    );
}

#[test]
fn other_bytes_for_a_version_are_rejected_also_within_a_segment() {
    let mut fold = Fold::new();
    let both = ["a", "b"].map(|bytes| release("acme/greet:1.0.0", "any", bytes).into());
    let outcomes = fold.segment(both.into());
    assert_eq!(outcomes[0], Outcome::Accepted);
    let reason = rejected(&outcomes[1]);
    assert!(reason.starts_with("package already exists: acme/greet:1.0.0 for platform any"), "{reason}");
}

#[test]
fn a_name_that_differs_only_by_case_is_rejected() {
    let mut fold = Fold::new();
    fold.push(release("acme/Greet:1.0.0", "any", "a"));
    let reason = rejected(&fold.push(release("acme/gREET:2.0.0", "any", "b")));
    assert!(reason.contains("acme/Greet"), "{reason}");
    assert_eq!(fold.push(release("acme/Greet:2.0.0", "any", "c")), Outcome::Accepted);
    assert_eq!(fold.push(release("acme/greets:1.0.0", "any", "e")), Outcome::Accepted);
    assert_eq!(fold.push(release("other/greet:1.0.0", "any", "d")), Outcome::Accepted);
}

fn joinable_until(fold: &Fold, coordinates: &str) -> Option<Timestamp> {
    let Coordinates { org, name, version } = coordinates.parse().unwrap();
    fold.state.package(&org, &name).unwrap().joinable_until(&version)
}

#[test]
fn a_platform_joins_a_version_for_a_day() {
    let mut fold = Fold::new();
    fold.push(release("acme/greet:1.0.0", "java17", "a"));
    let day = fold.now + SignedDuration::from_hours(24);
    assert_eq!(joinable_until(&fold, "acme/greet:1.0.0"), Some(day));
    assert_eq!(joinable_until(&fold, "acme/greet:2.0.0"), None);
    fold.wait(24);
    assert_eq!(fold.push(release("acme/greet:1.0.0", "java21", "b")), Outcome::Accepted);
    fold.wait(1);
    let reason = rejected(&fold.push(release("acme/greet:1.0.0", "any", "c")));
    assert!(reason.contains("more than 24 hours ago"), "{reason}");
    assert_eq!(fold.push(release("acme/greet:1.0.0", "java21", "b")), Outcome::Duplicate);
}

#[test]
fn a_mirrored_platform_joins_at_any_time() {
    let mut fold = Fold::new();
    fold.push(mirrored("x/y:1.0.0", "java17", "a"));
    assert_eq!(joinable_until(&fold, "x/y:1.0.0"), Some(Timestamp::MAX));
    fold.wait(1000);
    assert_eq!(fold.push(mirrored("x/y:1.0.0", "java21", "b")), Outcome::Accepted);
}

#[test]
fn the_platforms_of_a_version_agree() {
    type Spoil = fn(&mut Released);
    let cases: [(&str, Spoil); 3] = [
        ("visibility", |r| r.description.visibility = Visibility::Private),
        ("modules", |r| r.description.modules.clear()),
        ("locked dependencies", |r| r.graph.clear()),
    ];
    for (what, spoil) in cases {
        let mut fold = Fold::new();
        fold.push(release("acme/greet:1.0.0", "any", "a"));
        let mut released = release("acme/greet:1.0.0", "java21", "b");
        spoil(&mut released);
        let reason = rejected(&fold.push(released));
        assert!(reason.contains(what), "{reason}");
    }
}

#[test]
fn built_in_packages_may_differ_between_platforms() {
    let mut fold = Fold::new();
    fold.push(release("acme/greet:1.0.0", "any", "a"));
    let mut java = release("acme/greet:1.0.0", "java21", "b");
    let built_in: Coordinates = "ballerina/jballerina.java:0.0.0".parse().unwrap();
    java.graph[0].dependencies.push(built_in.clone());
    java.graph.push(Node { package: built_in, dependencies: vec![] });
    assert_eq!(fold.push(java), Outcome::Accepted);
}

#[test]
fn an_organization_has_one_origin() {
    let mut fold = Fold::new();
    fold.push(release("acme/greet:1.0.0", "any", "a"));
    let reason = rejected(&fold.push(mirrored("acme/other:1.0.0", "any", "b")));
    assert!(reason.contains("filled by pushes"), "{reason}");
}

#[test]
fn a_tool_id_belongs_to_the_package_that_released_it_first() {
    let mut fold = Fold::new();
    let tool = |coordinates, bytes, id: &str| {
        let mut released = release(coordinates, "any", bytes);
        released.description.tool = Some(id.to_owned());
        released
    };
    assert_eq!(fold.push(tool("acme/greet:1.0.0", "a", "greet")), Outcome::Accepted);
    assert_eq!(fold.push(tool("acme/greet:1.1.0", "b", "greet")), Outcome::Accepted);
    let reason = rejected(&fold.push(tool("evil/greet:9.0.0", "c", "Greet")));
    assert!(reason.contains("is taken") && !reason.contains("acme"), "{reason}");
}

#[test]
fn a_condemned_release_never_appears() {
    let mut fold = Fold::new();
    let live = release("acme/greet:1.0.0", "any", "a");
    let late = release("acme/greet:2.0.0", "any", "b");
    let condemn = |released: &Released| Condemned { folders: vec![released.stored.folder] }.into();
    let refused = |refused| Outcome::Rejected(Reason::Released(refused));
    fold.push(live.clone());
    assert_eq!(
        fold.segment(vec![condemn(&live)]),
        [Outcome::Rejected(Reason::Condemned(condemned::Refused::Live))]
    );
    assert_eq!(fold.segment(vec![condemn(&late)]), [Outcome::Accepted]);
    assert_eq!(fold.push(late), refused(released::Refused::Condemned));
    let mut stolen = release("acme/greet:3.0.0", "any", "c");
    stolen.stored.folder = live.stored.folder;
    assert_eq!(fold.push(stolen), refused(released::Refused::FolderUsed));
}

#[test]
fn only_the_next_epoch_opens() {
    let mut fold = Fold::new();
    let opened = |epoch| Kind::from(Opened { owner: "them".to_owned(), epoch });
    let refused = Outcome::Rejected(Reason::Opened(opened::Refused::Epoch { current: 1 }));
    assert_eq!(fold.segment(vec![opened(1)]), std::slice::from_ref(&refused));
    assert_eq!(fold.segment(vec![NEWEST.into(), opened(2)])[1], refused);
    assert_eq!(fold.state.owner(), "us");
    assert_eq!(fold.segment(vec![opened(2)]), [Outcome::Accepted]);
    assert_eq!((fold.state.owner(), fold.state.epoch()), ("them", 2));
    for (reader, writer) in
        [(0, 1), (NEWEST.reader - 1, NEWEST.writer + 1), (NEWEST.reader, NEWEST.writer - 1)]
    {
        let lowered = fold.segment(vec![Format { reader, writer }.into()]);
        assert_eq!(lowered, [Outcome::Rejected(Reason::Format(raised::Refused::Lowered))]);
    }
}

fn deprecated(coordinates: &str, message: &str) -> Deprecated {
    let Coordinates { org, name, version } = coordinates.parse().unwrap();
    Deprecated { org, name, version: Some(version), message: message.to_owned() }
}

#[test]
fn versions_are_deprecated_one_by_one_or_all_that_are_there() {
    let mut fold = Fold::new();
    for (version, platform) in [("1.0.0", "any"), ("1.0.0", "java21"), ("2.0.0", "any")] {
        fold.push(release(&format!("acme/greet:{version}"), platform, &format!("{version} {platform}")));
    }
    let told = |fold: &Fold| {
        let package = fold.state.package(&"acme".parse().unwrap(), &"greet".parse().unwrap()).unwrap();
        let texts = package.versions().map(|(v, _)| package.deprecated(v).unwrap_or("-").to_owned());
        texts.collect::<Vec<_>>().join(" ")
    };
    let one = deprecated("acme/greet:1.0.0", "old");
    let Deprecated { org, name, version, .. } = one.clone();
    let all = Deprecated { version: None, message: "gone".to_owned(), ..one.clone() };
    let undo = |version| Kind::from(Undeprecated { org: org.clone(), name: name.clone(), version });
    for (kind, outcome, expected) in [
        (one.clone().into(), Outcome::Accepted, "old -"),
        (one.into(), Outcome::Duplicate, "old -"),
        (all.into(), Outcome::Accepted, "gone gone"),
        (undo(version), Outcome::Accepted, "- gone"),
        (undo(None), Outcome::Accepted, "- -"),
        (undo(None), Outcome::Duplicate, "- -"),
    ] {
        assert_eq!(fold.segment(vec![kind]), [outcome]);
        assert_eq!(told(&fold), expected);
    }
    for (missing, text) in
        [("acme/greet:3.0.0", "no version 3.0.0"), ("acme/none:1.0.0", "no package acme/none")]
    {
        let reason = rejected(&fold.segment(vec![deprecated(missing, "x").into()])[0]);
        assert!(reason.contains(text), "{reason}");
    }
    // What comes later is not meant.
    fold.push(release("acme/greet:3.0.0", "any", "3"));
    assert_eq!(told(&fold), "- - -");
}

/// What began under the rules of format 1 goes on; only what is new keeps the new ones.
#[test]
fn a_raised_log_has_the_new_kinds_and_rules_from_the_next_segment_on() {
    let mut fold = Fold::in_format(Format { reader: 1, writer: 1 });
    let push = |version: &str, platform: &str| -> Kind {
        release(&format!("acme/greet:{version}"), platform, &format!("{version} {platform}")).into()
    };
    let deprecate = || Kind::from(deprecated("acme/greet:1.0.0-rc.1", "old"));
    let go = || push("1.0.0-rc.1", "go1.26");
    let sbom = || attachments::sbom(&release("acme/greet:1.0.0-rc.1", "any", "1.0.0-rc.1 any"));
    let brought = mirrored("x/y:1.0.0", "any", "a");
    fold.push(brought.clone());
    let evict = || evictions::evict(&brought);
    for version in ["1.0.0-rc.1", "1.0.0-RC.1"] {
        assert_eq!(fold.segment(vec![push(version, "any")]), [Outcome::Accepted]);
    }
    let beyond = Outcome::Rejected(Reason::Beyond { needed: 2, in_force: 1 });
    assert_eq!(fold.segment(vec![deprecate(), go(), sbom(), evict()]), vec![beyond.clone(); 4]);
    let with_raise = fold.segment(vec![NEWEST.into(), deprecate(), push("1.0.0-Rc.1", "any")]);
    assert_eq!(with_raise, [Outcome::Accepted, beyond, Outcome::Accepted]);
    assert_eq!(fold.state.format(), NEWEST);
    assert_eq!(fold.segment(vec![deprecate(), go(), sbom(), evict()]), vec![Outcome::Accepted; 4]);
    let reason = rejected(&fold.segment(vec![push("1.0.0-rC.1", "any")])[0]);
    assert!(reason.starts_with("version 1.0.0-rc.1 of"), "{reason}");
    assert_eq!(fold.segment(vec![push("1.0.0-RC.1", "java21")]), [Outcome::Accepted]);
    assert_eq!(fold.segment(vec![push("1.0.0-rc.2", "any")]), [Outcome::Accepted]);
    assert_eq!(fold.segment(vec![NEWEST.into()]), [Outcome::Duplicate]);
}

#[test]
fn a_segment_that_does_not_continue_the_log_is_refused() {
    let fold = Fold::new();
    let State { seq, head, time, .. } = fold.state.clone();
    let changes = || vec![change(NEWEST.into())];
    let apply = |epoch, seq, prev, time| {
        fold.state.apply(&Segment::encode(epoch, seq, prev, time, changes()).0).map(|_| ()).unwrap_err()
    };
    assert_eq!(apply(1, seq + 2, head, time), ChainError::Sequence { expected: 2, found: 3 });
    assert_eq!(apply(1, seq + 1, Digest::of(b"x"), time), ChainError::Prev { seq: 2 });
    assert_eq!(apply(2, seq + 1, head, time), ChainError::Epoch { seq: 2, expected: 1, found: 2 });
    let past = time - SignedDuration::from_millis(1);
    assert_eq!(apply(1, seq + 1, head, past), ChainError::Time { seq: 2 });
}

#[test]
fn the_same_segments_give_the_same_state_and_equal_graphs_are_shared() {
    let (mut one, mut two) = (Fold::new(), Fold::new());
    two.state = one.state.clone();
    for version in ["1.0.0", "1.0.1"] {
        let mut released = release(&format!("acme/greet:{version}"), "any", version);
        released.graph = vec![Node { package: "ballerina/io:1.8.0".parse().unwrap(), dependencies: vec![] }];
        let change = change(released.into());
        let (segment, bytes) = Segment::encode(1, one.state.seq + 1, one.state.head, one.now, vec![change]);
        one.state = one.state.apply(&segment).unwrap().0;
        two.state = two.state.apply(&Segment::decode(&bytes).unwrap()).unwrap().0;
    }
    assert_eq!(one.state.digest(), two.state.digest());
    let package = one.state.package(&"acme".parse().unwrap(), &"greet".parse().unwrap()).unwrap();
    let graphs: Vec<_> = package.versions().map(|(_, releases)| &releases[0].graph).collect();
    assert!(Arc::ptr_eq(graphs[0], graphs[1]));
}
