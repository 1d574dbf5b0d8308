//! What holds for every plan, of any upstream and any selection.

use std::collections::BTreeSet;

use proptest::collection::{btree_set, vec};
use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::super::{Found, Plan, Planner, Selection, Step, Verdict, Which};
use super::world::{There, World, there};
use super::{Dependencies, Deprecated, Prereleases, PrunePolicy, Rule, State, Wanted, admit, exact, rule};
use crate::package::Coordinates;
use crate::release::Origin;

const VERSIONS: [&str; 5] = ["0.1.0", "1.0.0", "1.1.0-rc.1", "1.1.0", "2.0.0"];

fn coordinates(package: usize, version: usize) -> String {
    format!("{}/p{package}:{}", ["x", "y", "z"][package % 3], VERSIONS[version])
}

/// Versions that need others, of which some need them, and some are nowhere.
fn world() -> impl Strategy<Value = World> {
    let version = (0..6_usize, 0..VERSIONS.len(), vec((0..6_usize, 0..VERSIONS.len()), 0..4), 0..8_u8);
    vec(version, 1..25).prop_map(|versions| {
        let mut lines = Vec::new();
        for (package, version, needs, _) in &versions {
            let own = coordinates(*package, *version);
            let needs = needs.iter().map(|(p, v)| coordinates(*p, *v)).filter(|needed| *needed != own);
            let needs: BTreeSet<_> = needs.chain(["ballerina/lang.int:0.0.0".to_owned()]).collect();
            lines.push(format!("{own} < {}", needs.into_iter().collect::<Vec<_>>().join(" ")));
        }
        let mut world = World::new(&lines.iter().map(String::as_str).collect::<Vec<_>>());
        for (package, version, _, mark) in versions {
            let own = coordinates(package, version);
            match mark {
                0 => world.deprecate(&own, "old"),
                1 => world.version(&own).platforms = ["any", "java21"].map(str::to_owned).into(),
                2 => world.version(&own).platforms = vec!["java11".to_owned()],
                3 => world.version(&own).distribution = "2201.5.0".to_owned(),
                _ => {}
            }
        }
        world
    })
}

fn a_rule() -> impl Strategy<Value = Rule> {
    let names = vec!["x/*", "y/p*", "x/p0", "x/p3", "y/p1", "z/*2", "z/p5"];
    let ranges = vec!["", " >=1.0.0", " <1.1.0", " =2.0.0", " ^1.0"];
    (select(names), select(ranges)).prop_map(|(name, range)| rule(&format!("{name}{range}")))
}

fn wanted() -> impl Strategy<Value = Wanted> {
    let exact_ones = btree_set((0..6_usize, 0..VERSIONS.len()), 0..3);
    let platforms = select(vec![vec![], vec!["any"], vec!["any", "java21"], vec!["java21"]]);
    let dependencies = select(vec![Dependencies::Transitive, Dependencies::Direct, Dependencies::None]);
    let rest = (any::<bool>(), any::<bool>(), proptest::option::of(1..4_u32), any::<bool>());
    (vec(a_rule(), 0..3), vec(a_rule(), 0..2), exact_ones, platforms, dependencies, rest).prop_map(
        |(include, exclude, exact_ones, platforms, dependencies, (pre, deprecated, keep_latest, oldest))| {
            Wanted {
                include,
                exclude,
                exact: exact_ones.into_iter().map(|(p, v)| exact(&coordinates(p, v))).collect(),
                prereleases: if pre { Prereleases::Include } else { Prereleases::Exclude },
                deprecated: if deprecated { Deprecated::Include } else { Deprecated::Exclude },
                keep_latest,
                platforms: platforms.into_iter().map(str::to_owned).collect(),
                minimum_distribution: oldest.then(|| "2201.8.0".to_owned()),
                dependencies,
                max_packages: 10_000,
            }
        },
    )
}

/// Some of it is there, of one organization by pushes.
fn here(world: &World, places: &[Index]) -> State {
    let all: Vec<_> = world.versions.keys().cloned().collect();
    let chosen: BTreeSet<_> = places.iter().map(|place| place.get(&all)).collect();
    let origin =
        |c: &Coordinates| if c.org.as_str() == "z" { Origin::Local } else { Origin::Mirror("m".to_owned()) };
    let there = |c: &Coordinates| There { graph: Some(world.lock(c)), ..there(&c.to_string(), origin(c)) };
    State::for_testing(&chosen.into_iter().map(there).collect::<Vec<_>>())
}

/// Lets in most.
fn verdict(found: &Found) -> Verdict {
    match found.coordinates.to_string().as_str() {
        "x/p0:2.0.0" => Verdict::Waits { until: None },
        "y/p1:1.1.0" => Verdict::Denied { reason: "malware".to_owned() },
        _ => Verdict::Admitted,
    }
}

/// What is or will be there by this plan.
fn covered(plan: &Plan) -> BTreeSet<Coordinates> {
    let copied = plan.copy.iter().map(|copy| &copy.found.coordinates);
    copied.chain(plan.present.iter().map(|which| &which.coordinates)).cloned().collect()
}

