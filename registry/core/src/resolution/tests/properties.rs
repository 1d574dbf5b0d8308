//! What holds for whatever was published, and whatever is asked for.

use std::collections::HashSet;

use proptest::prelude::*;

use super::*;

/// One release: package, version and platform; whether it is deprecated, and hidden; what it needs.
#[derive(Debug, Clone)]
struct Draft {
    name: usize,
    version: Version,
    platform: &'static str,
    deprecated: bool,
    suit: Suit,
    needs: Vec<(usize, Version)>,
    /// Not every node that there should be is there: as in logs from before.
    torn: bool,
}

const NAMES: [&str; 3] = ["x", "y", "x.z"];

fn version() -> impl Strategy<Value = Version> {
    let pre = prop_oneof![4 => Just(""), 1 => Just("-0"), 1 => Just("-rc.1"), 1 => Just("-rc.2")];
    (0..3_u8, 0..3_u8, 0..4_u8, pre)
        .prop_map(|(major, minor, patch, pre)| format!("{major}.{minor}.{patch}{pre}").parse().unwrap())
}

fn suit() -> impl Strategy<Value = Suit> {
    prop_oneof![
        6 => (0..2_usize).prop_map(|place| Suit::Suits { place }),
        1 => Just(Suit::Hidden),
        1 => Just(Suit::OtherPlatform),
        1 => Just(Suit::OtherDistribution { place: 0 }),
    ]
}

fn draft() -> impl Strategy<Value = Draft> {
    let platform = prop_oneof![Just("any"), Just("java21")];
    let needs = prop::collection::vec((0..NAMES.len(), version()), 0..4);
    (0..NAMES.len(), version(), platform, prop::bool::weighted(0.2), suit(), needs, prop::bool::weighted(0.2))
        .prop_map(|(name, version, platform, deprecated, suit, needs, torn)| Draft {
            name,
            version,
            platform,
            deprecated,
            suit,
            needs,
            torn,
        })
}

/// At most one for each (package, version, platform); the platforms of a version agree.
fn drafts() -> impl Strategy<Value = Vec<Draft>> {
    prop::collection::vec(draft(), 0..40).prop_map(|mut drafts| {
        drafts.sort_by(|a, b| (a.name, &a.version, a.platform).cmp(&(b.name, &b.version, b.platform)));
        drafts.dedup_by(|a, b| (a.name, &a.version, a.platform) == (b.name, &b.version, b.platform));
        for i in 1..drafts.len() {
            let Draft { name, version, deprecated, needs, torn, .. } = drafts[i - 1].clone();
            if (drafts[i].name, &drafts[i].version) == (name, &version) {
                drafts[i] = Draft { deprecated, needs, torn, ..drafts[i].clone() };
            }
        }
        drafts
    })
}

fn coordinates(name: usize, version: &Version) -> String {
    format!("acme/{}:{version}", NAMES[name])
}

fn world(drafts: &[Draft]) -> World {
    let mut world = World::new();
    let mut deprecated = HashSet::new();
    for draft in drafts {
        let own = coordinates(draft.name, &draft.version);
        let mut needs: Vec<_> =
            draft.needs.iter().map(|(name, version)| coordinates(*name, version)).collect();
        needs.retain(|needed| *needed != own);
        needs.sort();
        needs.dedup();
        let mut released = on(draft.platform, &[std::slice::from_ref(&own), &needs].concat().join(" "));
        if draft.torn {
            released.graph.truncate(needs.len() / 2);
        }
        world.publish(released);
        if draft.deprecated {
            deprecated.insert(own);
        }
    }
    let mut deprecated: Vec<_> = deprecated.into_iter().collect();
    deprecated.sort();
    deprecated.iter().fold(world, |world, coordinates| world.deprecate(coordinates))
}

fn suit_of(drafts: &[Draft], release: &Release) -> Suit {
    let Description { coordinates: own, platform, .. } = &release.description;
    let is_it = |draft: &&Draft| {
        NAMES[draft.name] == own.name.as_str()
            && draft.version == own.version
            && draft.platform == platform.as_str()
    };
    drafts.iter().find(is_it).unwrap().suit
}

fn mode() -> impl Strategy<Value = Mode> {
    prop_oneof![Just(Mode::Soft), Just(Mode::Medium), Just(Mode::Hard)]
}

fn question() -> impl Strategy<Value = (usize, Option<Version>, Mode)> {
    (0..NAMES.len(), prop::option::weighted(0.8, version()), mode())
}

fn ask(
    state: &State,
    drafts: &[Draft],
    questions: &[(usize, Option<Version>, Mode)],
) -> Vec<Result<PackageFound, Missing>> {
    let wanted: Vec<_> = questions
        .iter()
        .map(|(name, version, mode)| PackageWanted {
            package: PackageId { org: "acme".parse().unwrap(), name: NAMES[*name].parse().unwrap() },
            range: Range::new(version.clone(), *mode),
        })
        .collect();
    let resolver = Resolver::new(state, |release| suit_of(drafts, release), Limits::default());
    resolver.packages(&wanted).unwrap()
}

