use jiff::SignedDuration;

use super::*;
use crate::change::{Module, Salt, Visibility};
use crate::package::Coordinates;

/// A log under test: each call is one segment.
struct Fold {
    state: State,
    now: Timestamp,
}

impl Fold {
    fn new() -> Self {
        let state = State::new(Genesis::new(Uuid::from_u128(1)));
        let mut fold = Self { state, now: Timestamp::from_second(1_700_000_000).unwrap() };
        let opened = Kind::Opened(Opened { owner: "us".to_owned(), epoch: 1 });
        assert_eq!(fold.segment(vec![opened, Kind::Format(FORMAT)]), [Outcome::Accepted, Outcome::Accepted]);
        fold
    }

    fn wait(&mut self, hours: i64) {
        self.now += SignedDuration::from_hours(hours);
    }

    fn segment(&mut self, kinds: Vec<Kind>) -> Vec<Outcome> {
        let opens = matches!(kinds.first(), Some(Kind::Opened(o)) if o.epoch == self.state.epoch + 1);
        let changes = kinds.into_iter().map(|kind| Change::new("token:ci", kind)).collect();
        let epoch = self.state.epoch + u64::from(opens);
        let (segment, _) = Segment::encode(epoch, self.state.seq + 1, self.state.head, self.now, changes);
        let (next, outcomes) = self.state.apply(&segment).unwrap();
        self.state = next;
        outcomes
    }

    fn push(&mut self, released: Released) -> Outcome {
        self.segment(vec![Kind::Released(Box::new(released))]).remove(0)
    }
}

fn release(coordinates: &str, platform: &str, bytes: &str) -> Released {
    let Coordinates { org, name, version } = coordinates.parse().unwrap();
    let package = coordinates.parse().unwrap();
    Released {
        modules: vec![Module { name: name.to_string(), exported: true, summary: String::new() }],
        org,
        name,
        version,
        platform: platform.parse().unwrap(),
        bala_version: "3.0.0".to_owned(),
        distribution: "2201.12.0".to_owned(),
        specification: String::new(),
        digest: Digest::of(bytes.as_bytes()),
        size: bytes.len() as u64,
        release: Uuid::new_v4(),
        document: Digest::of(b"{}"),
        origin: Origin::Local,
        published: None,
        visibility: Visibility::Public,
        template: false,
        graalvm: None,
        tool: None,
        icon: None,
        summary: String::new(),
        repository: String::new(),
        keywords: vec![],
        authors: vec![],
        licenses: vec![],
        graph: vec![
            Node { package, dependencies: vec!["ballerina/io:1.8.0".parse().unwrap()] },
            Node { package: "ballerina/io:1.8.0".parse().unwrap(), dependencies: vec![] },
        ],
    }
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
    assert_eq!(state.graph(release)[0].dependencies, ["ballerina/io:1.8.0".parse().unwrap()]);
    assert!(state.package(&org, &"other".parse().unwrap()).is_none());
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
    let both = ["a", "b"].map(|bytes| Kind::Released(Box::new(release("acme/greet:1.0.0", "any", bytes))));
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
    assert_eq!(fold.push(release("other/greet:1.0.0", "any", "d")), Outcome::Accepted);
}

#[test]
fn a_platform_joins_a_version_for_a_day() {
    let mut fold = Fold::new();
    fold.push(release("acme/greet:1.0.0", "java17", "a"));
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
    let mirrored = |platform, bytes| Released {
        origin: Origin::Mirror("m".to_owned()),
        ..release("x/y:1.0.0", platform, bytes)
    };
    fold.push(mirrored("java17", "a"));
    fold.wait(1000);
    assert_eq!(fold.push(mirrored("java21", "b")), Outcome::Accepted);
}