proptest! {
    #[test]
    fn what_is_needed_is_there_or_comes_or_is_told_missing(
        world in world(), wanted in wanted(), places in vec(any::<Index>(), 0..6),
    ) {
        let wanted = Wanted { dependencies: Dependencies::Transitive, ..wanted };
        let state = here(&world, &places);
        let plan = world.plan(&state, &wanted, verdict);
        let covered = covered(&plan);
        let missing: BTreeSet<_> = plan.missing.iter().map(|missing| &missing.version).collect();
        for own in &covered {
            for node in world.lock(own) {
                let needed = node.package;
                let stored = state.package(&needed.org, &needed.name).is_some_and(|p| !p.version(&needed.version).is_empty());
                let found = needed.version.is_built_in() || stored || covered.contains(&needed);
                prop_assert!(found || missing.contains(&needed), "{own} needs {needed}");
            }
        }
    }

    #[test]
    fn the_order_of_facts_makes_no_difference(
        world in world(), wanted in wanted(), places in vec(any::<Index>(), 0..6), turns in vec(any::<Index>(), 1..20),
    ) {
        let state = here(&world, &places);
        let selection = Selection::read(&wanted).unwrap();
        let planner = || {
            let planner = Planner::new(selection.clone(), "m".to_owned(), state.clone(), verdict);
            planner.watching(PrunePolicy::Orphaned)
        };
        let all_at_once = world.run(planner()).0.unwrap();
        let mut one_by_one = planner();
        let mut turns = turns.iter().cycle();
        let plan = loop {
            match one_by_one.step().unwrap() {
                Step::Done(plan) => break *plan,
                Step::Ask(questions) => {
                    let question = turns.next().unwrap().get(&questions);
                    one_by_one.learn(world.answer(question));
                }
            }
        };
        prop_assert_eq!(plan, all_at_once);
    }

    #[test]
    fn nothing_is_left_out_that_is_not_told(world in world(), wanted in wanted(), places in vec(any::<Index>(), 0..6)) {
        let state = here(&world, &places);
        let plan = world.plan(&state, &wanted, verdict);
        let told: BTreeSet<&Coordinates> = plan.skipped.iter().map(|skipped| &skipped.version)
            .chain(plan.selected.iter().map(|which| &which.coordinates))
            .chain(plan.missing.iter().map(|missing| &missing.version)).collect();
        let selection = Selection::read(&wanted).unwrap();
        for version in world.versions.keys() {
            let included = selection.include.iter().any(|rule| rule.matches(&version.package(), &version.version));
            let named = selection.exact.contains(version);
            let of_others = version.org.as_str() == "z" && state.origin(&version.org).is_some();
            let excluded = plan.excluded.contains_key(&version.package()) && !named;
            prop_assert!(!(included || named) || of_others || excluded || told.contains(version), "{version}");
        }
        let selected = plan.waiting.iter().map(|waiting| &waiting.which).chain(plan.denied.iter().map(|(which, _)| which));
        prop_assert!(selected.clone().all(|which| plan.selected.contains(which)));
        let held: BTreeSet<&Which> = selected.collect();
        for copy in &plan.copy {
            let which = Which { coordinates: copy.found.coordinates.clone(), platform: copy.found.platform.clone() };
            prop_assert!(plan.selected.contains(&which) && !held.contains(&which));
        }
    }

    #[test]
    fn a_wider_selection_only_adds(
        world in world(), wanted in wanted(), more in a_rule(), name in (0..6_usize, 0..VERSIONS.len()),
    ) {
        let state = State::for_testing(&[]);
        let before = covered(&world.plan(&state, &wanted, verdict));
        let mut include = wanted.include.clone();
        include.push(more);
        let mut named = wanted.exact.clone();
        named.push(exact(&coordinates(name.0, name.1)));
        let mut wider = vec![
            Wanted { include, ..wanted.clone() },
            Wanted { exact: named, ..wanted.clone() },
            Wanted { keep_latest: wanted.keep_latest.map(|count| count + 1), ..wanted.clone() },
            Wanted { keep_latest: None, ..wanted.clone() },
            Wanted { dependencies: Dependencies::Transitive, ..wanted.clone() },
        ];
        if wanted.keep_latest.is_none() {
            wider.extend([
                Wanted { exclude: Vec::new(), ..wanted.clone() },
                Wanted { prereleases: Prereleases::Include, ..wanted.clone() },
                Wanted { deprecated: Deprecated::Include, ..wanted.clone() },
                Wanted { minimum_distribution: None, ..wanted.clone() },
                Wanted { platforms: Vec::new(), ..wanted.clone() },
            ]);
        }
        for wider in wider {
            let after = covered(&world.plan(&state, &wider, verdict));
            prop_assert!(before.is_subset(&after), "{wider:?}");
        }
    }

    #[test]
    fn what_is_needed_comes_first_unless_it_needs_what_needs_it(world in world(), wanted in wanted()) {
        let plan = world.plan(&State::for_testing(&[]), &wanted, admit);
        let place = |wanted: &Coordinates| plan.copy.iter().position(|copy| copy.found.coordinates == *wanted);
        for (at, copy) in plan.copy.iter().enumerate() {
            for needed in &copy.after {
                let in_circle = world.lock(needed).iter().any(|node| node.package == copy.found.coordinates);
                prop_assert!(in_circle || place(needed).unwrap() < at, "{needed}");
            }
        }
    }
}
