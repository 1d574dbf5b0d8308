//! What holds for whatever was published, and whatever is typed.

use std::sync::LazyLock;

use barre_contract::mirror::Mirrors;
use proptest::prelude::*;
use serde_json::json;

use super::*;

const NAMES: [&str; 4] = ["acme/mail", "acme/mail.box", "beta/post_box", "beta/boxes"];
const TEXTS: [&str; 4] = ["sends mail", "a box of letters", "Mail! Box?", ""];

#[derive(Debug, Clone)]
enum Step {
    Publish(Box<Description>),
    Deprecate(String),
    Evict(String),
}

fn step() -> impl Strategy<Value = Step> {
    let name = || prop::sample::select(&NAMES[..]);
    let version = || (1..3_u8, 0..3_u8).prop_map(|(major, minor)| format!("{major}.{minor}.0"));
    let publish = (name(), version(), prop::sample::select(&TEXTS[..]), any::<bool>(), any::<bool>());
    let publish = publish.prop_map(|(name, version, text, hidden, new)| {
        let visibility = if hidden { Visibility::Private } else { Visibility::Public };
        let distribution = if new { "2201.13.0" } else { "2201.12.0" }.to_owned();
        let described = summary(&format!("{name}:{version}"), text);
        Step::Publish(Box::new(Description { distribution, visibility, ..described }))
    });
    let deprecate =
        (name(), version()).prop_map(|(name, version)| Step::Deprecate(format!("{name}:{version}")));
    let evict = (name(), version()).prop_map(|(name, version)| Step::Evict(format!("{name}:{version}")));
    prop_oneof![4 => publish, 1 => deprecate, 1 => evict]
}

fn query() -> impl Strategy<Value = String> {
    let word =
        prop::sample::select(&["mail", "box", "bx", "maill", "org:acme", "sends", "le", "package:box"][..]);
    prop::collection::vec(word, 0..3).prop_map(|words| words.join(" "))
}

/// What a mirror may be told of what it lets in.
static RULES: LazyLock<Vec<Arc<Admission>>> = LazyLock::new(|| {
    let range = json!({ "organization": "beta", "name": "post*", "versions": ">=1.1.0, <2.0.0" });
    let denied = json!([{ "rule": range, "reason": "x" }]);
    let all = json!([{ "rule": { "organization": "beta", "name": "boxes" }, "reason": "x" }]);
    let rules = [
        json!({}),
        json!({ "deny": denied }),
        json!({ "deny": all }),
        json!({ "minimumAgeSeconds": 5 }),
        json!({ "minimumAgeSeconds": 9, "deny": denied }),
    ];
    let read = |rules: &serde_json::Value| {
        let mirror = json!({ "id": "m", "name": "m", "upstream": { "url": "u" }, "admission": rules });
        let mirrors: Mirrors = serde_json::from_value(json!({ "mirrors": [mirror] })).unwrap();
        Arc::new(Admission::read(&mirrors).unwrap())
    };
    rules.iter().map(read).collect()
});

/// Changes, and the rules and the time after them.
type Stage = (Vec<Step>, usize, i64);

/// Time passes between them.
fn stages() -> impl Strategy<Value = Vec<Stage>> {
    let steps = || prop::collection::vec(step(), 0..8);
    prop::collection::vec((steps(), 0..RULES.len(), 0..8_i64), 1..5)
}

fn scope(world: &World, rules: usize, now: i64) -> Scope {
    let now = Timestamp::from_second(now).unwrap();
    Scope { admission: Arc::clone(&RULES[rules]), now, ..world.0.clone().into() }
}

/// What cannot be done, because it was done before, or there is nothing to do it to, is left out.
fn run(world: &mut World, steps: &[Step]) {
    for step in steps {
        let there = |coordinates: &Coordinates| {
            let package = world.0.package(&coordinates.org, &coordinates.name);
            package.map(|package| {
                let (version, old) = (&coordinates.version, package.deprecated(&coordinates.version));
                (!package.version(version).is_empty(), old.is_some())
            })
        };
        match step {
            Step::Publish(description) => {
                if there(&description.coordinates).is_none_or(|(there, _)| !there) {
                    world.publish(Description::clone(description));
                }
            }
            Step::Deprecate(coordinates) => {
                if there(&coordinates.parse().unwrap()) == Some((true, false)) {
                    world.deprecate(coordinates);
                }
            }
            Step::Evict(coordinates) => {
                if matches!(there(&coordinates.parse().unwrap()), Some((true, _))) {
                    world.evict(coordinates);
                }
            }
        }
    }
}

/// Somebody who sees what is public, and has an older distribution.
fn behind(release: &Release) -> Suit {
    match (stranger(release), release.description.distribution.as_str()) {
        (Suit::Suits { .. }, "2201.13.0") => Suit::OtherDistribution { place: 0 },
        (suit, _) => suit,
    }
}

/// The same world without anything that `suit` hides.
fn without_hidden(steps: &[Step], suit: fn(&Release) -> Suit) -> Vec<Step> {
    let mut whole = World::new();
    run(&mut whole, steps);
    let hides = |coordinates: &Coordinates| {
        let package = whole.0.package(&coordinates.org, &coordinates.name).unwrap();
        package.version(&coordinates.version).iter().all(|release| suit(release) == Suit::Hidden)
    };
    let stays = |step: &&Step| match step {
        Step::Publish(description) => !hides(&description.coordinates),
        Step::Deprecate(_) | Step::Evict(_) => true,
    };
    steps.iter().filter(stays).cloned().collect()
}