#[test]
fn the_platforms_of_a_version_agree() {
    let base = || release("acme/greet:1.0.0", "java21", "b");
    let cases = [
        ("visibility", Released { visibility: Visibility::Private, ..base() }),
        ("modules", Released { modules: vec![], ..base() }),
        ("locked dependencies", Released { graph: vec![], ..base() }),
    ];
    for (what, released) in cases {
        let mut fold = Fold::new();
        fold.push(release("acme/greet:1.0.0", "any", "a"));
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
    let mirrored =
        Released { origin: Origin::Mirror("m".to_owned()), ..release("acme/other:1.0.0", "any", "b") };
    let reason = rejected(&fold.push(mirrored));
    assert!(reason.contains("filled by pushes"), "{reason}");
}

#[test]
fn a_tool_id_belongs_to_the_package_that_released_it_first() {
    let mut fold = Fold::new();
    let tool = |coordinates, bytes, id: &str| Released {
        tool: Some(id.to_owned()),
        ..release(coordinates, "any", bytes)
    };
    assert_eq!(fold.push(tool("acme/greet:1.0.0", "a", "greet")), Outcome::Accepted);
    assert_eq!(fold.push(tool("acme/greet:1.1.0", "b", "greet")), Outcome::Accepted);
    let reason = rejected(&fold.push(tool("evil/greet:9.0.0", "c", "Greet")));
    assert!(reason.contains("belongs to the package acme/greet"), "{reason}");
}

#[test]
fn a_condemned_release_never_appears() {
    let mut fold = Fold::new();
    let live = release("acme/greet:1.0.0", "any", "a");
    let late = release("acme/greet:2.0.0", "any", "b");
    let condemn = |id| Kind::Condemned(Condemned { releases: vec![id] });
    fold.push(live.clone());
    assert_eq!(fold.segment(vec![condemn(live.release)]), [Outcome::Rejected(Reason::Live)]);
    assert_eq!(fold.segment(vec![condemn(late.release)]), [Outcome::Accepted]);
    assert_eq!(fold.push(late), Outcome::Rejected(Reason::Condemned));
    let stolen = Released { release: live.release, ..release("acme/greet:3.0.0", "any", "c") };
    assert_eq!(fold.push(stolen), Outcome::Rejected(Reason::ReleaseIdUsed));
}

#[test]
fn only_the_next_epoch_opens() {
    let mut fold = Fold::new();
    let opened = |epoch| Kind::Opened(Opened { owner: "them".to_owned(), epoch });
    assert_eq!(fold.segment(vec![opened(1)]), [Outcome::Rejected(Reason::Epoch { current: 1 })]);
    assert_eq!(
        fold.segment(vec![Kind::Format(FORMAT), opened(2)])[1],
        Outcome::Rejected(Reason::Epoch { current: 1 })
    );
    assert_eq!(fold.state.owner(), "us");
    assert_eq!(fold.segment(vec![opened(2)]), [Outcome::Accepted]);
    assert_eq!((fold.state.owner(), fold.state.epoch()), ("them", 2));
    let lower = Format { reader: 0, writer: 1 };
    assert_eq!(fold.segment(vec![Kind::Format(lower)]), [Outcome::Rejected(Reason::FormatLowered)]);
}

#[test]
fn a_segment_that_does_not_continue_the_log_is_refused() {
    let fold = Fold::new();
    let State { seq, head, time, .. } = fold.state.clone();
    let change = || vec![Change { salt: Salt([0; 16]), ..Change::new("x", Kind::Format(FORMAT)) }];
    let apply = |epoch, seq, prev, time| {
        fold.state.apply(&Segment::encode(epoch, seq, prev, time, change()).0).map(|_| ()).unwrap_err()
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
        let change = Change::new(
            "t",
            Kind::Released(Box::new(Released {
                graph: vec![Node { package: "ballerina/io:1.8.0".parse().unwrap(), dependencies: vec![] }],
                ..release(&format!("acme/greet:{version}"), "any", version)
            })),
        );
        let (segment, bytes) = Segment::encode(1, one.state.seq + 1, one.state.head, one.now, vec![change]);
        one.state = one.state.apply(&segment).unwrap().0;
        two.state = two.state.apply(&Segment::decode(&bytes).unwrap()).unwrap().0;
    }
    assert_eq!(one.state.digest(), two.state.digest());
    let package = one.state.package(&"acme".parse().unwrap(), &"greet".parse().unwrap()).unwrap();
    let graphs: Vec<_> = package.versions().map(|(_, releases)| &releases[0].graph).collect();
    assert!(Arc::ptr_eq(graphs[0], graphs[1]));
}