fn told(found: &[Result<PackageFound, Missing>]) -> Vec<String> {
    let shown = |found: &Result<PackageFound, Missing>| match found {
        Ok(PackageFound { release, deprecated, graph }) => {
            format!("{:?} {deprecated:?} {graph:?}", release.description)
        }
        Err(missing) => missing.to_string(),
    };
    found.iter().map(shown).collect()
}

/// What would do, in the words of the client's own rule.
fn may_be_given(asked: Option<&Version>, mode: Mode, version: &Version) -> bool {
    let Some(asked) = asked else { return true };
    let (ours, theirs) = (asked.semver(), version.semver());
    let same_major = ours.major == theirs.major;
    let same_minor = same_major && ours.minor == theirs.minor;
    match mode {
        Mode::Hard => ours == theirs,
        Mode::Medium => same_minor && theirs >= ours,
        Mode::Soft if ours.major == 0 => same_minor && theirs >= ours,
        Mode::Soft => same_major && theirs >= ours,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn what_is_given_is_never_older_nor_of_another_line(
        drafts in drafts(), (name, asked, mode) in question(),
    ) {
        let world = world(&drafts);
        let found = ask(&world.0, &drafts, &[(name, asked.clone(), mode)]).remove(0);
        if let Ok(found) = &found {
            let given = &found.release.description.coordinates;
            prop_assert!(may_be_given(asked.as_ref(), mode, &given.version), "{given}");
            prop_assert_eq!(given.name.as_str(), NAMES[name]);
            let suit = suit_of(&drafts, &found.release);
            let exact = asked.is_some() && mode == Mode::Hard;
            let usable = match suit {
                Suit::Suits { .. } => true,
                Suit::OtherDistribution { .. } => exact,
                Suit::Hidden | Suit::OtherPlatform => false,
            };
            prop_assert!(usable, "{given}");
        }
    }

    /// An independent choice: all that would do, sorted.
    #[test]
    fn the_best_of_all_that_would_do_is_given(drafts in drafts(), (name, asked, mode) in question()) {
        let world = world(&drafts);
        let exact = asked.is_some() && mode == Mode::Hard;
        let mut would_do: Vec<&Draft> = drafts
            .iter()
            .filter(|draft| draft.name == name && may_be_given(asked.as_ref(), mode, &draft.version))
            .filter(|draft| match draft.suit {
                Suit::Suits { .. } => true,
                Suit::OtherDistribution { .. } => exact,
                Suit::Hidden | Suit::OtherPlatform => false,
            })
            .collect();
        would_do.sort_by_key(|draft| {
            let avoided = draft.deprecated && asked.as_ref() != Some(&draft.version);
            (!avoided, !draft.version.is_pre_release(), draft.version.clone())
        });
        let found = ask(&world.0, &drafts, &[(name, asked, mode)]).remove(0);
        let given = found.ok().map(|found| found.release.description.coordinates.version.clone());
        prop_assert_eq!(given.as_ref(), would_do.last().map(|draft| &draft.version));
    }

    #[test]
    fn graphs_are_closed_and_name_the_package(
        drafts in drafts(), questions in prop::collection::vec(question(), 1..10),
    ) {
        let world = world(&drafts);
        for found in ask(&world.0, &drafts, &questions).into_iter().flatten() {
            let nodes: HashSet<_> = found.graph.iter().map(|node| &node.package).collect();
            prop_assert_eq!(nodes.len(), found.graph.len(), "a node is there twice");
            prop_assert!(nodes.contains(&found.release.description.coordinates));
            prop_assert!(found.graph.iter().flat_map(|node| &node.dependencies).all(|needed| nodes.contains(needed)));
        }
    }

    #[test]
    fn the_order_of_publishing_makes_no_difference(
        (drafts, shuffled) in drafts().prop_flat_map(|drafts| (Just(drafts.clone()), Just(drafts).prop_shuffle())),
        questions in prop::collection::vec(question(), 1..10),
    ) {
        let one = told(&ask(&world(&drafts).0, &drafts, &questions));
        let other = told(&ask(&world(&shuffled).0, &drafts, &questions));
        prop_assert_eq!(one, other);
    }

    #[test]
    fn each_answer_stands_for_itself_and_is_always_the_same(
        drafts in drafts(), questions in prop::collection::vec(question(), 1..10),
    ) {
        let world = world(&drafts);
        let together = told(&ask(&world.0, &drafts, &questions));
        let alone: Vec<_> = questions
            .iter()
            .map(|question| told(&ask(&world.0, &drafts, std::slice::from_ref(question))).remove(0))
            .collect();
        prop_assert_eq!(together, alone);
    }

    /// What one may not see changes no answer, not even that of why there is none.
    #[test]
    fn what_is_hidden_makes_no_difference(drafts in drafts(), questions in prop::collection::vec(question(), 1..10)) {
        let seen: Vec<_> = drafts.iter().filter(|draft| draft.suit != Suit::Hidden).cloned().collect();
        let all = told(&ask(&world(&drafts).0, &drafts, &questions));
        let without = told(&ask(&world(&seen).0, &seen, &questions));
        prop_assert_eq!(all, without);
    }
}