/// Many packages, of which some have changed since the large index was made, and all in one order.
static MANY: LazyLock<Search> = LazyLock::new(|| {
    let mut world = World::new();
    let described = |number: usize, version| {
        let name = ["mail", "mail.box", "box", "boxes.mail"][number / 3 % 4];
        summary(&format!("org{}/{name}{number}:{version}", number % 7), TEXTS[number % 4])
    };
    (0..400).for_each(|number| world.publish(described(number, "1.0.0")));
    let search = world.search();
    (0..400).step_by(5).for_each(|number| world.publish(described(number + 1, "1.1.0")));
    search.advanced(world.0.into())
});

fn sort() -> impl Strategy<Value = Sort> {
    let direction = || prop::sample::select(&[Direction::Ascending, Direction::Descending][..]);
    prop_oneof![Just(Sort::Relevance), direction().prop_map(Sort::Name), direction().prop_map(Sort::Created),]
}

proptest! {
    #[test]
    fn a_page_is_a_part_of_the_whole_order(
        query in query(),
        sort in sort(),
        offset in prop_oneof![0..30_usize, 0..450_usize],
        limit in 0..60_usize,
    ) {
        let (query, whole) = (query.parse().unwrap(), Page { sort, ..ALL });
        let (whole, page) = (MANY.find(&query, whole, anybody), MANY.find(&query, Page { offset, limit, sort }, anybody));
        let part: Vec<_> = whole.packages.into_iter().skip(offset).take(limit).collect();
        prop_assert_eq!((page.count, page.packages), (whole.count, part));
    }

    #[test]
    fn changes_are_found_as_if_the_index_were_new(
        before in prop::collection::vec(step(), 0..12),
        after in prop::collection::vec(step(), 0..12),
        query in query(),
    ) {
        let mut world = World::new();
        run(&mut world, &before);
        let search = world.search();
        run(&mut world, &after);
        let (advanced, anew) = (search.advanced(world.0.clone().into()), world.search());
        let query: Query = query.parse().unwrap();
        for suit in [anybody, stranger, behind] {
            for sort in [Sort::Relevance, Sort::Name(Direction::Descending)] {
                for page in [Page { sort, ..ALL }, Page { offset: 1, limit: 1, sort }] {
                    prop_assert_eq!(advanced.find(&query, page, suit), anew.find(&query, page, suit));
                }
            }
        }
    }

    #[test]
    fn what_is_not_admitted_is_found_as_if_it_were_not_there(stages in stages(), query in query()) {
        let (mut world, mut now, mut steps, mut searched) = (World::new(), 0, Vec::new(), None::<Search>);
        let query: Query = query.parse().unwrap();
        for (more, rules, passes) in stages {
            run(&mut world, &more);
            steps.extend(more);
            now += passes;
            let scope = scope(&world, rules, now);
            let search = searched.map_or_else(|| Search::new(scope.clone()), |s| s.advanced(scope.clone()));
            let admits = |coordinates: &Coordinates| {
                let package = world.0.package(&coordinates.org, &coordinates.name);
                let mut releases = package.into_iter().flat_map(|package| package.version(&coordinates.version));
                releases.all(|release| scope.admits(release))
            };
            let stays = |step: &&Step| match step {
                Step::Publish(description) => admits(&description.coordinates),
                Step::Deprecate(_) | Step::Evict(_) => true,
            };
            let admitted: Vec<_> = steps.iter().filter(stays).cloned().collect();
            let mut open = World::new();
            run(&mut open, &admitted);
            let (anew, open) = (Search::new(scope.clone()), open.search());
            for suit in [anybody, stranger, behind] {
                let expected = open.find(&query, ALL, suit);
                prop_assert_eq!(&search.find(&query, ALL, suit), &expected);
                prop_assert_eq!(&anew.find(&query, ALL, suit), &expected);
            }
            searched = Some(search);
        }
    }

    #[test]
    fn what_is_hidden_makes_no_difference(steps in prop::collection::vec(step(), 0..20), query in query()) {
        // Each version once: what is published again is left out, and it may be another that stays.
        let mut seen = std::collections::HashSet::new();
        let steps: Vec<_> = steps.into_iter().filter(|step| match step {
            Step::Publish(description) => seen.insert(description.coordinates.clone()),
            Step::Deprecate(_) | Step::Evict(_) => false,
        }).collect();
        let (mut whole, mut open) = (World::new(), World::new());
        run(&mut whole, &steps);
        run(&mut open, &without_hidden(&steps, stranger));
        let (whole, open, query) = (whole.search(), open.search(), query.parse().unwrap());
        prop_assert_eq!(whole.find(&query, ALL, stranger), open.find(&query, ALL, stranger));
    }

    #[test]
    fn everything_without_words_is_what_can_be_used(steps in prop::collection::vec(step(), 0..20)) {
        let mut world = World::new();
        run(&mut world, &steps);
        let usable = world.0.packages().filter(|(_, package)| {
            let in_use = package.versions().filter(|(version, _)| package.deprecated(version).is_none());
            in_use.flat_map(|(_, releases)| releases).any(|release| matches!(behind(release), Suit::Suits { .. }))
        });
        let usable: Vec<_> = usable.map(|(id, _)| id.to_string()).collect();
        prop_assert_eq!(found_on(&world.search(), "", ALL, behind), usable);
    }

    #[test]
    fn any_text_is_a_query_or_is_none(text in "\\PC{0,200}") {
        let world = World::of(&[package("acme/mail:1.0.0")]);
        if let Ok(query) = text.parse::<Query>() {
            let found = world.search().find(&query, ALL, anybody).count;
            prop_assert!(found <= 1);
        }
    }
}
